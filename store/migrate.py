"""Brings a database to this version's tables, by Alembic's migrations that ship in the package."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from sqlalchemy import inspect
from sqlmodel import Session

from core.errors import StoreError
from store import bulk
from store.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0001"
"""The newest migration; a test holds it to what the folder says. Asking Alembic would cost each start 0.3 s."""


def version(session: Session) -> str | None:
    """Returns the version a database is at, or None for an empty one."""
    if not inspect(session.connection()).has_table("alembic_version"):
        return None
    found = bulk.rows(session, "SELECT version_num FROM alembic_version")
    return str(found[0][0]) if found else None


def pending(database: Database) -> bool:
    """Tells whether `upgrade` would change anything.

    Raises `StoreError` for a database that a newer version of Ringround has written.
    """
    with database.reading() as session:
        current = version(session)
    if current is not None and current > HEAD:
        raise StoreError(
            f"The database is from a newer version of Ringround (it is at {current}, this one knows {HEAD})",
            mend="Install the newer version, or restore a backup made by this one.",
        )
    return current != HEAD


def upgrade(database: Database, to: str = "head") -> None:
    """Runs the migrations that are missing, all in one transaction."""
    from alembic import command

    with database.writing() as session, as_file(files("store") / "migrations") as folder:
        command.upgrade(_config(session, str(folder)), to)


def downgrade(database: Database, to: str) -> None:
    """Undoes migrations down to version `to` (`base`: all of them)."""
    from alembic import command

    with database.writing() as session, as_file(files("store") / "migrations") as folder:
        command.downgrade(_config(session, str(folder)), to)


def _config(session: Session, folder: str) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.attributes["connection"] = session.connection()
    return config
