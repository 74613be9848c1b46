"""The statements of the effects ledger: one for a batch, whatever its size."""

from sqlalchemy import text

ACCEPT = text(
    """
    INSERT INTO effects (action_id, revision, tenant_id, tool, state, action, queued_at)
    SELECT a, r, t, tool, 'queued', action, :now FROM unnest(
        CAST(:actions AS uuid[]), CAST(:revisions AS integer[]), CAST(:tenants AS text[]),
        CAST(:tools AS text[]), CAST(:events AS bytea[])) AS new (a, r, t, tool, action)
    ON CONFLICT DO NOTHING
    """
)

QUEUED = text(
    """
    SELECT CAST(action_id AS text) AS action_id, revision, action, attempts, told, queued_at FROM effects
    WHERE state = 'queued' AND (not_before IS NULL OR not_before <= now())
      AND tool <> ALL (CAST(:full AS text[]))
    ORDER BY queued_at LIMIT :most FOR UPDATE SKIP LOCKED
    """
)

OTHERS = text(
    """
    SELECT CAST(action_id AS text) AS action_id, revision, state FROM effects
    WHERE action_id = ANY (CAST(:actions AS uuid[]))
      AND state IN ('intended', 'done', 'unknown', 'verified')
    """
)

INTEND = text(
    """
    UPDATE effects AS e SET state = 'intended', owner = :owner, attempts = e.attempts + 1,
        told = e.told + 1, intended_at = :now
    FROM unnest(CAST(:actions AS uuid[]), CAST(:revisions AS integer[])) AS k (a, r)
    WHERE e.action_id = k.a AND e.revision = k.r
    """
)

DEFER = text(
    """
    UPDATE effects AS e SET not_before = now() + interval '500 milliseconds'
    FROM unnest(CAST(:actions AS uuid[]), CAST(:revisions AS integer[])) AS k (a, r)
    WHERE e.action_id = k.a AND e.revision = k.r
    """
)

END = text(
    """
    UPDATE effects AS e SET state = k.state, owner = NULL, told = e.told + 1, ended_at = :now,
        failure_code = k.failure
    FROM unnest(CAST(:actions AS uuid[]), CAST(:revisions AS integer[]),
                CAST(:states AS text[]), CAST(:failures AS text[])) AS k (a, r, state, failure)
    WHERE e.action_id = k.a AND e.revision = k.r
      AND e.state = :before AND e.owner IS NOT DISTINCT FROM CAST(:owner AS bigint)
    RETURNING CAST(e.action_id AS text) AS action_id, e.revision, e.told
    """
)

REQUEUE = text(
    """
    UPDATE effects AS e SET state = 'queued', owner = NULL, attempts = e.attempts - 1
    FROM unnest(CAST(:actions AS uuid[]), CAST(:revisions AS integer[])) AS k (a, r)
    WHERE e.action_id = k.a AND e.revision = k.r AND e.state = 'intended' AND e.owner = :owner
    RETURNING CAST(e.action_id AS text) AS action_id, e.revision
    """
)

ADOPT = text(
    """
    UPDATE effects AS e SET owner = :owner, attempts = e.attempts + 1
    FROM unnest(CAST(:actions AS uuid[]), CAST(:revisions AS integer[])) AS k (a, r)
    WHERE e.action_id = k.a AND e.revision = k.r
    """
)

TELL = text(
    """
    INSERT INTO effect_reports (action_id, revision, step, tenant_id, report)
    SELECT * FROM unnest(
        CAST(:actions AS uuid[]), CAST(:revisions AS integer[]), CAST(:steps AS integer[]),
        CAST(:tenants AS text[]), CAST(:reports AS bytea[]))
    """
)

UNTOLD = text(
    """
    SELECT id, CAST(action_id AS text) AS action_id, revision, step, tenant_id, report FROM effect_reports
    WHERE published_at IS NULL ORDER BY id LIMIT :most
    """
)

TOLD = text("UPDATE effect_reports SET published_at = :now WHERE id = ANY (:ids)")

OWNERS = text("SELECT DISTINCT owner FROM effects WHERE state = 'intended'")
OWNED = text(
    """
    SELECT CAST(action_id AS text) AS action_id, revision, action, attempts, told, queued_at, intended_at FROM effects
    WHERE state = 'intended' AND owner = :owner ORDER BY action_id, revision FOR UPDATE
    """
)
IS_DEAD = text("SELECT pg_try_advisory_xact_lock(:owner)")
