from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from translate.run.journal import Entry, Journal


def entry(number: int, result: str = "r") -> Entry:
    return Entry(f"sub/{number}.png", "i", "c", result)


def test_what_is_appended_is_read(tmp_path: Path) -> None:
    with closing(Journal.read(tmp_path)) as journal:
        for number in range(3):
            journal.append(entry(number))
        journal.append(entry(1, "new"))
    again = Journal.read(tmp_path)
    assert again.entries == journal.entries
    assert again.find(tmp_path / "sub" / "1.png") == entry(1, "new")
    assert again.find(tmp_path / "other.png") is None


@settings(max_examples=60)
@given(cut=st.integers(0, 400))
def test_torn_line_is_passed_over_and_ended(tmp_path_factory, cut: int) -> None:
    folder = tmp_path_factory.mktemp("journal")
    with closing(Journal.read(folder)) as journal:
        for number in range(4):
            journal.append(entry(number))
    data = journal.path.read_bytes()
    journal.path.write_bytes(data[:cut])
    whole = data[:cut].count(b"\n") + (data[cut : cut + 1] == b"\n")
    with closing(Journal.read(folder)) as torn:
        assert list(torn.entries.values()) == [entry(n) for n in range(min(4, whole))]
        torn.append(entry(9))
    assert Journal.read(folder).entries == {**torn.entries, entry(9).output: entry(9)}


def test_foreign_lines_are_passed_over(tmp_path: Path) -> None:
    with closing(Journal.read(tmp_path)) as journal:
        journal.append(entry(1))
    with journal.path.open("ab") as file:
        file.write(b'[1]\n"x"\n{}\n{"output": 3}\n\xff\xfe\n\n')
    assert list(Journal.read(tmp_path).entries.values()) == [entry(1)]


def test_names_of_any_script(tmp_path: Path) -> None:
    name = tmp_path / "Ünï" / 'a"b\u2028c.png'
    with closing(Journal.read(tmp_path)) as journal:
        journal.append(Entry(journal.name(name), "i", "c", "r"))
    assert Journal.read(tmp_path).find(name) is not None


def test_threads_append_whole_lines(tmp_path: Path) -> None:
    journal = Journal.read(tmp_path)

    def append(start: int) -> None:
        for number in range(start, start + 50):
            journal.append(entry(number))

    threads = [threading.Thread(target=append, args=(n * 50,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal.close()
    assert len(Journal.read(tmp_path).entries) == 200
