"""What kinds of danger an action holds, as labels that rules are written over.

Rules about kinds of danger meet tools that are added tomorrow; rules about names of tools do not.
"""

from processors.pointers import values_at
from schemas.events import Drafted, Impact
from schemas.magnitudes import MagnitudeKind
from schemas.names import RiskLevel
from schemas.settings import ActionDefinition, PluginSpec

DANGER = "danger:"
KNOWN = "known:"
CATEGORY = "category:"
PERMISSION = "permission:"
SENSITIVE = "sensitive:"
OWN = (DANGER, KNOWN, CATEGORY, PERMISSION, SENSITIVE)
"""What begins so is made here alone: a rule may rest on it, whoever wrote the action's labels."""
_KINDS = frozenset(MagnitudeKind)
_PARTIES = (MagnitudeKind.PAYEE, MagnitudeKind.RECIPIENTS)


def danger_labels(
    action: Drafted,
    definition: ActionDefinition | None,
    plugin: PluginSpec | None,
    impact: Impact,
) -> list[str]:
    """The action's labels and what the catalog says of its kind, so that rules can be written
    over kinds of danger and not over names of tools: `category:…` of the definition,
    `permission:…` of the tool, `sensitive:…` for each tag among the parameters given,
    `danger:…` for each declared magnitude that raised the risk, `known:payee` and
    `known:recipients` where some were given and all of them are the tenant's own or known."""
    labels = [label for label in action.labels if not _folded(label).startswith(OWN)]
    dangers = {part.name for part in impact.parts if part.name in _KINDS}
    if dangers:
        labels += sorted(f"{DANGER}{kind}" for kind in dangers)
    labels += _known(action, definition, plugin, dangers)
    if definition is not None:
        labels.append(f"{CATEGORY}{definition.category}")
    if plugin is not None:
        labels += [f"{PERMISSION}{permission}" for permission in plugin.permissions]
        if plugin.sensitive_parameters:
            labels += _sensitive(action, plugin)
    return labels


def _sensitive(action: Drafted, plugin: PluginSpec) -> list[str]:
    """Only the first step of a pointer counts: whoever gives the object gives what is in it."""
    return sorted(
        {
            f"{SENSITIVE}{tag}"
            for pointer, tag in plugin.sensitive_parameters.items()
            if pointer.split("/")[1:2] == [""]
            or _unescaped(pointer.split("/")[1:2]) in action.params
        }
    )


def _known(
    action: Drafted,
    definition: ActionDefinition | None,
    plugin: PluginSpec | None,
    dangers: set[str],
) -> list[str]:
    """A kind that nobody declared, or that asks for no more than low, is not known: nobody
    looked. So a rule that wants parties known meets tools that say nothing of theirs."""
    declared = [
        *(definition.magnitudes if definition is not None else ()),
        *(plugin.magnitudes if plugin is not None else ()),
    ]
    if not declared:
        return []
    given = {
        magnitude.kind
        for magnitude in declared
        if magnitude.kind in _PARTIES
        and magnitude.raises_to is not RiskLevel.LOW
        and any(
            value not in (None, "", [], {}) for value in values_at(action.params, magnitude.pointer)
        )
    }
    return [f"{KNOWN}{kind}" for kind in _PARTIES if kind in given and kind not in dangers]


def _folded(label: str) -> str:
    return label.strip().casefold()


def _unescaped(steps: list[str]) -> str:
    return steps[0].replace("~1", "/").replace("~0", "~") if steps else ""
