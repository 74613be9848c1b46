"""The tools of an MCP server, over Streamable HTTP (protocol revision 2025-06-18).

initialize, notifications/initialized, then tools/list page by page; a request is answered as
JSON or as an event stream, the session's id goes with everything after the first answer.

Source: modelcontextprotocol.io/specification/2025-06-18, "Transports", "Lifecycle", "Tools".
"""

import re
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import TypeGuard

import aiohttp
import orjson
from pydantic import JsonValue

from interlock.catalog.fetch import Budget, answer, http_session, read_json, unreadable
from interlock.catalog.mcp_tool import mcp_offer
from interlock.catalog.offer import MOST_TOOLS, Offered, offered
from interlock.catalog.server_sent import EventReader
from schemas.events import JsonObject
from schemas.faults import Fault

PROTOCOL = "2025-06-18"
MOST_PAGES = 100

_SESSION_ID = re.compile(r"[\x21-\x7e]{1,1024}")


async def read_server(url: str) -> Offered:
    """What the MCP server at `url` offers.

    Raises:
        PassingFault: `source_unreachable`.
        ProcessFault: `source_unreadable`.
    """
    async with http_session() as http:
        server = _Server(http, url)
        try:
            version = await server.initialize()
            tools = await server.tools()
        finally:
            await server.end()
    return offered(mcp_offer(index, tool, version) for index, tool in enumerate(tools))


class _Server:
    """One session with the server: one request after the other."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url
        self._budget = Budget()
        self._last_id = 0
        self._headers = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
        }

    async def initialize(self) -> str:
        """Agree on the protocol; the server's version."""
        said = await self._ask(
            "initialize",
            {
                "protocolVersion": PROTOCOL,
                "capabilities": {},
                "clientInfo": {"name": "interlock", "version": "0.1.0"},
            },
        )
        if said.get("protocolVersion") != PROTOCOL:
            raise unreadable(f"it speaks MCP {said.get('protocolVersion')!r}, not {PROTOCOL}")
        capabilities = said.get("capabilities")
        if not isinstance(capabilities, dict) or "tools" not in capabilities:
            raise unreadable("the MCP server says that it has no tools")
        self._headers["MCP-Protocol-Version"] = PROTOCOL
        initialized: JsonObject = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        async with self._post(initialized) as response:
            if response.status not in (200, 202, 204):
                raise unreadable(f"notifications/initialized is answered {response.status}")
        info = said.get("serverInfo")
        version = info.get("version") if isinstance(info, dict) else None
        return version if isinstance(version, str) else ""

    async def tools(self) -> list[JsonValue]:
        """Every page of tools/list; no further than would be refused anyway."""
        found: list[JsonValue] = []
        params: JsonObject = {}
        for _ in range(MOST_PAGES):
            page = await self._ask("tools/list", params)
            tools = page.get("tools")
            if not isinstance(tools, list):
                raise unreadable("tools/list has no list `tools`")
            found.extend(tools)
            cursor = page.get("nextCursor")
            if not isinstance(cursor, str) or len(found) > MOST_TOOLS:
                return found
            params = {"cursor": cursor}
        raise unreadable(f"tools/list has more than {MOST_PAGES} pages")

    async def end(self) -> None:
        """Tell the server that the session is over; it need not care."""
        if "Mcp-Session-Id" not in self._headers:
            return
        try:
            async with answer(self._http, "DELETE", self._url, headers=self._headers):
                pass
        except (aiohttp.ClientError, TimeoutError, Fault):
            return

    async def _ask(self, method: str, params: JsonObject) -> Mapping[str, JsonValue]:
        """The result of one request."""
        self._last_id += 1
        request: JsonObject = {"jsonrpc": "2.0", "id": self._last_id, "method": method}
        async with self._post({**request, "params": params} if params else request) as response:
            if response.status != 200:
                raise unreadable(f"{method} is answered {response.status}")
            if method == "initialize":
                self._keep_session(response)
            if response.content_type == "text/event-stream":
                said = await self._streamed(response)
            else:
                said = await read_json(response, self._budget)
        if not self._answers(said):
            raise unreadable(f"{method} is answered with something else")
        if "error" in said:
            error = said["error"]
            text = error.get("message") if isinstance(error, dict) else None
            raise unreadable(f"{method} is refused: {str(text)[:200]!r}")
        result = said.get("result")
        if not isinstance(result, dict):
            raise unreadable(f"{method} has no result")
        return result

    def _post(self, message: JsonObject) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        return answer(self._http, "POST", self._url, headers=self._headers, body=message)

    def _keep_session(self, response: aiohttp.ClientResponse) -> None:
        session = response.headers.get("Mcp-Session-Id")
        if session is None:
            return
        if not _SESSION_ID.fullmatch(session):
            raise unreadable("its session id holds more than visible ASCII")
        self._headers["Mcp-Session-Id"] = session

    async def _streamed(self, response: aiohttp.ClientResponse) -> JsonValue:
        """The answer within the stream; what else the server sends meanwhile is passed over."""
        reader = EventReader()
        async for chunk in response.content.iter_any():
            self._budget.take(len(chunk))
            for event in reader.feed(chunk):
                try:
                    message: JsonValue = orjson.loads(event)
                except orjson.JSONDecodeError as error:
                    raise unreadable(f"an event is no JSON: {error}") from None
                if self._answers(message):
                    return message
        raise unreadable("the stream ended without the answer")

    def _answers(self, message: JsonValue) -> TypeGuard[JsonObject]:
        """Whether this is the response to the last request."""
        return (
            isinstance(message, dict)
            and message.get("id") == self._last_id
            and not isinstance(message.get("id"), bool)
            and ("result" in message or "error" in message)
        )
