"""The last look at a log line: what is sensitive in it is masked, whoever bound it.

Lines are about actions, not their parameters; but a fault's text, a library's message or a
traceback may quote one. Log lines are few, so each is looked at whole.
"""

from pydantic import JsonValue
from structlog.typing import EventDict, WrappedLogger

from processors.sensitive import NOTHING, unquoted, unquoted_value

_PLACES = ("timestamp", "level", "stage", "process", "loop", "sink", "health_port")
_RECORDS = ("topic", "partition", "offset", "code")
_ACTIONS = ("tenant", "tenant_id", "action", "action_id", "action_type", "revision", "tool", "plan")
IDENTITIES = frozenset({*_PLACES, *_RECORDS, *_ACTIONS, "trace", "trace_id"})
"""Names by which lines are found; never a parameter's value."""
NEVER = frozenset(
    {"params", "parameters", "arguments", "output", "context", "result", "payload", "reasoning"}
)
"""Whatever stands under these is somebody's data."""


def masked_line(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    """A structlog processor, before the one that renders."""
    return {name: _shown(name, value) for name, value in line.items()}


def _shown(name: str, value: object) -> object:
    if name in IDENTITIES or value is None or isinstance(value, bool):
        return value
    if name in NEVER:
        return NOTHING
    try:
        if isinstance(value, str | int | float | list | dict):
            # Under its own name: a number called `phone` is one.
            named: dict[str, JsonValue] = {name: value}
            shown = unquoted_value(named)
            if isinstance(shown, dict) and name in shown:
                return shown[name]
    except Exception:
        # A list or an object that JSON does not know. Whatever a line is given, it must not break
        # the process that logs it.
        return unquoted(repr(value))
    return unquoted(repr(value))
