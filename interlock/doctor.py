"""What this machine has and lacks for Interlock, as data; each lack with its remedy."""

import argparse
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

from interlock.local import resolve_kafka, resolve_postgres, with_driver
from interlock.state_dir import state_dir
from launch import CannotStart

OLDEST_PYTHON = (3, 11)
_LEAST_FREE_BYTES = 2 * 1024**3
_ANSWER_S = 3.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        ok: whether it is as it should be.
        sentence: what was found, for a person.
        remedy: what to do if it is not ok.
        required: False: Interlock runs without it, less well.
    """

    name: str
    ok: bool
    sentence: str
    remedy: str = ""
    required: bool = True


def run_doctor(production: bool = False, environ: Mapping[str, str] | None = None) -> list[Check]:
    """Look at everything; starts and changes nothing.

    Args:
        production: a service that would be started on this machine does not count.
        environ: None: ours.
    """
    environ = os.environ if environ is None else environ
    state = state_dir(environ)
    checks = [
        _python(),
        _packages(),
        _disk(state),
        _setpriv(),
        _service("kafka", lambda: resolve_kafka(state, environ).origin),
        _service("postgres", lambda: resolve_postgres(state, environ).origin),
    ]
    for name, reaches in _GIVEN.items():
        if address := environ.get(name):
            checks.append(_reachable(name, address, reaches))
        elif production and name != "SCHEMA_REGISTRY_URL":
            checks.append(Check(name, False, f"{name} is not set", f"set {name}"))
    return [*checks, _iam(environ)]


def print_doctor(checks: Iterable[Check], settings: Iterable[str], out: TextIO) -> int:
    """A line for each check, then the settings in force, one line each.

    Returns:
        The exit code: 1 if something required is missing.
    """
    code = 0
    for check in checks:
        mark = "ok" if check.ok else "MISSING" if check.required else "note"
        remedy = "" if check.ok or not check.remedy else f": {check.remedy}"
        print(f"{mark:<8} {check.name:<24} {check.sentence}{remedy}", file=out)
        code |= check.required and not check.ok
    for line in settings:
        print(f"{'setting':<8} {line}", file=out)
    return code


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    oldest = ".".join(map(str, OLDEST_PYTHON))
    return Check(
        "python",
        sys.version_info >= OLDEST_PYTHON,
        f"Python {found}",
        f"install Python {oldest} or newer and run `make env`",
    )


def _packages() -> Check:
    try:
        wanted = [line for line in requires("interlock") or [] if "extra ==" not in line]
    except PackageNotFoundError:
        return Check("packages", False, "Interlock is not installed here", "run `make env`")
    lacking = [name for line in wanted if not _has(name := _distribution(line))]
    if lacking:
        return Check("packages", False, f"not installed: {', '.join(lacking)}", "run `make env`")
    return Check("packages", True, f"all {len(wanted)} in {sys.prefix}")


def _distribution(requirement: str) -> str:
    """The name in front of a requirement's version, extras and markers."""
    end = next((i for i, c in enumerate(requirement) if c in " <>=!~;["), len(requirement))
    return requirement[:end]


def _has(distribution: str) -> bool:
    try:
        return bool(version(distribution))
    except PackageNotFoundError:
        return False


def _disk(state: Path) -> Check:
    there = next(folder for folder in (state, *state.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    return Check(
        "disk",
        free >= _LEAST_FREE_BYTES and os.access(there, os.W_OK),
        f"{free / 1024**3:.1f} GiB free for {state}",
        "make room (2 GiB) in a folder you may write to, or set INTERLOCK_STATE_DIR to one",
    )


def _setpriv() -> Check:
    there = shutil.which("setpriv") is not None
    return Check(
        "setpriv",
        there,
        "local processes end with the supervisor, however that ends"
        if there
        else "a supervisor that is killed leaves its local processes behind",
        "on Linux install util-linux; elsewhere stop local mode with Ctrl-C, not with kill -9",
        required=False,
    )


def _service(name: str, origin: Callable[[], str]) -> Check:
    try:
        return Check(name, True, f"from {origin()}")
    except CannotStart as error:
        return Check(name, False, error.problem, error.remedy)


def _reachable(name: str, address: str, reaches: Callable[[str], str]) -> Check:
    remedy = f"correct {name}, or unset it to have one started here"
    try:
        return Check(name, True, f"{reaches(address)} answers")
    except (OSError, ValueError) as error:
        return Check(name, False, f"no answer ({error})", remedy)


def _iam(environ: Mapping[str, str]) -> Check:
    """Without it nothing breaks, and whatever asks for a permission waits for a person."""
    name = "IAM_URL"
    if not (url := environ.get(name)):
        sentence = "IAM_URL is not set: tools that declare permissions need a person's approval"
        remedy = "name your permission service; `make run` starts a reference one"
        return Check(name, False, sentence, remedy, required=False)
    try:
        return Check(name, True, f"{_reach_service(url)} answers", required=False)
    except (OSError, ValueError) as error:
        remedy = "correct IAM_URL: until it answers, every action needs a person"
        return Check(name, False, f"no answer ({error})", remedy, required=False)


def _reach_kafka(servers: str) -> str:
    """Any of `host:port,host:port`."""
    failures: list[str] = []
    for server in servers.split(","):
        host, _, port = server.strip().rpartition("://")[2].rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), _ANSWER_S).close()
        except (OSError, ValueError) as error:
            failures.append(f"{server.strip()}: {error}")
        else:
            return server.strip()
    raise OSError("; ".join(failures))


def _reach_database(url: str) -> str:
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

    try:
        engine = create_engine(with_driver(url), connect_args={"connect_timeout": int(_ANSWER_S)})
        with engine.connect():
            return engine.url.render_as_string(hide_password=True)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise ValueError("not a URL as postgresql://user@host/database") from error
    except DBAPIError as error:
        raise OSError(str(error.orig).strip().splitlines()[0]) from error


def _reach_service(url: str) -> str:
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError("not a URL")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    socket.create_connection((parts.hostname, port), _ANSWER_S).close()
    return parts.hostname


_GIVEN: dict[str, Callable[[str], str]] = {
    "KAFKA_BOOTSTRAP_SERVERS": _reach_kafka,
    "DATABASE_URL": _reach_database,
    "SCHEMA_REGISTRY_URL": _reach_service,
}


def main() -> int:
    """For the Makefile: says what is missing, one sentence each, and nothing if all is there."""
    parser = argparse.ArgumentParser(prog="python -m interlock.doctor")
    parser.add_argument("--missing", action="store_true", help="only what is missing")
    checks = run_doctor()
    if not parser.parse_args().missing:
        return print_doctor(checks, (), sys.stdout)
    missing = [check for check in checks if check.required and not check.ok]
    for check in missing:
        print(f"interlock: {check.sentence}: {check.remedy}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
