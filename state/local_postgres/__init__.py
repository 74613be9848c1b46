"""PostgreSQL on this machine, for local mode and tests: the real server, from a wheel."""

from state.local_postgres.server import LocalPostgres

__all__ = ["LocalPostgres"]
