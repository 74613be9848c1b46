"""An MCP server read over real HTTP, page by page, and one that does not keep to the protocol."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.catalog.server_sent import EventReader
from interlock.catalog.sources import read_source
from schemas.faults import ProcessFault
from schemas.names import RiskLevel
from tests.catalog_servers import McpServer, answers, serving


def mcp_tool(name: str, **changes: Any) -> dict[str, Any]:
    return {"name": name, "description": "…", "inputSchema": {"type": "object"}, **changes}


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("session", ["session-7", None])
def test_an_mcp_server_is_read_page_by_page(streams: bool, session: str | None) -> None:
    server = McpServer([mcp_tool(f"t{n}") for n in range(5)], streams=streams, session=session)
    with serving(server) as url:
        found = read_source("mcp", f"{url}/mcp")
    assert [offer.tool for offer in found.offers] == ["t0", "t1", "t2", "t3", "t4"]
    expected = ["initialize", "notifications/initialized", *["tools/list"] * 3]
    assert server.asked == expected + (["DELETE"] if session else [])


@pytest.mark.parametrize(
    ("hints", "risk"),
    [
        (None, RiskLevel.HIGH),
        ({}, RiskLevel.HIGH),
        ({"readOnlyHint": True, "idempotentHint": True}, RiskLevel.HIGH),
        ({"destructiveHint": False}, RiskLevel.HIGH),
        ({"destructiveHint": True}, RiskLevel.CRITICAL),
        ({"destructiveHint": True, "readOnlyHint": True}, RiskLevel.CRITICAL),
        ({"destructiveHint": "yes"}, RiskLevel.HIGH),
        ("read only", RiskLevel.HIGH),
    ],
)
def test_hints_of_an_mcp_server_only_raise_the_risk(hints: Any, risk: RiskLevel) -> None:
    with serving(McpServer([mcp_tool("t", annotations=hints)])) as url:
        (offer,) = read_source("mcp", url).offers
    assert (offer.risk, offer.idempotent, offer.labelled_at) == (risk, None, None)


def test_an_mcp_tool_that_changes_is_another_version() -> None:
    def version(server: McpServer) -> str:
        with serving(server) as url:
            return read_source("mcp", url).offers[0].version

    first = version(McpServer([mcp_tool("t")]))
    assert first.startswith("1.4.0+mcp.")
    assert version(McpServer([mcp_tool("t")])) == first
    assert version(McpServer([mcp_tool("t", description="now it deletes")])) != first
    assert version(McpServer([mcp_tool("t")], version="nightly")).startswith("0.0.0+mcp.")


@pytest.mark.parametrize(
    ("server", "text"),
    [
        (McpServer([], protocol="2024-11-05"), "2024-11-05"),
        (McpServer([], capabilities={"prompts": {}}), "no tools"),
        (McpServer([mcp_tool("t")] * 3), "two tools"),
        (McpServer([mcp_tool(f"t{n}") for n in range(202)]), "100 pages"),
        (McpServer([mcp_tool(f"t{n}") for n in range(2_000)], page=600), "1,000"),
        (McpServer([mcp_tool(f"t{n}", title="x" * 9_000) for n in range(999)], page=99), "4 MiB"),
    ],
)
def test_an_mcp_server_that_cannot_be_read(server: McpServer, text: str) -> None:
    with serving(server) as url, pytest.raises(ProcessFault) as refused:
        read_source("mcp", url)
    assert text in refused.value.text


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"jsonrpc": "2.0", "id": 1, "error": {"code": -32602, "message": "no\x1b[2J"}}, "refused"),
        ({"jsonrpc": "2.0", "id": 9, "result": {}}, "something else"),
        ({"jsonrpc": "2.0", "id": 1, "result": []}, "no result"),
        ([], "something else"),
    ],
)
def test_an_answer_that_is_not_the_one_asked_for(answer: Any, text: str) -> None:
    with serving(answers(answer)) as url, pytest.raises(ProcessFault) as refused:
        read_source("mcp", url)
    assert text in refused.value.text
    assert refused.value.text.isprintable()


@pytest.mark.parametrize("body", [b"data: {\n\n", b'data: {"id": 1}\n\n', b"", b'data: {"id": 1}'])
def test_a_stream_without_the_answer(body: bytes) -> None:
    stream = answers(body, Content_Type="text/event-stream")
    with serving(stream) as url, pytest.raises(ProcessFault):
        read_source("mcp", url)


def test_tools_without_a_name_or_a_schema_are_refused() -> None:
    tools = [{"inputSchema": {}}, {"name": "t"}, 7, mcp_tool("ok")]
    with serving(McpServer(tools, page=9)) as url:
        found = read_source("mcp", url)
    assert [offer.tool for offer in found.offers] == ["ok"]
    assert [refused.tool for refused in found.refused] == ["number 1", "t", "number 3"]


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=4))
def test_events_are_the_same_however_the_bytes_arrive(noise: bytes, cuts: list[int]) -> None:
    text = b"data: a\r\ndata:b\r\r" + noise.replace(b"data", b"") + b"\n\ndata\ndata:  c\n\n"
    whole = list(EventReader().feed(text))
    reader = EventReader()
    places = [0, *sorted(cuts), len(text)]
    pieces = [text[a:b] for a, b in pairwise(places)]
    assert [event for piece in pieces for event in reader.feed(piece)] == whole
    assert whole[0] == b"a\nb"
    assert whole[-1] == b"\n c"
