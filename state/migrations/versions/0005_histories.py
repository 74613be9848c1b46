"""How executions of each tenant's action types ended, for assess."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE histories (
            tenant_id text NOT NULL,
            action_type text NOT NULL,
            succeeded bigint NOT NULL,
            last_succeeded_at timestamptz,
            failed_at timestamptz[] NOT NULL,
            durations_ms bigint[] NOT NULL,
            PRIMARY KEY (tenant_id, action_type)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE histories")
