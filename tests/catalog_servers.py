"""Sources on a loopback port: any aiohttp application, and a strict MCP server."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@contextmanager
def serving(handler: Handler) -> Iterator[str]:
    """The address at which `handler` answers every request."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> tuple[web.ServerRunner, str]:
        runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        return runner, f"http://{host}:{port}"

    runner, url = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield url
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def answers(body: Any, status: int = 200, **headers: str) -> Handler:
    async def handle(_: web.BaseRequest) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, bytes):
            return web.Response(body=body, status=status, headers=named)
        return web.json_response(body, status=status, headers=named)

    return handle


@dataclass
class McpServer:
    """Holds clients to the letter of MCP 2025-06-18; what they did wrong is answered 400."""

    tools: Sequence[Any]
    page: int = 2
    streams: bool = False
    protocol: str = "2025-06-18"
    version: str = "1.4.0"
    session: str | None = "session-7"
    capabilities: dict[str, Any] = field(default_factory=lambda: {"tools": {}})
    asked: list[str] = field(default_factory=list)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "DELETE":
            self.asked.append("DELETE")
            return web.Response(status=405)
        said = await request.json()
        method = said["method"]
        self.asked.append(method)
        accepted = request.headers.get("Accept", "")
        if not {"application/json", "text/event-stream"} <= set(accepted.split(", ")):
            return web.Response(status=406)
        if method != "initialize":
            if request.headers.get("Mcp-Session-Id") != self.session:
                return web.Response(status=400)
            if request.headers.get("MCP-Protocol-Version") != self.protocol:
                return web.Response(status=400)
        match method:
            case "initialize":
                assert said["params"]["protocolVersion"] == "2025-06-18"
                return await self._answer(request, said, self._welcome(), session=self.session)
            case "notifications/initialized":
                return web.Response(status=202)
            case "tools/list" if "notifications/initialized" in self.asked:
                return await self._answer(request, said, self._page(said.get("params", {})))
        return web.Response(status=400)

    def _welcome(self) -> dict[str, Any]:
        return {
            "protocolVersion": self.protocol,
            "capabilities": self.capabilities,
            "serverInfo": {"name": "weather", "version": self.version},
        }

    def _page(self, params: dict[str, Any]) -> dict[str, Any]:
        start = int(params.get("cursor", "0"))
        end = start + self.page
        more = {"nextCursor": str(end)} if end < len(self.tools) else {}
        return {"tools": list(self.tools[start:end]), **more}

    async def _answer(
        self, request: web.BaseRequest, said: Any, result: Any, session: str | None = None
    ) -> web.StreamResponse:
        headers = {"Mcp-Session-Id": session} if session else {}
        message = {"jsonrpc": "2.0", "id": said["id"], "result": result}
        if not self.streams:
            return web.json_response(message, headers=headers)
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream; charset=utf-8", **headers}
        )
        await response.prepare(request)
        body = web.json_response(message).body
        assert isinstance(body, bytes)
        half = len(body) // 2
        notice = b'{"jsonrpc":"2.0","method":"notifications/message","params":{}}'
        for piece in (b": hello\r\n\r", b"\ndata: " + notice + b"\n\nid: 3\nevent: message\n"):
            await response.write(piece)
        await response.write(b"data:" + body[:half])
        await response.write(body[half:] + b"\r\n\r\n")
        # An open stream is no reason to wait: the answer has come.
        await asyncio.sleep(30)
        return response
