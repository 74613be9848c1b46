"""`interlock assess`: the checks, risk and policies alone, from standard input to output."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def assess(
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
    config: Annotated[
        Path | None, typer.Option(help="A folder as `config/`; default: the configuration's.")
    ] = None,
) -> None:
    """Assess actions of standard input; needs no topic and no database.

    In: {"id", "tenant_id", "tool", "params", "confidence", …}. Out: {"id", "verdict",
    "risk_level", "risk_score", "reasons"}. Limits are empty windows.
    """
    import sys

    from interlock.assess_lines import assess_lines
    from interlock.cli.dry_runs import world_of

    if not jsonl:
        typer.echo("interlock: say --jsonl", err=True)
        raise typer.Exit(2)
    world = world_of(config)
    write = sys.stdout.buffer.write
    try:
        for line in assess_lines(sys.stdin.buffer, world):
            write(line)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever reads has seen enough.
        sys.stderr.close()
