"""Names that come close to one that nothing is called: for error texts, never executed."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from heapq import nlargest
from typing import TYPE_CHECKING

from schemas.names import TenantId

if TYPE_CHECKING:
    from processors.snapshot import Snapshot

LONGEST = 128
"""Characters of a name that are looked at: comparing takes their square."""
CLOSE_ENOUGH = 0.6
_COMPARED = 24
"""How many of the likeliest names are compared letter by letter."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN_WORDS = re.compile(r"[\s_-]+")


def suggestions(settings: "Snapshot", name: str, tenant_id: TenantId, most: int = 3) -> list[str]:
    """Names of types, tools and aliases that the tenant may use and that resemble `name`, best
    first. What others may use is not hinted at. Case and how words are joined make no
    difference: `createTask`, `create-task`, `CREATE TASK`."""
    folded, features = _folded(name[:LONGEST])
    known: dict[str, str] = {}
    likely: list[tuple[float, str]] = []
    for candidate in _offered(settings, tenant_id):
        other, its = _folded(candidate[:LONGEST])
        # Of names that are folded alike the first stands for all.
        if other in known:
            continue
        known[other] = candidate
        if shared := len(features & its):
            likely.append((shared / (len(features) + len(its)), other))
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(folded)
    close: list[tuple[float, str]] = []
    for _, other in nlargest(_COMPARED, likely):
        matcher.set_seq1(other)
        ratio = matcher.ratio()
        if ratio >= CLOSE_ENOUGH:
            close.append((-ratio, known[other]))
    return [candidate for _, candidate in sorted(close)[:most]]


def _offered(settings: "Snapshot", tenant_id: TenantId) -> Iterator[str]:
    """Types, then tools, then aliases: the order in which a name would be looked for."""
    tenant = settings.tenant(tenant_id)
    allowed = tenant.allowed_action_types if tenant else None
    tools = {
        key: plugin
        for key, plugin in settings.plugins.items()
        if key == plugin.tool and plugin.serves(tenant_id)
    }
    for definition in settings.definitions.values():
        name = definition.action_type
        usable = definition.is_active and (allowed is None or name in allowed)
        if usable and any(tool in tools for tool in definition.tools):
            yield name
    yield from tools
    for alias, tool in settings.tools.items():
        if tool in tools:
            yield alias


@lru_cache(maxsize=8192)
def _folded(name: str) -> tuple[str, frozenset[str]]:
    """The name with words joined one way, and its letters and pairs of letters."""
    text = _BETWEEN_WORDS.sub("_", _CAMEL.sub("_", name)).casefold()
    edged = f"^{text}$"
    return text, frozenset({*text, *(edged[i : i + 2] for i in range(len(edged) - 1))})
