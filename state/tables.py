"""The tables, as the statements see them. What creates them is `state/migrations`.

Working tables belong to the stages; read models (`action_*`, `tenant_action_settings`)
belong to the sink `project`, and nobody decides on them.
"""

from datetime import datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

_JSON = JSONB(none_as_null=True)
"""Absent is NULL, never the JSON text `null`."""


def _at(name: str, *, primary_key: bool = False, nullable: bool = True) -> "Column[datetime]":
    return Column(
        name,
        DateTime(timezone=True),
        primary_key=primary_key,
        nullable=nullable and not primary_key,
    )


outcomes = Table(
    "outcomes",
    metadata,
    Column("stage", Text, primary_key=True),
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("outputs", LargeBinary, nullable=False),
)

positions = Table(
    "positions",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next_offset", BigInteger, nullable=False),
)

responses = Table(
    "responses",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("response_id", Text, primary_key=True),
    Column("content_hash", Text),
)

refused_proposals = Table(
    "refused_proposals",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("proposal_hash", Text, primary_key=True),
    _at("seen_at"),
    Column("repeats", Integer, nullable=False),
)

limits = Table(
    "limits",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    _at("window_start", primary_key=True),
    Column("used", BigInteger, nullable=False),
)

reservations = Table(
    "reservations",
    metadata,
    Column("action_id", Uuid(as_uuid=False), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("tenant_id", Text),
    Column("state", Text, nullable=False),
    Column("windows", _JSON, nullable=False),
)

histories = Table(
    "histories",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("action_type", Text, primary_key=True),
    Column("succeeded", BigInteger, nullable=False),
    _at("last_succeeded_at"),
    Column("failed_at", ARRAY(DateTime(timezone=True)), nullable=False),
    Column("durations_ms", ARRAY(BigInteger), nullable=False),
)

approvals = Table(
    "approvals",
    metadata,
    Column("action_id", Uuid(as_uuid=False), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("tenant_id", Text),
    Column("gate", Text, nullable=False),
    Column("step", Integer, nullable=False),
    Column("params_hash", Text),
    Column("assessed", LargeBinary),
    Column("inbox", ARRAY(LargeBinary), nullable=False),
    _at("valid_until"),
    _at("consumed_at"),
    Column("ended", Text),
)

effects = Table(
    "effects",
    metadata,
    Column("action_id", Uuid(as_uuid=False), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("tool", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("action", LargeBinary, nullable=False),
    Column("owner", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("told", Integer, nullable=False),
    _at("queued_at", nullable=False),
    _at("intended_at"),
    _at("ended_at"),
    _at("not_before"),
    Column("failure_code", Text),
)

effect_reports = Table(
    "effect_reports",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("action_id", Uuid(as_uuid=False), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("tenant_id", Text, nullable=False),
    Column("report", LargeBinary, nullable=False),
)

action_definitions = Table(
    "action_definitions",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("action_type", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("requires_approval", Boolean, nullable=False),
    Column("impact_level", Text, nullable=False),
    Column("rollback_supported", Boolean, nullable=False),
    Column("config_schema", _JSON, nullable=False),
    Column("ui_component", Text),
    Column("is_active", Boolean, nullable=False),
    Column("settings_version", BigInteger, nullable=False),
    _at("created_at", nullable=False),
    _at("updated_at", nullable=False),
)

tenant_action_settings = Table(
    "tenant_action_settings",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("automation_enabled", Boolean, nullable=False),
    Column("approval_required", Boolean, nullable=False),
    Column("auto_approval_threshold", Float, nullable=False),
    Column("max_actions_per_hour", Integer, nullable=False),
    Column("max_actions_per_day", Integer, nullable=False),
    Column("allowed_action_types", _JSON),
    Column("preapproved_action_types", _JSON, nullable=False),
    Column("canary_percentage", Float, nullable=False),
    Column("safety_mode", Text, nullable=False),
    Column("notification_on_auto_action", Boolean, nullable=False),
    Column("settings_version", BigInteger, nullable=False),
    _at("updated_at", nullable=False),
)

action_executions = Table(
    "action_executions",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("response_id", Text),
    Column("trace_id", Text),
    Column("prediction_id", Text),
    Column("llm_response_id", Text),
    Column("action_definition_id", Uuid(as_uuid=False)),
    Column("action_type", Text),
    Column("tool", Text),
    Column("tool_version", Text),
    Column("action_params", _JSON),
    Column("params_hash", Text),
    Column("risk_level", Text),
    Column("execution_status", Text, nullable=False),
    Column("approval_status", Text, nullable=False),
    Column("confidence_score", Float),
    Column("retries", Integer),
    _at("executed_at"),
    Column("execution_result", _JSON),
    Column("error_message", Text),
    Column("reason_code", Text),
    Column("reason_text", Text),
    Column("described_sequence", BigInteger, nullable=False),
    Column("approval_sequence", BigInteger, nullable=False),
    _at("created_at", nullable=False),
    _at("updated_at", nullable=False),
)

action_approvals = Table(
    "action_approvals",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("execution_id", Uuid(as_uuid=False), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("described_sequence", BigInteger, nullable=False),
    Column("requested", Boolean, nullable=False),
    Column("action_type", Text),
    Column("action_description", Text),
    Column("confidence_score", Float),
    Column("risk_level", Text),
    Column("params_hash", Text),
    Column("status", Text, nullable=False),
    Column("decided_by", _JSON, nullable=False),
    _at("decided_at"),
    _at("expires_at"),
    _at("created_at", nullable=False),
    _at("updated_at", nullable=False),
)
