"""Differences as lines for a terminal."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from interlock.config_plan import Difference


def tell_differences(found: "Iterable[Difference]") -> None:
    """What changes, each with its fields; what is kept is passed over."""
    from interlock.config_plan import Act

    marks = {Act.ADD: "+", Act.CHANGE: "~", Act.DELETE: "-"}
    for difference in found:
        if difference.act is Act.KEEP:
            continue
        typer.echo(f"{marks[difference.act]} {difference.kind.value} {visible(difference.key)}")
        for line in difference.fields:
            typer.echo(f"    {visible(line)}")


def visible(text: str) -> str:
    """The text with whatever a terminal would obey or hide written out: some of it comes from
    whoever answers at an address."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
