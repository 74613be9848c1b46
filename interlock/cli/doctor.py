"""`interlock doctor`."""

import sys

import typer

app = typer.Typer(add_completion=False)


@app.command()
def doctor(
    production: bool = typer.Option(
        False, "--production", help="Services must be given by URL; local ones do not count."
    ),
    json: bool = typer.Option(False, "--json", help="Say it as one JSON object."),
) -> None:
    """Say what is missing, with the remedy, and the settings in force. Exit 1 if anything is."""
    from dataclasses import asdict

    import orjson

    from interlock.doctor import print_doctor, run_doctor
    from interlock.settings import load_settings
    from schemas.faults import ProcessFault

    checks = run_doctor(production)
    try:
        settings = load_settings().describe()
    except ProcessFault as fault:
        typer.echo(f"interlock: {fault.text}", err=True)
        raise typer.Exit(2) from None
    if json:
        found = {"checks": [asdict(check) for check in checks], "settings": settings}
        typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        missing = any(check.required and not check.ok for check in checks)
        raise typer.Exit(1 if missing else 0)
    raise typer.Exit(print_doctor(checks, settings, sys.stdout))
