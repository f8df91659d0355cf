"""Reading what a form on one of our pages sends."""

from __future__ import annotations

import hmac
from http import HTTPStatus

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

FORM, UPLOAD = "application/x-www-form-urlencoded", "multipart/form-data"

_FIELDS = 500
_ELSEWHERE = frozenset(["cross-site", "same-site"])


class Form:
    """The fields of a form as text, and its files; control characters that no form has are gone."""

    def __init__(self, data: FormData) -> None:
        self._data = data

    def get(self, name: str) -> str:
        """Gives a field, without space around it; empty where it was not sent."""
        value = self._data.get(name, "")
        return clean(value).strip() if isinstance(value, str) else ""

    def all(self, name: str) -> list[str]:
        """Gives every value of a field, in the order they were sent."""
        return [clean(value).strip() for value in self._data.getlist(name) if isinstance(value, str)]

    def file(self, name: str) -> UploadFile | None:
        """Gives a file that was sent; None where none was chosen."""
        value = self._data.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None


async def form_of(request: Request, *, files: int = 0) -> Form:
    """Reads a form that one of our own pages sent; `files` says how many files it may hold.

    Raises HTTPException 415 for anything but a form, 403 for one on another site, 413 for one too large.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM and not (kind == UPLOAD and files):
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    if request.headers.get("sec-fetch-site", "") in _ELSEWHERE:  # https://www.w3.org/TR/fetch-metadata/
        raise HTTPException(HTTPStatus.FORBIDDEN)
    return Form(await request.form(max_files=files, max_fields=_FIELDS))


def same(given: str, wanted: str) -> bool:
    """Compares two secrets without telling by the time it takes how much of them is right."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode())


def clean(value: str) -> str:
    """Takes out what no person types and no table takes: control characters, and halves of characters."""
    text = value.replace("\r\n", "\n").encode("utf-8", "ignore").decode()
    return "".join(one for one in text if one >= " " or one in "\n\t")
