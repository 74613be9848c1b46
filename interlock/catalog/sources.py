"""Where other catalogs are read from, by the kind of their answer."""

import asyncio
from collections.abc import Awaitable, Callable

from interlock.catalog.fetch import TIMEOUT_S
from interlock.catalog.mcp import read_server
from interlock.catalog.offer import Offered
from interlock.catalog.our_shape import read_host
from schemas.faults import PassingFault

READERS: dict[str, Callable[[str], Awaitable[Offered]]] = {
    "interlock": read_host,
    "mcp": read_server,
}


def read_source(kind: str, address: str) -> Offered:
    """What the source offers, all its pages within ten seconds.

    Raises:
        PassingFault: `source_unreachable`.
        ProcessFault: `source_unreadable`: it answered, but not as a source does.
    """

    async def read() -> Offered:
        async with asyncio.timeout(TIMEOUT_S):
            return await READERS[kind](address)

    try:
        return asyncio.run(read())
    except TimeoutError:
        raise PassingFault(
            "source_unreachable", f"the source did not answer within {TIMEOUT_S:g} s"
        ) from None
