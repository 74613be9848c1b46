"""A checker of the whole system's promises that shares no code with it.

It reads what anyone can read (the topics as a read-committed consumer, the tables, the counts
of the plugin hosts, what a campaign wrote down) and compares these sources with each other.
Nothing of the product is imported: a fault of the product's own codec, fold or state machine
must not be able to hide here. `test_imports.py` holds it to that.
"""

from tests.crash.independent.checking import check
from tests.crash.independent.finding import Finding, Violation
from tests.crash.independent.report import Report

__all__ = ["Finding", "Report", "Violation", "check"]
