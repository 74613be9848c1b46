"""The campaign's own plugin host: it counts what it is asked, and is never killed.

    python -m tests.crash.campaign.host ADDRESS FOLDER SEED

It listens on a free port, told in `FOLDER/host.port`, and writes `FOLDER/calls.jsonl`: a line
for each call, given to the kernel before the answer is sent. An idempotent tool answers a
repeated key with its first result; the other one makes the effect again, as such tools do.
"""

import asyncio
import hashlib
import sys
import time
from pathlib import Path
from typing import BinaryIO

import orjson
from aiohttp import web

from tests.crash.campaign.tenants import OWN_TOOLS

SLOW, SILENT = 10, 2
"""Of a thousand keys: so many take 3 s, so many never get an answer."""
SLOW_S = 3.0
NEVER_S = 3_600.0


class Book:
    """Effects by key, and the file they are written to."""

    def __init__(self, file: BinaryIO, seed: int) -> None:
        self._file = file
        self._seed = seed
        self._results: dict[str, int] = {}

    async def call(self, tool: str, key: str, body: dict[str, object]) -> web.Response:
        idempotent = bool(OWN_TOOLS[tool]["idempotent"])
        thousandth, milliseconds = self._fate(key)
        takes = SLOW_S if thousandth < SLOW else milliseconds / 1000
        silent = thousandth >= 1000 - SILENT
        await asyncio.sleep(takes / 2)
        effect = not (idempotent and key in self._results)
        number = self._results.setdefault(key, len(self._results) + 1)
        line = {
            "key": key,
            "tool": tool,
            "tenant": body["tenant_id"],
            "params": body["params"],
            "idempotent": idempotent,
            "effect": effect,
            "at": time.time(),
            "answer": None if silent else 200,
        }
        self._file.write(orjson.dumps(line) + b"\n")
        await asyncio.sleep(NEVER_S if silent else takes / 2)
        return web.json_response({"result": {"number": number}})

    def _fate(self, key: str) -> tuple[int, int]:
        digest = hashlib.sha256(f"{self._seed}:{key}".encode()).digest()
        return int.from_bytes(digest[:4], "big") % 1000, 1 + digest[4] % 50


def application(book: Book) -> web.Application:
    async def invoke(request: web.Request) -> web.Response:
        tool = request.match_info["tool"]
        key = request.headers.get("Idempotency-Key")
        if tool not in OWN_TOOLS or not key:
            return web.json_response({"title": "no such tool, or no key"}, status=400)
        return await book.call(tool, key, orjson.loads(await request.read()))

    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.router.add_post("/internal/plugins/{tool}/invoke", invoke)
    return app


async def _serve(host: str, folder: Path, seed: int) -> None:
    # Unbuffered: each line is one write to the kernel.
    with (folder / "calls.jsonl").open("ab", buffering=0) as file:
        runner = web.AppRunner(application(Book(file, seed)), keepalive_timeout=75.0)
        await runner.setup()
        site = web.TCPSite(runner, host, 0, backlog=1024)
        await site.start()
        port = runner.addresses[0][1]
        told = folder / "host.port.new"
        told.write_text(str(port))
        told.rename(folder / "host.port")
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
