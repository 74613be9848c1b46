"""What policies say of an action, for a terminal or a script."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from processors.policies import Explained, ExplainedRule


def tell_explained(explained: "Explained", json: bool) -> None:
    import orjson

    from interlock.policy_examples import told

    verdict = told(explained.verdict)
    if json:
        report = {
            "verdict": verdict,
            "in_scope": [
                {
                    "rule": one.rule.name,
                    "effect": one.rule.rule.effect.value,
                    "mode": one.rule.rule.mode.value,
                    "result": one.result,
                    "matched": one.matched,
                    "parts": [{"text": p.text, "value": _shown(p.value)} for p in one.parts],
                }
                for one in explained.in_scope
            ],
            "out_of_scope": explained.out_of_scope,
        }
        typer.echo(orjson.dumps(report).decode())
        return
    for one in explained.in_scope:
        _tell_rule(one)
    if explained.out_of_scope:
        typer.echo(f"not about this action: {', '.join(explained.out_of_scope)}")
    typer.echo(f"verdict of policies: {verdict['effect']}")
    for name, value in verdict.items():
        if name != "effect" and value:
            typer.echo(f"  {name}: {_shown(value)}")


def _tell_rule(one: "ExplainedRule") -> None:
    from interlock.cli.differences import visible

    said = one.rule.rule
    mark = "matches" if one.matched else "-"
    shadow = "" if one.rule.enforced else " (shadow)"
    typer.echo(f"{mark:<8} {one.rule.name}: {said.effect.value}{shadow}")
    if isinstance(one.result, str):
        typer.echo(visible(f"         cannot be computed: {one.result}"))
    if one.matched or isinstance(one.result, str):
        for part in one.parts:
            text = " ".join(part.text.split())
            typer.echo(visible(f"         {text} = {_shown(part.value)}"))


def _shown(value: object) -> str:
    import orjson

    try:
        text = orjson.dumps(value).decode()
    except TypeError:  # bytes, types: CEL's own
        text = str(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
