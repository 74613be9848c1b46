"""`interlock run PROCESS|all`."""

import typer

app = typer.Typer(add_completion=False, help="Run one process, or all under a supervisor.")


@app.command()
def run(process: str = typer.Argument(help="A process's name, or `all`.")) -> None:
    """Run until SIGTERM or SIGINT. Exit 0 after a clean stop, 1 after a fault, 2 on misuse."""
    from interlock.logs import configure_logs
    from interlock.processes import NAMES, run_process
    from interlock.settings import load_settings

    if process == "all":
        from interlock.everything import run_all

        raise typer.Exit(run_all())
    if process not in NAMES:
        typer.echo(f"no process `{process}`: {', '.join(NAMES)}, all", err=True)
        raise typer.Exit(2)
    settings = load_settings()
    configure_logs(settings)
    raise typer.Exit(run_process(process, settings))
