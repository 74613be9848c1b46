"""`GET /internal/plugins/catalog`: the shape in which a plugin host says what it has.

    {"tools": [{"tool", "version", "risk", "parameters",
                "description"?, "risk_labelled_at"?, "permissions"?, "sensitive_parameters"?,
                "contact"?, "idempotent"?, "no_effect_on_error"?}]}

Other fields are ignored. docs/guides/catalog.md describes each.
"""

from typing import Annotated

from pydantic import AwareDatetime, Field, JsonValue, ValidationError

from interlock.catalog.fetch import Budget, answer, http_session, read_json, unreadable
from interlock.catalog.offer import Offer, Offered, Refused, offered
from schemas.events import Event, JsonObject
from schemas.names import RiskLevel

PATH = "/internal/plugins/catalog"


class _Tool(Event):
    tool: str
    version: str
    risk: RiskLevel
    parameters: JsonObject
    description: str = ""
    risk_labelled_at: AwareDatetime | None = None
    permissions: tuple[str, ...] = ()
    sensitive_parameters: dict[str, str] = Field(default_factory=dict)
    contact: Annotated[str, Field(max_length=256)] = ""
    idempotent: bool = False
    no_effect_on_error: bool = False


async def read_host(base: str) -> Offered:
    """What the host at `base` offers.

    Raises:
        PassingFault: `source_unreachable`.
        ProcessFault: `source_unreadable`.
    """
    async with (
        http_session() as session,
        answer(session, "GET", f"{base}{PATH}", headers={"Accept": "application/json"}) as response,
    ):
        if response.status != 200:
            raise unreadable(f"{PATH} answers {response.status}")
        said = await read_json(response, Budget())
    tools = said.get("tools") if isinstance(said, dict) else None
    if not isinstance(tools, list):
        raise unreadable("its answer has no list `tools`")
    return offered(_offer(index, tool) for index, tool in enumerate(tools))


def _offer(index: int, said: JsonValue) -> Offer | Refused:
    name = said.get("tool") if isinstance(said, dict) else None
    shown = name[:128] if isinstance(name, str) else f"number {index + 1}"
    try:
        tool = _Tool.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        return Refused(shown, f"{place}: {first['msg']}"[:300])
    return Offer(
        tool=tool.tool,
        version=tool.version,
        parameters=tool.parameters,
        risk=tool.risk,
        labelled_at=tool.risk_labelled_at,
        description=tool.description,
        idempotent=tool.idempotent,
        no_effect_on_error=tool.no_effect_on_error,
        permissions=tool.permissions,
        sensitive_parameters=tool.sensitive_parameters,
        contact=tool.contact,
    )
