"""What the cache of the IAM's answers holds, and for how long."""

import sys
import tracemalloc

from interlock.iam.cache import AnswerCache
from processors.permission import Permission, PermissionState, Question, User
from schemas.names import TenantId

ASKED = Question(TenantId("acme"), User("ana", ("clerk",)), "pay", "pay", "1.0.0", ("pay:one",))
YES = Permission(PermissionState.ALLOWED, "fine", asked=("pay:one",))


def test_questions_that_differ_in_anything_are_others() -> None:
    cache = AnswerCache(5.0)
    cache.put(ASKED, YES, 0.0)
    others = [
        ASKED._replace(tenant_id=TenantId("other")),
        ASKED._replace(user=None),
        ASKED._replace(user=User("eva", ("clerk",))),
        ASKED._replace(user=User("ana", ("clerk', 'boss",))),
        ASKED._replace(user=User("ana", ("clerk", "boss"))),
        ASKED._replace(user=User("\ud800", ())),
        ASKED._replace(tool="other"),
        ASKED._replace(version="2.0.0"),
        ASKED._replace(permissions=()),
    ]
    assert [cache.get(other, 1.0) for other in others] == [None] * len(others)
    same = ASKED._replace(user=User("ana", ("clerk",)))
    assert cache.get(same, 4.9) is YES
    assert cache.get(same, 5.0) is None


def test_roles_of_many_kilobytes_are_not_kept() -> None:
    cache = AnswerCache(5.0)
    tracemalloc.start()
    for number in range(400):
        roles = tuple(f"{role}-{number}-" + "\U0001f600" * 240 for role in range(64))
        cache.put(ASKED._replace(user=User("ana", roles)), YES, 0.0)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(cache) == 400
    assert held < 1_000_000, f"{held} bytes; they were 24 million"


def test_long_answers_make_room_for_newer_ones() -> None:
    cache = AnswerCache(5.0, most_bytes=100_000)
    long = Permission(PermissionState.DENIED, "\U0001f600" * 4_000)
    assert sys.getsizeof(long.reason) < 20_000
    for number in range(50):
        cache.put(ASKED._replace(tool=str(number)), long, 0.0)
    assert len(cache) == 6
    assert cache.get(ASKED._replace(tool="49"), 1.0) is long
    assert cache.get(ASKED._replace(tool="0"), 1.0) is None


def test_what_is_over_is_dropped_when_something_comes() -> None:
    cache = AnswerCache(5.0)
    for number in range(100):
        cache.put(ASKED._replace(tool=str(number)), YES, 0.0)
    cache.put(ASKED, YES, 4.0)
    assert len(cache) == 101
    cache.put(ASKED, YES, 6.0)
    assert len(cache) == 1
