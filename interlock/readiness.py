"""Asking a process of ours whether it is ready."""

import urllib.error
import urllib.request
from dataclasses import dataclass

_ANSWER_S = 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    ready: bool
    text: str


def ready(port: int) -> Answer:
    """What `/readyz` on a loopback port says: ready if it answers 200."""
    try:
        with _OPENER.open(f"http://127.0.0.1:{port}/readyz", timeout=_ANSWER_S) as answer:
            return Answer(answer.status == 200, answer.read(2_000).decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        return Answer(False, error.read(2_000).decode("utf-8", "replace"))
    except OSError as error:
        return Answer(False, f"no answer ({error})")


# A proxy that the environment names is not for loopback.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
