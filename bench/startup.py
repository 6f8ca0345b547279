"""How fast the command line starts, as ratios within one run.

    python bench/startup.py [--repeat 7]

Prints, as the median of several runs, the wall time of `translate --help` and `translate check`
over that of `python -c "import torch"` (the bar is 1/3), and of `translate --help` over that of
importing what it is made of (the bar is 2.5). Exits with 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

MAIN = "import sys; from translate.cli import main; main()"
TORCH = "import torch"
PARTS = "import typer, rich, pydantic, pluggy, yaml"
COMMANDS = {
    "import torch": ["-c", TORCH],
    "import parts": ["-c", PARTS],
    "translate --help": ["-c", MAIN, "--help"],
    "translate check": ["-c", MAIN, "check", "gray | upscale-bicubic factor=2"],
    "translate stages": ["-c", MAIN, "stages"],
}
BARS = (
    ("translate --help", "import torch", 1 / 3),
    ("translate check", "import torch", 1 / 3),
    ("translate --help", "import parts", 2.5),
)


def seconds(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - start


def measure(repeat: int) -> dict[str, float]:
    """Return the median wall time of each command; the commands take turns."""
    for arguments in COMMANDS.values():
        seconds(arguments)  # The first run compiles and fills the disk cache.
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(repeat):
        for name, arguments in COMMANDS.items():
            times[name].append(seconds(arguments))
    return {name: statistics.median(found) for name, found in times.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description="Start-up time, as ratios.")
    parser.add_argument("--repeat", type=int, default=7)
    found = measure(parser.parse_args().repeat)
    for name, value in found.items():
        print(f"{name:<18} {value * 1000:6.0f} ms")
    held = True
    for name, base, bar in BARS:
        ratio = found[name] / found[base]
        held &= ratio <= bar
        verdict = "held" if ratio <= bar else "MISSED"
        print(f"{name} / {base}: {ratio:.2f} (bar {bar:.2f}: {verdict})")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
