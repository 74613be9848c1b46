"""What reading another catalog would change. Pure; nothing here publishes.

A source speaks of its own tools, and only of some of their fields:

| field | of a new tool | of one that is known |
|---|---|---|
| version, description, parameters | the source's | the source's |
| idempotent, no_effect_on_error | a plugin host's word | a plugin host's word |
| risk_label | the source's | the graver; the source's if asked for (`milder`) |
| risk_labelled_at | the source's, not later than now | the same |
| sensitive_parameters | the source's | what it adds; a person's tag stays |
| contact | the source's | the source's where there is none |
| permissions | the source's | as they are; what the source adds is a note |
| tenants | nobody | as they are |
| aliases, fallback, limits, paths, accepts, requires | none | as they are |

Whom a tool is for, and what it may be called, is never a source's to say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from interlock.catalog.offer import Offer, Offered, Refused, unfit_record
from interlock.config_files import Wanted, wanted
from interlock.config_plan import Act, Difference, changes, fields
from processors.risk import gravest
from processors.snapshot import Snapshot
from schemas.names import SettingKind
from schemas.settings import PluginSpec, SourceLabel

_SHOWN = ("version", "description", "url", "risk_label", "tenants", "permissions", "idempotent")
"""Fields of a new tool that are shown before it is published."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person who synchronises says."""

    only: Sequence[str] = ()
    """Tools; none named: all."""
    url: str | None = None
    """Where the tools are called; None: at the source."""
    tenants: Sequence[str] = ()
    """Entitled beside those who are."""
    milder: bool = False
    """Take a label that is milder than the entry's too."""
    labels_only: bool = False
    """Entries stay as they are: a newer label makes them stale, which counts as riskier."""


@dataclass(frozen=True, slots=True)
class SyncPlan:
    differences: tuple[Difference, ...]
    """To publish, in this order."""
    refused: tuple[Refused, ...]
    gone: tuple[str, ...]
    """Tools of the source that it offers no more. They stay."""
    notes: tuple[str, ...]


def plan_sync(
    settings: Snapshot, found: Offered, source: str, now: datetime, choice: Choice
) -> SyncPlan:
    """What would be published of what the source offers, and what not, and why."""
    wanted_names = set(choice.only) or found.names
    offers = [offer for offer in found.offers if offer.tool in wanted_names]
    refused = [item for item in found.refused if item.tool in wanted_names]
    refused += [
        Refused(name, "the source does not offer it")
        for name in choice.only
        if name not in found.names
    ]
    labels: list[Wanted] = []
    entries: list[Wanted] = []
    notes: list[str] = []
    for offer in offers:
        why = _refusal(settings, offer, source, choice)
        if why is not None:
            refused.append(Refused(offer.tool, why))
            continue
        label = _label(settings, offer, source, now)
        entry = _entry(settings.plugin(offer.tool), offer, label, source, choice)
        if not choice.labels_only and (why := unfit_record(entry)) is not None:
            refused.append(Refused(offer.tool, why))
            continue
        labels.append(wanted(SettingKind.LABEL, offer.tool, label))
        if not choice.labels_only:
            entries.append(wanted(SettingKind.PLUGIN, offer.tool, entry))
            notes.extend(_notes(settings, offer, entry))
    return SyncPlan(
        # Labels first: between the two a tool is riskier, never milder.
        differences=tuple(_shown(change) for change in changes([*labels, *entries], settings)),
        refused=tuple(refused),
        gone=tuple(
            sorted(
                key
                for key, plugin in settings.plugins.items()
                if plugin.source == source and key == plugin.tool and key not in found.names
            )
        ),
        notes=tuple(notes),
    )


def _refusal(settings: Snapshot, offer: Offer, source: str, choice: Choice) -> str | None:
    current = settings.plugin(offer.tool)
    if current is None:
        if choice.labels_only:
            return "the catalog does not have it"
        if offer.tool in settings.tools:
            return "the name is another tool's alias"
    elif current.source not in (None, source):
        return f"it came from {current.source}"
    elif current.source is None and not choice.labels_only:
        return "it was written by hand"
    label = settings.labels.get(offer.tool)
    if label is not None and label.source != source:
        return (
            f"its label is of {label.source or 'somebody'}; `interlock catalog unbind` takes it off"
        )
    return None


def _label(settings: Snapshot, offer: Offer, source: str, now: datetime) -> SourceLabel:
    """The source's word. Where it names no time the label is as old as it is known."""
    at = min(offer.labelled_at or now, now)
    known = settings.labels.get(offer.tool)
    if offer.labelled_at is None and known is not None and known.risk_label is offer.risk:
        at = known.labelled_at
    return SourceLabel(risk_label=offer.risk, labelled_at=at, source=source)


def _entry(
    current: PluginSpec | None, offer: Offer, label: SourceLabel, source: str, choice: Choice
) -> PluginSpec:
    known = current or PluginSpec(
        tool=offer.tool,
        version=offer.version,
        url=source,
        parameters=offer.parameters,
        tenants=[],
        risk_label=offer.risk,
        permissions=list(offer.permissions),
        source=source,
    )
    same = known.version == offer.version

    def taken(word: bool | None, entry: bool) -> bool:
        # Where the source has no word, a person's holds for the version it was about.
        return word if word is not None else entry and same

    new_tenants = [tenant for tenant in choice.tenants if tenant not in known.tenants]
    return known.model_copy(
        update={
            "version": offer.version,
            "description": offer.description,
            "parameters": offer.parameters,
            "url": choice.url or known.url,
            "idempotent": taken(offer.idempotent, known.idempotent),
            "no_effect_on_error": taken(offer.no_effect_on_error, known.no_effect_on_error),
            "risk_label": offer.risk if choice.milder else gravest(known.risk_label, offer.risk),
            "risk_labelled_at": label.labelled_at,
            "sensitive_parameters": {**offer.sensitive_parameters, **known.sensitive_parameters},
            "contact": known.contact or offer.contact,
            "tenants": [*known.tenants, *new_tenants],
        }
    )


def _notes(settings: Snapshot, offer: Offer, entry: PluginSpec) -> Iterator[str]:
    more = sorted(set(offer.permissions) - set(entry.permissions))
    if more:
        yield f"{offer.tool}: the source also asks for {', '.join(more)}; the entry does not"
    if offer.risk.rank < entry.risk_label.rank:
        yield f"{offer.tool}: the source says {offer.risk}; the entry stays {entry.risk_label}"
    if settings.plugin(offer.tool) is None:
        served = settings.served_by(offer.tool)
        if served is not None:
            yield f"{offer.tool}: the action type {served.action_type} names it and would use it"


def _shown(change: Difference) -> Difference:
    if change.act is not Act.ADD or change.value is None:
        return change
    said = {name: value for name, value in change.value.items() if name in _SHOWN}
    if change.kind is SettingKind.LABEL:
        said = change.value
    return replace(change, fields=tuple(fields({}, said)))
