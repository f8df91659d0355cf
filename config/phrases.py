"""Gathers the fixed phrases of the code and the pages into the catalogues: `make phrases`.

`config/locale/ringround.pot` lists them in English. Each `LANGUAGE.po` beside it gets what is new, still without a
translation, and loses what is said no longer.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("core", "config", "store", "channels", "scheduler", "actions", "bot", "web")
LOCALE = ROOT / "config" / "locale"
TEMPLATE = LOCALE / "ringround.pot"

TO_REVIEW = "to be reviewed by a speaker"
"""Stands in the head of a catalogue that no speaker of the language has read, and beside each phrase they have not."""

KEYWORDS = {"say": None, "count": (1, 2), "variants": None, "Phrase": None}
_METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
_WIDTH = 120


def gather(root: Path = ROOT) -> Catalog:
    """Reads every phrase in the rooms below `root`, in the order of the alphabet."""
    found: dict[str, tuple[str, ...] | str] = {}
    for room in ROOMS:
        for _, _, phrase, _, _ in extract_from_dir(root / room, _METHODS, keywords=KEYWORDS):
            key = phrase if isinstance(phrase, str) else phrase[0]
            if not any(map(str.isalpha, key)):
                continue  # the line ends of `turn.say("\\n".join(...))`
            if key not in found or isinstance(found[key], str):  # a plural includes the phrase alone
                found[key] = phrase
    catalogue = Catalog(charset="utf-8", fuzzy=False)
    for key in sorted(found, key=str.casefold):
        catalogue.add(found[key])
    return catalogue


def update(text: str, template: Catalog) -> str:
    """Brings a catalogue up to the template; its translations and what translators wrote beside them stay."""
    catalogue = read_po(io.StringIO(text))
    reviewed = TO_REVIEW not in catalogue.header_comment
    known = {message.id for message in catalogue}
    catalogue.update(template, no_fuzzy_matching=True, keep_user_comments=True)
    catalogue.obsolete.clear()
    for message in catalogue:
        if message.id and message.id not in known and not reviewed:
            message.user_comments.append(TO_REVIEW)
    # Whatever else stands there changes with each run, or names somebody's machine.
    head = [f"Language: {catalogue.locale_identifier}", "Content-Type: text/plain; charset=utf-8"]
    head.append(f"Plural-Forms: {catalogue.plural_forms}")
    lines = "".join(f'"{line}\\n"\n' for line in head)
    return f'{catalogue.header_comment}\nmsgid ""\nmsgstr ""\n{lines}\n{_written(catalogue)}'


def missing(catalogue: Catalog) -> Iterator[str]:
    """Gives the phrases that a catalogue has no translation for."""
    for message in catalogue:
        strings = message.string if isinstance(message.string, tuple | list) else [message.string]
        if message.id and not all(strings):
            yield message.id if isinstance(message.id, str) else message.id[0]


def _written(catalogue: Catalog) -> str:
    file = io.BytesIO()
    write_po(file, catalogue, width=_WIDTH, no_location=True, omit_header=True, sort_output=True)
    return file.getvalue().decode()


def main() -> None:
    """Writes the template and brings every catalogue up to it; says what is left to translate."""
    template = gather()
    TEMPLATE.write_text(_written(template), encoding="utf-8")
    for path in sorted(LOCALE.glob("*.po")):
        text = update(path.read_text(encoding="utf-8"), template)
        path.write_text(text, encoding="utf-8")
        left = list(missing(read_po(io.StringIO(text))))
        sys.stdout.write(f"{path.name}: {len(left)} phrases are left to translate.\n")
        sys.stdout.writelines(f"  {phrase}\n" for phrase in left)


if __name__ == "__main__":
    main()
