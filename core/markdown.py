"""The small Markdown that a notice may use: paragraphs, lists, headings, bold, italic and links.

Everything else is text and shown as such: HTML, pictures, tables, code. A text that was written without
any thought of Markdown comes out as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from core.errors import UserError
from core.placeholders import Template, has_hole

_RULES: Final = ["list", "heading", "hr", "newline", "escape", "emphasis", "link", "autolink"]
_DEEPEST: Final = 40  # the parser drops what lies deeper, without a word
_KINDS = re.compile(r"(?:https?://[^/]|mailto:[^@]+@.|tel:\+?\d)", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_WEB = re.compile(r"(?:https?://|\bwww\.)\S", re.IGNORECASE)
_ENDS = ".,;:!?'*_]…’”"


class _Reader(MarkdownIt):
    """The parser with our rules, and our answer to which links may be followed."""

    def __init__(self, where: str) -> None:
        super().__init__("zero", {"breaks": True, "maxNesting": _DEEPEST})
        self.enable(_RULES)
        self.inline.ruler2.enable(["emphasis"])
        self._where = where

    def validateLink(self, url: str) -> bool:  # noqa: N802 (the parser's own name)
        if has_hole(unquote(url)):
            mend = "Put the placeholder in the words beside the link instead."
            raise UserError("A link's address holds a placeholder", where=self._where, mend=mend)
        return bool(_KINDS.match(url))


class Marked:
    """A text read once and written in each form that a channel needs; placeholders stay in their places."""

    def __init__(self, text: Template, *, where: str = "") -> None:
        """Reads `text`. Raises UserError for a placeholder in a link's address and for lists too deep."""
        self._reader = _Reader(where)
        self._where = where
        self._tokens = self._reader.parse(text.marked)
        if any(token.level > _DEEPEST - 10 for token in self._tokens):
            mend = "Use one list, or two, one inside the other."
            raise UserError("There are too many lists inside lists", where=where, mend=mend)
        for token in self._tokens:
            if token.children:
                token.children = self._with_bare_links(token.children)

    def html(self) -> Template:
        """Gives the text as HTML for an e-mail."""
        return Template.from_marked(self._reader.renderer.render(self._tokens, self._reader.options, {}), escape)

    def telegram(self) -> Template:
        """Gives the text as HTML that Telegram knows: b, i, a for https (core.telegram.org/bots/api)."""

        def link(words: str, address: str) -> str:
            if address.lower().startswith("https:"):
                return f'<a href="{escape(address)}">{words or escape(address)}</a>'
            return _beside(words, escape(_shown(address)))

        style = _Style("•", escape, ("<b>", "</b>"), ("<i>", "</i>"), link)
        return Template.from_marked(_lines(self._tokens, style), escape)

    def plain(self, *, links: bool = True) -> Template:
        """Gives the text without any marks, with a link's address in brackets after its words.

        Without `links`, a web link becomes its words. Raises UserError where it has no words of its own.
        """

        def link(words: str, address: str) -> str:
            if links or not _WEB.match(address):
                return _beside(words, _shown(address))
            refuse_web_address(words or address, self._where)
            return words

        text = _lines(self._tokens, _Style("-", str, ("", ""), ("", ""), link))
        if not links:
            refuse_web_address(text, self._where)
        return Template.from_marked(text)

    def _with_bare_links(self, tokens: list[Token]) -> list[Token]:
        out: list[Token] = []
        inside = 0
        empty = False  # `[words]()` is no link
        for token in tokens:
            if token.tag == "a":
                inside += token.nesting
                empty = not token.attrGet("href") if token.nesting == 1 else empty
                if empty:
                    continue
            out += [token] if inside or token.type != "text" else self._bare_links(token.content)
        return out

    def _bare_links(self, text: str) -> list[Token]:
        out: list[Token] = []
        done = 0
        for found in _ADDRESS.finditer(text):
            words = found[0].rstrip(_ENDS)
            if words.endswith(")") and "(" not in words:
                words = words[:-1].rstrip(_ENDS)
            address = self._reader.normalizeLink(words)
            if not self._reader.validateLink(address):
                continue
            out.append(Token("text", "", 0, content=text[done : found.start()]))
            out.append(Token("link_open", "a", 1, attrs={"href": address}))
            out.append(Token("text", "", 0, content=words))
            out.append(Token("link_close", "a", -1))
            done = found.start() + len(words)
        return [*out, Token("text", "", 0, content=text[done:])]


def refuse_web_address(text: str, where: str) -> None:
    """Raises UserError where a text that goes without links holds a web address."""
    if _WEB.search(text):
        mend = "Leave the address out, write a shorter text for text messages, or allow links in them."
        raise UserError("A text message would hold a web address, and these go without links", where=where, mend=mend)


def _shown(address: str) -> str:
    """Gives an address as one says it: without `mailto:` or `tel:`."""
    kind, _, rest = address.partition(":")
    return address if kind.lower() in ("http", "https") else unquote(rest)


def _beside(words: str, address: str) -> str:
    return f"{words} ({address})" if words and words != address else address


@dataclass(frozen=True, slots=True)
class _Style:
    """How a form of lines writes what Markdown knows."""

    bullet: str
    escape: Callable[[str], str]
    strong: tuple[str, str]
    em: tuple[str, str]
    link: Callable[[str, str], str]


def _lines(tokens: list[Token], style: _Style) -> str:
    """Writes blocks as lines: an empty line between blocks, none within a list, items indented by depth."""
    out = ""
    counters: list[int | None] = []  # one for each open list: the next number, or None for bullets
    marker = ""
    heading = listed = False
    for token in tokens:
        match token.type:
            case "bullet_list_open":
                counters.append(None)
            case "ordered_list_open":
                counters.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                counters.pop()
                listed = bool(counters)
            case "list_item_open":
                number = counters[-1]
                marker += style.bullet + " " if number is None else f"{number}. "
                counters[-1] = None if number is None else number + 1
            case "list_item_close":
                marker = ""
            case "heading_open" | "heading_close":
                heading = token.nesting == 1
            case "inline":
                indent = "  " * max(len(counters) - 1, 0)
                words = _inline(token.children or [], style, heading)
                if counters:
                    words = words.replace("\n", "\n" + indent + "  ")
                gap = "" if not out else "\n" if listed else "\n\n"
                out += gap + indent + (marker or ("  " if listed else "")) + words
                marker = ""
                listed = bool(counters)
    return out


def _inline(tokens: list[Token], style: _Style, heading: bool) -> str:
    out: list[str] = []
    links: list[tuple[int, str]] = []  # where the open link's words begin, and its address
    bold = italic = 0
    for token in tokens:
        match token.type:
            case "text":
                out.append(style.escape(token.content))
            case "softbreak" | "hardbreak":
                out.append("\n")
            case "strong_open" | "strong_close" if not heading:
                if bold == (token.nesting == -1):
                    out.append(style.strong[token.nesting == -1])
                bold += token.nesting
            case "em_open" | "em_close":
                if italic == (token.nesting == -1):
                    out.append(style.em[token.nesting == -1])
                italic += token.nesting
            case "link_open":
                links.append((len(out), str(token.attrGet("href") or "")))
            case "link_close":
                begin, address = links.pop()
                out[begin:] = [style.link("".join(out[begin:]), address)]
    words = "".join(out)
    return style.strong[0] + words + style.strong[1] if heading and words else words
