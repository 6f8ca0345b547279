"""What is shown of a training: a bar on a terminal, else lines; and the exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from translate.cli.train_show import Screen
from translate.train.events import Checked, Event, Finished, Measured, Started, Stepped, Warned

RUN: tuple[Event, ...] = (
    Checked((7, 0), (2, 0), (), ("1 of 7 inputs are gray",)),
    Started(0, 4000, "cpu", "bfloat16", 2_000_000),
    Stepped(2000, {"generator": 0.51234}),
    Measured(2000, {"psnr": 21.5}, {"psnr": 18.9}, best=True),
    Warned("out/loss.png: could not be written (No space left on device)"),
    Stepped(4000, {"generator": 0.4}),
    Finished(4000, stopped=False, weights=Path("out/weights.safetensors")),
)


@pytest.mark.parametrize("terminal", [False, True])
def test_everything_that_matters_is_said(
    capsys: pytest.CaptureFixture[str], terminal: bool
) -> None:
    with Screen(terminal) as screen:
        for event in RUN:
            screen.show(event)
    said = " ".join(capsys.readouterr().err.split())
    for part in (
        "1 of 7 inputs are gray", "7 to train on, 2 held out", "2.00 M parameters",
        "held out at 2,000: psnr 21.5 (input: 18.9), the best so far", "No space left",
        "trained on 4,000 images",
    ):  # fmt: skip
        assert part in said
    assert ("images/s" in said) is terminal, "without a terminal a line a minute is enough"
    assert screen.exit_code == 0


def test_problems_are_listed_up_to_a_bound_and_end_with_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Screen() as screen:
        screen.show(Checked((5, 6), (0, 0), tuple(f"{i}.png: bad" for i in range(25)), ()))
    said = capsys.readouterr().err
    assert said.count(": bad") == 20
    assert "and 5 more" in said
    assert "5 + 6 to train on, 0 held out; 25 left out" in said
    assert screen.exit_code == 1


def test_a_stopped_run_ends_with_130(capsys: pytest.CaptureFixture[str]) -> None:
    with Screen() as screen:
        screen.show(Finished(40, stopped=True, weights=Path("w")))
    assert screen.exit_code == 130
    assert "stopped at image 40; the same command goes on" in capsys.readouterr().err
