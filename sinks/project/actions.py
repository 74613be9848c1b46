"""Folds a batch of news into the rows of its actions, in one database transaction."""

from collections.abc import Sequence
from typing import TypeVar

from schemas.working import WorkingRows
from sinks.project.fold import fold_execution
from sinks.project.fold_approval import concerns_approval, fold_approval
from sinks.project.rows import (
    APPROVALS,
    EXECUTIONS,
    ApprovalKey,
    ApprovalRow,
    ExecutionKey,
    ExecutionRow,
)
from sinks.project.told import ActionNews, Told

K = TypeVar("K")
R = TypeVar("R")


def write_actions(tx: WorkingRows, batch: Sequence[Told]) -> dict[str, int]:
    """Lock the rows of the batch's actions in key order, fold, and save what changed.

    A row that nobody has written yet is locked too: another instance, with another topic of
    the same action, waits for it instead of overwriting it. Returns rows written, by table.
    """
    executions = tx.lock(EXECUTIONS, {_execution(told.news) for told in batch})
    about_approvals = [told.news for told in batch if concerns_approval(told.news)]
    approvals = tx.lock(APPROVALS, {_approval(news) for news in about_approvals})

    folded: dict[ExecutionKey, ExecutionRow] = dict(executions)
    for told in batch:
        key = _execution(told.news)
        folded[key] = fold_execution(folded[key], told.news, told.at)
    answered: dict[ApprovalKey, ApprovalRow] = dict(approvals)
    for news in about_approvals:
        answered[_approval(news)] = fold_approval(answered[_approval(news)], news)

    changed_executions = _changed(executions, folded)
    changed_approvals = _changed(approvals, answered)
    tx.save(EXECUTIONS, changed_executions)
    tx.save(APPROVALS, changed_approvals)
    return {
        EXECUTIONS.table: len(changed_executions),
        APPROVALS.table: len(changed_approvals),
    }


def _execution(news: ActionNews) -> ExecutionKey:
    return (news.action_id,)


def _approval(news: ActionNews) -> ApprovalKey:
    return (news.action_id, news.revision)


def _changed(before: dict[K, R], after: dict[K, R]) -> dict[K, R]:
    return {key: row for key, row in after.items() if row != before[key]}
