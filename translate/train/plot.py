"""The statistics of a run as a picture: a small chart for each loss and held-out measure."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from translate.images import write_atomic

_WIDTH, _HEIGHT, _MARGIN, _ACROSS = 440, 240, 44, 3
_INK, _LINE, _FAINT, _BASE = "#333333", "#1f77b4", "#b8d4ea", "#d62728"
_SKIPPED = ("images", "seconds", "images_per_second", "rate")
Points = list[tuple[float, float]]


def write_plot(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Draw the rows of stats.jsonl. Held-out measures have their baseline as a red line."""
    charts = series(rows)
    if not charts:
        return
    across = min(_ACROSS, len(charts))
    lines = -(-len(charts) // across)
    canvas = Image.new("RGB", (across * _WIDTH, lines * _HEIGHT), "white")
    for index, (name, (points, baseline)) in enumerate(charts.items()):
        chart = _chart(name, points, baseline)
        canvas.paste(chart, (index % across * _WIDTH, index // across * _HEIGHT))
    data = io.BytesIO()
    canvas.save(data, "PNG")
    write_atomic(path, data.getvalue())


def series(rows: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Points, float | None]]:
    """Return the points (images, value) of every number in the rows, and its baseline."""
    found: dict[str, tuple[Points, float | None]] = {}
    for row in rows:
        held = row.get("held_out")
        values = held if held is not None else row
        for name, value in values.items():
            if name in _SKIPPED or not isinstance(value, int | float):
                continue
            title = f"held out: {name}" if held is not None else name
            base = row.get("baseline", {}).get(name)
            found.setdefault(title, ([], base))[0].append((row["images"], value))
    return found


def smooth(points: Points) -> Points:
    """Return the points with each value averaged over a fortieth of them on either side."""
    reach = len(points) // 40
    values = [value for _, value in points]
    means = []
    for i in range(len(values)):
        window = values[max(0, i - reach) : i + reach + 1]
        means.append(sum(window) / len(window))
    return [(x, mean) for (x, _), mean in zip(points, means, strict=True)]


def _chart(name: str, points: Points, baseline: float | None) -> Image.Image:
    chart = Image.new("RGB", (_WIDTH, _HEIGHT), "white")
    draw = ImageDraw.Draw(chart)
    font = ImageFont.load_default(12)
    values = [value for _, value in points] + ([] if baseline is None else [baseline])
    low, high = min(values), max(values)
    last = max(x for x, _ in points)

    def place(x: float, y: float) -> tuple[float, float]:
        right = _MARGIN + (x / (last or 1)) * (_WIDTH - 1.5 * _MARGIN)
        down = (y - low) / ((high - low) or 1) * (_HEIGHT - 2 * _MARGIN)
        return right, _HEIGHT - _MARGIN - down

    draw.line([place(0, high), place(0, low), place(last, low)], fill=_INK)
    if baseline is not None:
        draw.line([place(0, baseline), place(last, baseline)], fill=_BASE)
    draw.line([place(*point) for point in points], fill=_FAINT)
    draw.line([place(*point) for point in smooth(points)], fill=_LINE, width=2)
    draw.text((_MARGIN, 8), name, fill=_INK, font=font)
    draw.text((4, _MARGIN - 14), f"{high:.4g}", fill=_INK, font=font)
    draw.text((4, _HEIGHT - _MARGIN + 2), f"{low:.4g}", fill=_INK, font=font)
    end = (_WIDTH - _MARGIN // 2, _HEIGHT - _MARGIN + 2)
    draw.text(end, f"{last:,} images", fill=_INK, font=font, anchor="ra")
    return chart
