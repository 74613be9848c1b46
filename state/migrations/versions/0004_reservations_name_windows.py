"""A reservation names what it takes of which windows; windows count larger things than actions."""

from alembic import op

revision = "0004"
down_revision = "0003"

_TIME = '\'YYYY-MM-DD"T"HH24:MI:SS"+00:00"\''


def upgrade() -> None:
    op.execute("ALTER TABLE limits ALTER COLUMN used TYPE bigint")
    # For `state.limits.prune` alone, and so over an expression: with the plain column the planner
    # took this index to look windows up by key while the table had no statistics, and read every
    # window of the hour for each.
    op.execute("CREATE INDEX limits_by_start ON limits ((window_start AT TIME ZONE 'UTC'))")
    op.execute("ALTER TABLE reservations ADD COLUMN windows jsonb NOT NULL DEFAULT '[]'")
    op.execute(
        f"""
        UPDATE reservations SET windows = jsonb_build_array(
            jsonb_build_array(
                'tenant:hour', to_char(hour_start AT TIME ZONE 'UTC', {_TIME}), 1),
            jsonb_build_array(
                'tenant:day', to_char(day_start AT TIME ZONE 'UTC', {_TIME}), 1))
        WHERE hour_start IS NOT NULL AND day_start IS NOT NULL
        """
    )
    op.execute("ALTER TABLE reservations DROP COLUMN hour_start, DROP COLUMN day_start")


def downgrade() -> None:
    """Windows of other kinds are forgotten, and what they hold is never given back."""
    op.execute("ALTER TABLE reservations ADD COLUMN hour_start timestamptz")
    op.execute("ALTER TABLE reservations ADD COLUMN day_start timestamptz")
    for period in ("hour", "day"):
        op.execute(
            f"""
            UPDATE reservations SET {period}_start = (
                SELECT CAST(one ->> 1 AS timestamptz) FROM jsonb_array_elements(windows) AS one
                WHERE one ->> 0 = 'tenant:{period}')
            """
        )
    op.execute("ALTER TABLE reservations DROP COLUMN windows")
    op.execute("DROP INDEX limits_by_start")
    op.execute("DELETE FROM limits WHERE used > 2147483647")
    op.execute("ALTER TABLE limits ALTER COLUMN used TYPE integer")
