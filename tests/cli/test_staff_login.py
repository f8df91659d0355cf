from __future__ import annotations

import json

from tests.cli.conftest import Program


def test_a_log_in_link_is_printed_for_somebody_with_a_role_and_for_nobody_else(program: Program) -> None:
    program.environ["RINGROUND_WEB__PORT"] = "8123"
    program.good("people", "add", "--name", "Sam Lee", "--email", "sam@example.org")
    refused = program.here("staff", "login", "Sam Lee")
    assert refused.code == 2
    assert "has no role" in refused.err
    program.good("staff", "add", "Sam Lee")
    link = program.good("staff", "login", "sam lee").out.strip()
    assert link.startswith("http://127.0.0.1:8123/login/")
    assert len(link.splitlines()) == 1
    program.environ |= {"RINGROUND_WEB__HOST": "::", "RINGROUND_WEB__PORT": "8124"}
    assert program.good("staff", "login", "Sam Lee").out.startswith("http://[::1]:8124/login/")
    program.environ["RINGROUND_WEB__PORT"] = "0"
    unknown = program.here("staff", "login", "Sam Lee")
    assert unknown.code == 2
    assert "RINGROUND_WEB__PORT" in unknown.err
    program.environ["RINGROUND_PUBLIC_URL"] = "https://group.example.org"
    other = json.loads(program.good("staff", "login", "Sam Lee", "--json").out)["link"]
    assert other.startswith("https://group.example.org/login/")
    assert other.rpartition("/")[2] != link.rpartition("/")[2]
    program.good("staff", "suspend", "Sam Lee")
    assert program.here("staff", "login", "Sam Lee").code == 2
