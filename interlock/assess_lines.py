"""Actions as JSON lines in, what assess makes of them as JSON lines out: the core alone.

    in   {"id": "a-1", "tenant_id": "acme", "tool": "create_task", "params": {…},
          "confidence": 0.9}
         also `action_type`, `context`, `context_refs`, `untrusted_params`, `labels`, `repaired`,
         `trace_id`, `user_ctx`, `history`, `iam`, `now`, … (`GivenAction`)
    out  {"id": "a-1", "verdict", "risk_level", "risk_score", "reasons": [{"code", "text", "rule"}]}
         and `unknown_fields`, where a line has some that nobody reads

No topic, no database, no IAM: limits are empty windows, the IAM is taken to allow what a line does
not say it would not, and a trace that a line does not name is made up. Parameters that do not fit
the tool's schema never run: in the chain draft refuses them, here the verdict is
`needs_information`. A line that is no action is one line with `error` and no verdict, and the next
line is read.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, ValidationError

from interlock.dry_world import World
from processors.impact import History
from processors.permission import PermissionState
from processors.snapshot import Snapshot
from processors.trace import trace_id
from processors.validation import check_params
from schemas import jsontext
from schemas.events import Assessed, Drafted, FieldError, JsonObject, Label, UserContext
from schemas.faults import RecordFault
from schemas.identity import action_id, params_hash
from schemas.names import ActionId, TenantId, Verdict
from schemas.sequence import Rank, sequence
from schemas.settings import ActionDefinition, PluginSpec


class GivenHistory(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    first_time: bool | None = None
    recent_failures: Annotated[int, Field(ge=0)] = 0
    typical_ms: Annotated[int, Field(ge=0)] | None = None


class GivenAction(BaseModel):
    """One line. Fields nobody knows are passed over, as on a topic, and named in the answer."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    tenant_id: Annotated[TenantId, Field(min_length=1, max_length=256)]
    tool: Annotated[str, Field(min_length=1, max_length=256)]
    params: dict[str, JsonValue] = {}
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    action_type: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    trace_id: str | None = None
    response_id: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    """Absent: the line's id. The canary goes by it."""
    labels: list[Label] = []
    context: dict[str, JsonValue] = {}
    context_refs: JsonValue = None
    untrusted_params: JsonValue = None
    tenant_ctx: dict[str, JsonValue] = {}
    user_ctx: UserContext | None = None
    risk_level: Label | None = None
    source: str = "json"
    repaired: bool = False
    template: str | None = None
    degraded_from: str | None = None
    depends_on: list[str] = []
    history: GivenHistory = GivenHistory()
    iam: Literal["allowed", "denied", "unavailable"] = "allowed"
    """What the IAM would say."""
    now: Annotated[AwareDatetime, Field(strict=False)] | None = None


def assess_lines(lines: Iterable[bytes], world: World) -> Iterator[bytes]:
    """One line out for each line in, in order; empty lines are passed over."""
    for line in lines:
        if line.strip():
            yield orjson.dumps(_assessed(line, world), option=orjson.OPT_APPEND_NEWLINE)


def told(assessed: Assessed) -> dict[str, object]:
    """The verdict and its reasons in a line's words."""
    return {
        "verdict": assessed.verdict,
        "risk_level": assessed.impact.risk_level,
        "risk_score": assessed.impact.risk_score,
        "reasons": [reason.model_dump(exclude_none=True) for reason in assessed.reasons],
    }


def made_up_trace(seed: str) -> str:
    """A trace id for an action nobody traces: the same for the same seed."""
    return hashlib.sha256(f"trace\x1f{seed}".encode()).hexdigest()[:31] + "1"


def _assessed(line: bytes, world: World) -> dict[str, object]:
    value: JsonValue = None
    try:
        value = jsontext.loads(line, "line")
        if not isinstance(value, dict):
            raise RecordFault("not_an_object", "an action is a JSON object")
        given = GivenAction.model_validate(value)
        verdict = _verdict(given, str(value.get("id")), world)
        # A mark that is misspelled would be a mark that does not count.
        unknown = sorted(set(value) - set(GivenAction.model_fields) - {"id"})
        named: dict[str, object] = {"unknown_fields": unknown} if unknown else {}
        return {"id": value.get("id"), **verdict, **named}
    except RecordFault as fault:
        return _refused(value, FieldError(code=fault.code, text=fault.text))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        pointer = "".join(f"/{part}" for part in first["loc"])
        return _refused(value, FieldError(code="bad_field", text=first["msg"], pointer=pointer))


def _refused(value: JsonValue, error: FieldError) -> dict[str, object]:
    said = value.get("id") if isinstance(value, dict) else None
    return {"id": said, "error": error.model_dump(exclude_none=True)}


def _verdict(given: GivenAction, name: str, world: World) -> dict[str, object]:
    definition, plugin = _meant(given, world.settings)
    errors = [] if plugin is None else check_params(plugin.parameters, given.params)
    if errors:
        return {
            "verdict": Verdict.NEEDS_INFORMATION,
            "risk_level": None,
            "risk_score": None,
            "reasons": [error.model_dump(exclude_none=True) for error in errors],
        }
    drafted = _drafted(given, name, definition, plugin)
    history = History(**given.history.model_dump())
    return told(world.assess(drafted, history, PermissionState(given.iam), given.now))


def _meant(
    given: GivenAction, settings: Snapshot
) -> tuple[ActionDefinition | None, PluginSpec | None]:
    """The type and the tool. A type's own word for how grave it is counts only for its tools.

    Raises:
        RecordFault: `type_of_other_tools`.
    """
    definition, plugin = settings.resolve(given.tool)
    if given.action_type is not None:
        definition = settings.definition(given.action_type)
        if definition is not None and plugin is not None and plugin.tool not in definition.tools:
            raise RecordFault("type_of_other_tools", "the action type is not served by this tool")
    return definition, plugin


def _drafted(
    given: GivenAction,
    name: str,
    definition: ActionDefinition | None,
    plugin: PluginSpec | None,
) -> Drafted:
    """
    Raises:
        RecordFault: `params_not_canonical`.
    """
    tool = given.tool if plugin is None else plugin.tool
    version = None if plugin is None else plugin.version
    action_type = given.action_type or (definition.action_type if definition else tool)
    response = given.response_id or name[:256]
    try:
        hashed = params_hash(tool, version, given.params)
    except ValueError as error:
        raise RecordFault("params_not_canonical", str(error)[:500]) from None
    trace = given.trace_id
    if trace is None:
        trace = made_up_trace(f"{given.tenant_id}\x1f{name}")
    return Drafted(
        sequence=sequence(1, Rank.DRAFT),
        action_id=action_id(given.tenant_id, "response", response, 0),
        revision=1,
        tenant_id=given.tenant_id,
        trace_id=trace_id(trace),
        action_type=action_type,
        tool=tool,
        tool_version=version,
        params=given.params,
        params_hash=hashed,
        response_id=response,
        user_ctx=given.user_ctx,
        tenant_ctx=given.tenant_ctx,
        context=_context(given),
        risk_level=given.risk_level,
        confidence=given.confidence,
        source=given.source,
        repaired=given.repaired,
        template=given.template,
        depends_on=[ActionId(predecessor) for predecessor in given.depends_on],
        degraded_from=given.degraded_from,
        labels=given.labels,
    )


def _context(given: GivenAction) -> JsonObject:
    """With the marks a line says beside its context; those in it stay."""
    context = dict(given.context)
    marks = {"context_refs": given.context_refs, "untrusted_params": given.untrusted_params}
    for field, said in marks.items():
        if said is not None:
            there = context.get(field)
            # Marks of two sources: neither takes the other's place, in whatever shape they are.
            context[field] = said if there is None else [*_listed(there), *_listed(said)]
    return context


def _listed(marks: JsonValue) -> list[JsonValue]:
    return marks if isinstance(marks, list) else [marks]
