"""`interlock try`: what would happen to a response, and why. Changes nothing."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def try_(
    file: Annotated[
        Path, typer.Argument(help="A response as on llm.responses, or a model's text; -: input.")
    ],
    tenant: Annotated[
        str | None, typer.Option(help="Whose it is; default: as the file says, else demo.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="A folder as `config/`; default: the configuration's.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Say it as one JSON object.")] = False,
) -> None:
    """Draft and assess one response, and explain each verdict.

    Needs no topic and no database; limits are empty windows. Exit code 2: the file cannot be used.
    """
    import sys

    from interlock.cli.differences import visible
    from interlock.cli.dry_runs import world_of
    from interlock.cli.try_reports import tell_tried
    from interlock.try_out import read_response, try_out
    from schemas.faults import RecordFault

    try:
        text = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        response = read_response(text, tenant)
    except RecordFault as fault:
        raise typer.BadParameter(visible(fault.text)) from None
    except OSError as error:
        raise typer.BadParameter(visible(str(error))) from None
    world = world_of(config)
    tell_tried(try_out(response, world), world, json)
