"""Outputs of an outcome as one stored value."""

from io import BytesIO

import fastavro
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Outgoing
from state import stored_outputs
from state.stored_outputs import dump_outputs, load_outputs

maybe_bytes = st.none() | st.binary(max_size=200)
outgoing = st.builds(
    Outgoing,
    st.text(max_size=20),
    maybe_bytes,
    maybe_bytes,
    st.lists(st.tuples(st.text(max_size=9), st.binary(max_size=99)), max_size=4).map(tuple),
)


@given(st.lists(outgoing, max_size=4).map(tuple))
def test_what_was_stored_comes_back(outputs: tuple[Outgoing, ...]) -> None:
    assert load_outputs(dump_outputs(outputs)) == outputs


@given(st.lists(outgoing, max_size=4))
def test_it_is_the_avro_a_library_writes(outputs: list[Outgoing]) -> None:
    buffer = BytesIO()
    fastavro.schemaless_writer(
        buffer,
        stored_outputs._OUTPUTS,
        [
            {
                "topic": output.topic,
                "key": output.key,
                "value": output.value,
                "headers": [{"name": name, "value": value} for name, value in output.headers],
            }
            for output in outputs
        ],
    )
    assert dump_outputs(outputs) == buffer.getvalue()
