"""On which line of a TOML file something stands: `tomllib` does not tell, and an error should."""

from __future__ import annotations

import re

_HIDES = re.compile(r'''#[^\n]*|"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|'[^'\n]*\'''', re.DOTALL)
_HEADER = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?\s*")
_KEY = re.compile(r"\s*([\w-]+)\s*[.=]")


def line_of(text: str, table: str, at: int, key: str) -> int | None:
    """Returns the line (from 1) of `key` in the table of that name, the `at`-th where there are several (from 0).

    Where the key is not there it is the line of the table's header, and None where that is not there either. The file's
    own keys are in the table "". Made for files with a line for each key and plain names.
    """
    current, seen, header = "", {"": 0}, None
    for number, line in enumerate(_HIDES.sub(_kept, text).split("\n"), 1):
        if found := _HEADER.fullmatch(line):
            current = found[1]
            seen[current] = seen.get(current, -1) + 1
            if (current, seen[current]) == (table, at):
                header = number
        elif (current, seen[current]) == (table, at) and (found := _KEY.match(line)) and found[1] == key:
            return number
        if not table and header is None and current == key:
            header = number  # a table that stands where something else should
    return header


def _kept(found: re.Match[str]) -> str:
    """Leaves of a remark nothing, and of a text its line ends: what stands in it is no key."""
    return "\n" * found[0].count("\n") if found[0].startswith(("#", '"""', "'''")) else '""'
