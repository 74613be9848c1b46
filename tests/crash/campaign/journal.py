"""The run folder's files of one JSON object a line, written by several threads."""

import threading
from pathlib import Path
from typing import Any

import orjson


class Journal:
    def __init__(self, file: Path) -> None:
        self._file = file.open("ab", buffering=0)
        self._lock = threading.Lock()

    def write(self, line: dict[str, Any]) -> None:
        """One write to the kernel: what is written survives us."""
        with self._lock:
            self._file.write(orjson.dumps(line) + b"\n")

    def close(self) -> None:
        self._file.close()
