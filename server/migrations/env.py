"""Alembic's entry: runs migrations on the connection that ``server.schema`` gives it."""

from alembic import context

from foundation.sql import metadata
from server import tables

assert tables.EVERY, "importing it puts every domain's tables on the metadata"

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
