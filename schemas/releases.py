"""Whether what the models say may run: it must be generated, compatible and released.

A record stays readable only if the schema it was written with is kept, so a schema that is
not in the history must not write a record.
"""

from schemas.avro import pretty, without_docs
from schemas.compat import incompatibilities
from schemas.events import Event
from schemas.registry import committed, current, history

REMEDY = "interlock schemas generate --release"


def is_released(model: type[Event]) -> bool:
    """Whether the newest released version is what the model says, docs aside."""
    versions = history(model)
    return bool(versions) and without_docs(versions[max(versions)]) == without_docs(current(model))


def breaks(model: type[Event]) -> list[str]:
    """Why the model's schema and the released versions cannot read each other's records."""
    return incompatibilities(current(model), history(model))


def findings(model: type[Event]) -> list[str]:
    """What is wrong, a sentence each; empty: all is well."""
    found = breaks(model)
    if committed(model) != pretty(current(model)):
        found.append(f"the committed file is not what the model says: {REMEDY}")
    if not history(model):
        found.append(f"no version was ever released: {REMEDY}")
    elif not is_released(model):
        found.append(f"the model changed since its last release: {REMEDY}")
    return found
