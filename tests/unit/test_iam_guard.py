"""A service that is away is left alone, and found back by one question."""

from interlock.iam.guard import FAILURES, REST_S, Guard, Lets


def away(guard: Guard, now: float, times: int = FAILURES) -> None:
    for _ in range(times):
        guard.failed(now)


def test_single_failures_stop_nobody() -> None:
    guard = Guard()
    for _ in range(10):
        away(guard, 0.0, FAILURES - 1)
        assert guard.lets(0.0) is Lets.ALL
        guard.answered()


def test_failures_in_a_row_give_it_a_rest_and_then_one_question() -> None:
    guard = Guard()
    away(guard, 10.0)
    assert guard.lets(10.0) is Lets.NONE
    assert guard.lets(10.0 + REST_S - 0.001) is Lets.NONE
    assert guard.lets(10.0 + REST_S) is Lets.ONE


def test_a_probe_that_fails_is_another_rest_and_one_that_is_answered_ends_it() -> None:
    guard = Guard()
    away(guard, 10.0)
    guard.failed(11.0)
    assert guard.lets(11.5) is Lets.NONE
    assert guard.lets(12.0) is Lets.ONE
    guard.answered()
    assert guard.lets(12.0) is Lets.ALL
    away(guard, 12.0, FAILURES - 1)
    assert guard.lets(12.0) is Lets.ALL, "it counts from the start"
