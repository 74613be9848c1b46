"""Plugin hosts read over real HTTP, and sources of either kind that misbehave."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from aiohttp import web

from interlock.catalog import fetch, sources
from interlock.catalog.fetch import source_address
from interlock.catalog.offer import Offer
from interlock.catalog.sources import read_source
from launch import wait_until
from plugins.app import create_app
from schemas.faults import Fault, PassingFault, ProcessFault
from schemas.names import RiskLevel
from tests.catalog_servers import Handler, answers, serving

TOOL: dict[str, Any] = {
    "tool": "mailer",
    "version": "1.0.0",
    "risk": "medium",
    "parameters": {"type": "object", "properties": {"to": {"type": "string"}}},
    "risk_labelled_at": "2026-03-01T00:00:00Z",
    "sensitive_parameters": {"/to": "pii"},
    "permissions": ["mail:send"],
    "contact": "mail@example.com",
    "idempotent": True,
    "something": "of a later version",
}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "TIMEOUT_S", 0.3)
    monkeypatch.setattr(sources, "TIMEOUT_S", 0.3)


@pytest.fixture
def plugin_host(tmp_path: Path) -> Iterator[str]:
    """The real one. Its catalog needs no database."""
    app = create_app("postgresql://127.0.0.1:1/none", tmp_path)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started, 20, "the host to listen")
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


def test_the_real_plugin_host_is_read(plugin_host: str) -> None:
    found = read_source("interlock", plugin_host)
    assert found.refused == ()
    tools = {offer.tool: offer for offer in found.offers}
    assert len(tools) == 5
    stock = tools["update_inventory"]
    assert (stock.risk, stock.version, stock.idempotent) == (RiskLevel.HIGH, "1.0.0", True)
    assert stock.permissions == ("inventory:adjust",)
    assert stock.labelled_at is not None
    assert stock.description
    assert tools["create_task"].sensitive_parameters == {"/asignado_a": "pii"}


def test_every_field_of_our_shape_is_read() -> None:
    with serving(answers({"tools": [TOOL]})) as url:
        (offer,) = read_source("interlock", url).offers
    assert offer == Offer(
        tool="mailer",
        version="1.0.0",
        parameters=TOOL["parameters"],
        risk=RiskLevel.MEDIUM,
        labelled_at=datetime(2026, 3, 1, tzinfo=UTC),
        idempotent=True,
        no_effect_on_error=False,
        permissions=("mail:send",),
        sensitive_parameters={"/to": "pii"},
        contact="mail@example.com",
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"tool": "a b"}, "name"),
        ({"tool": "mailer@1"}, "name"),
        ({"tool": "../../admin"}, "name"),
        ({"tool": "a/../../admin"}, "name"),
        ({"tool": "a//b"}, "name"),
        ({"tool": "mаiler"}, "name"),  # Cyrillic а
        ({"tool": "m" * 129}, "name"),
        ({"version": "1"}, "semantic version"),
        ({"version": 1}, "version"),
        ({"risk": "tiny"}, "risk"),
        ({"parameters": {"type": "no"}}, "JSON Schema"),
        ({"parameters": {"$ref": "http://127.0.0.1:9/x"}}, "all it refers to"),
        ({"parameters": {"$ref": "file:///etc/hostname"}}, "all it refers to"),
        ({"parameters": {"title": "x" * 300_000}}, "64 KiB"),
        ({"parameters": {"title": "\x00"}}, "NUL"),
        ({"parameters": []}, "parameters"),
        ({"description": "x" * 3_000}, "longer"),
        ({"permissions": ["p"] * 100}, "too many"),
        ({"sensitive_parameters": {"/from": "pii"}}, "no property"),
        ({"risk_labelled_at": "2026-03-01"}, "risk_labelled_at"),
    ],
)
def test_a_tool_that_is_none_is_refused_and_the_others_are_not(
    changes: dict[str, Any], why: str
) -> None:
    with serving(answers({"tools": [{**TOOL, **changes}, {**TOOL, "tool": "other"}, 7]})) as url:
        found = read_source("interlock", url)
    assert [offer.tool for offer in found.offers] == ["other"]
    assert [why in refused.why for refused in found.refused] == [True, False]
    assert found.refused[1].tool == "number 3"
    assert len(found.refused[0].tool) <= 128


@pytest.mark.parametrize(
    ("handler", "text"),
    [
        (answers(b"<html>"), "no JSON"),
        (answers([]), "no list"),
        (answers({"tools": {}}), "no list"),
        (answers({}, 404), "404"),
        (answers({}, 302, Location="http://127.0.0.1:9/"), "redirect"),
        (answers(b"\x1f\x8b", Content_Encoding="gzip"), "compressed"),
        (answers({"tools": [TOOL, TOOL]}), "two tools"),
        (answers({"tools": [{**TOOL, "tool": f"t{n}"} for n in range(1_001)]}), "1,000"),
        (answers(b" " * (4 * 1024 * 1024 + 1)), "4 MiB"),
    ],
)
@pytest.mark.parametrize("kind", ["interlock", "mcp"])
def test_an_answer_that_is_none_is_refused_whole(handler: Handler, text: str, kind: str) -> None:
    with serving(handler) as url, pytest.raises(ProcessFault) as refused:
        read_source(kind, url)
    assert refused.value.code == "source_unreadable"
    assert kind == "mcp" or text in refused.value.text
    assert "\n" not in refused.value.text


async def drips(request: web.BaseRequest) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.05)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", ["interlock", "mcp"])
def test_a_source_that_never_ends_is_left(kind: str) -> None:
    with serving(drips) as url, pytest.raises(PassingFault, match=r"0\.3 s"):
        read_source(kind, url)


@pytest.mark.parametrize("kind", ["interlock", "mcp"])
def test_a_source_that_is_not_there(kind: str) -> None:
    with serving(answers({})) as url:
        pass
    with pytest.raises(PassingFault) as gone:
        read_source(kind, url)
    assert gone.value.code == "source_unreachable"


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("http://host:8970", "http://host:8970"),
        ("http://host:8970/", "http://host:8970"),
        ("https://HOST/a/b/", "https://host/a/b"),
        ("http://[::1]:80/x", "http://[::1]:80/x"),
    ],
)
def test_one_source_has_one_address(given: str, address: str) -> None:
    assert source_address(given) == address


@pytest.mark.parametrize(
    "given",
    [
        *("", "host", "ftp://host", "file:///etc/passwd", "http://", "http://u:p@host"),
        *("http://h:x", "http://h/?key=1", "http://h/#a", "http://h/\x1b"),
    ],
)
def test_what_is_no_address_of_a_source(given: str) -> None:
    with pytest.raises(Fault):
        source_address(given)
