"""Weights are fetched when asked for, whole, and only as promised."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from translate.errors import WeightsError
from translate.fetch import fetch
from translate.weights import Store, Weights

DATA = bytes(range(256)) * 5000
SHA = hashlib.sha256(DATA).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Serves DATA, half of it as `/cut`, and 404 for everything else."""

    def do_GET(self) -> None:
        if self.path == "/gone":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(DATA)))
        self.end_headers()
        self.wfile.write(DATA[: len(DATA) // 2] if self.path == "/cut" else DATA)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def test_fetched_weights_are_found_by_the_store(server: str, tmp_path: Path) -> None:
    entry = Weights("w", url=f"{server}/w.safetensors", sha256=SHA)
    store = Store({"w": entry}, home=tmp_path / "home")
    told: list[tuple[int, int | None]] = []
    path = fetch(entry, store, lambda done, total: told.append((done, total)))
    assert path.read_bytes() == DATA
    assert store.locate("w") == path
    assert told[-1] == (len(DATA), len(DATA))
    offline = Store({"w": entry}, offline=True, home=tmp_path / "home")
    assert fetch(entry, offline) == path


@pytest.mark.parametrize(
    ("place", "sha", "message"),
    [
        ("gone", SHA, "cannot be fetched"),
        ("cut", SHA, "not what was promised|cannot be fetched"),
        ("w", "0" * 64, "not what was promised"),
    ],
)
def test_nothing_is_left_of_what_does_not_fit(
    server: str, tmp_path: Path, place: str, sha: str, message: str
) -> None:
    entry = Weights("w", url=f"{server}/{place}", sha256=sha)
    with pytest.raises(WeightsError, match=message):
        fetch(entry, Store({"w": entry}, home=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_fetched_again(server: str, tmp_path: Path) -> None:
    entry = Weights("w", url=f"{server}/w.safetensors", sha256=SHA)
    store = Store({"w": entry}, home=tmp_path)
    store.fetched(entry).write_bytes(b"cut")
    assert fetch(entry, store).read_bytes() == DATA


@pytest.mark.parametrize(
    ("entry", "offline", "message"),
    [
        (Weights("w", url="http://127.0.0.1:1/w", sha256=SHA), True, "--offline forbids"),
        (Weights("w", url="http://127.0.0.1:1/w", sha256=SHA), False, "cannot be fetched"),
        (Weights("w", url="http://127.0.0.1:1/w"), False, "have no URL with a SHA-256"),
        (Weights("w", path=Path("w")), False, "have no URL with a SHA-256"),
        (Weights("w", url="no url", sha256=SHA), False, "cannot be fetched"),
    ],
)
def test_what_cannot_be_fetched(
    entry: Weights, offline: bool, message: str, tmp_path: Path
) -> None:
    with pytest.raises(WeightsError, match=message):
        fetch(entry, Store({"w": entry}, offline=offline, home=tmp_path))
