"""What the texts of a template may speak of: the roots of their expressions."""

from dataclasses import dataclass, field
from typing import get_args

from pydantic import JsonValue

from processors.templates.values import Root
from schemas.events import JsonObject, LlmResponse

ROOTS: tuple[Root, ...] = get_args(Root)
"""In the order they are counted in."""


@dataclass(frozen=True, slots=True)
class TemplateInputs:
    """Plain JSON, all of it untrusted: it is inserted, never rendered."""

    thought: str = ""
    """The model's text."""
    output: JsonValue = None
    """The response's `output` as it came."""
    params: JsonObject = field(default_factory=dict)
    """What the model proposed; it reaches an action only where the template says so."""
    context: JsonObject = field(default_factory=dict)
    user: JsonObject = field(default_factory=dict)
    tenant: JsonObject = field(default_factory=dict)
    match: dict[str, str] = field(default_factory=dict)
    """The named groups of the pattern that matched."""

    def root(self, name: Root) -> JsonValue:
        value: JsonValue = getattr(self, name)
        return value


def inputs_of(
    response: LlmResponse,
    *,
    thought: str = "",
    params: JsonObject | None = None,
    match: dict[str, str] | None = None,
) -> TemplateInputs:
    """The inputs a response gives. What its user's context leaves out is undefined, not null;
    `tenant.id` is the tenant the record belongs to, whatever `tenant_ctx` says."""
    user: JsonObject = {}
    if response.user_ctx is not None:
        user = response.user_ctx.model_dump(mode="json", exclude_none=True)
    return TemplateInputs(
        thought=thought,
        output=response.output,
        params=params or {},
        context=response.context,
        user=user,
        tenant={**response.tenant_ctx, "id": response.tenant_id},
        match=match or {},
    )
