"""What is told of an output can be written wherever the output could not."""

import pytest

from processors.formats import Unreadable, read_output


@pytest.mark.parametrize(
    "text",
    [
        "Action: a\udced\nAction: b\nAction Input: {}",
        "Action: " + "a" * 250_000 + "\nAction: b\nAction Input: {}",
    ],
)
def test_a_name_is_told_shortened_and_as_unicode(text: str) -> None:
    told = next(item for item in read_output(text) if isinstance(item, Unreadable))
    assert told.code == "action_input_missing"
    assert len(told.text.encode()) < 1_000
