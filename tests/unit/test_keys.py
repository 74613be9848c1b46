"""Key files: made where they are used, private, and trusted only as a whole."""

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from interlock.cli.keys import app
from interlock.keys import (
    admin_key_file,
    ensure_local_keys,
    load_admin_keys,
    load_key,
    local_approver,
    new_key,
    public_jwk,
    trust_admin_key,
    write_key,
)
from processors.signatures import sign, verify
from schemas.faults import ProcessFault


def test_a_private_key_is_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "a.jwk.json"
    write_key(file, new_key("a"))
    assert file.stat().st_mode & 0o777 == 0o600
    assert load_key(file).kid == "a"


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "a.jwk.json"
    write_key(file, new_key("a"))
    with pytest.raises(FileExistsError):
        write_key(file, new_key("b"))
    assert load_key(file).kid == "a"


def test_a_private_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.jwk.json"
    write_key(file, new_key())
    file.chmod(0o644)
    with pytest.raises(ProcessFault, match="chmod 600"):
        load_key(file)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kty": "oct", "k": "AAAA"}', "\xff"])
def test_a_file_that_holds_no_private_key_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.jwk.json"
    file.touch(mode=0o600)
    file.write_text(text, encoding="latin-1")
    with pytest.raises(ProcessFault, match="key_unreadable"):
        load_key(file)


def test_a_missing_private_key_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProcessFault, match="key_unreadable"):
        load_key(tmp_path / "none.json")


def test_what_is_published_is_the_public_half() -> None:
    assert set(public_jwk(new_key())) == {"kty", "crv", "x", "kid"}


def test_no_file_of_trusted_keys_trusts_nobody(tmp_path: Path) -> None:
    assert load_admin_keys(tmp_path / "none.json") == {}


def test_a_trusted_key_verifies_and_is_trusted_once(tmp_path: Path) -> None:
    file = tmp_path / "admin.jwks.json"
    first, second = new_key(), new_key()
    for key in (first, second, first):
        trust_admin_key(file, key)
    trusted = load_admin_keys(file)
    assert len(trusted) == 2
    assert not hasattr(verify(sign({}, second), trusted), "code")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"keys": {}}',
        b'{"keys": [1]}',
        b'{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": "a"}]}',
        orjson.dumps({"keys": [public_jwk(new_key("a")), public_jwk(new_key("a"))]}),
        orjson.dumps({"keys": [new_key("a").as_dict(private=True)]}),
    ],
)
def test_trusted_keys_that_cannot_be_read_are_no_keys(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "admin.jwks.json"
    file.write_bytes(content)
    with pytest.raises(ProcessFault, match="key_unreadable"):
        load_admin_keys(file)


def test_local_keys_are_made_once(tmp_path: Path) -> None:
    first, second = ensure_local_keys(tmp_path), ensure_local_keys(tmp_path)
    assert first.admin.kid == second.admin.kid == load_key(admin_key_file(tmp_path)).kid
    assert first.approver.key.kid == local_approver(tmp_path).key.kid
    assert set(load_admin_keys(tmp_path / "keys" / "admin.jwks.json")) == {first.admin.kid}
    assert first.approver.setting.actor == "ana@example.com"
    assert first.approver.setting.tenants == ["demo"]
    assert "d" not in first.approver.setting.public_key


def test_the_command_writes_the_private_half_and_prints_the_public_one(tmp_path: Path) -> None:
    file, trusted = tmp_path / "admin.jwk.json", tmp_path / "admin.jwks.json"
    arguments = ["new", str(file), "--kid", "admin-1", "--trust", str(trusted)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0
    assert orjson.loads(done.stdout) == public_jwk(load_key(file))
    assert set(load_admin_keys(trusted)) == {"admin-1"}
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 2
    assert "overwritten" in again.output
