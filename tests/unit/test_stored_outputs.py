"""Outputs of an outcome as one stored value."""

from datetime import UTC, datetime
from io import BytesIO

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.faults import PassingFault
from schemas.records import Encoded
from state import stored_outputs
from state.stored_outputs import dump_outputs, load_outputs

instants = st.datetimes(min_value=datetime(1980, 1, 1), timezones=st.just(UTC))
encoded = st.builds(Encoded, st.text(max_size=20), st.binary(max_size=99), st.binary(max_size=9999))
decided = st.lists(encoded, max_size=4).map(tuple)


@given(instants, decided)
def test_what_was_stored_comes_back(at: datetime, outputs: tuple[Encoded, ...]) -> None:
    assert load_outputs(dump_outputs(at, outputs)) == (at, outputs)


@given(instants, decided)
def test_it_is_the_avro_a_library_writes(at: datetime, outputs: tuple[Encoded, ...]) -> None:
    buffer = BytesIO()
    value = {"at": at, "outputs": [output._asdict() for output in outputs]}
    fastavro.schemaless_writer(buffer, stored_outputs._SCHEMA, value)
    assert dump_outputs(at, outputs) == stored_outputs._FORM + buffer.getvalue()


def test_a_form_that_is_not_known_is_waited_for_and_never_guessed() -> None:
    with pytest.raises(PassingFault, match="row_of_other_version"):
        load_outputs(b"\x02\x1eactions.drafted")
