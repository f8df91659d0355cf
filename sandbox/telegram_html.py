"""Telegram's HTML, parsed as the Bot API does: few tags, strictly nested, everything else an error.

Source: https://core.telegram.org/bots/api#html-style
"""

from __future__ import annotations

import html
import re
from typing import Any

TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)"
    r"(?P<rest>(?:\s+[A-Za-z-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>\"']+))?)*)\s*>"
)
ATTRIBUTE = re.compile(r"([A-Za-z-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+)))?")
PIECE = re.compile(r"[^<&]+|&(?:lt|gt|amp|quot|#\d+|#x[0-9A-Fa-f]+);|&|<")
KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}

SHOWN_AS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "code",
    "text_link": "u",
    "spoiler": "span",
    "blockquote": "q",
}


class EntityError(ValueError):
    """The text is not Telegram HTML; the message is what follows "can't parse entities: "."""


def length(text: str) -> int:
    """Counts UTF-16 code units, Telegram's measure for places in a text."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse(source: str) -> tuple[str, list[dict[str, Any]]]:
    """Gives the plain text and its entities (type, offset and length in UTF-16 units); raises EntityError."""
    out: list[str] = []
    place = 0
    open_tags: list[tuple[str, dict[str, Any]]] = []
    entities: list[dict[str, Any]] = []
    at = 0
    while at < len(source):
        piece = PIECE.match(source, at)
        assert piece is not None
        if piece[0] != "<":
            plain = html.unescape(piece[0])
            out.append(plain)
            place += length(plain)
            at = piece.end()
            continue
        tag = TAG.match(source, at)
        offset = len(source[:at].encode("utf-8", "replace"))
        if tag is None:
            raise EntityError(f"Unclosed or unescaped start tag at byte offset {offset}")
        name = tag["name"].lower()
        at = tag.end()
        if not tag["end"]:
            open_tags.append((name, _entity(name, tag["rest"], offset, place)))
            continue
        if not open_tags:
            raise EntityError(f"Unexpected end tag at byte offset {offset}")
        opened, entity = open_tags.pop()
        if opened != name:
            raise EntityError(f'Unmatched end tag at byte offset {offset}, expected "</{opened}>", found "</{name}>"')
        entity["length"] = place - entity["offset"]
        if entity["length"] and (entity["type"] != "text_link" or entity["url"]):
            entities.append(entity)
    if open_tags:
        raise EntityError(f'Can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"')
    return _trimmed("".join(out), entities)


def render(text: str, entities: list[dict[str, Any]]) -> str:
    """Gives a text with its entities as safe HTML for a page; links are shown, not followed."""
    units = text.encode("utf-16-le", "surrogatepass")
    marks: list[tuple[int, int, str]] = []
    for n, entity in enumerate(entities):
        if tag := SHOWN_AS.get(entity["type"]):
            start, end = entity["offset"], entity["offset"] + entity["length"]
            marks += [(start, n + 1, f"<{tag}>"), (end, -n - 1, f"</{tag}>")]
    out, done = [], 0
    for place, _, tag in sorted(marks):
        out += [html.escape(units[done * 2 : place * 2].decode("utf-16-le", "replace")), tag]
        done = place
    return "".join(out) + html.escape(units[done * 2 :].decode("utf-16-le", "replace"))


def _entity(name: str, rest: str, offset: int, place: int) -> dict[str, Any]:
    attributes = {m[1].lower(): html.unescape(m[2] or m[3] or m[4] or "") for m in ATTRIBUTE.finditer(rest)}
    if name not in KINDS:
        raise EntityError(f'Unsupported start tag "{name}" at byte offset {offset}')
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise EntityError(f'Tag "span" must have class "tg-spoiler" at byte offset {offset}')
    entity: dict[str, Any] = {"type": KINDS[name], "offset": place, "length": 0}
    if name == "a":
        entity["url"] = attributes.get("href", "")
    elif name == "tg-emoji":
        entity["custom_emoji_id"] = attributes.get("emoji-id", "")
    elif name == "blockquote" and "expandable" in attributes:
        entity["type"] = "expandable_blockquote"
    elif name == "code" and attributes.get("class", "").startswith("language-"):
        entity["language"] = attributes["class"].removeprefix("language-")
    return entity


def _trimmed(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Takes the white space off both ends, as Telegram does, and moves the entities along."""
    stripped = text.strip()
    before, whole = length(text) - length(text.lstrip()), length(stripped)
    for entity in entities:
        end = min(entity["offset"] + entity["length"] - before, whole)
        entity["offset"] = max(entity["offset"] - before, 0)
        entity["length"] = end - entity["offset"]
    kept = [entity for entity in entities if entity["length"] > 0]
    return stripped, sorted(kept, key=lambda entity: (entity["offset"], -entity["length"]))
