"""The next event of an action, made of the last one.

Each stage's event is its input plus what the stage found out. What is carried was validated
when it was first made, and is taken over as it is: validating fifty fields at each hop would
cost as much as reading them.
"""

from typing import TypeVar

from schemas.events import ActionEvent
from schemas.unvalidated import made

E = TypeVar("E", bound=ActionEvent)


def continued(model: type[E], earlier: ActionEvent, sequence: int, **found: object) -> E:
    """An event of `model` with the fields of `earlier`, its own sequence, and what was found.

    `found` is not validated: its values are of the fields' own types.

    Raises:
        TypeError: `found` is not just what `model` has beyond `earlier`.
    """
    return made(model, {**vars(earlier), "sequence": sequence, **found})
