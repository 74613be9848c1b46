"""What was published leaves the outbox: marking it rewrote each row, and the table only grew."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("DELETE FROM effect_reports WHERE published_at IS NOT NULL")
    op.execute("DROP INDEX effect_reports_untold")
    op.execute("ALTER TABLE effect_reports DROP COLUMN published_at")


def downgrade() -> None:
    op.execute("ALTER TABLE effect_reports ADD COLUMN published_at timestamptz")
    op.execute(
        "CREATE INDEX effect_reports_untold ON effect_reports (id) WHERE published_at IS NULL"
    )
