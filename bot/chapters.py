"""The chapters of the chat door, in the order in which /help and the menu show their commands."""

from __future__ import annotations

from bot import announce, calls, inbox, joining, meeting, participants, people, progress, staff, status, timetable
from bot import help as helping
from bot.turn import Chapter

CHAPTERS: tuple[Chapter, ...] = (
    announce.CHAPTER,
    progress.CHAPTER,
    meeting.CHAPTER,
    status.CHAPTER,
    calls.CHAPTER,
    timetable.CHAPTER,
    inbox.CHAPTER,
    people.CHAPTER,
    joining.CHAPTER,
    staff.CHAPTER,
    participants.CHAPTER,
    helping.CHAPTER,
)
