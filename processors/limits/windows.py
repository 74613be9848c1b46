"""Every window there is: one row a kind. docs/guides/limits.md is tested against this table.

A row says whom it counts for and how much, from the settings; it looks at no counter. A row whose
limit nobody has set asks for nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from processors.limits.costs import COUNTINGS, Budgeted, cost, pointers
from processors.limits.demand import Asking, Demand, starts
from processors.limits.names import bounded, folded
from schemas.limits import WindowLimits
from schemas.working import Window

ALL_TYPES = "*"


@dataclass(frozen=True, slots=True)
class Share:
    """One window a kind asks for: whose, how much of it, how much there is."""

    scope: str
    """Without its period."""
    most: int
    of: str
    amount: int | None = 1


@dataclass(frozen=True, slots=True)
class Kind:
    code: str
    period: Window
    setting: str
    """The field that sets it."""
    shares: Callable[[Asking], Iterable[Share]]
    what: str = "actions"
    unit: int = 1


def _tenant(most: Callable[[Asking], int]) -> Callable[[Asking], Iterable[Share]]:
    return lambda a: (Share("tenant", most(a), "the tenant"),)


def _listed(
    kind: str,
    period: Window,
    limits: Callable[[Asking], Mapping[str, WindowLimits]],
    name_of: Callable[[Asking], str | None],
) -> Callable[[Asking], Iterable[Share]]:
    def shares(a: Asking) -> Iterable[Share]:
        listed = limits(a)
        if not listed or (name := name_of(a)) is None or name not in listed:
            return ()
        most = listed[name].hour if period is Window.HOUR else listed[name].day
        if most is None:
            return ()
        return (Share(f"{kind}:{bounded(name)}", most, f"{kind} {bounded(name)}"),)

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
    tool = bounded(a.action.tool)
    return (Share(f"plugin:{tool}", a.plugin.max_calls_per_minute, f"plugin {tool}"),)


def _budget(of: Budgeted) -> Kind:
    counting = COUNTINGS[of]

    def shares(a: Asking) -> Iterable[Share]:
        if not a.tenant.budgets:
            return
        action_type = a.action.action_type
        places = pointers(of, a.definition, a.plugin)
        for key, scope, whose in (
            (ALL_TYPES, f"budget:{of}", "the tenant"),
            (action_type, f"budget:{of}:{bounded(action_type)}", f"type {bounded(action_type)}"),
        ):
            budget = a.tenant.budgets.get(key)
            most = None if budget is None else counting.most(budget)
            # Most types move nothing of the kind. Whoever gives a type a budget of its own says
            # that it does, so without a place to read it from a person has to look.
            if most is not None and (places or key != ALL_TYPES):
                yield Share(scope, most, whose, cost(of, a.action.params, places))

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
    most = a.tenant.max_touches_per_resource
    names = dict.fromkeys(bounded(folded(name)) for name in a.resources)
    return [Share(f"resource:{name}", most, f"resource {name}") for name in names]


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


def demands(asking: Asking) -> tuple[Demand, ...]:
    """What the action asks for, in the table's order."""
    begun = starts(asking.now)
    return tuple(
        Demand(
            kind.code,
            f"{share.scope}:{kind.period}",
            kind.period,
            begun[kind.period],
            share.amount,
            share.most,
            share.of,
            kind.what,
            kind.unit,
        )
        for kind in WINDOWS
        for share in kind.shares(asking)
    )
