"""What would become of a response, as a tree for people or as JSON. Parameters are shown masked."""

from typing import TYPE_CHECKING

import typer

from interlock.cli.differences import visible

if TYPE_CHECKING:
    from pydantic import JsonValue
    from rich.text import Text
    from rich.tree import Tree

    from interlock.dry_world import World
    from interlock.try_out import Refused, Tried
    from schemas.events import Assessed, JsonObject

_LONGEST = 200
_WIDE = 400
_STYLES = {
    "auto_approve": "bold green",
    "needs_approval": "bold yellow",
    "needs_information": "bold yellow",
    "deny": "bold red",
    "halt": "bold red",
}
_SAID = {
    "auto_approve": "runs without a person",
    "needs_approval": "a person decides",
    "needs_information": "something is missing",
    "deny": "denied",
    "halt": "halted",
}


def tell_tried(tried: "Tried", world: "World", json: bool) -> None:
    if json:
        import orjson

        typer.echo(orjson.dumps(report(tried, world)).decode())
        return
    import sys

    from rich.console import Console

    # Into a file nothing is folded: whoever searches it finds whole sentences.
    console = Console(width=None if sys.stdout.isatty() else _WIDE)
    console.print(_tree(tried, world))


def report(tried: "Tried", world: "World") -> dict[str, object]:
    from interlock.try_out import Refused

    actions, refused = [], []
    for place, one in enumerate(tried.found):
        if isinstance(one, Refused):
            errors = [error.model_dump(exclude_none=True) for error in one.errors]
            refused.append({"proposal": place, "tool": one.tool, "errors": errors})
        else:
            actions.append({"proposal": place, **_action(one, world)})
    return {
        "response_id": tried.response.response_id,
        "tenant_id": tried.response.tenant_id,
        "trace_made_up": tried.trace_made_up,
        "actions": actions,
        "refused": refused,
    }


def _action(assessed: "Assessed", world: "World") -> dict[str, object]:
    from interlock.assess_lines import told

    return {
        "action_type": assessed.action_type,
        "tool": assessed.tool,
        "tool_version": assessed.tool_version,
        "params": _shown_params(assessed, world),
        "confidence": assessed.confidence,
        "source": assessed.source,
        "repaired": assessed.repaired,
        "labels": assessed.labels,
        **told(assessed),
        "impact": assessed.impact.model_dump(mode="json"),
        "approval_plan": assessed.approval_plan.model_dump(mode="json"),
        "policies": assessed.facts.policy,
        "policy_version": assessed.facts.policy_version,
    }


def _shown_params(assessed: "Assessed", world: "World") -> "JsonObject":
    from processors.sensitive import find, masked

    plugin = world.settings.plugin(assessed.tool, assessed.tool_version)
    tags = {} if plugin is None else plugin.sensitive_parameters
    return masked(assessed.params, find(assessed.params, tags))


def _tree(tried: "Tried", world: "World") -> "Tree":
    from rich.tree import Tree

    from interlock.try_out import Refused

    trace = ", its trace made up" if tried.trace_made_up else ""
    response = tried.response
    head = f"response {_cut(response.response_id)} of {_cut(response.tenant_id)}{trace}"
    root = Tree(_text(head, "bold"))
    if not tried.found:
        root.add(_text("it proposes nothing"))
    for one in tried.found:
        if isinstance(one, Refused):
            _add_refused(root, one)
        else:
            _add_action(root, one, world)
    return root


def _add_refused(root: "Tree", refused: "Refused") -> None:
    name = f"{_cut(refused.tool)}: " if refused.tool else ""
    branch = root.add(_text(f"{name}refused, no action comes of it", "bold red"))
    for error in refused.errors:
        place = f" at {_cut(error.pointer)}" if error.pointer else ""
        wanted = f"; expected {_cut(error.expected)}" if error.expected else ""
        branch.add(_text(f"{error.code}{place}: {_cut(error.text)}{wanted}"))


def _add_action(root: "Tree", assessed: "Assessed", world: "World") -> None:
    verdict = assessed.verdict.value
    branch = root.add(_text(f"{_cut(assessed.tool)}: {_SAID[verdict]}", _STYLES[verdict]))
    for name, value in _shown_params(assessed, world).items():
        branch.add(_text(f"{_cut(name)} = {_json(value)}", "dim"))
    if assessed.reasons:
        reasons = branch.add("because")
        for reason in assessed.reasons:
            rule = f" {reason.rule}" if reason.rule else ""
            reasons.add(_text(f"{reason.code}{rule}: {_cut(reason.text)}"))
    _add_risk(branch, assessed)
    if assessed.labels:
        branch.add(_text(f"labels: {', '.join(map(_cut, assessed.labels))}"))
    _add_policies(branch, assessed)
    plan = assessed.approval_plan
    if plan.stages:
        who = ", then ".join(f"{stage.quorum} {_cut(stage.role)}" for stage in plan.stages)
        branch.add(_text(f"asked: {who}, within {plan.sla_s} s"))


def _add_risk(branch: "Tree", assessed: "Assessed") -> None:
    impact = assessed.impact
    undone = {"yes": "can be undone", "limited": "can be undone in part", "no": "cannot be undone"}
    how = undone.get(impact.reversible, impact.reversible)
    risk = branch.add(_text(f"risk {impact.risk_level.value}, {impact.risk_score} of 100; {how}"))
    for part in impact.parts:
        risk.add(_text(f"{part.points:>3} {part.name}: {_cut(part.text)}"))
    for resource in impact.affected_resources:
        risk.add(_text(f"    touches {_cut(resource)}"))


def _add_policies(branch: "Tree", assessed: "Assessed") -> None:
    version = assessed.facts.policy_version
    if version is None:
        return
    policies = branch.add(_text(f"policies {_cut(version)}"))
    for what, found in (assessed.facts.policy or {}).items():
        if isinstance(found, list) and found:
            policies.add(_text(f"{what}: {', '.join(map(_rule, found))}"))


def _rule(found: "JsonValue") -> str:
    if isinstance(found, dict):
        return " ".join(str(value) for value in found.values())
    return str(found)


def _json(value: "JsonValue") -> str:
    import orjson

    return _cut(orjson.dumps(value).decode())


def _cut(text: str) -> str:
    """Nothing a terminal would obey, and not without end."""
    shown = visible(text[: _LONGEST + 1])
    return shown if len(text) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _text(text: str, style: str = "") -> "Text":
    from rich.text import Text

    # Not markup: a model's brackets are its own.
    return Text(text, style=style)
