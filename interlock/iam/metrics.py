"""What asking the IAM tells Prometheus, in base units."""

from contextlib import AbstractContextManager

from prometheus_client import Counter, Histogram

_QUESTIONS = Counter(
    "interlock_iam_questions_total",
    "Questions that needed the IAM, by what came of them",
    ["answer"],
)
_ACTIONS = Counter(
    "interlock_iam_actions_total",
    "Actions a permission was wanted for, by where the answer came from",
    ["source"],
)
_SECONDS = Histogram(
    "interlock_iam_question_seconds",
    "From sending a question to having its answer, or giving up",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0),
)


def asking() -> AbstractContextManager[object]:
    return _SECONDS.time()


def questioned(answer: str) -> None:
    """`allow`, `deny`, or the code of why there is none."""
    _QUESTIONS.labels(answer).inc()


def wanted(cached: int, asked: int) -> None:
    _ACTIONS.labels("cache").inc(cached)
    _ACTIONS.labels("iam").inc(asked)
