"""One log of many processes, line by line, each line behind its process's name."""

import contextlib
import threading
from pathlib import Path
from typing import IO, TextIO

_LONGEST_LINE = 65_536
_LARGEST_FILE = 20 * 1024 * 1024


class MergedLog:
    """Written by a thread for each process. Lines are never mixed."""

    def __init__(self, file: Path, echo: TextIO | None = None) -> None:
        """Appends to `file`; one that has grown large becomes `<file>.1` first."""
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and file.stat().st_size > _LARGEST_FILE:
            file.replace(file.with_name(f"{file.name}.1"))
        self._file = file.open("a", encoding="utf-8", buffering=1)
        self._echo = echo
        self._lock = threading.Lock()

    def follow(self, name: str, stream: IO[bytes]) -> None:
        """Write what comes, until the stream ends."""
        with stream:
            while line := stream.readline(_LONGEST_LINE):
                self.write(name, line.decode("utf-8", "replace").rstrip("\r\n"))

    def write(self, name: str, text: str) -> None:
        line = f"{name:<10} | {text}\n"
        with self._lock:
            # A full disk or a closed terminal must not stop a process: it would, once the
            # pipe it prints into is full.
            with contextlib.suppress(OSError, ValueError):
                self._file.write(line)
            if self._echo is not None:
                with contextlib.suppress(OSError, ValueError):
                    self._echo.write(line)
                    self._echo.flush()

    def close(self) -> None:
        with self._lock:
            self._file.close()
