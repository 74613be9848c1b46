"""The host itself: what becomes of a call, without HTTP."""

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from plugins.call import Call
from plugins.catalog import Catalog
from plugins.chaos import NO_CHAOS, Chaos
from plugins.database import Database
from plugins.once import Answer, CommitUnanswered, invoke_once, result_of, stored_answer
from plugins.problems import Effect, Problem
from plugins.tool import Refused, Result, Tool

log = structlog.get_logger("plugins")


class PluginHost:
    """Carries out calls to the tools of a catalog, each key once."""

    def __init__(self, catalog: Catalog, database: Database) -> None:
        self.catalog = catalog
        self.database = database

    def invoke(self, call: Call, chaos: Chaos = NO_CHAOS) -> Answer:
        """Do what `call` asks unless its key has an answer already; then give that.

        Raises:
            Problem: anything else. Its `effect` is `none` unless COMMIT went unanswered
                or another call with the key is at work.
        """
        tool = self.catalog.require(call.tool)
        try:
            self.database.ensure_schema()
            refusal = _refusal(tool, call)
            if refusal is None:
                return invoke_once(self.database.engine, tool, call, chaos.before_commit)
            # A key that has its answer keeps it, though the tool may have grown stricter
            # since: "refused, no effect" would be a lie about an effect that is there.
            stored = stored_answer(self.database.engine, call)
            if stored is None:
                raise refusal
            return stored
        except Problem:
            raise
        except Refused as refused:
            raise Problem(422, refused.code, refused.detail, members=refused.facts) from refused
        except CommitUnanswered as error:
            raise Problem(
                503,
                "commit_unanswered",
                "The database went away during the commit. The key will tell what came of it.",
                effect=Effect.UNKNOWN,
                retry_after_s=1,
            ) from error
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            raise database_away(error) from error
        except Exception as error:
            # Every path to the commit is named above: whatever fails here was rolled back.
            log.exception("tool failed", tool=call.tool, action_id=call.action_id)
            raise Problem(500, "tool_failed", "The tool failed; nothing was done.") from error

    def result(self, tool: str, key: str) -> Result | None:
        """What `tool` answered under `key`, None if that has not been committed.

        None is no promise that it never will be: a call with this key may be at work, or
        on its way. A status that fences would claim the key here, so that a call which
        comes later is refused; until it does, the catalog says `status_fences: false`.

        Raises:
            Problem: 404 unknown tool; 503 the database is away.
        """
        name = self.catalog.require(tool).card.name
        try:
            self.database.ensure_schema()
            return result_of(self.database.engine, name, key)
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            raise database_away(error) from error


def database_away(error: Exception) -> Problem:
    log.warning("database away", error=type(error).__name__)
    return Problem(
        503, "database_away", "The host's database does not answer; nothing done.", retry_after_s=1
    )


def _refusal(tool: Tool, call: Call) -> Problem | None:
    if call.version is not None and call.version != tool.card.version:
        return Problem(
            422,
            "version_not_served",
            f"The tool's version is {tool.card.version}.",
            members={"served": tool.card.version},
        )
    violations = tool.parameters.violations(call.params)
    if violations:
        return Problem(
            422,
            "params_invalid",
            "The params are not valid to the tool's schema.",
            members={"errors": [violation.as_json() for violation in violations]},
        )
    return None
