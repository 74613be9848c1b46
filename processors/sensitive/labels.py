"""The labels of an action that tell what its parameters hold."""

from processors.labels import PII, SECRET, TAG
from processors.sensitive.scan import found_labels
from schemas.continuation import continued
from schemas.events import Drafted, JsonObject
from schemas.settings import PluginSpec

_OURS = (PII, SECRET, TAG)


def sensitive_labels(params: JsonObject, plugin: PluginSpec | None) -> list[str]:
    """What the parameters hold, sorted: `pii:…`, `secret:…`, and `tag:…` of the catalog."""
    tags = {} if plugin is None else plugin.sensitive_parameters
    return sorted(found_labels(params, tags))


def with_sensitive_labels(action: Drafted, plugin: PluginSpec | None) -> Drafted:
    """The action with these labels made anew: whatever it came with, an edit may have changed its
    parameters, and a label says nothing that somebody else wrote."""
    others = [label for label in action.labels if not label.startswith(_OURS)]
    labels = [*others, *sensitive_labels(action.params, plugin)]
    if labels == action.labels:
        return action
    return continued(Drafted, action, action.sequence, labels=labels)
