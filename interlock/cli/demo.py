"""`interlock demo`."""

import typer

app = typer.Typer(add_completion=False)


@app.command()
def demo(
    json: bool = typer.Option(False, "--json", help="End by itself; a JSON report comes last."),
) -> None:
    """Start everything, publish sample responses, show each action's state changes live."""
    from interlock.demo.run import demo as play

    raise typer.Exit(play(json))
