"""A TCP proxy that can be cut, swallow everything, or be slow. All run on one thread."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial

from tests.crash.campaign.broker import Address

_CHUNK = 65_536
_LINGER_0 = struct.pack("ii", 1, 0)
"""Closing sends a reset."""


class Mode(StrEnum):
    OPEN = "open"
    RESET = "reset"
    HOLE = "hole"
    DELAY = "delay"


class Proxy:
    """One listening address, for as long as the campaign lasts."""

    def __init__(self, host: str) -> None:
        self._listener = socket.create_server((host, 0), backlog=128)
        self.address: Address = self._listener.getsockname()[:2]
        self._mode = Mode.OPEN
        self._delay_s = 0.0
        self._target: Callable[[], Address] | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._open = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def serve(self, target: Callable[[], Address]) -> None:
        self._target = target
        self._loop = asyncio.get_running_loop()
        self._open.set()
        await asyncio.start_server(self._connected, sock=self._listener)

    def set(self, mode: Mode, delay_s: float = 0.0) -> None:
        """From any thread. Connections that were swallowed are reset when the hole closes."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._set, mode, delay_s)

    def _set(self, mode: Mode, delay_s: float) -> None:
        was_hole = self._mode is Mode.HOLE
        self._mode, self._delay_s = mode, delay_s
        if mode is Mode.HOLE:
            self._open.clear()
        else:
            self._open.set()
        if mode is Mode.RESET or was_hole:
            for writer in list(self._writers):
                _reset(writer)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self._mode is Mode.RESET:
                _reset(writer)
                return
            await self._open.wait()
            assert self._target is not None
            there_reader, there = await asyncio.open_connection(*self._target())
            self._writers.add(there)
            try:
                pumps = (self._pump(reader, there), self._pump(there_reader, writer))
                tasks = [asyncio.ensure_future(pump) for pump in pumps]
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    task.cancel()
            finally:
                self._writers.discard(there)
                there.close()
        except OSError:
            _reset(writer)
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                if self._mode is Mode.DELAY:
                    await asyncio.sleep(self._delay_s)
                await self._open.wait()
                writer.write(chunk)
                await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
    writer.transport.abort()


def serve(proxies: Mapping[str, Proxy], target: Callable[[str], Address]) -> None:
    """Serve them all, on a thread that ends with the process."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="proxies", daemon=True).start()

    async def start() -> None:
        for name, proxy in proxies.items():
            await proxy.serve(partial(target, name))

    asyncio.run_coroutine_threadsafe(start(), loop).result(10)
