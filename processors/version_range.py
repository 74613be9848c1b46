"""Semver ranges with npm's meaning: which versions of a tool a reference will take.

A range is comparator sets joined by `||`, a set is comparators joined by spaces, all of which
must hold. A comparator is an operator and a version that may leave parts out (`1.2`, `1.x`, `*`):

| written | holds for |
|---|---|
| `1.2.3`, `=1.2.3` | that version |
| `1.2`, `1.2.x`, `~1.2` | `>=1.2.0 <1.3.0-0` |
| `1`, `1.x`, `~1`, `^1` | `>=1.0.0 <2.0.0-0` |
| `~1.2.3` | `>=1.2.3 <1.3.0-0` |
| `^1.2.3` | `>=1.2.3 <2.0.0-0` |
| `^0.2.3` | `>=0.2.3 <0.3.0-0`: below 1.0.0 the first part that is not zero must stay |
| `^0.0.3` | `>=0.0.3 <0.0.4-0` |
| `>1.2`, `<=1.2` | `>=1.3.0`, `<1.3.0-0`: parts left out stand for all of them |
| `*`, nothing | any |

A prerelease is taken only where the same set names a prerelease of the same three numbers: who
asks for `^1.2.3-rc.1` knows `1.2.3-rc.2`, but has not asked for `1.3.0-beta`.
Source: github.com/npm/node-semver, "Ranges". Hyphen ranges (`1.2 - 2.3`) are not read.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from operator import eq, ge, gt, le, lt

from semver import Version

LONGEST = 128
"""Characters of a range, and of a version: a number of any length would cost any time."""

_COMPARATOR = re.compile(
    r"(?P<operator>\^|~>?|[<>]=?|=)?\s*v?"
    r"(?P<major>[0-9]{1,9}|[xX*])"
    r"(?:\.(?P<minor>[0-9]{1,9}|[xX*])"
    r"(?:\.(?P<patch>[0-9]{1,9}|[xX*])"
    r"(?:-(?P<pre>[0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?)?)?"
)
_SPACE_AFTER_OPERATOR = re.compile(r"([\^~<>=])\s+")
_WILD = frozenset({"x", "X", "*"})

Holds = Callable[[Version, Version], bool]


@dataclass(frozen=True, slots=True)
class _Bound:
    holds: Holds
    version: Version


Range = tuple[tuple[_Bound, ...], ...]
"""Any of the sets; all bounds of a set."""


def read_version(text: str) -> Version | None:
    """A version by semver 2.0.0; None when it is none."""
    if len(text) > LONGEST:
        return None
    try:
        return Version.parse(text)
    except ValueError:
        return None


def read_range(text: str) -> Range | None:
    """The range; None when it cannot be read, which no version satisfies."""
    return _read_range(text) if len(text) <= LONGEST else None


@lru_cache(maxsize=1024)
def _read_range(text: str) -> Range | None:
    sets: list[tuple[_Bound, ...]] = []
    for part in text.split("||"):
        bounds: list[_Bound] = []
        for comparator in _SPACE_AFTER_OPERATOR.sub(r"\1", part).split():
            found = _bounds(comparator)
            if found is None:
                return None
            bounds.extend(found)
        sets.append(tuple(bounds))
    return tuple(sets)


def satisfies(version: Version, wanted: Range) -> bool:
    return any(
        all(bound.holds(version, bound.version) for bound in bounds)
        and (version.prerelease is None or any(_asks_for(bound, version) for bound in bounds))
        for bounds in wanted
    )


def _asks_for(bound: _Bound, version: Version) -> bool:
    """Whether a bound names a prerelease of the version's three numbers."""
    named = bound.version
    return named.prerelease is not None and named.to_tuple()[:3] == version.to_tuple()[:3]


def _bounds(comparator: str) -> list[_Bound] | None:
    match = _COMPARATOR.fullmatch(comparator)
    if match is None:
        return None
    operator = match["operator"] or "="
    numbers: list[int] = []
    for part in (match["major"], match["minor"], match["patch"]):
        if part is None or part in _WILD:
            break
        numbers.append(int(part))
    given = len(numbers)
    if given == 0:
        return _NOTHING if operator in _STRICTLY else []
    major, minor, patch = (*numbers, 0, 0)[:3]
    plain = f"{major}.{minor}.{patch}"
    low = read_version(f"{plain}-{match['pre']}" if given == 3 and match["pre"] else plain)
    return None if low is None else _TABLE[operator](low, given)


def _below(version: Version) -> _Bound:
    """Below the version and below every prerelease of it."""
    return _Bound(lt, version.replace(prerelease="0"))


def _next(low: Version, given: int) -> Version:
    """The first version that `given` parts of `low` no longer cover."""
    match given:
        case 1:
            return Version(low.major + 1)
        case 2:
            return Version(low.major, low.minor + 1)
        case _:
            return Version(low.major, low.minor, low.patch + 1)


def _exactly(low: Version, given: int) -> list[_Bound]:
    return [_Bound(eq, low)] if given == 3 else [_Bound(ge, low), _below(_next(low, given))]


def _caret(low: Version, given: int) -> list[_Bound]:
    parts = (low.major, low.minor, low.patch)
    stays = next((at for at, part in enumerate(parts[:given], 1) if part > 0), given)
    return [_Bound(ge, low), _below(_next(low, stays))]


def _tilde(low: Version, given: int) -> list[_Bound]:
    return [_Bound(ge, low), _below(_next(low, min(given, 2)))]


def _above(low: Version, given: int) -> list[_Bound]:
    return [_Bound(gt, low) if given == 3 else _Bound(ge, _next(low, given))]


def _under(low: Version, given: int) -> list[_Bound]:
    return [_Bound(lt, low) if given == 3 else _below(low)]


def _up_to(low: Version, given: int) -> list[_Bound]:
    return [_Bound(le, low) if given == 3 else _below(_next(low, given))]


_STRICTLY = frozenset({"<", ">"})
_NOTHING = [_Bound(lt, Version(0, prerelease="0"))]
"""What is above, or below, all there is."""

_TABLE: dict[str, Callable[[Version, int], list[_Bound]]] = {
    "=": _exactly,
    "^": _caret,
    "~": _tilde,
    "~>": _tilde,
    ">": _above,
    ">=": lambda low, _: [_Bound(ge, low)],
    "<": _under,
    "<=": _up_to,
}
