"""`interlock migrate`."""

import typer

app = typer.Typer(add_completion=False)


@app.command()
def migrate() -> None:
    """Bring the database named by DATABASE_URL to the newest migration."""
    from interlock.settings import load_settings
    from state.engine import stage_engine
    from state.migrate import migrate as apply
    from state.migrate import newest

    engine = stage_engine(load_settings().database_url, "interlock-migrate")
    apply(engine)
    typer.echo(f"the database is at {newest()}")
