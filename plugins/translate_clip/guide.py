"""The stage `clip-guide`. No torch until it is loaded."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from pydantic import field_validator

from translate import Batch, Context, Contract, Field, Store
from translate.batch import seed_for
from translate.errors import InputError
from translate.stage import Run, Slot
from translate_clip.judges import check, is_ours, open_judge
from translate_clip.prompts import Prompt, of_item, of_stage, parse
from translate_clip.shipped import default
from translate_clip.stages import LatentStage, read_picture

if TYPE_CHECKING:
    from torch import Tensor

    from translate_clip.nets.guide import Guided, GuideSettings
    from translate_clip.nets.judge import Judge
    from translate_clip.nets.losses import Aims
    from translate_clip.nets.painter import Painter

AugmentName = Literal["affine", "perspective", "flip", "jitter", "erase", "noise"]


class ClipGuide(LatentStage):
    """Move pictures through a generator's latent space until CLIP agrees with words.

    The prompt is `text:weight | text:weight`; a part that ends like a picture file is a picture to
    come near to; a negative weight leads away. Without a `prompt`, each item brings its own.
    The picture of the best score is kept; scores are in the JSON Lines. VQGAN-CLIP: Crowson et
    al. 2022.
    """

    name = "clip-guide"
    clip: str = Field(
        default("clip"),
        description="Weights of a CLIP of ours, or open_clip:MODEL/TAG, hf-hub:ORG/REPO, "
        "local-dir:FOLDER",
    )
    prompt: str | None = Field(None, description="What every picture should show")
    steps: int = Field(150, ge=1, le=100_000, description="Steps of the optimiser at most")
    rate: float = Field(0.1, gt=0, description="Its learning rate")
    optimizer: Literal["adam", "adamw", "radam"] = Field("adam", description="Its kind")
    distance: Literal["spherical", "cosine"] = Field("spherical", description="In CLIP's space")
    cutouts: int = Field(16, ge=1, le=512, description="Cutouts that CLIP sees at each step")
    smallest_cutout: float = Field(
        0.4, gt=0, le=1, description="Share of the shorter side that the smallest cutout has"
    )
    augment: tuple[AugmentName, ...] = Field(
        ("affine", "perspective", "flip", "jitter"), description="What is done to cutouts"
    )
    init_weight: float = Field(0.0, ge=0, description="How strongly the start holds on")
    tv_weight: float = Field(0.0, ge=0, description="Weight of total variation: smoothness")
    range_weight: float = Field(0.0, ge=0, description="Weight of colours beyond black and white")
    ema: float = Field(0.9, ge=0, lt=1, description="Of the latent: the share that is kept a step")
    check_every: int = Field(10, ge=1, description="Steps between two looks at the score")
    patience: int = Field(
        0, ge=0, description="Looks without a better score after which to stop; 0 = never"
    )
    frames: int = Field(
        0, ge=0, le=1000, description="Frames of the way there, for WebP, GIF, PNG; 0 = none"
    )

    @field_validator("prompt")
    @classmethod
    def _parses(cls, prompt: str | None) -> str | None:
        if prompt is not None:
            parse(prompt)
        return prompt

    def needs(self) -> tuple[Slot, ...]:
        """Return the slots that must be filled."""
        own: tuple[Slot, ...] = () if self.prompt is not None else ("prompts",)
        return (*super().needs(), *own)

    def contract(self, store: Store) -> Contract:
        """Return what the stage needs; prompts, pictures in them and CLIP are checked here."""
        if self.prompt is not None:
            of_stage(self.prompt)
        check(store, self.clip)
        contract = super().contract(store)
        if not is_ours(self.clip):
            return contract
        return dataclasses.replace(contract, weights=(*contract.weights, self.clip))

    def moves(self, ctx: Context, painter: Painter) -> Run:
        """Open CLIP; return the function that guides a batch."""
        judge = open_judge(ctx, self.clip)
        known = lru_cache(64)(lambda line: _vectors(judge, line))
        settings = self._settings(judge)

        def together(batch: Batch) -> Batch:
            rows = [known(prompts) for prompts in self._prompts(batch)]
            guided = self._guide(painter, judge, batch, rows, settings)
            return self._result(painter, batch, guided, [cut for _, _, cut in rows])

        # On the CPU a batch saves nothing, and alone each picture is the same to the last bit.
        if ctx.device.type != "cpu":
            return together
        return lambda batch: Batch.stack([together(one) for one in batch.split()])

    def _prompts(self, batch: Batch) -> list[tuple[Prompt, ...]]:
        if self.prompt is not None:
            return [of_stage(self.prompt)] * len(batch)
        if batch.prompts is None:
            raise InputError(f"stage '{self.name}': no prompt; give --prompt, or say prompt=...")
        pairs = zip(batch.prompts, batch.keys, strict=True)
        return [of_item(line, key) for line, key in pairs]

    def _settings(self, judge: Judge) -> GuideSettings:
        from translate_clip.nets.cutouts import CutoutSettings
        from translate_clip.nets.guide import GuideSettings

        return GuideSettings(
            steps=self.steps,
            rate=self.rate,
            optimizer=self.optimizer,
            distance=self.distance,
            init_weight=self.init_weight,
            tv_weight=self.tv_weight,
            range_weight=self.range_weight,
            ema=self.ema,
            check_every=self.check_every,
            patience=self.patience,
            frames=self.frames,
            cutouts=CutoutSettings(
                self.cutouts, judge.size, self.smallest_cutout, frozenset(self.augment)
            ),
        )

    def _guide(
        self,
        painter: Painter,
        judge: Judge,
        batch: Batch,
        rows: list[tuple[Tensor, Tensor, bool]],
        settings: GuideSettings,
    ) -> Guided:
        import torch

        from translate_clip.nets.guide import guide

        start = self.begin(painter, batch)
        generators = [torch.Generator().manual_seed(seed_for(s, "cutouts")) for s in batch.seeds]
        with torch.enable_grad():
            return guide(start, _aims(rows), painter, judge.images, settings, generators)

    def _result(self, painter: Painter, batch: Batch, guided: Guided, cut: list[bool]) -> Batch:
        film = None if guided.film is None else self._sized(guided.film, batch)
        rows = [_row(guided, i, cut[i]) for i in range(len(batch))]
        image = self.paint(painter, guided.latent, batch)
        return batch.replace(image=image, film=film).with_info(rows)

    def _sized(self, film: Tensor, batch: Batch) -> Tensor:
        """Return the film in the size that was promised. Shape: (B, T, 3, H, W)."""
        from translate_clip.nets.painter import fitted

        height, width = batch.image.shape[-2:]
        frames = fitted(film.flatten(0, 1), self.output_size(height, width))
        return frames.view(*film.shape[:2], *frames.shape[1:])


def _row(guided: Guided, i: int, cut: bool) -> dict[str, Any]:
    """Return what the JSON Lines say of one picture."""
    row: dict[str, Any] = {
        "clip_score": round(float(guided.score[i]), 4),
        "clip_score_start": round(float(guided.start[i]), 4),
        "clip_steps": int(guided.steps[i]),
    }
    return row | ({"note": "the prompt is longer than CLIP reads, and was cut"} if cut else {})


def _vectors(judge: Judge, prompts: tuple[Prompt, ...]) -> tuple[Tensor, Tensor, bool]:
    """Return directions (P, D) and weights (P,) of one item's prompts, and whether one was cut."""
    import torch

    from translate_clip.nets.painter import fitted

    rows, any_cut = [], False
    for prompt in prompts:
        if prompt.picture is not None:
            picture = fitted(read_picture(prompt.picture), (judge.size, judge.size)).clamp(0, 1)
            rows.append(judge.images(picture.to(judge.device))[0])
        else:
            vectors, cut = judge.texts([prompt.text])
            rows.append(vectors[0])
            any_cut |= cut[0]
    directions = torch.stack(rows)
    weights = directions.new_tensor([prompt.weight for prompt in prompts])
    return directions, weights, any_cut


def _aims(rows: list[tuple[Tensor, Tensor, bool]]) -> Aims:
    """Return the items' prompts as one: those with fewer are filled up with weight 0."""
    from torch.nn.utils.rnn import pad_sequence

    from translate_clip.nets.losses import Aims

    return Aims(
        pad_sequence([directions for directions, _, _ in rows], batch_first=True),
        pad_sequence([weights for _, weights, _ in rows], batch_first=True),
    )
