"""The file of policies: pack → version and rules. Taken whole or refused whole, each finding with
its line and column: half of somebody's rules would be other rules."""

from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from interlock.yaml_files import unreadable
from interlock.yaml_places import Place, key_at, node_at, place_of, place_within, repeated_keys
from processors.policies import CompiledPack, PackProblem, read_pack
from schemas.settings import PolicyPack

FILE = Path("risk") / "agent_action_policies.yaml"
"""Within the folder of configuration; optional."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with the file."""

    place: Place
    text: str

    def __str__(self) -> str:
        return f"{self.place.line}:{self.place.column}: {self.text}"


def read_policies(file: Path) -> dict[str, PolicyPack]:
    """The packs by name; a file that is not there has none.

    Raises:
        ProcessFault: `config_unreadable`, with line and column of the first finding.
    """
    packs, findings = look_at(file)
    if findings:
        more = len(findings) - 1
        rest = f" (and {more} more: interlock policy check)" if more else ""
        raise unreadable(file, f"{findings[0]}{rest}")
    return {name: pack.pack for name, pack in packs.items()}


def look_at(file: Path) -> tuple[dict[str, CompiledPack], list[Finding]]:
    """The packs, and everything that is wrong, from top to bottom.

    Raises:
        ProcessFault: `config_unreadable`: there is a file, but no text in it.
    """
    if not file.exists():
        return {}, []
    try:
        source = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise unreadable(file, str(error)) from None
    return read_text(source)


def read_text(source: str) -> tuple[dict[str, CompiledPack], list[Finding]]:
    try:
        root = yaml.compose(source, yaml.SafeLoader)
        said = yaml.load(source, yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = place_of(mark) if mark else Place(1, 1)
        return {}, [Finding(place, f"no YAML: {error.problem or error}")]
    except (yaml.YAMLError, ValueError) as error:
        return {}, [Finding(Place(1, 1), f"no YAML: {str(error).splitlines()[0]}")]
    if root is None:
        return {}, []
    if not isinstance(said, dict):
        return {}, [Finding(Place(1, 1), "must be a mapping of packs")]
    findings = [
        Finding(place_of(key.start_mark), f"`{key.value}` is said twice")
        for key in repeated_keys(root)
    ]
    packs: dict[str, CompiledPack] = {}
    for name, fields in said.items():
        found = _pack(source, root, str(name), fields)
        if isinstance(found, CompiledPack):
            packs[str(name)] = found
        else:
            findings += found
    findings.sort(key=lambda finding: finding.place)
    return packs, findings


def _pack(source: str, root: yaml.Node, name: str, fields: object) -> CompiledPack | list[Finding]:
    try:
        pack = PolicyPack.model_validate(fields)
    except ValidationError as error:
        return [
            _invalid(root, name, wrong["loc"], wrong["type"], wrong["msg"])
            for wrong in error.errors(include_url=False, include_input=False)
        ]
    found = read_pack(name, pack)
    if isinstance(found, CompiledPack):
        return found
    return [_problem(source, root, name, problem) for problem in found]


def _invalid(
    root: yaml.Node, name: str, loc: tuple[int | str, ...], kind: str, text: str
) -> Finding:
    path = (name, *loc)
    told = ".".join(str(step) for step in path)
    if kind == "extra_forbidden":
        return Finding(place_of(key_at(root, path).start_mark), f"{told}: no such field")
    node = key_at(root, path) if path == (name,) else node_at(root, path)
    return Finding(place_of(node.start_mark), f"{told}: {text.removeprefix('Value error, ')}")


def _problem(source: str, root: yaml.Node, name: str, problem: PackProblem) -> Finding:
    if problem.rule is None or problem.field is None:
        return Finding(place_of(key_at(root, (name,)).start_mark), f"{name}: {problem.text}")
    path = (name, "rules", problem.rule)
    node = node_at(root, (*path, problem.field))
    rule = node_at(root, (*path, "name")).value
    place = place_of(node.start_mark)
    if problem.condition is not None:
        at = problem.condition
        place = place_within(source, node, at.line, at.column)
    return Finding(place, f"{name}/{rule}: {problem.text}")
