"""`ringround doctor` says what holds, and where to mend what does not."""

from __future__ import annotations

from typing import Any

from tests.cli.conftest import Program


def findings(program: Program) -> dict[str, Any]:
    return {one["name"]: one for one in program.here("doctor", "--json").json["checks"]}


def test_the_quiet_hours_of_the_settings_bind_where_there_is_no_strategy(program: Program) -> None:
    program.environ |= {"RINGROUND_QUIET__START": "22:30", "RINGROUND_QUIET__END": "07:15"}
    assert findings(program)["quiet hours"]["says"] == "from 22:30 to 07:15, Europe/London"


def test_the_quiet_hours_of_the_strategy_bind_where_there_is_one(program: Program) -> None:
    program.data.mkdir()
    strategy = program.data / "strategy.toml"
    strategy.write_text('[quiet]\nstart = "20:00"\nend = "08:15"\n', encoding="utf-8")
    assert findings(program)["quiet hours"]["says"] == "from 20:00 to 08:15, Europe/London"
    strategy.write_text('[quiet]\nstart = "00:00"\nend = "00:00"\n', encoding="utf-8")
    assert findings(program)["quiet hours"]["says"] == "none, Europe/London"


def test_a_mistake_in_the_strategy_is_named_with_its_line(program: Program) -> None:
    program.data.mkdir()
    (program.data / "strategy.toml").write_text('[quiet]\nstart = "soon"\n', encoding="utf-8")
    found = findings(program)
    assert not found["strategy"]["ok"]
    assert "strategy.toml, line 2" in found["strategy"]["says"]
    assert found["disk"]["ok"], "what does not stand on it is looked at all the same"
