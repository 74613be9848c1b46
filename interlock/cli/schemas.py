"""`interlock schemas generate|check`."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from schemas.events import Event

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Generate and check the Avro schemas."
)


@app.command()
def generate(
    release: bool = typer.Option(
        False, "--release", help="Also keep each changed schema as a new version for ever."
    ),
) -> None:
    """Write `schemas/avro/` from the models. Exit 1: a change may not be released."""
    from schemas.avro import pretty
    from schemas.registry import MODELS, current, history
    from schemas.releases import breaks, is_released

    refused = False
    for model in MODELS.values():
        name, text = model.__name__, pretty(current(model))
        _write(_folder() / "avro" / f"{name}.avsc", text)
        if not release or is_released(model):
            continue
        if sentences := breaks(model):
            refused = True
            for sentence in sentences:
                typer.echo(f"{name} {sentence}", err=True)
            continue
        version = max(history(model), default=0) + 1
        _write(_folder() / "history" / name / f"{version}.avsc", text)
    raise typer.Exit(1 if refused else 0)


@app.command()
def check(
    json: bool = typer.Option(False, "--json", help="Say it as one JSON object."),
) -> None:
    """Whether the committed schemas are what the models say, released, and compatible with
    every version ever released. Exit 1: they are not."""
    import orjson

    from schemas.registry import MODELS
    from schemas.releases import findings

    found = {topic: (model, findings(model)) for topic, model in MODELS.items()}
    fine = not any(sentences for _, sentences in found.values())
    if json:
        report = {
            "ok": fine,
            "schemas": [
                {"topic": topic, **_identity(model), "findings": sentences}
                for topic, (model, sentences) in found.items()
            ],
        }
        typer.echo(orjson.dumps(report).decode())
    else:
        for topic, (model, sentences) in found.items():
            about = _identity(model)
            line = f"{topic}: {about['model']} version {about['version']}, {about['fingerprint']}"
            typer.echo(line)
            for sentence in sentences:
                typer.echo(f"  {sentence}")
    raise typer.Exit(0 if fine else 1)


def _identity(model: "type[Event]") -> dict[str, str | int | None]:
    from schemas.avro import fingerprint
    from schemas.registry import current, history

    return {
        "model": model.__name__,
        "version": max(history(model), default=None),
        "fingerprint": fingerprint(current(model)).hex(),
    }


def _folder() -> Path:
    """Where the models and their schemas are."""
    import schemas

    return Path(schemas.__path__[0])


def _write(file: Path, text: bytes) -> None:
    if file.is_file() and file.read_bytes() == text:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text)
    typer.echo(f"wrote {file.relative_to(_folder().parent)}")
