"""A tenant with many known parties: no dearer for each action, and bounded."""

import time

import pytest
from pydantic import ValidationError

from processors.impact.parties import any_outside, any_unknown, is_below
from schemas.settings import MOST_PARTIES, TenantSettings

MANY = TenantSettings(
    domains=[f"own{n}.example" for n in range(MOST_PARTIES)],
    known_parties=[f"customer{n}@elsewhere{n}.example" for n in range(MOST_PARTIES)],
)


def test_all_of_a_long_list_count() -> None:
    assert not any_outside(["Ana@sub.OWN19999.example", "customer7@elsewhere7.example"], MANY)
    assert any_outside(["ana@notown1.example"], MANY)
    assert not any_unknown(["customer19999@elsewhere19999.example"], MANY)
    assert any_unknown(["customer7@elsewhere8.example"], MANY)


def test_settings_that_change_count_at_once() -> None:
    fewer = MANY.model_copy(update={"known_parties": ["eva@else.example"], "domains": [""]})
    assert any_unknown(["customer7@elsewhere7.example"], fewer)
    assert not any_unknown(["eva@else.example"], fewer)
    assert any_outside(["ana@own1.example"], fewer)
    assert not any_outside(["ana@own1.example"], MANY)


@pytest.mark.parametrize("host", ["a." * 60_000 + "own1.example", "own1.example.", "", "."])
def test_what_is_no_name_of_a_host_is_outside(host: str) -> None:
    assert not is_below(host, frozenset({"own1.example"}))


@pytest.mark.timing
def test_a_long_list_is_read_once() -> None:
    any_outside(["a@b.example"], MANY)
    begun = time.process_time()
    for _ in range(1_000):
        any_outside(["a@b.example"], MANY)
        any_unknown(["a@b.example"], MANY)
    assert time.process_time() - begun < 0.5, "each of them took 20 ms and more"


@pytest.mark.parametrize("field", ["domains", "known_parties"])
def test_a_list_is_bounded(field: str) -> None:
    with pytest.raises(ValidationError):
        TenantSettings(**{field: ["x"] * (MOST_PARTIES + 1)})
    with pytest.raises(ValidationError):
        TenantSettings(**{field: ["x" * 321]})
