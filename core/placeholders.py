"""Named placeholders, `{first_name}`, and nothing more: no template language in a user's hands."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from core.errors import UserError

Escape = Callable[[str], str]

KNOWN: Mapping[str, str] = {
    "first_name": "what the person likes to be called, otherwise the first word of their name",
    "name": "the person's whole name",
    "group": "the name of your group",
    "contact_name": "the person to ring with questions",
    "contact_phone": "the phone number of that person",
}

# A text travels through Markdown and other changes with each field between two noncharacters, which no
# text may hold ("intended for process-internal use", Unicode 23.7). Braces and the underscores in names
# would not come through unharmed.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_HOLE = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")
_BRACES = re.compile(r"\{\{|\}\}|\{([^\W\d]\w*)\}")
_DOUBLED = {"{{": "{", "}}": "}"}


def hole(name: str) -> str:
    """Gives the place of one field in a marked text."""
    return f"{_OPEN}{name}{_CLOSE}"


def unfinished_hole(marked: str) -> int:
    """Gives where a hole begins that a cut through a marked text left open, or -1."""
    at = marked.rfind(_OPEN)
    return at if at > marked.rfind(_CLOSE) else -1


def has_hole(marked: str) -> bool:
    """Says whether a marked text has a place for a field."""
    return _OPEN in marked


@dataclass(frozen=True, slots=True)
class Template:
    """A text that is ready to be filled in, many times and quickly.

    `pieces` is the text with an empty piece at each hole; `holes` says which field goes where. `escape`
    is what a value passes through on its way in, so that nobody can forget it.
    """

    pieces: tuple[str, ...]
    holes: tuple[tuple[int, str], ...]
    escape: Escape | None = None

    @classmethod
    def parse(cls, text: str, allowed: Collection[str], *, where: str = "", escape: Escape | None = None) -> Template:
        """Reads a text with `{placeholders}`; `{{` and `}}` are braces, and so is any other brace.

        Raises UserError for a placeholder that is not in `allowed`.
        """

        def replaced(found: re.Match[str]) -> str:
            name = found[1]
            if name is None:
                return _DOUBLED[found[0]]
            if name not in allowed:
                raise _unknown(name, allowed, where)
            return hole(name)

        return cls.from_marked(_BRACES.sub(replaced, text), escape)

    @classmethod
    def from_marked(cls, marked: str, escape: Escape | None = None) -> Template:
        """Reads a marked text (see `hole`)."""
        parts = _HOLE.split(marked)
        holes = tuple((at, parts[at]) for at in range(1, len(parts), 2))
        return cls(tuple("" if at % 2 else part for at, part in enumerate(parts)), holes, escape)

    @property
    def marked(self) -> str:
        """The text with `hole(name)` at the place of each field."""
        pieces = list(self.pieces)
        for at, name in self.holes:
            pieces[at] = hole(name)
        return "".join(pieces)

    @property
    def source(self) -> str:
        """The text as a person would type it: `parse` reads it back to the same template."""
        pieces = [piece.replace("{", "{{").replace("}", "}}") for piece in self.pieces]
        for at, name in self.holes:
            pieces[at] = f"{{{name}}}"
        return "".join(pieces)

    @property
    def fixed(self) -> str:
        """The text without any field."""
        return "".join(self.pieces)

    def fill(self, fields: Mapping[str, str], escape: Escape | None = None) -> str:
        """Gives the text with the values in place; a KeyError means that a field was not handed over.

        `escape` stands in for the template's own.
        """
        escape = escape or self.escape
        pieces = list(self.pieces)
        if escape is None:
            for at, name in self.holes:
                pieces[at] = fields[name]
        else:
            for at, name in self.holes:
                pieces[at] = escape(fields[name])
        return "".join(pieces)

    def bind(self, fields: Mapping[str, str]) -> Template:
        """Fills in what is the same for everybody, once, and leaves the other holes open."""
        pieces = list(self.pieces)
        for at, name in self.holes:
            if name in fields:
                pieces[at] = self.escape(fields[name]) if self.escape else fields[name]
        return replace(
            self,
            pieces=tuple(pieces),
            holes=tuple((at, name) for at, name in self.holes if name not in fields),
        )


def _unknown(name: str, allowed: Collection[str], where: str) -> UserError:
    names = [one for one in allowed if not one.startswith("_")]
    near = get_close_matches(name.lower(), names, n=1)
    mend = f"Did you mean {{{near[0]}}}? " if near else ""
    if names:
        mend += f"You can use {', '.join(f'{{{one}}}' for one in names)}. "
    mend += f"For these words in brackets as they stand, write {{{{{name}}}}}."
    return UserError(f"There is no placeholder {{{name}}}", where=where, mend=mend)


_TITLE = re.compile(
    r"(?:mrs?|ms|miss|mx|master|mme|mlle|herr|frau|dr|doctor|prof|professor|sir|dame|lord|lady"
    r"|cllr|councillor|hon|rt|rev|revd|reverend|fr|father|sr|sister|br|brother|pastor|canon"
    r"|imam|sheikh|shaikh|rabbi)\.?",
    re.IGNORECASE,
)
_JOINING = ("and", "&")


def first_name(name: str, called: str | None = None) -> str:
    """Gives what to call a person: `called`, else the first word of the name, titles skipped.

    Where a title and one word are all there is ("Mr Khan", "Dr"), that is what they are called: nobody is
    greeted with a bare surname.
    """
    if called and (called := " ".join(called.split())):
        return called
    words = name.split()
    at = 0
    while at < len(words) and (_TITLE.fullmatch(words[at]) or (at and words[at].lower() in _JOINING)):
        at += 1
    if at and len(words) - at < 2:
        return " ".join(words)
    return words[at] if words else ""
