"""Structured logs: one line an event, on stdout.

Bind what a line is about (`tenant`, `action_id`, `trace_id`), never parameters of actions. What
is sensitive in a text all the same is masked (`interlock.log_masking`).
Tracebacks show no local variables, since those hold parameters, keys and passwords.
"""

import logging
import sys
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from structlog.typing import Processor

from interlock.log_masking import masked_line

if TYPE_CHECKING:
    from interlock.settings import Settings

_LEVELS = logging.getLevelNamesMapping()


def configure_logs(settings: "Settings") -> None:
    """Set up structlog, and send what libraries log by `logging` the same way."""
    level = _LEVELS[settings.log_level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    ending = _json() if settings.log_format == "json" else _console()
    structlog.configure(
        processors=[*shared, *ending],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)


def _json() -> list[Processor]:
    return [
        structlog.processors.format_exc_info,
        masked_line,
        structlog.processors.JSONRenderer(serializer=_dumps),
    ]


def _console() -> list[Processor]:
    return [
        structlog.processors.format_exc_info,
        masked_line,
        structlog.dev.ConsoleRenderer(
            colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback
        ),
    ]


def _dumps(event: object, **_: Any) -> str:
    # Whatever a line is given, it must not break the process that logs it.
    text = orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS)
    return text.decode()
