"""The page about the chat names every command, with the role that may use it."""

from __future__ import annotations

import re
from pathlib import Path

from bot.chapters import CHAPTERS

PAGE = (Path(__file__).resolve().parents[2] / "docs/how-to/chat.md").read_text(encoding="utf-8")


def test_each_command_has_its_entry_and_no_other_has_one() -> None:
    told = {
        name: role
        for names, role in re.findall(r"^\| (`/[^|]+) \| (\w+) \|", PAGE, re.MULTILINE)
        for name in re.findall(r"`/(\w+)`", names)
    }
    there = {one.name: str(one.role or "everybody") for chapter in CHAPTERS for one in chapter.commands}
    assert told == there
