"""The Java and the Maven of this machine."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from launch import CannotStart

OLDEST_JAVA = 17
_REMEDY = (
    "install Java 17 or newer and Maven (Debian: apt-get install default-jre-headless maven), "
    "or start a Docker engine, or set KAFKA_BOOTSTRAP_SERVERS"
)


@dataclass(frozen=True, slots=True)
class Java:
    """A Java that is new enough."""

    program: Path
    major: int


def find_java() -> Java:
    """`$JAVA_HOME/bin/java` if that is there, else the `java` of the PATH.

    Raises:
        CannotStart: there is none, or it is older than Kafka needs.
    """
    home = os.environ.get("JAVA_HOME")
    at_home = Path(home, "bin", "java") if home else None
    program = at_home if at_home and at_home.is_file() else shutil.which("java")
    if program is None:
        raise CannotStart("there is no Java to run Kafka with", _REMEDY)
    try:
        printed = subprocess.run(
            [program, "-version"], capture_output=True, text=True, timeout=30, check=False
        ).stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotStart(f"{program} does not run ({error})", _REMEDY) from error
    version = re.search(r'version "(?:1\.)?(\d+)', printed)
    if version is None:
        raise CannotStart(f"{program} does not say which version of Java it is", _REMEDY)
    major = int(version[1])
    if major < OLDEST_JAVA:
        raise CannotStart(
            f"{program} is Java {major}, and Kafka needs Java {OLDEST_JAVA} or newer", _REMEDY
        )
    return Java(Path(program), major)


def find_maven() -> Path:
    """The `mvn` of the PATH, which fetches Kafka.

    Raises:
        CannotStart: there is none.
    """
    program = shutil.which("mvn")
    if program is None:
        raise CannotStart("there is no Maven to fetch Kafka with", _REMEDY)
    return Path(program)
