"""Every window there is: one row a kind. docs/guides/limits.md is tested against this table.

A row says whom it counts for and how much, from the settings; it looks at no counter. A row whose
limit nobody has set asks for nothing.
"""

from collections.abc import Callable, Iterable, Mapping

from pydantic import JsonValue

from processors.limits.costs import COUNTINGS, Budgeted, cost, pointers
from processors.limits.demand import Asking, Demand, Kind, Share, starts
from processors.limits.names import bounded, configured, folded, hashed
from processors.spelling import one_thing
from schemas.limits import WindowLimits
from schemas.working import Window

ALL_TYPES = "*"


def _tenant(most: Callable[[Asking], int]) -> Callable[[Asking], Iterable[Share]]:
    return lambda a: (Share("tenant", most(a), "the tenant"),)


def _listed(
    kind: str,
    period: Window,
    limits: Callable[[Asking], Mapping[str, WindowLimits]],
    name_of: Callable[[Asking], str | None],
) -> Callable[[Asking], Iterable[Share]]:
    hourly = period is Window.HOUR

    def shares(a: Asking) -> Iterable[Share]:
        listed = limits(a)
        if not listed or (name := name_of(a)) is None or name not in listed:
            return ()
        most = listed[name].hour if hourly else listed[name].day
        if most is None:
            return ()
        return (Share(f"{kind}:{configured(name)}", most, f"{kind} {configured(name)}"),)

    return shares


def _both(
    kind: str,
    limits: Callable[[Asking], Mapping[str, WindowLimits]],
    name_of: Callable[[Asking], str | None],
) -> tuple[Kind, ...]:
    return tuple(
        Kind(
            f"{kind}_limit_{period}",
            period,
            f"{kind}_limits",
            _listed(kind, period, limits, name_of),
        )
        for period in (Window.HOUR, Window.DAY)
    )


def _rate(a: Asking) -> Iterable[Share]:
    if a.plugin is None or a.plugin.max_calls_per_minute is None:
        return ()
    tool = configured(a.plugin.tool)
    return (Share(f"plugin:{tool}", a.plugin.max_calls_per_minute, f"plugin {tool}"),)


def _budget(of: Budgeted) -> Kind:
    counting, scope = COUNTINGS[of], f"budget:{of}"

    def shares(a: Asking) -> Iterable[Share]:
        budgets = a.tenant.budgets
        if not budgets:
            return ()
        limited = {
            key: most
            for key in (ALL_TYPES, a.action.action_type)
            if key in budgets and (most := counting.most(budgets[key])) is not None
        }
        if not limited:
            return ()
        places = pointers(of, a.definition, a.plugin)
        amount = cost(of, a.action.params, places)
        # Most types move nothing of the kind. Whoever gives a type a budget of its own says that
        # it does, so without a place to read it from a person has to look.
        return [
            Share(scope, most, "the tenant", amount)
            if key == ALL_TYPES
            else Share(f"{scope}:{configured(key)}", most, f"type {configured(key)}", amount)
            for key, most in limited.items()
            if places or key != ALL_TYPES
        ]

    return Kind(f"budget_{of}_day", Window.DAY, "budgets", shares, of.value, counting.unit)


def _chain(kind: str, setting: str, named: Callable[[Asking], Iterable[str]], whose: str) -> Kind:
    """A window for each name: of a trace, a session, an agent."""

    def shares(a: Asking) -> Iterable[Share]:
        most: int = getattr(a.tenant, setting)
        return [Share(f"{kind}:{bounded(name)}", most, whose) for name in named(a)]

    return Kind(f"{kind}_budget", Window.HOUR, setting, shares)


def _trace(a: Asking) -> Iterable[str]:
    return () if a.action.trace_id is None else (a.action.trace_id,)


def _context(field: str) -> Callable[[Asking], Iterable[str]]:
    """What upstream calls it. A value that is no text is one name for all of its kind: who names
    itself so that nobody can read it gains nothing."""

    def names(a: Asking) -> Iterable[str]:
        value: JsonValue = a.action.context.get(field)
        if value is None or value == "":
            return ()
        return (folded(value),) if isinstance(value, str) else ("~",)

    return names


def _resources(a: Asking) -> Iterable[Share]:
    """By their hashes: a window's name stands in reasons and facts, which everyone may read, and
    one thing has one window whatever else is known of the action."""
    most = a.tenant.max_touches_per_resource
    names = dict.fromkeys(hashed(one_thing(name)) for name in a.resources)
    return [Share(f"resource:{name}", most, "a resource that it touches") for name in names]


WINDOWS: tuple[Kind, ...] = (
    Kind(
        "limit_hour",
        Window.HOUR,
        "max_actions_per_hour",
        _tenant(lambda a: a.tenant.max_actions_per_hour),
    ),
    Kind(
        "limit_day",
        Window.DAY,
        "max_actions_per_day",
        _tenant(lambda a: a.tenant.max_actions_per_day),
    ),
    *_both("type", lambda a: a.tenant.type_limits, lambda a: a.action.action_type),
    *_both(
        "category",
        lambda a: a.tenant.category_limits,
        lambda a: a.definition.category if a.definition else None,
    ),
    *_both("plugin", lambda a: a.tenant.plugin_limits, lambda a: a.action.tool),
    Kind("plugin_limit_minute", Window.MINUTE, "max_calls_per_minute", _rate),
    _budget(Budgeted.MONEY),
    _budget(Budgeted.RECIPIENTS),
    _budget(Budgeted.UNITS),
    _chain("trace", "max_actions_per_trace", _trace, "this trace"),
    _chain("session", "max_actions_per_session", _context("session_id"), "this session"),
    _chain("agent", "max_actions_per_agent", _context("agent_id"), "this agent"),
    Kind("resource_repeated", Window.HOUR, "max_touches_per_resource", _resources),
)


# Made once: formatting and hashing an enum for each action took a third of the time.
_ROWS = tuple((kind, kind.shares, f":{kind.period}", kind.period.value) for kind in WINDOWS)


def demands(asking: Asking) -> tuple[Demand, ...]:
    """What the action asks for, in the table's order."""
    begun, tenant = starts(asking.now), asking.action.tenant_id
    return tuple(
        [
            Demand(kind, (tenant, share.scope + ending, begun[period]), share)
            for kind, shares, ending, period in _ROWS
            for share in shares(asking)
        ]
    )
