"""Groups, and who is in them."""

from __future__ import annotations

from sqlmodel import Field

from store.tables.base import Base, new_uid


class Group(Base, table=True):
    """A part of the people on file that a notice can be meant for. `key` is the name folded for comparison."""

    __tablename__ = "people_group"

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(default_factory=new_uid, unique=True)
    name: str
    key: str = Field(unique=True)


class Membership(Base, table=True):
    """That a person is in a group."""

    group_id: int = Field(foreign_key="people_group.id", primary_key=True)
    person_id: int = Field(foreign_key="person.id", primary_key=True, index=True)
