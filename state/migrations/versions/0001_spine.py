"""The spine: outcomes, working rows, the effects ledger and the first read models."""

from alembic import op

revision = "0001"
down_revision = None

_WORKING = """
CREATE TABLE outcomes (
    stage text NOT NULL,
    id uuid NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    outputs bytea NOT NULL,
    PRIMARY KEY (stage, id)
);
CREATE TABLE positions (
    consumer text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (consumer, topic, partition)
);
CREATE TABLE responses (
    tenant_id text NOT NULL,
    response_id text NOT NULL,
    content_hash text,
    PRIMARY KEY (tenant_id, response_id)
);
CREATE TABLE limits (
    tenant_id text NOT NULL,
    scope text NOT NULL,
    window_start timestamptz NOT NULL,
    used integer NOT NULL DEFAULT 0 CHECK (used >= 0),
    PRIMARY KEY (tenant_id, scope, window_start)
);
CREATE TABLE reservations (
    action_id uuid NOT NULL,
    revision integer NOT NULL,
    tenant_id text,
    state text NOT NULL DEFAULT 'none',
    hour_start timestamptz,
    day_start timestamptz,
    PRIMARY KEY (action_id, revision)
);
CREATE TABLE approvals (
    action_id uuid NOT NULL,
    revision integer NOT NULL,
    tenant_id text,
    gate text NOT NULL DEFAULT 'unseen',
    step integer NOT NULL DEFAULT 0,
    params_hash text,
    assessed bytea,
    inbox bytea[] NOT NULL DEFAULT '{}',
    valid_until timestamptz,
    consumed_at timestamptz,
    ended text,
    PRIMARY KEY (action_id, revision)
);
"""

# A second revision never runs beside, or after, one that did or may have run.
_LEDGER = """
CREATE TABLE effects (
    action_id uuid NOT NULL,
    revision integer NOT NULL,
    tenant_id text NOT NULL,
    tool text NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'intended', 'done', 'failed', 'skipped',
                                         'unknown', 'verified', 'compensated')),
    action bytea NOT NULL,
    owner bigint,
    attempts integer NOT NULL DEFAULT 0,
    told integer NOT NULL DEFAULT 0,
    queued_at timestamptz NOT NULL,
    intended_at timestamptz,
    ended_at timestamptz,
    not_before timestamptz,
    failure_code text,
    PRIMARY KEY (action_id, revision),
    CHECK ((state = 'intended') = (owner IS NOT NULL))
);
CREATE UNIQUE INDEX effects_one_that_ran ON effects (action_id)
    WHERE state IN ('intended', 'done', 'unknown', 'verified');
CREATE INDEX effects_queue ON effects (coalesce(not_before, queued_at))
    WHERE state = 'queued';
CREATE INDEX effects_owned ON effects (owner) WHERE state = 'intended';
CREATE TABLE effect_reports (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action_id uuid NOT NULL,
    revision integer NOT NULL,
    step integer NOT NULL,
    tenant_id text NOT NULL,
    report bytea NOT NULL,
    published_at timestamptz,
    UNIQUE (action_id, revision, step)
);
CREATE INDEX effect_reports_untold ON effect_reports (id) WHERE published_at IS NULL;
"""

_READ_MODELS = """
CREATE TABLE action_definitions (
    id uuid PRIMARY KEY,
    action_type text NOT NULL UNIQUE,
    name text NOT NULL,
    description text NOT NULL,
    category text NOT NULL,
    requires_approval boolean NOT NULL,
    impact_level text NOT NULL,
    rollback_supported boolean NOT NULL,
    config_schema jsonb NOT NULL,
    ui_component text,
    is_active boolean NOT NULL,
    settings_version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE TABLE tenant_action_settings (
    tenant_id text PRIMARY KEY,
    automation_enabled boolean NOT NULL,
    approval_required boolean NOT NULL,
    auto_approval_threshold double precision NOT NULL,
    max_actions_per_hour integer NOT NULL,
    max_actions_per_day integer NOT NULL,
    allowed_action_types jsonb,
    preapproved_action_types jsonb NOT NULL,
    canary_percentage double precision NOT NULL,
    safety_mode text NOT NULL,
    notification_on_auto_action boolean NOT NULL,
    settings_version bigint NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE TABLE action_executions (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL,
    revision integer NOT NULL,
    sequence bigint NOT NULL,
    state text NOT NULL,
    response_id text,
    trace_id text,
    prediction_id text,
    llm_response_id text,
    action_definition_id uuid,
    action_type text,
    tool text,
    tool_version text,
    action_params jsonb,
    params_hash text,
    risk_level text,
    execution_status text NOT NULL,
    approval_status text NOT NULL,
    confidence_score double precision,
    retries integer,
    executed_at timestamptz,
    execution_result jsonb,
    error_message text,
    reason_code text,
    reason_text text,
    described_sequence bigint NOT NULL,
    approval_sequence bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX action_executions_recent ON action_executions (tenant_id, created_at DESC, id);
CREATE INDEX action_executions_status
    ON action_executions (tenant_id, execution_status, created_at DESC);
CREATE TABLE action_approvals (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL,
    execution_id uuid NOT NULL,
    revision integer NOT NULL,
    sequence bigint NOT NULL,
    described_sequence bigint NOT NULL,
    requested boolean NOT NULL,
    action_type text,
    action_description text,
    confidence_score double precision,
    risk_level text,
    params_hash text,
    status text NOT NULL,
    decided_by jsonb NOT NULL,
    decided_at timestamptz,
    expires_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (execution_id, revision)
);
CREATE INDEX action_approvals_pending
    ON action_approvals (tenant_id, created_at) WHERE status = 'pending';
"""


def upgrade() -> None:
    for statements in (_WORKING, _LEDGER, _READ_MODELS):
        op.execute(statements)


def downgrade() -> None:
    raise NotImplementedError("the first migration has nothing below it; drop the database")
