"""Kafka's jars in the user's cache, fetched once by Maven and checked against `jars.sha256`.

`jars.sha256` is written anew from a directory of jars, after `pom.xml` changed, with
`sha256sum *.jar`.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from launch import CannotStart
from streams.local_broker.java import find_maven

KAFKA_VERSION = "4.2.1"
"""4.3.0 to 4.4.0 lose the ends of transactions (KAFKA-20734; docs/decisions/0013)."""
_HERE = Path(__file__).parent
_FETCH_S = 600.0
_REMEDY = (
    "see that Maven can reach its repository (a proxy or mirror is set in its settings.xml), "
    "or set KAFKA_BOOTSTRAP_SERVERS"
)


def kafka_jars(cache: Path | None = None) -> Path:
    """The directory with the jars, fetched first if it is not there.

    A fetch fills a directory of its own, which is renamed when it is whole: a reader never
    sees half of it, and of two processes that fetch at once one wins.

    Args:
        cache: where caches are; None: `$XDG_CACHE_HOME`, or `~/.cache`.

    Raises:
        CannotStart: no Maven, or it cannot fetch, or what it fetched is not what we expect.
    """
    folder = (cache or _user_cache()) / "interlock"
    jars = folder / f"kafka-{KAFKA_VERSION}-{_fingerprint()}"
    if jars.is_dir():
        return jars
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fetching-", dir=folder) as working:
        fetched = Path(working, "jars")
        _fetch(fetched)
        _check(fetched)
        try:
            fetched.rename(jars)
        except OSError:
            if not jars.is_dir():
                raise
    return jars


def _user_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _fingerprint() -> str:
    """Another list of jars is another directory."""
    return hashlib.sha256((_HERE / "jars.sha256").read_bytes()).hexdigest()[:8]


def _fetch(into: Path) -> None:
    # A copy of pom.xml, since Maven may write beside it.
    shutil.copy(_HERE / "pom.xml", into.parent)
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={into}"]
    try:
        done = subprocess.run(
            [find_maven(), "-q", "-B", *goal],
            cwd=into.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_FETCH_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CannotStart(f"Maven took over {_FETCH_S:g} s to fetch Kafka", _REMEDY) from error
    if done.returncode != 0:
        said = next((line for line in done.stdout.splitlines() if "ERROR" in line), "no reason")
        raise CannotStart(f"Maven could not fetch Kafka ({said.strip()})", _REMEDY)


def _check(fetched: Path) -> None:
    lines = (_HERE / "jars.sha256").read_text().splitlines()
    expected = {name: digest for digest, name in (line.split() for line in lines)}
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in fetched.iterdir()}
    if wrong := sorted(dict(expected.items() ^ found.items())):
        raise CannotStart(
            f"Maven fetched other jars than Interlock was made with ({', '.join(wrong)})",
            "see which repository Maven asks, or set KAFKA_BOOTSTRAP_SERVERS",
        )
