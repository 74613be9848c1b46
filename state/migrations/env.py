"""Alembic's entry point: migrations run online, on the connection `state.migrate` gives."""

from alembic import context

from state.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
