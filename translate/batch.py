"""The pictures that travel through a pipeline, and the noise that belongs to each of them."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import torch
    from torch import Tensor

_BLOCK = 64
_SLOTS = ("mask", "reference", "alpha", "kept", "film")


def seed_for(*parts: object) -> int:
    """Return a seed in [0, 2^63) that depends on `parts` alone, on every machine and run."""
    # Names of files need not be valid Unicode.
    text = "\0".join(map(str, parts)).encode(errors="surrogatepass")
    digest = hashlib.blake2b(text, digest_size=8).digest()
    return int.from_bytes(digest) >> 1


@dataclass(frozen=True, slots=True)
class Batch:
    """Pictures on their way through a pipeline.

    Tensors are float32, sRGB, in [0, 1], on one device, and are never modified in place: a
    stage returns `batch.replace(image=...)`.

    Shape:
        image: (B, C, H, W), C = 3 or 1. mask: (B, 1, H, W), 1 = fill in.
        reference: (B, 3, h, w) of any size. alpha: (B, 1, H, W), 1 = opaque.
        kept: (B, C, h, w), the picture as it was at a `keep` step. film: (B, T, C, H, W).
    """

    image: Tensor
    keys: tuple[str, ...]
    """One per item: its path relative to the input folder, with `#n` for frame n."""
    seeds: tuple[int, ...]
    """One per item, from (run seed, key): a result never depends on the batching."""
    mask: Tensor | None = None
    reference: Tensor | None = None
    prompts: tuple[str, ...] | None = None
    alpha: Tensor | None = None
    """Opacity of the picture, where the file has one. A stage that moves pixels moves it too; if
    it is of another size than the image in the end, the core resizes it."""
    kept: Tensor | None = None
    film: Tensor | None = None
    """The way to the picture, (B, T, C, H, W) in time: written as an animation in its place,
    where the output's format can be one."""
    origins: tuple[tuple[int, int], ...] | None = None
    """Top and left of each item in its whole picture, where items are tiles."""
    info: tuple[Mapping[str, Any], ...] | None = None
    """Per item: what a stage wants said in the JSON Lines, e.g. {"clip_score": 0.31}. A `note` is
    a warning in the summary of the run too."""

    def __len__(self) -> int:
        return len(self.keys)

    def replace(self, **changes: Any) -> Self:
        """Return a copy with the named fields changed."""
        return dataclasses.replace(self, **changes)

    def to(self, device: torch.device | str) -> Self:
        """Return the same batch with its tensors on `device`."""
        moved = {k: v.to(device) for k in ("image", *_SLOTS) if (v := getattr(self, k)) is not None}
        return self.replace(**moved)

    def split(self) -> Iterator[Self]:
        """Yield batches of one item each, in order."""
        for i in range(len(self)):
            cut = slice(i, i + 1)
            parts = {
                field.name: value[cut]
                for field in dataclasses.fields(self)
                if (value := getattr(self, field.name)) is not None
            }
            yield dataclasses.replace(self, **parts)

    @classmethod
    def stack(cls, batches: Sequence[Self]) -> Self:
        """Join batches whose pictures share one shape and that fill the same slots."""
        import torch

        fields: dict[str, Any] = {}
        for field in dataclasses.fields(cls):
            values = [getattr(batch, field.name) for batch in batches]
            if any(value is None for value in values):
                if field.name == "info":
                    fields["info"] = (
                        tuple(i for b in batches for i in (b.info or ({},) * len(b)))
                        if any(values)
                        else None
                    )
                else:
                    fields[field.name] = None
            elif isinstance(values[0], tuple):
                fields[field.name] = tuple(item for value in values for item in value)
            else:
                fields[field.name] = torch.cat(values)
        return cls(**fields)

    def with_info(self, rows: Sequence[Mapping[str, Any]]) -> Self:
        """Return a copy where each item's info also has the entries of its row."""
        old = self.info or ({},) * len(self)
        return self.replace(info=tuple({**a, **b} for a, b in zip(old, rows, strict=True)))

    def noise(
        self, channels: int, height: int, width: int, salt: object = 0, scale: int = 1
    ) -> Tensor:
        """Return standard normal noise that depends only on seed, `salt` and place in the picture.

        A tile gets the part of the whole picture's noise that lies under it. `scale` is the
        factor between the picture's pixels and the noise's (4 in a x4 upscaler's output).

        Shape:
            (B, channels, height, width), float32, on the image's device.
        """
        import torch

        origins = self.origins or ((0, 0),) * len(self)
        fields = [
            noise_field(seed, channels, height, width, top * scale, left * scale, salt)
            for seed, (top, left) in zip(self.seeds, origins, strict=True)
        ]
        return torch.stack(fields).to(self.image.device)


def noise_field(
    seed: int, channels: int, height: int, width: int, top: int = 0, left: int = 0, salt: object = 0
) -> Tensor:
    """Return a window of an endless field of standard normal noise, made block by block.

    Shape:
        (channels, height, width), float32, on the CPU.
    """
    import torch

    rows = range(top // _BLOCK, (top + height - 1) // _BLOCK + 1)
    columns = range(left // _BLOCK, (left + width - 1) // _BLOCK + 1)
    generator = torch.Generator()

    def block(row: int, column: int) -> Tensor:
        generator.manual_seed(seed_for(seed, salt, row, column))
        return torch.randn(channels, _BLOCK, _BLOCK, generator=generator)

    field = torch.cat([torch.cat([block(r, c) for c in columns], -1) for r in rows], -2)
    y, x = top - rows[0] * _BLOCK, left - columns[0] * _BLOCK
    return field[:, y : y + height, x : x + width].contiguous()
