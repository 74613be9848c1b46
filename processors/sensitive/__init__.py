"""Personal data and secrets in parameters: found, labelled, masked.

Parameters come from a model and may hold what its context held. What was found is told by labels
(`sensitive_labels`), so that policies and people decide knowing it, and `masked` is what may be
shown. **Whoever writes parameters to a log, a metric's label, a notification or the audit trail
writes `masked(params, find(params, tags))`**, and `unquoted` texts that may quote them. The topics
and the approver's own view hold parameters as they are.

Time is linear in the parameters' size, for any text: no pattern looks back over what it has read.

Why this is own code. Measured on an action of five short parameters (Python 3.11, one core of a
small virtual machine): phonenumbers 9.0 (Apache-2.0) takes 190 µs in `PhoneNumberMatcher`, three
times what this and the risk score may take together, and finds a telephone in `pedido 612345678`
and in `id 600123456`, since it asks what a number could be and not what the text says it is.
python-stdnum 2.2 is LGPL, and takes 59 µs to check one IBAN: its checksums are ten
lines (`checksums`). presidio brings spaCy and a language model of hundreds of megabytes. The
formats are public standards, named where they are checked. Chosen against: names of people,
postal addresses, ids of other countries: telling those from business text takes a model.
"""

from processors.sensitive.clearance import for_a_person, uncleared
from processors.sensitive.detectors import DETECTORS, NOTHING
from processors.sensitive.labels import sensitive_labels, with_sensitive_labels
from processors.sensitive.masking import masked
from processors.sensitive.quoting import (
    Hidden,
    is_sensitive,
    is_short,
    sensitive_texts,
    unquoted,
    unquoted_errors,
    unquoted_value,
)
from processors.sensitive.scan import MOST, Finding, Findings, find

__all__ = [
    "DETECTORS",
    "MOST",
    "NOTHING",
    "Finding",
    "Findings",
    "Hidden",
    "find",
    "for_a_person",
    "is_sensitive",
    "is_short",
    "masked",
    "sensitive_labels",
    "sensitive_texts",
    "uncleared",
    "unquoted",
    "unquoted_errors",
    "unquoted_value",
    "with_sensitive_labels",
]
