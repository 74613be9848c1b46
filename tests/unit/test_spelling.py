"""Which spellings are one party's, and which are somebody else's."""

import pytest

from processors.impact.parties import any_outside, any_unknown
from processors.spelling import one_spelling, one_thing
from schemas.settings import TenantSettings

TENANT = TenantSettings(
    domains=["own-house.example", "ack.example"],
    known_parties=[
        "info@best-events.example",
        "Kim@Post.Example",
        "GB29 NWBK 6016 1331 9268 19",
        "US12 2000 0012 1212",
        "me",
        "José",
    ],
)


@pytest.mark.parametrize(
    "party",
    [
        "info@best-events.example", " INFO@Best-Events.example ", "kim@post.example",
        "GB29NWBK60161331926819", "gb29-nwbk-6016-1331-9268-19", "US1220000012-1212", "ME", "José",
    ],
)  # fmt: skip
def test_another_spelling_of_one_that_is_known(party: str) -> None:
    assert not any_unknown([party], TENANT)
    assert not any_outside([party], TENANT)


@pytest.mark.parametrize(
    "party",
    [
        "info@bestevents.example", "info@best-event-s.example", "in-fo@best-events.example",
        "info @best-events.example", "info@best-events.example.evil.com",
        "\u212aim@post.example", "kim@po\u017ft.example", "\u043aim@post.example",
        "ana@ownhouse.example", "ana@own-house.example\u200b", "ana@ac\u212a.example",
        "GB30NWBK60161331926819", "GB29NWBK6016133192681", "\uff27B29NWBK60161331926819",
    ],
)  # fmt: skip
def test_somebody_else(party: str) -> None:
    assert any_unknown([party], TENANT)
    assert any_outside([party], TENANT)


@pytest.mark.parametrize("party", ["m-e", "m e", "JOSÉ", "Jose"])
def test_a_name_is_not_freed_of_separators(party: str) -> None:
    assert any_unknown([party], TENANT)


def test_only_what_cannot_be_mistaken_is_joined() -> None:
    assert one_spelling("customer 17-001") == "customer 17-001"
    assert one_spelling("C-1234 5678") == "c12345678"


@pytest.mark.parametrize(
    "spelling",
    [
        "account:gb29nwbk60161331926819", "account:GB29 NWBK 6016 1331 9268 19",
        "Account: GB29-NWBK-6016-1331-9268-19", "account:G B29NWBK60161331926819",
        "account:GB29.NWBK.60161331926819", "account:\uff27\uff2229NWBK60161331926819",
        "account:GB29\u200bNWBK60161331926819",
    ],
)  # fmt: skip
def test_an_account_is_one_resource_in_any_spelling(spelling: str) -> None:
    assert one_thing(spelling) == one_thing("account:GB29NWBK60161331926819")


def test_things_of_other_names_are_other_things() -> None:
    names = ["task:a b", "task:ab", "task:a-b", "mail:a@b-c.example", "mail:a@bc.example", "x", ""]
    assert len(set(map(one_thing, names))) == len(names)
