"""The tools to draft against, from a file: our catalog, or a list as providers' APIs take it.

mapping   tool → entry, as `config/plugins/catalog.yaml`
list      {"name", "parameters" | "input_schema" | "inputSchema"}, or that as `function`;
          also as the list `tools` of an object
"""

from pathlib import Path

import yaml
from pydantic import JsonValue

from interlock.catalog.file import read_catalog
from processors.snapshot import Snapshot
from processors.validation import check_schema
from schemas.events import JsonObject
from schemas.faults import ProcessFault
from schemas.settings import PluginSpec

_SCHEMAS = ("parameters", "input_schema", "inputSchema")


def read_tools(file: Path) -> Snapshot:
    """Settings that know these tools and nothing else.

    Raises:
        ProcessFault: `config_unreadable`; one sentence that says where and what.
    """
    try:
        said: JsonValue = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise _unreadable(file, str(error)) from None
    tools = said.get("tools") if isinstance(said, dict) else said
    if not isinstance(tools, list):
        return Snapshot(plugins=read_catalog(file))
    found = [_tool(file, place, item) for place, item in enumerate(tools)]
    return Snapshot(plugins={tool.tool: tool for tool in found})


def _tool(file: Path, place: int, item: JsonValue) -> PluginSpec:
    inner = item.get("function", item) if isinstance(item, dict) else None
    name = inner.get("name") if isinstance(inner, dict) else None
    if not isinstance(inner, dict) or not isinstance(name, str) or "@" in name:
        raise _unreadable(file, f"tools[{place}]: expected an object with a text `name`")
    given = next((inner[key] for key in _SCHEMAS if key in inner), {})
    schema: JsonObject = given if isinstance(given, dict) else {}
    try:
        check_schema(schema)
    except ValueError as error:
        raise _unreadable(file, f"{name}: {error}") from None
    return PluginSpec(tool=name, version="0.0.0", parameters=schema)


def _unreadable(file: Path, text: str) -> ProcessFault:
    return ProcessFault("config_unreadable", f"{file}: {text}")
