"""At a terminal the program asks; in a pipe it never does."""

from __future__ import annotations

import tomllib

from tests.cli.conftest import Program, World
from tests.cli.terminal import converse


def test_init_is_a_conversation_that_tries_each_channel_and_sends_a_test_message(
    program: Program, world: World
) -> None:
    settings = world.settings
    program.environ = {
        "RINGROUND_DATA_DIR": str(program.data),
        "RINGROUND_SMS__BASE_URL": settings["RINGROUND_SMS__BASE_URL"],
    }
    code, shown = converse(
        program,
        ["init"],
        [
            ("What is your group called?", "Harbour Group"),
            ("Who can people ring", "Sam Lee"),
            ("On which number?", "01632 960123"),
            ("Set it up now?", "y"),
            ("e-mail address that letters come from", "group@example.org"),
            ("mail server's name", "127.0.0.1"),
            ("port", "1"),
            ("Encryption", "none"),
            ("user name", "-"),
            ("Try other answers?", "y"),
            ("e-mail address that letters come from", "group@example.org"),
            ("mail server's name", "127.0.0.1"),
            ("port", settings["RINGROUND_EMAIL__PORT"]),
            ("Encryption", "none"),
            ("user name", "-"),
            ("Set it up now?", "y"),
            ("Account SID", settings["RINGROUND_SMS__ACCOUNT_SID"]),
            ("Auth Token", settings["RINGROUND_SMS__AUTH_TOKEN"]),
            ("number that you have there", settings["RINGROUND_SMS__FROM"]),
            ("Set it up now?", "n"),
            ("Does somebody read", "y"),
            ("Your name", ""),
            ("Your e-mail address", "sam@example.org"),
            ("Your mobile number", "07700 900555"),
            ("test message", "y"),
            ("test message", "n"),
        ],
    )
    assert code == 0, shown
    for advice in ("BotFather", "twilio.com", "It works.", "There is no connection to the mail server"):
        assert advice in shown
    assert settings["RINGROUND_SMS__AUTH_TOKEN"] not in shown
    path = program.data / "ringround.toml"
    assert path.stat().st_mode & 0o077 == 0
    kept = tomllib.loads(path.read_text(encoding="utf-8"))
    assert kept["group"]["name"] == "Harbour Group"
    assert kept["group"]["reply_to"] == "group@example.org"
    assert kept["sms"]["auth_token"] == settings["RINGROUND_SMS__AUTH_TOKEN"]
    [test] = world.messages()
    assert (test["channel"], test["to"]) == ("email", "sam@example.org")
    assert [(one["name"], one["role"]) for one in program.good("staff", "list", "--json").json] == [
        ("Sam Lee", "admin")
    ]
    assert "a rehearsal" in program.good("doctor").out

    before = path.read_bytes()
    code, shown = converse(program, ["init"], [])
    assert code == 0
    assert "stays as it is" in shown
    assert path.read_bytes() == before


def test_ctrl_c_in_a_question_keeps_nothing(program: Program) -> None:
    code, shown = converse(program, ["init"], [("What is your group called?", "Harbour\x03")])
    assert code == 130
    assert "Stopped" in shown
    assert not (program.data / "ringround.toml").exists()


def test_without_a_terminal_init_writes_what_the_environment_says_and_what_is_missing(connected: Program) -> None:
    done = connected.run("init")
    assert done.code == 0, done.err
    path = connected.data / "ringround.toml"
    text = path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o077 == 0
    assert tomllib.loads(text)["group"]["name"] == "River Group"
    assert connected.environ["RINGROUND_SMS__AUTH_TOKEN"] not in text
    connected.good("people", "add", "--name", "Ann Carter", "--email", "ann@example.org")
    path.write_text(text + "# mine\n", encoding="utf-8")
    assert connected.run("init").code == 0
    assert path.read_text(encoding="utf-8").endswith("# mine\n")
    assert len(connected.good("people", "list", "--json").json) == 1


def test_a_file_without_a_single_answer_says_what_can_be_set(program: Program) -> None:
    program.environ = {"RINGROUND_DATA_DIR": str(program.data)}
    done = program.good("init")
    assert "E-mail is off" in done.err
    assert "RINGROUND_GROUP__CONTACT_NAME" in done.err
    assert tomllib.loads((program.data / "ringround.toml").read_text(encoding="utf-8")) == {}


def test_notice_send_shows_and_asks_and_a_no_sends_nothing(people: Program, world: World) -> None:
    hello = ["notice", "send", "--text", "Hello {first_name}, tea at three.", "--wait"]
    code, shown = converse(people, hello, [("Send it now?", "n")])
    assert code == 0
    assert "Nothing was sent." in shown
    assert "Hello Ann, tea at three." in shown
    assert "Eve Grey" in shown
    assert world.messages() == []
    code, shown = converse(people, hello, [("Send it now?", "y")])
    assert code == 0, shown
    assert "3 sent, not confirmed" in shown
    assert len(world.messages()) == 3


def test_yes_does_not_ask_at_a_terminal_either(people: Program, world: World) -> None:
    code, shown = converse(people, ["notice", "send", "--text", "Tea.", "--yes", "--wait"], [])
    assert code == 0, shown
    assert "Send it now?" not in shown
    assert len(world.messages()) == 3


def test_everything_fits_into_80_columns(people: Program) -> None:
    text = "Hello {first_name}, the planning group meets on Tuesday 8 December at 2 pm in the library hall. " * 3
    people.good("notice", "send", "--text", text)
    for command in (["notice", "preview", "--text", text], ["people", "list"], ["notice", "list"]):
        shown = people.good(*command).out
        assert shown
        assert max(map(len, shown.splitlines())) <= 80
        assert not any(line.endswith(" ") for line in shown.splitlines())
