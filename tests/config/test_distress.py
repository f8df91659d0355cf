from __future__ import annotations

from pathlib import Path

import pytest

from config.distress import FILE, load, shipped
from core.errors import ConfigError


def test_ours_is_used_where_the_group_has_none(tmp_path: Path) -> None:
    assert load(tmp_path) == shipped()
    assert len(shipped()) > 300


def test_the_groups_own_list_takes_its_place_at_once(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("# ours\nnoson dywyll\n", encoding="utf-8")
    assert load(tmp_path) == ("noson dywyll",)
    (tmp_path / FILE).write_text("blue\n", encoding="utf-8")
    assert load(tmp_path) == ("blue",)


@pytest.mark.parametrize("written", [b"", b"# nothing\n", b"\xff\xfe\x00"])
def test_a_list_that_would_let_everything_pass_is_refused(tmp_path: Path, written: bytes) -> None:
    (tmp_path / FILE).write_bytes(written)
    with pytest.raises(ConfigError, match="words of distress"):
        load(tmp_path)
