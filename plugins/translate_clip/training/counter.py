"""How far a training is, for what begins later or happens only now and then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class Counter:
    """Counts the images and batches that one process has learned from; part of a run's state."""

    images: int = 0
    batches: int = 0

    def add(self, images: int) -> None:
        """Count one batch."""
        self.images += images
        self.batches += 1

    def state_dict(self) -> dict[str, Any]:
        """Return the counts."""
        return {"images": self.images, "batches": self.batches}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over counts."""
        self.images, self.batches = int(state["images"]), int(state["batches"])
