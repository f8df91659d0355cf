"""The quick start of the README, to the letter, against a mail server that we did not write."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SINK = Path("/usr/sbin/smtp-sink")


def commands() -> str:
    """The shell commands of the quick start after the installation, which tests/packaging looks after."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Quick start")[2].partition("\n## ")[0]
    install, *rest = re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert "pip install --require-hashes -r requirements.lock" in install
    return "\n".join(rest)


def test_the_quick_start_sends_1000_e_mails_and_each_is_accepted(tmp_path: Path) -> None:
    if not SINK.exists() and shutil.which("smtp-sink") is None:
        if os.environ.get("CI"):
            pytest.fail("smtp-sink is missing: install postfix")
        pytest.skip("smtp-sink is missing: it comes with Debian's postfix")
    program = tmp_path / "bin" / "ringround"  # what the installation puts there
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m cli.main "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RINGROUND")}
    done = subprocess.run(
        ["bash", "-e", "-c", f"trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{commands()}"],
        cwd=tmp_path,
        env={**inherited, "PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("\n1000")
    assert "1,000 sent, not confirmed (accepted by the provider)\n          1,000 by e-mail" in done.stdout
