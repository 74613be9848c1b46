"""Parameters that come from texts nobody vouches for: found, labelled.

An e-mail, a web page or a review that a model has read can hold orders. Whoever asks the model says
which parts of its context are such texts (`marks`); a parameter whose value, or a good part of it,
stands in one of them (`occurrence`) is labelled (`labels`). Only upstream's marks and the texts
themselves count: nothing that the model says takes a label away. See docs/guides/untrusted.md.
"""

from processors.untrusted.labels import (
    all_with_untrusted_labels,
    untrusted_labels,
    with_untrusted_labels,
)
from processors.untrusted.marks import Marks, read_marks
from processors.untrusted.occurrence import Texts, texts_of

__all__ = [
    "Marks",
    "Texts",
    "all_with_untrusted_labels",
    "read_marks",
    "texts_of",
    "untrusted_labels",
    "with_untrusted_labels",
]
