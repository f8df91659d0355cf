"""Work that may fail without taking along what else stands in its transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from core.errors import OperatorError

P = ParamSpec("P")


def attempt(
    session: Session, do: Callable[Concatenate[Session, P], object], *args: P.args, **kwargs: P.kwargs
) -> Exception | None:
    """Does something whole or not at all, and returns what was wrong with it; a trouble of the database is raised."""
    stops = list(session.info.get("stops", ()))
    try:
        with session.begin_nested():
            do(session, *args, **kwargs)
    except Exception as error:
        if isinstance(error, OperatorError) or (
            isinstance(error, DBAPIError) and not isinstance(error, IntegrityError)
        ):
            raise
        session.info["stops"] = stops  # what was undone must not come back from the log of stops
        return error
    return None
