"""A people file: every row checked, before any of it is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from core.cells import fold
from core.consents import write_consents
from core.headings import COLUMNS, understand
from core.person_row import COLUMN_OF, PersonRow, Problem, RowReader, same_address
from core.sheet_limits import PEOPLE, Limits
from core.sheets import Sheet, SheetRow, Table, read_sheet, write_sheet

EXAMPLE = "Example:"
"""How the name begins in the rows of the template that only show how it is done; they are passed over."""

EXPLAINED = (
    ("name", "The whole name. Needed in each row.", "Ann Carter"),
    ("called", "What they like to be called, if not the first word of their name.", "Annie"),
    ("preferred_channel", "How they like to be told: email, sms, telegram or phone.", "sms"),
    ("email", "Their e-mail address.", "ann@example.org"),
    ("mobile", "Their mobile number, for text messages.", "07700 900123"),
    ("telegram", "Leave it empty: it fills itself when they join the chat.", ""),
    ("phone", "The number to ring them on: a landline, or their mobile once more.", "01632 960123"),
    ("never", "Channels never to use, separated by ;", "phone; telegram"),
    ("held_by", "Whose phone or mailbox it is, if not their own.", "Joe Carter (son)"),
    ("language", "The language they read best, if not the group's. A name or a code.", "Welsh"),
    ("groups", "The groups that they are in, separated by ;", "Planning group; Carers"),
    ("format", "What they need: standard, easy_read, large_print, audio, bsl or braille.", "large_print"),
    ("support", "What helps them to take part.", "Speak slowly"),
    ("timezone", "Their time zone, if not the group's.", "Europe/London"),
    (
        "consent",
        "Needed only for promotion: basis, date, where from, and the words.",
        "consent 2026-03-01 joining form",
    ),
    ("notes", "Anything else.", "Ring after 10 am"),
)


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """What a file says. `errors` are of rows that can't be used; `rows` are the others.

    `extra_columns` are headings that mean nothing to us: what stands below them is kept in the notes.
    """

    rows: list[PersonRow]
    errors: list[Problem]
    remarks: list[Problem]
    extra_columns: list[str]


def read_people(data: bytes, name: str, region: str, limits: Limits = PEOPLE) -> PeopleFile:
    """Reads and checks a CSV or XLSX file; `region` (ISO 3166, two letters) is where its phone numbers are dialled.

    Raises UserError where the file as a whole can't be used (see `core.sheets.read_sheet`).
    """
    sheet = read_sheet(data, name, limits)
    headings = understand(sheet.header)
    rows: list[PersonRow] = []
    errors: list[Problem] = []
    remarks = list(_about_the_file(sheet))
    name_column = headings.meant.get("name", "")
    for row in sheet.rows:
        if row.cells.get(name_column, "").strip().startswith(EXAMPLE):
            remarks.append(Problem(row.number, "name", "This is an example, it was passed over", "Remove the row."))
            continue
        cells = {column: row.cells[heading] for column, heading in headings.meant.items()}
        reader = RowReader(row.number, cells, {heading: row.cells[heading] for heading in headings.extra}, region)
        person = reader.read()
        if row.beyond:
            errors.append(_too_many_cells(row))
        elif person:
            rows.append(person)
        errors += reader.problems
        remarks += reader.remarks
    twice = list(_duplicates(rows))
    bad = {problem.row for problem in twice}
    errors = sorted([*errors, *twice], key=lambda problem: problem.row)
    return PeopleFile([row for row in rows if row.number not in bad], errors, remarks, headings.extra)


def template(name: str) -> bytes:
    """Makes an empty people file, CSV or XLSX by the ending of `name`, with two examples that an import passes over."""
    examples = (
        {
            "name": f"{EXAMPLE} Ann Carter",
            "called": "Annie",
            "preferred_channel": "sms",
            "mobile": "07700 900123",
            "phone": "01632 960123",
            "groups": "Planning group; Carers",
            "consent": "consent 2026-03-01 joining form",
        },
        {
            "name": f"{EXAMPLE} Idris Khan",
            "preferred_channel": "email",
            "email": "idris@example.org",
            "never": "phone",
            "language": "Welsh",
            "groups": "Planning group",
            "format": "large_print",
            "notes": "Remove these two rows, or leave them: they are passed over.",
        },
    )
    people = Table("People", COLUMNS, [[example.get(column, "") for column in COLUMNS] for example in examples])
    return write_sheet(name, people, Table("How to fill it in", ("Column", "What to write", "For example"), EXPLAINED))


def cells(person: PersonRow) -> list[str]:
    """Writes a person as a row, in the order of `COLUMNS`; reading it gives the same person."""
    addresses = {COLUMN_OF[channel]: address for channel, address in person.routes}
    texts = {
        "name": person.name,
        "called": person.called,
        "preferred_channel": person.preferred,
        "never": "; ".join(person.never),
        "held_by": person.held_by,
        "language": person.language,
        "groups": "; ".join(person.groups),
        "format": person.format,
        "support": person.support,
        "timezone": person.timezone,
        "consent": write_consents(person.consents),
        "notes": person.notes,
    }
    return [texts.get(column) or addresses.get(column, "") for column in COLUMNS]


def _about_the_file(sheet: Sheet) -> Iterator[Problem]:
    if sheet.encoding == "Windows-1252":
        mend = 'If names look wrong, save the file as "CSV UTF-8" and import it again.'
        yield Problem(0, "", "The file is not in UTF-8; it was read as Windows-1252", mend)


def _too_many_cells(row: SheetRow) -> Problem:
    mend = "Remove what stands to the right of the last heading; in CSV, put quotes around a text with a comma in it."
    return Problem(row.number, "", "This row has more cells than there are headings", mend)


def _duplicates(rows: list[PersonRow]) -> Iterator[Problem]:
    """Finds rows of the same name that share an address, or of which one has none to tell it by.

    Two people may share a phone or a mailbox: only the same name makes them look like one.
    """
    by_name = defaultdict(list)
    for row in rows:
        by_name[fold(row.name)].append(row)
    for namesakes in by_name.values():
        told: dict[tuple[str, str], PersonRow] = {}
        for at, row in enumerate(namesakes):
            addresses = [same_address(*route) for route in row.routes]
            other = next((told[address] for address in addresses if address in told), None)
            if other is None and at and not (addresses and namesakes[0].routes):
                other = namesakes[0]
            told.update(dict.fromkeys(addresses, row))
            if other is not None:
                mend = f"If it is one person, keep one of the rows {other.number} and {row.number}; if there are two, "
                mend += "tell them apart in the name and give each an address."
                for one, against in ((other, row), (row, other)):
                    problem = f"The same person seems to stand in row {against.number} as well"
                    yield Problem(one.number, "name", problem, mend, one.name)
