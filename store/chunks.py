"""Lists of keys in pieces that fit into one statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

MOST = 1_000
"""SQLite takes 32,766 values in a statement and PostgreSQL 65,535; beyond a thousand nothing gets quicker."""


def chunks(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cuts a list into pieces of at most a thousand."""
    for start in range(0, len(keys), MOST):
        yield keys[start : start + MOST]
