"""alembic's entry: it is given a connection by store/upgrade and works on nothing else."""

from __future__ import annotations

from alembic import context

from rekindle.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
