"""Parameters measured by what the definition and the plugin declare of them.

Each kind is a row: what counts, and the level it comes to. Nothing here lowers anything: a
magnitude that finds nothing is not among the results.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pydantic import JsonValue

from processors.impact.amounts import amount
from processors.impact.considered import Considered
from processors.impact.contents import SOLICITING, carries_data
from processors.impact.links import holds_link
from processors.impact.parties import any_outside, any_unknown, named
from processors.impact.words import DELETING, given, limits_nothing, names_everybody, says_one_of
from processors.pointers import leaves, values_at
from processors.risk import gravest
from schemas.magnitudes import Magnitude, MagnitudeKind
from schemas.names import RiskLevel
from schemas.settings import TenantSettings

Values = list[JsonValue]
Found = Iterator[tuple[RiskLevel, str]]


@dataclass(frozen=True, slots=True)
class Raised:
    name: str
    level: RiskLevel
    text: str


def raised(considered: Considered) -> list[Raised]:
    """What each declared magnitude raises to, in their order; the gravest finding of each."""
    definition, plugin = considered.definition, considered.plugin
    declared = [
        *(definition.magnitudes if definition else ()),
        *(plugin.magnitudes if plugin else ()),
    ]
    found: list[Raised] = []
    reached = _reached(declared, considered)
    for magnitude in declared:
        findings = list(_findings(magnitude, considered))
        if reached and magnitude.kind is MagnitudeKind.RECIPIENTS:
            findings += _from_size(magnitude, reached, "many recipients")
        if findings:
            level, text = max(findings, key=lambda finding: finding[0].rank)
            if level is not RiskLevel.LOW:
                found.append(Raised(magnitude.kind, level, f"{magnitude.pointer}: {text}"))
    return found


def _findings(magnitude: Magnitude, considered: Considered) -> Found:
    values = values_at(considered.action.params, magnitude.pointer)
    if values:
        yield from MEASURES[magnitude.kind](magnitude, values, considered.tenant)
    if magnitude.missing is not None and not any(given(value) for value in values):
        yield magnitude.missing, "nothing is given"


def _reached(declared: list[Magnitude], considered: Considered) -> int:
    """How many recipients there are in all the places that are declared, each place once: nine
    of them and nine more in copy are eighteen."""
    of_kind = (one for one in declared if one.kind is MagnitudeKind.RECIPIENTS)
    places = dict.fromkeys(one.pointer for one in of_kind)
    params = considered.action.params
    return sum(len(_parties(place, values_at(params, place))) for place in places)


def _parties(pointer: str, values: Values) -> Values:
    """A list of recipients that is null reaches nobody; one that cannot be looked into, anybody."""
    is_inner = pointer.count("/") > 1
    return named(values if is_inner else [v for v in values if v is not None])


def _from_size(magnitude: Magnitude, size: float, what: str) -> Found:
    for level, least in magnitude.levels.items():
        if size >= least:
            yield level, what


def _summed(magnitude: Magnitude, values: Values, _: TenantSettings) -> Found:
    numbers = [amount(value) for value in values]
    size = sum(map(abs, numbers))
    yield from _from_size(magnitude, size, "large, or not to be read")
    if magnitude.negative is not None and any(number < 0 for number in numbers):
        yield magnitude.negative, "below zero"
    if size == math.inf:
        all_of_them = [RiskLevel.LOW, *magnitude.levels, magnitude.negative or RiskLevel.LOW]
        yield gravest(*all_of_them), "not to be read"


def _bulk(magnitude: Magnitude, values: Values, _: TenantSettings) -> Found:
    size = sum(len(value) if isinstance(value, list | dict) else 1 for value in values)
    yield from _from_size(magnitude, size, "many at once")


def _recipients(magnitude: Magnitude, values: Values, tenant: TenantSettings) -> Found:
    parties = _parties(magnitude.pointer, values)
    if any(map(names_everybody, parties)):
        yield magnitude.raises_to, "everybody, or anybody"
    if any_outside(parties, tenant, plain_names=magnitude.plain_names):
        yield magnitude.raises_to, "a recipient outside the tenant's domains and known parties"


def _payee(magnitude: Magnitude, values: Values, tenant: TenantSettings) -> Found:
    if any_unknown(named(values), tenant):
        yield magnitude.raises_to, "not among the tenant's known parties"


def _wildcard(magnitude: Magnitude, values: Values, _: TenantSettings) -> Found:
    if any(map(limits_nothing, values)):
        yield magnitude.raises_to, "a wildcard, or a filter with nothing in it"


def _delete(magnitude: Magnitude, values: Values, _: TenantSettings) -> Found:
    words = frozenset(map(str.casefold, magnitude.words)) or DELETING
    if any(says_one_of(value, words) for value in values):
        yield magnitude.raises_to, "it deletes"


def _credential(magnitude: Magnitude, values: Values, _: TenantSettings) -> Found:
    if any(map(given, values)):
        yield magnitude.raises_to, "it hands over or changes a credential"


def _permission(magnitude: Magnitude, values: Values, _: TenantSettings) -> Found:
    words = frozenset(map(str.casefold, magnitude.words))
    if any(says_one_of(v, words) or limits_nothing(v) if words else given(v) for v in values):
        yield magnitude.raises_to, "it grants a permission"


def _link(magnitude: Magnitude, values: Values, tenant: TenantSettings) -> Found:
    if any(holds_link(value, tenant) for value in values):
        yield magnitude.raises_to, "a link, neither to the tenant's domains nor to a known party"


def _solicitation(magnitude: Magnitude, values: Values, _: TenantSettings) -> Found:
    words = frozenset(map(str.casefold, magnitude.words)) or SOLICITING
    texts = (leaf for value in values for leaf in leaves(value) if isinstance(leaf, str))
    if any(says_one_of(text, words) for text in texts):
        yield magnitude.raises_to, "it asks its reader to spend, or to hand over an access"


def _carried(magnitude: Magnitude, values: Values, tenant: TenantSettings) -> Found:
    if any(carries_data(value, tenant) for value in values):
        yield (
            magnitude.raises_to,
            "an address with room for data, or of what only the fetcher can reach",
        )


MEASURES: dict[MagnitudeKind, Callable[[Magnitude, Values, TenantSettings], Found]] = {
    MagnitudeKind.AMOUNT: _summed,
    MagnitudeKind.QUANTITY: _summed,
    MagnitudeKind.BULK: _bulk,
    MagnitudeKind.RECIPIENTS: _recipients,
    MagnitudeKind.PAYEE: _payee,
    MagnitudeKind.WILDCARD: _wildcard,
    MagnitudeKind.DELETE: _delete,
    MagnitudeKind.CREDENTIAL: _credential,
    MagnitudeKind.PERMISSION: _permission,
    MagnitudeKind.LINK: _link,
    MagnitudeKind.SOLICITATION: _solicitation,
    MagnitudeKind.CARRIED: _carried,
}
