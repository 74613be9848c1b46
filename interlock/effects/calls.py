"""Calling a plugin: HTTP on an event loop of its own thread, or a no-op inside the process.

The loop keeps hundreds of slow calls open without a thread each; the ledger's thread hands
them over and takes the outcomes back.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

import aiohttp
import orjson
from pydantic import JsonValue

from processors.effects import Answered, CallOutcome, Refused, Unclear, read_status
from schemas import jsontext
from schemas.faults import RecordFault
from schemas.identity import idempotency_key
from schemas.ledger import Claimed
from schemas.settings import Transport

LARGEST_ANSWER = 1_048_576
CONNECT_TIMEOUT_S = 1.0

StillOwner = Callable[[], bool]


class NotSent(Exception):
    """Nothing left this process: the effect may go back to the queue."""


class Caller(Protocol):
    def call(self, claimed: Claimed, still_owner: StillOwner) -> "Future[CallOutcome]":
        """Start the call; the future brings an outcome, or `NotSent`.

        `still_owner` is asked right before anything is sent.
        """
        ...

    def close(self) -> None: ...


class PluginCaller:
    """Calls by the plugin's transport. Timeouts: connect, and the whole call (plugin's)."""

    def __init__(self, plugin_host_url: str) -> None:
        self._host = plugin_host_url.rstrip("/")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="calls", daemon=True)
        self._thread.start()
        self._session = asyncio.run_coroutine_threadsafe(_open(), self._loop).result(10)

    def call(self, claimed: Claimed, still_owner: StillOwner) -> "Future[CallOutcome]":
        return asyncio.run_coroutine_threadsafe(self._call(claimed, still_owner), self._loop)

    async def _call(self, claimed: Claimed, still_owner: StillOwner) -> CallOutcome:
        if not still_owner():
            raise NotSent
        if claimed.plugin.transport is Transport.IN_PROCESS:
            return Answered({"ok": True})
        return await self._post(claimed)

    async def _post(self, claimed: Claimed) -> CallOutcome:
        action, plugin = claimed.action, claimed.plugin
        base = (plugin.url or self._host).rstrip("/")
        key = idempotency_key(action.action_id, action.revision)
        body = orjson.dumps(
            {
                "tenant_id": action.tenant_id,
                "action_id": action.action_id,
                "revision": action.revision,
                "trace_id": action.trace_id,
                "tool": action.tool,
                "version": action.tool_version,
                "params": action.params,
            }
        )
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            # Answers are not unpacked: what a few bytes unfold to has no bound.
            "Accept-Encoding": "identity",
        }
        total = plugin.timeout_ms / 1000
        # Connecting ends before the whole does: not connected is known to be not called.
        timeout = aiohttp.ClientTimeout(
            total=total, sock_connect=min(CONNECT_TIMEOUT_S, 0.9 * total)
        )
        try:
            async with self._session.post(
                f"{base}/internal/plugins/{action.tool}/invoke",
                data=body,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                raw = await response.content.read(LARGEST_ANSWER + 1)
                while len(raw) <= LARGEST_ANSWER and not response.content.at_eof():
                    raw += await response.content.read(LARGEST_ANSWER + 1 - len(raw))
                return read_status(plugin, response.status, _json(raw))
        except aiohttp.ConnectionTimeoutError as error:
            return Refused("connect_timeout", f"no connection to the plugin: {error}")
        except aiohttp.ClientConnectorError as error:
            return Refused("connect_failed", f"no connection to the plugin: {error}")
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
            return Refused("url_invalid", f"the catalog's address is none: {error}")
        except TimeoutError:
            return Unclear("timeout", f"no answer within {plugin.timeout_ms} ms")
        except aiohttp.ClientError as error:
            return Unclear("connection_lost", type(error).__name__)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._session.close(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)


async def _open() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=4.0),
        auto_decompress=False,
        # A plugin's cookies would travel from one tenant's call to another's.
        cookie_jar=aiohttp.DummyCookieJar(),
    )


def _json(raw: bytes) -> JsonValue:
    """What a body says, if an event can carry it; None for anything else."""
    if len(raw) > LARGEST_ANSWER:
        return None
    try:
        return jsontext.loads(raw, "answer")
    except RecordFault:
        return None
