"""What is made of one tool of an MCP server.

Its annotations are hints of somebody untrusted: they only raise the risk. It counts as high, or
as critical if it says that it destroys; it is not idempotent by its own word.

MCP tools have no versions of their own, so one is made of the server's version and the tool's
content (`1.4.0+mcp.3f9c2a7b81d0`): a description, schema or hint that changes is another
version, and what was drafted for the old one does not run with the new.
"""

import hashlib

import rfc8785
from pydantic import JsonValue

from interlock.catalog.offer import LONGEST_TEXT, Offer, Refused
from processors.version_range import read_version
from schemas.names import RiskLevel


def mcp_offer(index: int, said: JsonValue, server_version: str) -> Offer | Refused:
    """The tool as an offer.

    Args:
        index: its place in tools/list, for a tool without a name.
    """
    tool = said if isinstance(said, dict) else {}
    name = tool.get("name")
    if not isinstance(name, str):
        return Refused(f"number {index + 1}", "it has no name")
    schema = tool.get("inputSchema")
    if not isinstance(schema, dict):
        return Refused(name[:128], "it has no inputSchema")
    description = tool.get("description")
    hints = tool.get("annotations")
    try:
        content = rfc8785.dumps([name, description, schema, hints])
    except (rfc8785.CanonicalizationError, RecursionError):
        return Refused(name[:128], "its description has no canonical form")
    destroys = isinstance(hints, dict) and hints.get("destructiveHint") is True
    return Offer(
        tool=name,
        version=_version(server_version, content),
        parameters=schema,
        risk=RiskLevel.CRITICAL if destroys else RiskLevel.HIGH,
        description=description[:LONGEST_TEXT] if isinstance(description, str) else "",
    )


def _version(server: str, content: bytes) -> str:
    base = read_version(server)
    plain = "0.0.0" if base is None else str(base.replace(build=None))
    return f"{plain}+mcp.{hashlib.sha256(content).hexdigest()[:12]}"
