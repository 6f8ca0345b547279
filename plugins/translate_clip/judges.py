"""Opening a CLIP by name: a small one of ours, or any of open_clip's. No torch until it opens."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from translate.errors import PluginError, WeightsError, did_you_mean
from translate.weights import Store

if TYPE_CHECKING:
    from types import ModuleType

    from translate.stage import Context
    from translate_clip.nets.judge import Judge, NativeJudge

SCHEMES = ("open_clip:", "hf-hub:", "local-dir:")
"""How names begin that open_clip opens; others are weights of ours."""


def is_ours(name: str) -> bool:
    """Say whether a CLIP is opened from weights of ours, without open_clip."""
    return not name.startswith(SCHEMES)


def check(store: Store, name: str) -> None:
    """Raise WeightsError where it is plain already that a CLIP cannot be opened."""
    if name.startswith("local-dir:"):
        folder = Path(name.removeprefix("local-dir:")).expanduser()
        if not (folder / "open_clip_config.json").is_file():
            raise WeightsError(f"clip '{name}': no open_clip_config.json in {folder}")
    elif not is_ours(name):
        if store.offline:
            raise WeightsError(
                f"clip '{name}' would be fetched, which --offline forbids; keep the model in a "
                "folder and name it local-dir:FOLDER"
            )
        if name.startswith("open_clip:") and "/" not in name:
            raise WeightsError(f"clip '{name}': expected open_clip:MODEL/TAG")
    elif store.header(name).config.get("network") != "clip":
        raise WeightsError(
            f"weights '{name}' hold no CLIP; 'translate train clip' makes some, and open_clip's "
            "are named open_clip:MODEL/TAG, hf-hub:ORG/REPO or local-dir:FOLDER"
        )


def open_judge(ctx: Context, name: str) -> Judge:
    """Return a CLIP, frozen, on the device.

    Raises:
        WeightsError: missing, damaged, or not a CLIP.
        PluginError: it needs open_clip, which is not installed.
    """
    check(ctx.store, name)
    return _ours(ctx, name) if is_ours(name) else _open_clip(ctx, name)


def _ours(ctx: Context, name: str) -> NativeJudge:
    import torch

    from translate_clip.nets.clip import Clip, ClipConfig
    from translate_clip.nets.judge import NativeJudge
    from translate_clip.nets.mobilenet import fold_norms
    from translate_clip.nets.painter import prepare

    checkpoint = ctx.open(name)
    try:
        net = Clip(ClipConfig.model_validate(checkpoint.config.get("clip", {})))
        net.load_state_dict(checkpoint.tensors)
    except (ValidationError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise WeightsError(f"{checkpoint.path}: not a CLIP of this layout: {reason}") from error
    fold_norms(net.eval().visual.trunk)
    # Depthwise convolutions in bfloat16 are slower than in float32 on the CPU.
    dtype = torch.float32 if ctx.device.type == "cpu" else ctx.dtype
    prepare(net, ctx.device, dtype)
    return NativeJudge(net, ctx.device, dtype)


def _open_clip(ctx: Context, name: str) -> Judge:
    from translate_clip.nets.judge import OpenClipJudge
    from translate_clip.nets.painter import prepare

    library = _library(name)
    model, tag = name, None
    if name.startswith("open_clip:"):
        model, tag = name.removeprefix("open_clip:").split("/", 1)
        _check_tag(library, model, tag)
    try:
        net: Any = library.create_model(model, pretrained=tag, device=ctx.device)
        tokenizer: Any = library.get_tokenizer(model)
    except pickle.UnpicklingError as error:
        # PyTorch's own words advise to run the code.
        raise WeightsError(
            f"clip '{name}': refused, since its file holds more than tensors and opening it would "
            "run its code; 'translate weights convert FILE OUT.safetensors' takes the tensors out"
        ) from error
    except (OSError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise WeightsError(f"clip '{name}': open_clip cannot open it: {reason}") from error
    prepare(net, ctx.device)
    return OpenClipJudge(net, tokenizer, ctx.device, ctx.dtype)


def _library(name: str) -> ModuleType:
    try:
        import open_clip
    except ImportError as error:
        raise PluginError(
            f"clip '{name}' needs open_clip: pip install 'translate-images[clip]'"
        ) from error
    module: ModuleType = open_clip
    return module


def _check_tag(library: Any, model: str, tag: str) -> None:
    models = library.list_models()
    if model not in models:
        raise WeightsError(f"open_clip has no model '{model}'{did_you_mean(model, models)}")
    tags = library.list_pretrained_tags_by_model(model)
    if tag not in tags and not Path(tag).is_file():
        known = ", ".join(tags) or "none"
        raise WeightsError(f"open_clip's {model} has no weights '{tag}'; known are {known}")
