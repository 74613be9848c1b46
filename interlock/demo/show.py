"""State changes as lines in a terminal."""

from rich.console import Console
from rich.text import Text

from schemas.events import StateChanged
from schemas.states import State

_COLOURS: dict[State, str] = {
    State.SUCCEEDED: "green",
    State.APPROVED: "cyan",
    State.AUTO_APPROVED: "cyan",
    State.PENDING_APPROVAL: "yellow",
    State.REJECTED: "red",
    State.FAILED: "red",
    State.INVALID: "red",
    State.OUTCOME_UNKNOWN: "magenta",
    State.MANUAL: "yellow",
    State.HALTED: "yellow",
}


def show(console: Console, change: StateChanged) -> None:
    """One line a change. Text from models and people is escaped, never markup."""
    line = Text()
    line.append(change.at.strftime("%H:%M:%S.%f")[:-3], style="dim")
    line.append(f"  {(change.action_id or change.response_id or '')[:8]}", style="dim")
    line.append(f"  {visible(change.action_type or '-'):<18} ")
    if change.kind == "answer":
        line.append(f"answer to {visible(change.actor or '')}: {change.answer}", style="blue")
    elif change.state is not None:
        line.append(change.state.value, style=_COLOURS.get(change.state, ""))
    if change.actor and change.kind != "answer":
        line.append(f"  by {visible(change.actor)}")
    if change.reason is not None:
        line.append(f"  ({change.reason.code})", style="dim")
    if change.result_summary:
        line.append(f"  {_cut(visible(change.result_summary))}", style="dim")
    console.print(line, soft_wrap=True)


def visible(text: str) -> str:
    """Control, bidirectional and invisible characters made visible (they can hide meaning)."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def _cut(text: str, most: int = 80) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
