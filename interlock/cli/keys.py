"""`interlock keys new`."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Make signing keys.")


@app.callback()
def keys() -> None:
    """Make signing keys."""


@app.command()
def new(
    file: Annotated[Path, typer.Argument(help="Where the private key goes; must not exist.")],
    kid: Annotated[str | None, typer.Option(help="The key's id; else its thumbprint.")] = None,
    trust: Annotated[
        Path | None, typer.Option(help="Also add the public half to this JWKS of admin keys.")
    ] = None,
) -> None:
    """Write a new private Ed25519 key, readable by you alone; print its public half (JWK)."""
    import orjson

    from interlock.keys import new_key, public_jwk, trust_admin_key, write_key
    from schemas.faults import ProcessFault

    key = new_key(kid)
    try:
        write_key(file, key)
        if trust is not None:
            trust_admin_key(trust, key)
    except FileExistsError:
        typer.echo(f"interlock: {file} exists; a key that is overwritten is lost", err=True)
        raise typer.Exit(2) from None
    except (OSError, ProcessFault) as error:
        typer.echo(f"interlock: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(orjson.dumps(public_jwk(key)).decode())
