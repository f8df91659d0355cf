"""Pages: templates filled in, with everything from outside escaped, in the language of whoever reads them."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale, UnknownLocaleError
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from actions.desk import Desk
from core.speech import Speech
from web.menu import staff_menu

LASTING = "public, max-age=31536000, immutable"
"""For files whose name changes with what is in them."""


class Pages:
    """The templates, and the files that stand beside them under names that change with what is in them."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("web", "pages"),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,  # a look at every file of a page, for templates that change with the program alone
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.assets: dict[str, tuple[str, bytes]] = {}
        self._names: dict[str, str] = {}
        for entry in files("web").joinpath("pages").iterdir():
            stem, dot, ending = entry.name.rpartition(".")
            if dot and (media_type := _KINDS.get(ending)):
                data = entry.read_bytes()
                name = f"{stem}.{hashlib.sha256(data).hexdigest()[:12]}.{ending}"
                self.assets[name] = (media_type, data)
                self._names[entry.name] = name

    def asset(self, name: str) -> str:
        """Gives the address of a file such as `style.css`."""
        return f"/static/{self._names[name]}"

    def fill(self, name: str, values: dict[str, Any]) -> str:
        """Fills a template in."""
        return self._environment.get_template(name).render(values)


_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}


_DIALLED = re.compile(r"\+?\d[\d ()-]*")


def tel(number: str) -> str:
    """Gives the address that a telephone dials (RFC 3966), or nothing for what can't be dialled as it stands."""
    return f"tel:{re.sub(r'[^0-9+]', '', number)}" if _DIALLED.fullmatch(number) else ""


@cache
def direction(language: str) -> str:
    """Gives which way a language is written: `ltr` or `rtl`."""
    try:
        return str(Locale.parse(language, sep="-").text_direction)
    except (UnknownLocaleError, ValueError):
        return "ltr"


def desk_of(request: Request) -> Desk:
    """Gives what the pages work with."""
    desk: Desk = request.app.state.desk
    return desk


def speech_of(request: Request) -> Speech:
    """Gives what speaks the reader's language: theirs where it is known by now, else the group's own."""
    speech: Speech | None = getattr(request.state, "speech", None)
    return speech or desk_of(request).speech()


def speak(request: Request, language: str) -> Speech:
    """Has this page, and any error on the way to it, speak a language (empty: the group's own)."""
    request.state.speech = desk_of(request).speech(language)
    return speech_of(request)


def page(request: Request, template: str, /, status: int = 200, **values: Any) -> HTMLResponse:
    """Fills `web/pages/TEMPLATE` in.

    Every template has `say`, `count`, `day`, `clock`, `when`, `asset`, `tel` and `group`; `visitor` is whoever is
    logged in, or None.
    """
    pages: Pages = request.app.state.pages
    speech = speech_of(request)
    common = {
        "say": speech.say,
        "count": speech.count,
        "day": speech.day,
        "clock": speech.clock,
        "when": speech.when,
        "language": speech.language,
        "direction": direction(speech.language),
        "asset": pages.asset,
        "tel": tel,
        "group": desk_of(request).settings.group,
        "visitor": getattr(request.state, "visitor", None),
        "staff_menu": staff_menu(speech),
        "path": request.url.path,
    }
    return HTMLResponse(pages.fill(template, common | values), status)
