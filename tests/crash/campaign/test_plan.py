"""One seed, one campaign."""

from collections import Counter
from itertools import islice

from tests.crash.campaign.load import traffic
from tests.crash.campaign.plan import CALM_S, SHAPES, faults, plan
from tests.crash.campaign.tenants import tenants


def test_the_same_seed_gives_the_same_faults() -> None:
    assert plan(7, 300) == plan(7, 300)
    assert plan(7, 300) != plan(8, 300)


def test_a_longer_campaign_begins_as_the_shorter_one() -> None:
    short = plan(7, 60)
    assert plan(7, 300)[: len(short)] == short


def test_every_kind_of_fault_comes() -> None:
    assert {fault.kind for fault in islice(faults(7), 500)} == set(SHAPES)


def test_no_two_faults_overlap_on_one_target() -> None:
    free: dict[str, float] = {}
    for fault in islice(faults(7), 500):
        assert fault.at >= free.get(fault.target, 0.0) - 0.02
        free[fault.target] = fault.at + fault.lasts + CALM_S


def test_the_same_seed_gives_the_same_responses() -> None:
    assert list(islice(traffic(7), 500)) == list(islice(traffic(7), 500))
    assert list(islice(traffic(7), 50)) != list(islice(traffic(8), 50))
    assert tenants(7) == tenants(7)


def test_the_load_holds_every_kind_of_record() -> None:
    kinds = Counter((item.kind, item.expects) for item in islice(traffic(7), 2_000))
    assert set(kinds) == {
        ("good", "actions"),
        ("duplicate", "nothing"),
        ("reused", "invalid"),
        ("poison", "dead_letter"),
        ("poison", "invalid"),
    }
    assert kinds["good", "actions"] > 1_600


def test_what_is_sent_again_was_sent_before() -> None:
    seen = set()
    for item in islice(traffic(7), 2_000):
        if item.kind == "good":
            seen.add((item.tenant, item.response_id))
        elif item.kind in ("duplicate", "reused"):
            assert (item.tenant, item.response_id) in seen
