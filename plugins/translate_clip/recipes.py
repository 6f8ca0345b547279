"""The settings of `translate train vqgan | gan | clip`. Imports no torch."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from translate import Field, Recipe, TrainContext, Training
from translate.nn.gan.choose import choose_generator, weights_config
from translate.recipe import DataKind, Defaults
from translate_clip.generators import StyleGanConfig, VqganConfig

GanLoss = Literal["hinge", "non-saturating"]


class VqganRecipe(Recipe):
    """Train an autoencoder whose latents a picture can be moved in (Esser et al. 2021).

    Reconstruction (L1, and a perceptual term where `perceptual` names MobileNetV2 weights), the
    bottleneck's own loss, and from `gan_start` images on a discriminator of patches. `kind=kl`
    trains a VAE-GAN.
    """

    name = "vqgan"
    data: ClassVar[DataKind] = "single"
    # GroupNorm's backward is ten times slower in channels_last on the CPU.
    channels_last: ClassVar[bool] = False
    defaults: ClassVar[Defaults] = Defaults(
        images=300_000,
        batch=8,
        schedule="constant",
        warmup=2_000,
        ema=10_000,
        load_size=144,
        crop_size=128,
    )

    kind: Literal["vq", "gumbel", "kl"] = Field("vq", description="Bottleneck")
    generator_config: dict[str, Any] = Field(
        default_factory=dict, description="Further settings of the generator 'vqgan'"
    )
    codes: int = Field(1024, ge=2, description="Entries of the codebook")
    lr: float = Field(2e-4, gt=0, description="Adam's rate, of both networks")
    perceptual: str | None = Field(
        None, description="MobileNetV2 weights in torchvision's layout, BatchNorm folded"
    )
    perceptual_weight: float = Field(0.1, ge=0, description="Weight of the perceptual term")
    usage_weight: float = Field(
        0.02, ge=0, description="Weight of the entropy that keeps codebook entries in use"
    )
    gan_loss: GanLoss = Field("hinge", description="Adversarial loss")
    gan_weight: float = Field(0.5, ge=0, description="Of it, beside the adaptive weight of eq. 7")
    gan_start: int = Field(60_000, ge=0, description="Images before the discriminator takes part")
    ndf: int = Field(32, ge=1, description="Filters of the discriminator's first layer")

    def prepare(self, ctx: TrainContext) -> Training:
        """Build the networks and their optimisers."""
        from translate_clip.training.vqgan import VqganTraining

        return VqganTraining(self, self.generator_settings(ctx), ctx)

    def generator_settings(self, ctx: TrainContext) -> VqganConfig:
        """Return the generator's settings. Raises UsageError where one does not fit."""
        wishes = {
            "in_channels": ctx.channels[0],
            "out_channels": ctx.channels[0],
            "kind": self.kind,
            "codes": self.codes,
        }
        _, config = choose_generator(ctx.generators, "vqgan", wishes, self.generator_config)
        return VqganConfig.model_validate(config.model_dump())

    def config(self, ctx: TrainContext) -> dict[str, Any]:
        """Return what stages rebuild the generator from."""
        generator = ctx.generators["vqgan"]
        return {"recipe": self.name, **weights_config(generator, self.generator_settings(ctx))}


class GanRecipe(Recipe):
    """Train a small StyleGAN2-like generator, conditioned on words of captions if there are any.

    Non-saturating or hinge loss, lazy R1 (Mescheder et al. 2018), averaged weights, and adaptive
    augmentation for small data (Karras et al. 2020a). `projected` names MobileNetV2 weights in
    torchvision's layout whose features are judged instead of pixels, which learns with fewer
    pictures and steps (Sauer et al. 2021). With `anchor` the noise of half of each batch is read
    off real pictures, by a linear map of those features that learns too, and should become them:
    an autoencoder beside the GAN (as in VAE-GAN, Larsen et al. 2016), which keeps a short training
    from drawing one thing for all; part of that noise is fresh, so that words count. `captions` is
    a file of `path<TAB>caption` lines; its most frequent words become what the generator listens
    to.
    """

    name = "gan"
    data: ClassVar[DataKind] = "single"
    aligned: ClassVar[bool] = False
    best: ClassVar[tuple[str, Literal["min", "max"]]] = ("frechet", "min")
    defaults: ClassVar[Defaults] = Defaults(
        images=1_000_000,
        batch=16,
        schedule="constant",
        ema=10_000,
        load_size=64,
        crop_size=64,
    )

    generator_config: dict[str, Any] = Field(
        default_factory=dict, description="Further settings of the generator 'stylegan'"
    )
    captions: str | None = Field(None, description="File of path<TAB>caption lines")
    captions_prefix: str = Field(
        "", description="What stands before a picture's path in that file, such as 'emoji/'"
    )
    vocabulary: int = Field(256, ge=1, description="How many of the captions' words count")
    word_dropout: float = Field(0.1, ge=0, le=1, description="Share of pictures shown wordless")
    loss: GanLoss = Field("non-saturating", description="Adversarial loss")
    lr: float = Field(2e-3, gt=0, description="Adam's rate, of both networks")
    r1: float = Field(1.0, ge=0, description="Weight of R1, the penalty on the judge's gradient")
    r1_every: int = Field(16, ge=1, description="Batches between two penalties")
    ada_target: float = Field(
        0.6, ge=0, le=1, description="How sure the judge may be before augmentation rises; 0 = off"
    )
    ada_start: float = Field(
        0.0, ge=0, le=1, description="Probability of augmentation to begin with"
    )
    anchor: float = Field(
        0.0,
        ge=0,
        description="Weight of the distance from pictures to what is made of noise read off them",
    )
    ndf: int = Field(32, ge=1, description="Channels of the discriminator at full resolution")
    projected: str | None = Field(
        None, description="MobileNetV2 weights that the discriminator sees pictures through"
    )

    def prepare(self, ctx: TrainContext) -> Training:
        """Build the networks and their optimisers."""
        from translate_clip.training.gan import GanTraining

        return GanTraining(self, self.generator_settings(ctx), ctx)

    def generator_settings(self, ctx: TrainContext) -> StyleGanConfig:
        """Return the generator's settings. Raises UsageError where one does not fit."""
        from translate_clip.captions import frequent_words, read_captions

        words: tuple[str, ...] = ()
        if self.captions:
            words = frequent_words(
                read_captions(self.captions, self.captions_prefix), self.vocabulary
            )
        wishes = {"resolution": ctx.size[0], "out_channels": ctx.channels[0], "words": words}
        _, config = choose_generator(ctx.generators, "stylegan", wishes, self.generator_config)
        return StyleGanConfig.model_validate(config.model_dump())

    def config(self, ctx: TrainContext) -> dict[str, Any]:
        """Return what stages rebuild the generator from."""
        generator = ctx.generators["stylegan"]
        return {"recipe": self.name, **weights_config(generator, self.generator_settings(ctx))}


class ClipRecipe(Recipe):
    """Train a small CLIP on captioned pictures (Radford et al. 2021).

    Symmetric contrastive loss with a learned temperature; pictures of one caption are no
    negatives of each other. `trunk` names MobileNetV2 weights to start the image tower from. The
    result is a file that `clip-guide` takes, and `python -m translate_clip.export` turns into a
    folder for open_clip.
    """

    name = "clip"
    data: ClassVar[DataKind] = "captioned"
    translates: ClassVar[bool] = False
    best: ClassVar[tuple[str, Literal["min", "max"]]] = ("top1", "max")
    defaults: ClassVar[Defaults] = Defaults(
        images=200_000,
        batch=128,
        schedule="cosine",
        warmup=6_000,
        load_size=144,
        crop_size=128,
        clip=1.0,
    )

    embed_dim: int = Field(256, ge=1, description="Dimensions of the common space")
    trunk_width: int = Field(100, ge=10, description="Of the MobileNetV2 image tower, in percent")
    trunk: str | None = Field(
        None, description="MobileNetV2 weights in torchvision's layout, BatchNorm folded"
    )
    trunk_rate: float = Field(
        0.1,
        ge=0,
        description="The trunk's rate, in terms of `lr`; 0 = frozen, its features remembered",
    )
    views: int = Field(
        1, ge=1, description="Views of each picture: the whole, and cutouts as clip-guide makes"
    )
    context_length: int = Field(32, ge=4, description="Tokens of a text, start and end included")
    width: int = Field(192, ge=1, description="Channels of the text tower")
    heads: int = Field(6, ge=1, description="Its attention heads")
    layers: int = Field(4, ge=1, description="Its blocks")
    lr: float = Field(1e-3, gt=0, description="AdamW's rate")
    weight_decay: float = Field(0.1, ge=0, description="AdamW's decay, of matrices alone")

    def prepare(self, ctx: TrainContext) -> Training:
        """Build both towers and their optimiser."""
        from translate_clip.training.clip import ClipTraining

        return ClipTraining(self, ctx)

    def config(self, ctx: TrainContext) -> dict[str, Any]:
        """Return what rebuilds the towers."""
        from translate_clip.nets.clip import ClipConfig
        from translate_clip.tokenizer import Tokenizer

        towers = ClipConfig(
            embed_dim=self.embed_dim,
            image_size=ctx.size[0],
            trunk_width=self.trunk_width,
            context_length=self.context_length,
            vocabulary=Tokenizer().size,
            width=self.width,
            heads=self.heads,
            layers=self.layers,
        )
        return {"network": "clip", "recipe": self.name, "clip": towers.model_dump()}
