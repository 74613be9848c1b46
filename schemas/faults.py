"""Everything that can go wrong in the shell, by whose fault it is.

A stage does one of three things with an exception, and the class says which:

- `RecordFault`: this record can never be taken; it goes to the dead-letter topic.
- `PassingFault`: the same attempt may succeed later; the stage waits and says so.
- `ProcessFault`: this process cannot go on; it exits non-zero and is started afresh.

Cores do not raise: they return reason codes (`schemas.events.Reason`).
"""


class Fault(Exception):
    """Base of the three; never raised itself.

    `code` is stable and machine-readable (it becomes a header or a metric label);
    the text is one sentence for people.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


class RecordFault(Fault):
    """The record's own fault: sent to `<topic>.dlq`, never tried again as it is."""


class PassingFault(Fault):
    """A fault of the surroundings that passes: wait, then do the same again."""


class ProcessFault(Fault):
    """The process lost what it stands on (fenced, closed, misconfigured): exit non-zero."""
