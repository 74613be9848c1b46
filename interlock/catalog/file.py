"""`config/plugins/catalog.yaml`: the tools that are written by hand.

An entry's key is the tool, or `tool@version` for another version still offered. Its fields are
those of `PluginSpec`; `parameters_file` names a JSON Schema, counted from the catalog's folder.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson
from pydantic import JsonValue

from interlock.magnitudes import misplaced
from interlock.yaml_files import checked, entries, unreadable
from processors.validation import check_schema
from processors.version_range import read_version
from schemas.events import JsonObject
from schemas.settings import PluginSpec

PATHS = ("status_path", "rollback_path", "verify_path")


def read_catalog(file: Path) -> dict[str, PluginSpec]:
    """The entries by key: the versions in force, and others.

    Raises:
        ProcessFault: `config_unreadable`; one sentence with the file and the key.
    """
    plugins = {key: _entry(file, key, said) for key, said in entries(file)}
    for key, plugin in plugins.items():
        mistake = next(_mistakes(key, plugin, plugins), None)
        if mistake is not None:
            raise unreadable(file, f"{key}: {mistake}")
    _check_names(file, plugins)
    return plugins


def _entry(file: Path, key: str, said: JsonObject) -> PluginSpec:
    tool, at, version = key.partition("@")
    reference = said.pop("parameters_file", None)
    if isinstance(reference, str):
        said["parameters"] = _schema(file, key, file.parent / reference)
    defaults: JsonObject = {"tool": tool, "version": version} if at else {"tool": tool}
    plugin = checked(PluginSpec, {**defaults, **said}, file, key)
    if plugin.tool != tool or (at and plugin.version != version):
        raise unreadable(file, f"{key}: the entry is of {plugin.tool}@{plugin.version}")
    return plugin


def _mistakes(key: str, plugin: PluginSpec, plugins: Mapping[str, PluginSpec]) -> Iterator[str]:
    if read_version(plugin.version) is None:
        yield f"version: `{plugin.version}` is no semantic version, such as 1.0.0"
    if key != plugin.tool:
        current = plugins.get(plugin.tool)
        if current is None:
            yield f"no version of `{plugin.tool}` is in force; the entry `{plugin.tool}` names it"
        elif current.version == plugin.version:
            yield f"`{plugin.tool}` has this version in force already"
    try:
        check_schema(plugin.parameters)
    except ValueError as error:
        yield str(error)
    for pointer in plugin.sensitive_parameters:
        if not has_property(plugin.parameters, pointer):
            yield f"sensitive_parameters: the schema has no property at `{pointer}`"
    yield from misplaced(plugin.magnitudes, [plugin])
    for other in plugin.fallback:
        if other == plugin.tool:
            yield "fallback: a tool cannot stand in for itself"
        if other not in plugins or "@" in other:
            yield f"fallback: the catalog has no tool `{other}`"
    for name in PATHS:
        path = getattr(plugin, name)
        if path is not None and not path.startswith("/"):
            yield f"{name}: a path begins with /, unlike `{path}`"


def has_property(schema: JsonValue, pointer: str) -> bool:
    """Whether the schema's properties, one within the other, have what the pointer names."""
    if not pointer.startswith("/"):
        return False
    for part in pointer[1:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        properties = schema.get("properties") if isinstance(schema, dict) else None
        if not isinstance(properties, dict) or name not in properties:
            return False
        schema = properties[name]
    return True


def _check_names(file: Path, plugins: Mapping[str, PluginSpec]) -> None:
    """No name may mean two tools."""
    taken: dict[str, str] = {}
    for key, plugin in plugins.items():
        if key != plugin.tool:
            continue
        for name in (plugin.tool, *plugin.aliases):
            if name in taken:
                raise unreadable(file, f"{key}: `{name}` is {taken[name]}'s name already")
            taken[name] = plugin.tool


def _schema(catalog: Path, key: str, file: Path) -> JsonObject:
    try:
        schema: JsonValue = orjson.loads(file.read_bytes())
        if not isinstance(schema, dict):
            raise ValueError("a JSON Schema of parameters is an object")
        check_schema(schema)
    except (OSError, ValueError) as error:
        text = str(error).splitlines()[0]
        raise unreadable(catalog, f"{key}: {file.name}: {text}") from None
    return schema
