"""The table of what each provider's answers mean, as the tests of every channel read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

import pytest

from core.receipts import Outcome, Receipt


@dataclass(frozen=True)
class Row:
    """One way to answer, by the name that the sandbox has for it, and the receipt that it makes."""

    how: str
    outcome: Outcome
    status: str
    dead: bool = False
    opted_out: bool = False
    retry_after: timedelta | None = None
    tries_left: int | None = None
    wide: bool = False


def each(rows: Sequence[Row]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.how)


def meaning(one: Row | Receipt) -> dict[str, Any]:
    """All that a row says of a receipt."""
    return {field.name: getattr(one, field.name) for field in fields(Row) if field.name != "how"}
