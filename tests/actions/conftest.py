from __future__ import annotations

from tests.store.conftest import (  # noqa: F401 - a database of each kind
    database,
    database_url,
    postgres_database_url,
    postgres_template,
    postgres_url,
    sqlite_template,
    sqlite_url,
)
