"""The statements of the effects ledger: one for a batch, whatever its size."""

from sqlalchemy import text

from state.store import advancing

_THESE = """action_id = ANY (CAST(:actions AS uuid[]))
        AND action_id || '.' || revision = ANY (CAST(:keys AS text[]))"""
"""Rows by key, exactly, and by the primary key's index: joined with `unnest`, a fresh table
without statistics was scanned whole."""

ACCEPT = advancing(
    """
    INSERT INTO effects (action_id, revision, tenant_id, tool, state, action, not_before, queued_at)
    SELECT a, r, t, tool, 'queued', action, start, :now FROM unnest(
        CAST(:actions AS uuid[]), CAST(:revisions AS integer[]), CAST(:tenants AS text[]),
        CAST(:tools AS text[]), CAST(:events AS bytea[]), CAST(:starts AS timestamptz[]))
        AS new (a, r, t, tool, action, start)
    ON CONFLICT DO NOTHING
    """
)

QUEUED = text(
    """
    SELECT CAST(action_id AS text) AS action_id, revision, action, attempts, told, queued_at
    FROM effects
    WHERE state = 'queued' AND (not_before IS NULL OR not_before <= now())
      AND tool <> ALL (CAST(:full AS text[]))
    ORDER BY coalesce(not_before, queued_at) LIMIT :most FOR UPDATE SKIP LOCKED
    """
)

OTHERS = text(
    """
    SELECT CAST(action_id AS text) AS action_id, revision, state FROM effects
    WHERE action_id = ANY (CAST(:actions AS uuid[]))
      AND state IN ('intended', 'done', 'unknown', 'verified')
    """
)

ONE_THAT_RAN = "effects_one_that_ran"
"""The unique index: of an action's revisions at most one runs, ran, or may have."""

INTEND = text(
    f"""
    UPDATE effects SET state = 'intended', owner = :owner, attempts = attempts + 1,
        told = told + 1, intended_at = :now
    WHERE {_THESE}
    """
)

DEFER = text(f"UPDATE effects SET not_before = now() + interval '500 milliseconds' WHERE {_THESE}")

END = text(
    f"""
    UPDATE effects SET state = :state, owner = NULL, told = told + 1, ended_at = :now,
        failure_code = :failure
    WHERE {_THESE} AND state = :before AND owner IS NOT DISTINCT FROM CAST(:owner AS bigint)
    RETURNING CAST(action_id AS text) AS action_id, revision, told
    """
)

REQUEUE = text(
    f"""
    UPDATE effects SET state = 'queued', owner = NULL, attempts = attempts - 1
    WHERE {_THESE} AND state = 'intended' AND owner = :owner AND attempts = 1
    RETURNING CAST(action_id AS text) AS action_id, revision
    """
)

ADOPT = text(f"UPDATE effects SET owner = :owner, attempts = attempts + 1 WHERE {_THESE}")

UNTOLD = text(
    """
    SELECT id, CAST(action_id AS text) AS action_id, revision, step, tenant_id, report
    FROM effect_reports
    ORDER BY id LIMIT :most
    """
)

TOLD = text("DELETE FROM effect_reports WHERE id = ANY (:ids)")

OWNERS = text("SELECT DISTINCT owner FROM effects WHERE state = 'intended'")
OWNED = text(
    """
    SELECT CAST(action_id AS text) AS action_id, revision, action, attempts, told, queued_at,
        intended_at
    FROM effects
    WHERE state = 'intended' AND owner = :owner ORDER BY action_id, revision FOR UPDATE
    """
)
IS_DEAD = text("SELECT pg_try_advisory_xact_lock(:owner)")
ASK = text("SELECT 1")
