"""Key files: Ed25519 keys as JWK (RFC 7517, 8037), private ones readable by their owner only.

    <state dir>/keys/admin.jwk.json      private: signs approvers and freezes
    <state dir>/keys/admin.jwks.json     the public halves that every process trusts
    <state dir>/keys/approver.jwk.json   private: the local approver's

Keys are made where they are used. None is ever part of a repository or an image.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import orjson
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from processors.signatures import public_key
from schemas.events import JsonObject
from schemas.faults import ProcessFault
from schemas.settings import Approver

log = structlog.get_logger()

LOCAL_ACTOR = "ana@example.com"
LOCAL_TENANTS = ("demo",)
LOCAL_ROLES = ("approver",)


@dataclass(frozen=True)
class LocalApprover:
    """The person of local mode, with the private key their decisions are signed with."""

    actor: str
    key: OKPKey
    setting: Approver
    """What `control.settings` has to say, under the key's `kid`."""


@dataclass(frozen=True)
class LocalKeys:
    admin: OKPKey
    approver: LocalApprover


def new_key(kid: str | None = None) -> OKPKey:
    """A new private key. Without a `kid` its thumbprint (RFC 7638) is one."""
    key = OKPKey.generate_key("Ed25519")
    public = {name: str(value) for name, value in key.as_dict(private=True).items()}
    return OKPKey.import_key({**public, "kid": kid or key.thumbprint()})


def public_jwk(key: OKPKey) -> JsonObject:
    """The public half, as it is published."""
    return {name: str(value) for name, value in key.as_dict(private=False).items()}


def write_key(path: Path, key: OKPKey) -> None:
    """Write a private key; only its owner may read it.

    Raises:
        FileExistsError: there is one already: a key that is replaced is lost.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = orjson.dumps(key.as_dict(private=True), option=orjson.OPT_APPEND_NEWLINE)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "wb") as opened:
        opened.write(text)


def load_key(path: Path) -> OKPKey:
    """A private key.

    Raises:
        ProcessFault: `key_unreadable`: no such file, not a private Ed25519 key with a `kid`,
            or a file that others may read.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise _unreadable(path, "others may read it: chmod 600")
        key = OKPKey.import_key(orjson.loads(path.read_bytes()))
    except (OSError, JoseError, ValueError, TypeError) as error:
        raise _unreadable(path, str(error)) from None
    if not key.is_private or key.curve_name != "Ed25519" or not key.kid:
        raise _unreadable(path, "it is not a private Ed25519 key with a kid")
    return key


def load_admin_keys(path: Path) -> dict[str, OKPKey]:
    """The trusted admin keys by `kid`, from a JWKS. No file: none, so that no approver and no
    freeze counts.

    Raises:
        ProcessFault: `key_unreadable`.
    """
    if not path.exists():
        log.warning("no_admin_keys", file=str(path), effect="approvers and freezes do not count")
        return {}
    keys: dict[str, OKPKey] = {}
    for jwk in _jwks(path):
        kid = jwk.get("kid")
        try:
            key = public_key(jwk)
        except ValueError as error:
            raise _unreadable(path, str(error)) from None
        if not isinstance(kid, str) or not kid or kid in keys:
            raise _unreadable(path, "every key needs a kid of its own")
        keys[kid] = key
    return keys


def trust_admin_key(path: Path, key: OKPKey) -> None:
    """Add a key's public half to the trusted ones, once.

    Raises:
        ProcessFault: `key_unreadable`: what is there is no JWKS.
    """
    known = _jwks(path) if path.exists() else []
    public = public_jwk(key)
    if public in known:
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Another process may be reading: it finds the old file or the new one.
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(orjson.dumps({"keys": [*known, public]}, option=orjson.OPT_INDENT_2))
        os.fchmod(file.fileno(), 0o644)
    Path(file.name).replace(path)


def admin_key_file(state_dir: Path) -> Path:
    return state_dir / "keys" / "admin.jwk.json"


def ensure_local_keys(state_dir: Path) -> LocalKeys:
    """The admin's and the approver's key of local mode, made at the first call.

    Raises:
        ProcessFault: `key_unreadable`.
    """
    admin = _ensure(admin_key_file(state_dir))
    trust_admin_key(state_dir / "keys" / "admin.jwks.json", admin)
    return LocalKeys(admin, local_approver(state_dir))


def local_approver(state_dir: Path) -> LocalApprover:
    """The approver of local mode; the key is made at the first call.

    Raises:
        ProcessFault: `key_unreadable`.
    """
    key = _ensure(state_dir / "keys" / "approver.jwk.json")
    setting = Approver(
        public_key=public_jwk(key),
        actor=LOCAL_ACTOR,
        tenants=list(LOCAL_TENANTS),
        roles=list(LOCAL_ROLES),
    )
    return LocalApprover(LOCAL_ACTOR, key, setting)


def _ensure(path: Path) -> OKPKey:
    if not path.exists():
        write_key(path, new_key())
    return load_key(path)


def _jwks(path: Path) -> list[JsonObject]:
    try:
        content = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _unreadable(path, str(error)) from None
    keys = content.get("keys") if isinstance(content, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise _unreadable(path, 'it is not a JWKS: {"keys": […]}')
    return keys


def _unreadable(path: Path, why: str) -> ProcessFault:
    return ProcessFault("key_unreadable", f"{path}: {why}")
