"""Which channels there are, by settings and by other packages."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from channels.base import Surroundings
from channels.registry import OURS, available, off
from config.settings import Settings
from core.clock import SystemClock
from core.errors import ConfigError
from core.receipts import Outcome
from sandbox.world import World
from tests.channels.surroundings import GROUP, WORDS, message, surroundings

PLUGIN = Path(__file__).resolve().parents[1] / "plugin"


@pytest.fixture
def bare() -> Surroundings:
    settings = Settings.model_validate({"group": GROUP})
    return Surroundings(settings, settings.speaker, SystemClock(), b"a secret of thirty-two characters")


Install = Callable[[str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Makes a package visible as pip would, with its metadata beside its code, in a folder of its own."""

    def install(entry_point: str) -> None:
        info = tmp_path / "ringround_pigeon-1.0.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ringround-pigeon\nVersion: 1.0.0\n")
        (info / "entry_points.txt").write_text(f"[ringround.channels]\n{entry_point}\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.syspath_prepend(str(PLUGIN))
        importlib.invalidate_caches()

    monkeypatch.delitem(sys.modules, "ringround_pigeon", raising=False)
    return install


def test_e_mail_texts_and_telegram_are_off_without_settings_and_say_why(bare: Surroundings) -> None:
    assert set(available(bare)) == {"phone"}
    why = off(bare)
    assert set(why) == {"email", "sms", "telegram"}
    for sentence in why.values():
        assert "RINGROUND_" in sentence
        assert sentence.endswith(".")


async def test_with_settings_all_are_on(world: World) -> None:
    around = surroundings(world)
    channels = available(around)
    assert set(channels) == set(OURS) == {"email", "sms", "telegram", "phone"}
    assert all(channel.name == name for name, channel in channels.items())
    assert off(around) == {}


async def test_half_a_setting_is_told(world: World) -> None:
    with pytest.raises(ConfigError, match="RINGROUND_EMAIL__FROM"):
        available(surroundings(world, {"email": {"from": ""}}))


def test_the_plugin_s_entry_point_is_the_one_that_is_tested() -> None:
    import tomllib

    project: dict[str, Any] = tomllib.loads((PLUGIN / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["ringround.channels"] == {"pigeon": "ringround_pigeon:pigeon"}


async def test_another_package_adds_a_channel(
    bare: Surroundings, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("pigeon = ringround_pigeon:pigeon")
    monkeypatch.setenv("PIGEON_LOFT", "on the roof")
    channels = available(bare)
    assert set(channels) == {"phone", "pigeon"}
    receipt = await channels["pigeon"].send(message("the dovecote"))
    assert receipt.outcome is Outcome.ACCEPTED
    notes: list[str] = channels["pigeon"].notes  # type: ignore[attr-defined]
    assert WORDS in notes[0]


def test_another_package_without_its_settings_is_off(bare: Surroundings, install: Install) -> None:
    install("pigeon = ringround_pigeon:pigeon")
    assert set(available(bare)) == {"phone"}
    assert "ringround-pigeon" in off(bare)["pigeon"]


@pytest.mark.parametrize(
    "entry_point", ["pigeon = no_such_module:pigeon", "pigeon = ringround_pigeon:no_such_name", "pigeon = math:sqrt"]
)
def test_a_package_that_cannot_be_loaded_is_named(bare: Surroundings, install: Install, entry_point: str) -> None:
    install(entry_point)
    for ask in (available, off):
        with pytest.raises(ConfigError, match="'pigeon' of the package ringround-pigeon can't be loaded") as caught:
            ask(bare)
        assert "pip uninstall ringround-pigeon" in caught.value.mend


@pytest.mark.parametrize("taken", ["phone", "email"])
def test_a_package_cannot_take_over_a_channel(
    bare: Surroundings, install: Install, monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    install("pigeon = ringround_pigeon:pigeon")
    monkeypatch.setenv("PIGEON_LOFT", "on the roof")
    importlib.import_module("ringround_pigeon")
    monkeypatch.setattr("ringround_pigeon.Pigeon.name", taken)
    with pytest.raises(ConfigError, match=f"a channel named '{taken}'"):
        available(bare)


def test_no_provider_s_library_is_loaded_before_its_channel_is_on() -> None:
    code = (
        "import sys, channels.registry, channels.mail, channels.sms, channels.telegram\n"
        "print([name for name in ('aiosmtplib', 'aiohttp', 'twilio', 'telegram', 'httpx') if name in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    shown = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
