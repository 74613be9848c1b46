"""A YAML file of named entries, each checked against its model. What is wrong is one sentence
with the file and the key."""

from collections.abc import Hashable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from schemas.events import Event, JsonObject
from schemas.faults import ProcessFault

M = TypeVar("M", bound=Event)


def entries(file: Path) -> list[tuple[str, JsonObject]]:
    """The entries by name, in the file's order.

    Raises:
        ProcessFault: `config_unreadable`.
    """
    found: list[tuple[str, JsonObject]] = []
    for name, said in mapping(file).items():
        if not isinstance(said, dict):
            raise unreadable(file, f"{name}: must be a mapping of fields")
        found.append((name, dict(said)))
    return found


def mapping(file: Path) -> JsonObject:
    """What the file holds; nothing in it is an empty mapping.

    Raises:
        ProcessFault: `config_unreadable`.
    """
    try:
        said = yaml.load(file.read_text(encoding="utf-8"), _Careful)
    except OSError as error:
        raise unreadable(file, error.strerror or type(error).__name__) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise unreadable(file, f"{place}{error.problem}") from None
    except (ValueError, yaml.YAMLError) as error:
        raise unreadable(file, " ".join(str(error).split())) from None
    if said is None:
        return {}
    if not isinstance(said, dict) or not all(isinstance(name, str) for name in said):
        raise unreadable(file, "must be a mapping of names")
    return said


def checked(model: type[M], said: JsonObject, file: Path, name: str) -> M:
    """The entry, compiled; a field that nobody knows is refused.

    Raises:
        ProcessFault: `config_unreadable`.
    """
    try:
        return model.model_validate(said, extra="forbid")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in (name, *first["loc"]))
        why = first["msg"]
        if first["type"] == "extra_forbidden":
            close = get_close_matches(str(first["loc"][-1]), model.model_fields, 1, 0.4)
            why = "there is no such field" + (f"; did you mean `{close[0]}`?" if close else "")
        raise unreadable(file, f"{place}: {why}") from None


class _Careful(yaml.CSafeLoader):
    """Refuses a name given twice: YAML would keep the last without a word. libyaml reads ten times
    as fast; where a mark's index in the text counts, it has none."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                problem = f"`{key.value}` stands here twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def unreadable(file: Path, text: str) -> ProcessFault:
    return ProcessFault("config_unreadable", f"{file}: {text}")
