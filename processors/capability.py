"""Whether a tool can do an action as it stands, and which candidate does if it cannot.

Settings may have changed since the action was drafted. What would be drafted now is then taken in
its place, within the same revision: nobody has been shown it yet. Candidates are the other tools
of its type, in the definition's order, then what the response offered. The first that takes the
parameters counts; if there is none, the first that merely wants more than it was given, and then
information is missing. None at all: the action stays as it is, for a person.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from pydantic import JsonValue

from processors.catalog import in_force
from processors.pointers import parts_of, values_at
from processors.sensitive import (
    Hidden,
    is_sensitive,
    is_short,
    sensitive_texts,
    uncleared,
    with_sensitive_labels,
)
from processors.snapshot import Snapshot
from processors.tool_choice import ROUTER
from processors.validation import check_params
from schemas.continuation import continued
from schemas.events import Drafted, FieldError
from schemas.identity import params_hash
from schemas.settings import ActionDefinition, PluginSpec

MISSING = "information_missing"


class Lack(StrEnum):
    """Why a tool cannot do it."""

    UNKNOWN = "tool_unknown"
    VERSION_GONE = "tool_version_gone"
    NOT_ENTITLED = "tenant_not_entitled"
    NOT_CLEARED = "sensitive_not_cleared"


class Capable(NamedTuple):
    """The action as its tool is to do it."""

    action: Drafted
    """With its sensitive labels; of another tool, `degraded_from` says of which."""
    plugin: PluginSpec | None
    lacks: tuple[Lack, ...] = ()
    """Why its tool cannot do it, and no candidate stands in."""
    missing: tuple[FieldError, ...] = ()
    """What the tool wants beyond what it was given; pointers into the action."""
    hidden: Hidden = ()
    """What no text about it may show, of parameters that take long to search."""
    hides_short: bool = False
    """Something may not be shown, and is soon found where a text may show it: in most verdicts
    there is none."""


def capable(action: Drafted, settings: Snapshot) -> Capable:
    """The action with the tool that can do it, or as it is. Asked again of its own answer it says
    the same."""
    found = _capable(action, settings)
    if not is_sensitive(found.action.labels):
        return found
    if is_short(found.action.params):
        return found._replace(hides_short=True)
    tags = {} if found.plugin is None else found.plugin.sensitive_parameters
    return found._replace(hidden=sensitive_texts(found.action.params, tags))


def _capable(action: Drafted, settings: Snapshot) -> Capable:
    plugin = settings.plugin(action.tool, action.tool_version)
    action = with_sensitive_labels(action, plugin)
    why = lacks(action, plugin, settings)
    if not why:
        return Capable(action, plugin, missing=missing(action, plugin))
    found = list(_candidates(action, settings))
    complete = next((one for one in found if not one.missing), None)
    return complete or next(iter(found), Capable(action, plugin, why))


def lacks(action: Drafted, plugin: PluginSpec | None, settings: Snapshot) -> tuple[Lack, ...]:
    """Why the tool cannot do the action, which has its sensitive labels; empty: it can."""
    if plugin is None:
        known = settings.plugin(action.tool) is not None
        return (Lack.VERSION_GONE if known else Lack.UNKNOWN,)
    found: list[Lack] = []
    if plugin.version != action.tool_version:
        found.append(Lack.VERSION_GONE)
    if not plugin.serves(action.tenant_id):
        found.append(Lack.NOT_ENTITLED)
    if uncleared(action.labels, plugin):
        found.append(Lack.NOT_CLEARED)
    return tuple(found)


def missing(action: Drafted, plugin: PluginSpec | None) -> tuple[FieldError, ...]:
    """What the tool requires of a response beyond its parameters; of an action that was made for
    another tool, parameters that it lacks, too."""
    if plugin is None or (not plugin.requires and action.degraded_from is None):
        return ()
    errors = [_wanted(pointer) for pointer in plugin.requires if not _given(action, pointer)]
    if action.degraded_from is not None:
        errors += [e for e in _param_errors(action, plugin) if e.code == MISSING]
    return tuple(errors)


def _candidates(action: Drafted, settings: Snapshot) -> Iterator[Capable]:
    """The action with each tool that could do it, but for what is missing."""
    if action.compensates is not None or not settings.flag(ROUTER):
        # What undoes an effect is its own tool's; without the router a name is literal.
        return
    for definition, plugin in _offered(action, settings):
        if (plugin.tool, plugin.version) == (action.tool, action.tool_version):
            continue
        one = _with_tool(action, definition, plugin)
        if one is None or lacks(one, plugin, settings):
            continue
        if any(error.code != MISSING for error in _param_errors(one, plugin)):
            continue
        yield Capable(one, plugin, missing=missing(one, plugin))


def _offered(
    action: Drafted, settings: Snapshot
) -> Iterator[tuple[ActionDefinition | None, PluginSpec]]:
    definition = settings.definition(action.action_type)
    for tool in definition.tools if definition is not None else ():
        plugin = settings.plugin(tool)
        if plugin is not None and tool != action.tool:
            yield definition, plugin
    for candidate in action.tool_candidates:
        found = in_force(settings, candidate, action.tenant_id)
        if found is not None and found.plugin is not None:
            yield found.definition, found.plugin


def _with_tool(
    action: Drafted, definition: ActionDefinition | None, plugin: PluginSpec
) -> Drafted | None:
    """None: it cannot be hashed, and nobody could approve it."""
    try:
        hashed = params_hash(plugin.tool, plugin.version, action.params)
    except ValueError:
        return None
    own = action.tool if plugin.tool != action.tool else f"{action.tool}@{action.tool_version}"
    moved = continued(
        Drafted,
        action,
        action.sequence,
        action_type=plugin.tool if definition is None else definition.action_type,
        tool=plugin.tool,
        tool_version=plugin.version,
        params_hash=hashed,
        degraded_from=action.degraded_from or own,
    )
    return with_sensitive_labels(moved, plugin)


def _param_errors(action: Drafted, plugin: PluginSpec) -> list[FieldError]:
    """Against the tool's schema; a parameter that is merely not there is `MISSING`."""
    return [
        _wanted(f"/params{error.pointer}") if error.rule == "required" else error
        for error in check_params(plugin.parameters, action.params)
    ]


def _given(action: Drafted, pointer: str) -> bool:
    """Whether a response said anything there."""
    root = parts_of(pointer)[0]
    value: JsonValue = getattr(action, root, None)
    if root == "user_ctx":
        value = None if action.user_ctx is None else action.user_ctx.model_dump()
    return any(
        one.strip() if isinstance(one, str) else one not in (None, [], {})
        for one in values_at({root: value}, pointer)
    )


def _wanted(pointer: str) -> FieldError:
    return FieldError(
        code=MISSING,
        text="the tool needs it, and nothing was given",
        pointer=pointer,
        rule="required",
    )
