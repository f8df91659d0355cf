"""What every test stands on."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile

import pytest

# Libraries that look for this folder as they are imported warn where there is none, and a warning is an
# error here. A folder of its own also keeps two runs at once apart.
_runtime_folder = tempfile.mkdtemp(prefix="ringround-tests-")
atexit.register(shutil.rmtree, _runtime_folder, ignore_errors=True)
os.environ["XDG_RUNTIME_DIR"] = _runtime_folder

from tests.databases import (  # noqa: E402, F401 - fixtures for every folder; libraries wait for the folder above
    database,
    database_url,
    empty_database,
    open_again,
    postgres_database_url,
    postgres_migrated,
    postgres_url,
    sqlite_template,
    sqlite_url,
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Has the tests that wait longest for other programs go first, so that nothing waits for them at the end."""
    items.sort(key=lambda item: not item.path.match("tests/faults/*"))


def pytest_collection_finish() -> None:
    """Has the collector look at what a test makes and not at all that was loaded: a quarter of the time went there."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
