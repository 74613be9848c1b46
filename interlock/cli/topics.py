"""`interlock topics plan|apply`. Exit codes: 0 nothing differs, 1 something does, 2 usage."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.topic_plan import Change

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Make the cluster's topics match topics.yaml; nothing is ever deleted.",
)

Servers = Annotated[
    str | None, typer.Option("--bootstrap-servers", help="Default: KAFKA_BOOTSTRAP_SERVERS.")
]
Profile = Annotated[
    str | None, typer.Option(help="A profile of the file; default: INTERLOCK_TOPICS_PROFILE.")
]
File = Annotated[Path | None, typer.Option(help="Default: INTERLOCK_TOPICS_FILE.")]
Json = Annotated[bool, typer.Option("--json", help="Say it as one JSON object.")]


@app.command()
def plan(
    bootstrap_servers: Servers = None,
    profile: Profile = None,
    file: File = None,
    json: Json = False,
) -> None:
    """Show what differs. Exit 1 when something does."""
    raise typer.Exit(_run(bootstrap_servers, profile, file, json, change=False, grow=False))


@app.command()
def apply(
    bootstrap_servers: Servers = None,
    profile: Profile = None,
    file: File = None,
    json: Json = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; else only show it.")] = False,
    grow_partitions: Annotated[
        bool,
        typer.Option(
            "--grow-partitions",
            help="Also add partitions. Tenants move to other ones: drain first.",
        ),
    ] = False,
) -> None:
    """Create topics and set their configuration. Exit 1 when something still differs."""
    raise typer.Exit(_run(bootstrap_servers, profile, file, json, change=yes, grow=grow_partitions))


def _run(
    servers: str | None,
    profile: str | None,
    file: Path | None,
    json: bool,
    *,
    change: bool,
    grow: bool,
) -> int:
    from confluent_kafka.admin import AdminClient

    from interlock.settings import load_settings
    from schemas.faults import PassingFault, ProcessFault
    from streams import topics
    from streams.topic_declarations import load_topics

    try:
        settings = load_settings()
        declared = load_topics(file or settings.topics_file, profile or settings.topics_profile)
        kafka = settings.kafka
        if servers is not None:
            kafka = kafka.model_copy(update={"bootstrap_servers": servers})
        config = kafka.client_config()
    except ProcessFault as fault:
        typer.echo(f"interlock: {fault.text}", err=True)
        return 2
    try:
        admin = AdminClient({**config, "log_level": 2})
        planned = topics.plan(admin, declared)
        done: list[Change] = []
        if change:
            done = topics.apply(admin, declared, planned, grow_partitions=grow)
    except (PassingFault, ProcessFault) as fault:
        typer.echo(f"interlock: {fault.text}", err=True)
        return 1
    left = [found for found in planned if found not in done]
    (_tell_json if json else _tell)(done, left)
    return 1 if left else 0


def _tell(done: "Sequence[Change]", left: "Sequence[Change]") -> None:
    from streams.topic_plan import APPLIED

    for change in done:
        typer.echo(f"done: {change.sentence}")
    for change in left:
        typer.echo(("would " if change.kind in APPLIED else "drift: ") + change.sentence)
    if any(change.kind in APPLIED for change in left):
        typer.echo("nothing was changed: `interlock topics apply --yes` does it")
    if not left:
        typer.echo("the topics are as declared")


def _tell_json(done: "Sequence[Change]", left: "Sequence[Change]") -> None:
    import orjson

    from streams.topic_plan import APPLIED

    def told(changes: "Sequence[Change]") -> list[dict[str, object]]:
        return [{**asdict(c), "applies": c.kind in APPLIED, "text": c.sentence} for c in changes]

    report = {"ok": not left, "done": told(done), "left": told(left)}
    typer.echo(orjson.dumps(report).decode())
