"""The next event of an action, made of the last one.

Each stage's event is its input plus what the stage found out. What is carried was validated
when it was first made, and is taken over as it is: validating fifty fields at each hop would
cost as much as reading them.
"""

from typing import TypeVar

from schemas.events import ActionEvent
from schemas.unvalidated import set_extra, set_names, set_private, set_values

E = TypeVar("E", bound=ActionEvent)


def continued(model: type[E], earlier: ActionEvent, sequence: int, **found: object) -> E:
    """An event of `model` with the fields of `earlier`, its own sequence, and what was found.

    `found` is not validated: its values are of the fields' own types.

    Raises:
        TypeError: `found` is not just what `model` has beyond `earlier`.
    """
    values = {**vars(earlier), "sequence": sequence, **found}
    if values.keys() != model.model_fields.keys():
        odd = sorted(values.keys() ^ model.model_fields.keys())
        raise TypeError(f"{model.__name__} from {type(earlier).__name__}: {', '.join(odd)}")
    event = model.__new__(model)
    set_values(event, values)
    set_names(event, set(values))
    set_extra(event, None)
    set_private(event, None)
    return event
