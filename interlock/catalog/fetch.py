"""HTTP to a source, bounded: 10 seconds and 4 MiB in all, nothing unpacked, no redirect followed.

Who answers at the address may be anyone. A redirect could point inside the own network, and what
a few compressed bytes unfold to has no bound.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
import orjson
from pydantic import JsonValue

from schemas.faults import PassingFault, ProcessFault

TIMEOUT_S = 10.0
LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes, all pages together."""


@dataclass(slots=True)
class Budget:
    """Bytes that may still come."""

    left: int = LARGEST_ANSWER

    def take(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise unreadable(f"the answer is larger than {LARGEST_ANSWER // 1024**2} MiB")


def source_address(url: str) -> str:
    """The address as it names a source: scheme, host, port and path.

    Raises:
        ProcessFault: `source_invalid`. An address may hold no credentials and no query: it is
            kept for ever with the entries that were read from it.
    """
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError as error:
        raise ProcessFault("source_invalid", f"{url[:200]!r} is no address: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable():
        raise ProcessFault("source_invalid", f"{url[:200]!r} is no address of http or https")
    if parts.username is not None or parts.query or parts.fragment:
        raise ProcessFault(
            "source_invalid", "a source's address holds no credentials, no query and no fragment"
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"


@asynccontextmanager
async def http_session() -> AsyncIterator[aiohttp.ClientSession]:
    """A session for one reading of one source.

    Raises:
        PassingFault: `source_unreachable`, whatever went wrong between here and there.
    """
    try:
        async with aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        ) as session:
            yield session
    except TimeoutError:
        raise PassingFault(
            "source_unreachable", f"the source did not answer within {TIMEOUT_S:g} s"
        ) from None
    except (aiohttp.ClientError, ValueError) as error:
        raise PassingFault("source_unreachable", f"no answer from the source: {error}") from None


@asynccontextmanager
async def answer(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: JsonValue = None,
) -> AsyncIterator[aiohttp.ClientResponse]:
    """The answer to one request, its body not read yet.

    Raises:
        ProcessFault: `source_unreadable`: a redirect, or an encoding nobody asked for.
    """
    async with session.request(
        method,
        url,
        data=None if body is None else orjson.dumps(body),
        headers={"Accept-Encoding": "identity", **headers},
        allow_redirects=False,
    ) as response:
        if 300 <= response.status < 400:
            target = response.headers.get("Location", "nowhere")[:200]
            raise unreadable(f"it answers with a redirect to {target!r}, which is not followed")
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise unreadable("its answer is compressed, which nobody asked for")
        yield response


async def read_json(response: aiohttp.ClientResponse, budget: Budget) -> JsonValue:
    """The body as JSON.

    Raises:
        ProcessFault: `source_unreadable`.
    """
    parts: list[bytes] = []
    async for chunk in response.content.iter_any():
        budget.take(len(chunk))
        parts.append(chunk)
    try:
        value: JsonValue = orjson.loads(b"".join(parts))
    except orjson.JSONDecodeError as error:
        raise unreadable(f"its answer is no JSON: {error}") from None
    return value


def unreadable(text: str) -> ProcessFault:
    return ProcessFault("source_unreadable", f"the source cannot be read: {text}")
