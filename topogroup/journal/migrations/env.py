"""Runs the steps on the connection that it is handed."""

from __future__ import annotations

from alembic import context

from topogroup.journal.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
