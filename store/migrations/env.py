"""How Alembic reaches the database: always on the connection that `store.migrate` hands it."""

from __future__ import annotations

from alembic import context

from store.tables import Person

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Person.metadata,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
