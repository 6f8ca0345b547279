from __future__ import annotations

from pathlib import Path

import pytest

from translate.run.place import placed, sweep


def test_file_gets_its_name_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.png"
    with placed(path) as part:
        part.write_bytes(b"whole")
        assert not path.exists()
    assert path.read_bytes() == b"whole"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_nothing_is_left_of_a_failure(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def fail() -> None:
        with placed(path) as part:
            part.write_bytes(b"ne")
            raise error

    with pytest.raises(error):
        fail()
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == b"old"


def test_a_name_may_be_as_long_as_the_disk_allows(tmp_path: Path) -> None:
    path = tmp_path / f"{'é' * 125}.png"
    with placed(path) as part:
        part.write_bytes(b"whole")
        left = part.with_name(part.name.replace(part.name[-13:-5], "0123abcd"))
        left.write_bytes(b"of a killed run")
    sweep([path])
    assert list(tmp_path.iterdir()) == [path]


def test_sweep_takes_only_what_killed_runs_left_of_these_outputs(tmp_path: Path) -> None:
    mine = tmp_path / ".a.png.0123abcd.part"
    others = [tmp_path / ".b.png.0123abcd.part", tmp_path / ".a.png.part", tmp_path / "a.png"]
    for path in (mine, *others):
        path.write_bytes(b"")
    sweep([tmp_path / "a.png", tmp_path / "gone" / "x.png"])
    assert sorted(tmp_path.iterdir()) == sorted(others)
