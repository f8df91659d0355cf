from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Program


def test_reach_draws_a_picture_and_says_in_words_what_it_shows(people: Program, tmp_path: Path) -> None:
    sent = people.good("notice", "send", "--text", "We meet on Tuesday.", "--wait", "--json").json["notice"]
    picture = tmp_path / "reach.png"
    done = people.good("reach", sent, "--chart", str(picture), "--json")
    assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert "Sent, nobody can say whether it has arrived 3, Need a person 2." in " ".join(done.err.split())
    assert done.json["invited"] == 5


def test_a_picture_has_a_name_that_says_so_and_a_folder_that_exists(people: Program, tmp_path: Path) -> None:
    sent = people.good("notice", "send", "--text", "We meet on Tuesday.", "--json").json["notice"]
    wrong = people.run("reach", sent, "--chart", str(tmp_path / "reach.jpeg"))
    assert wrong.code == 2
    assert "Give it a name such as reach.png." in " ".join(wrong.err.split())
    nowhere = people.run("reach", sent, "--chart", str(tmp_path / "no" / "reach.png"))
    assert nowhere.code == 1
    assert "can't be written" in " ".join(nowhere.err.split())
