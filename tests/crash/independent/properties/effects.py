"""What happened in the world, as the plugin hosts counted it, fits how each action ended."""

from collections import Counter

from tests.crash.independent.contract import NEVER_CALLED
from tests.crash.independent.events import Key
from tests.crash.independent.finding import Finding
from tests.crash.independent.world import World, idempotency_key, key_of


def effects(world: World, finding: Finding) -> None:
    made, calls = _made(world), _calls(world)
    finding.saw("effects", made.total())
    finding.saw("calls", calls.total())
    for key in made.keys() | calls.keys():
        finding.expect(
            key in world.drafted_by_key,
            key[0],
            f"{calls[key]} calls and {made[key]} effects of no drafted action",
        )
    for key, [draft, *_] in world.drafted_by_key.items():
        if not _is_counted(world, draft.tool):
            continue
        finding.saw("actions")
        _fits(world, finding, key, _is_idempotent(world, draft.tool), calls[key], made[key])


def _fits(
    world: World, finding: Finding, key: Key, idempotent: bool, calls: int, made: int
) -> None:
    action, end = key[0], world.end(key)
    name = idempotency_key(key)
    finding.expect(made <= 1, action, f"{made} effects of {name}, which ended {end}")
    if not idempotent:
        finding.expect(calls <= 1, action, f"{name} is not to be repeated: {calls} calls")
    if end == "succeeded":
        finding.expect(made == 1, action, f"{name} succeeded with {made} effects")
    if end == "failed":
        finding.expect(made == 0, action, f"{name} failed, and yet {made} effects")
    if end in NEVER_CALLED or end is None:
        finding.expect(
            made == calls == 0, action, f"{name} is {end}, and yet {calls} calls, {made} effects"
        )


def _made(world: World) -> Counter[Key]:
    logged = [row.idempotency_key for row in world.database.effect_log]
    called = [call.idempotency_key for call in world.campaign.calls or () if call.effect]
    return Counter(key_of(name) for name in (*logged, *called))


def _calls(world: World) -> Counter[Key]:
    return Counter(key_of(call.idempotency_key) for call in world.campaign.calls or ())


def _plugin(world: World, tool: str) -> dict[str, object]:
    """What the log last declared of a tool."""
    declared = [s.value for s in world.settings if s.kind == "plugin" and s.key == tool]
    return dict(declared[-1] or {}) if declared else {}


def _is_idempotent(world: World, tool: str) -> bool:
    said = world.campaign.tools.get(tool) or _plugin(world, tool)
    return bool(said.get("idempotent", False))


def _is_counted(world: World, tool: str) -> bool:
    """Whether somebody counts this tool's effects: the built-in host, or the campaign's."""
    plugin = _plugin(world, tool)
    if plugin.get("transport") == "in_process":
        return False
    return plugin.get("url") is None or world.campaign.calls is not None
