"""What the signals that ask a process to end do to one that has others to stop first."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

_SLICE_S = 0.5


@contextlib.contextmanager
def unwinding_on_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end the main thread by SystemExit, as SIGINT does by
    KeyboardInterrupt: `with` blocks are left in order, which stops what they started.

    Python's own answer to them is to end at once; then the kernel would kill the children.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    with _handling(leave, signal.SIGTERM, signal.SIGHUP):
        yield


@contextlib.contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """An event that SIGINT, SIGTERM and SIGHUP set instead, for a main loop that looks at it.

    Meant for after the start: what does not look at the event goes on. The second signal
    raises KeyboardInterrupt, since whoever presses Ctrl-C twice does not want to wait.
    """
    stop = _Stop()

    def note(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    with _handling(note, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        yield stop


class _Stop(threading.Event):
    def wait(self, timeout: float | None = None) -> bool:
        """In slices: Python notices a signal that came just before a wait only after it."""
        if timeout is not None:
            return super().wait(timeout)
        while not super().wait(_SLICE_S):
            pass
        return True


@contextlib.contextmanager
def _handling(
    handler: Callable[[int, FrameType | None], None], *numbers: signal.Signals
) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
