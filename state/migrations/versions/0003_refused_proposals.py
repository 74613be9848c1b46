"""Invalid proposals by their content, so that the same one again is told as repeated."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE refused_proposals (
            tenant_id text NOT NULL,
            proposal_hash text NOT NULL,
            seen_at timestamptz,
            repeats integer NOT NULL,
            PRIMARY KEY (tenant_id, proposal_hash)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE refused_proposals")
