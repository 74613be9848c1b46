"""`interlock rollout status|advance|hold|resume`. Exit codes: 0 fine, 1 a finding, 2 usage.

`status` finds something when the plan is held; the others when they were not told `--yes`.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from interlock.config_plan import Difference
    from interlock.configuration import Configuration
    from interlock.rollout_plan import Standing
    from processors.snapshot import Snapshot

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Advance or hold the staged rollout."
)

Plan = Annotated[str, typer.Option(help="The plan's name.")]
Json = Annotated[bool, typer.Option("--json", help="Say it as one JSON object.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it; else only show it.")]
Actor = Annotated[str, typer.Option(help="In whose name.")]
ACTOR = "interlock rollout"
PLAN = "default"


@app.command()
def status(plan: Plan = PLAN, json: Json = False) -> None:
    """How far the plan is, what holds it, and which tenants it has reached."""

    def run(configuration: "Configuration") -> int:
        from datetime import UTC, datetime

        from interlock.rollout_plan import standing

        found = standing(configuration.in_force, plan, datetime.now(UTC))
        (_tell_json if json else _tell)(found, configuration.in_force)
        return 1 if found.held else 0

    _with_configuration(run)


@app.command()
def advance(
    to: Annotated[
        int | None, typer.Option(min=0, help="So many steps begin by hand; default: one more.")
    ] = None,
    plan: Plan = PLAN,
    json: Json = False,
    yes: Yes = False,
    actor: Actor = ACTOR,
) -> None:
    """Let the next step that waits for somebody begin."""
    from interlock.rollout_plan import plan_advance

    _change(lambda settings, now: plan_advance(settings, plan, to, now), json, yes, actor)


@app.command()
def hold(
    reason: Annotated[str, typer.Option(help="For whoever finds it held.")],
    plan: Plan = PLAN,
    json: Json = False,
    yes: Yes = False,
    actor: Actor = ACTOR,
) -> None:
    """From now on a person decides everything the plan is about."""
    from interlock.rollout_plan import plan_hold

    _change(lambda settings, now: plan_hold(settings, plan, reason, now), json, yes, actor)


@app.command()
def resume(
    reason: Annotated[str, typer.Option(help="Why it may go on.")] = "",
    plan: Plan = PLAN,
    json: Json = False,
    yes: Yes = False,
    actor: Actor = ACTOR,
) -> None:
    """Lift the hold. What failed before is forgiven; steps whose date has come begin at once."""
    from interlock.rollout_plan import plan_resume

    _change(lambda settings, now: plan_resume(settings, plan, reason, now), json, yes, actor)


def _with_configuration(run: "Callable[[Configuration], int]") -> None:
    from interlock.cli.in_force import with_configuration

    raise typer.Exit(with_configuration(run))


def _change(
    look: "Callable[[Snapshot, datetime], Sequence[Difference]]", json: bool, yes: bool, actor: str
) -> None:
    def run(configuration: "Configuration") -> int:
        from datetime import UTC, datetime

        found = look(configuration.in_force, datetime.now(UTC))
        if yes:
            configuration.publish(found, actor=actor)
        pending = bool(found) and not yes
        _tell_change(found, configuration.in_force.version, pending, json)
        return 1 if pending else 0

    _with_configuration(run)


def _tell_change(found: "Sequence[Difference]", version: int, pending: bool, json: bool) -> None:
    if json:
        import orjson

        report = {
            "ok": not pending,
            "published": bool(found) and not pending,
            "settings_version": version,
            "differences": [
                {"act": d.act, "kind": d.kind, "key": d.key, "value": d.value} for d in found
            ],
        }
        typer.echo(orjson.dumps(report).decode())
        return
    from interlock.cli.differences import visible

    for difference in found:
        typer.echo(f"{difference.kind.value} {visible(difference.key)}")
        for name, value in (difference.value or {}).items():
            typer.echo(f"    {name}: {visible(str(value))}")
    if not found:
        typer.echo(f"nothing differs; settings version {version}")
    elif pending:
        typer.echo("nothing was published: --yes does it")
    else:
        typer.echo(f"published and in force; settings version {version}")


def _tell(found: "Standing", settings: "Snapshot") -> None:
    from interlock.cli.differences import visible
    from interlock.rollout_plan import tenants_within

    for number, (begins, percent, types) in enumerate(found.steps, 1):
        mark = "*" if number <= found.reached else " "
        within = len(tenants_within(settings, percent))
        names = visible(", ".join(types))
        typer.echo(f"{mark} {number}  from {begins}  {percent:g} % ({within} tenants)  {names}")
    if found.held:
        typer.echo(f"held: {visible(found.reason)}; a person decides everything")
    else:
        typer.echo(f"{found.reached} of {len(found.steps)} steps have begun")


def _tell_json(found: "Standing", settings: "Snapshot") -> None:
    import orjson

    from interlock.rollout_plan import tenants_within

    report = {
        "ok": not found.held,
        "plan": found.plan,
        "reached": found.reached,
        "held": found.held,
        "reason": found.reason,
        "settings_version": settings.version,
        "steps": [
            {"from": begins, "percent_of_tenants": percent, "types": types}
            | {"tenants": tenants_within(settings, percent)}
            for begins, percent, types in found.steps
        ],
    }
    typer.echo(orjson.dumps(report).decode())
