from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from translate import Context, Store, WeightsError
from translate.errors import PluginError
from translate.weights import save_file
from translate_clip.export import export
from translate_clip.judges import check, is_ours, open_judge
from translate_clip.nets.clip import Clip, ClipConfig


def test_our_own_clip_needs_nothing_installed(ctx: Context, weights: Mapping[str, str]) -> None:
    judge = open_judge(ctx, weights["clip"])
    vectors, cut = judge.texts(["a cat", "a cat on a mat in a hat with a bat"])
    assert vectors.shape == (2, 16)
    assert cut == [False, True]
    pictures = judge.images(torch.rand(3, 3, judge.size, judge.size))
    assert torch.allclose(pictures.norm(dim=1), torch.ones(3), atol=1e-5)
    assert not any(p.requires_grad for p in judge.net.parameters())


def test_names_say_who_opens_them() -> None:
    assert is_ours("tiny-clip")
    assert is_ours("folder/clip.safetensors")
    assert not any(map(is_ours, ("open_clip:RN50/openai", "hf-hub:a/b", "local-dir:x")))


@pytest.mark.parametrize("name", ["open_clip:RN50/openai", "hf-hub:laion/CLIP"])
def test_offline_means_offline(name: str) -> None:
    with pytest.raises(WeightsError, match="--offline forbids; keep the model in a folder"):
        check(Store(offline=True), name)


def test_what_is_no_clip_is_refused(weights: Mapping[str, str], tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="hold no CLIP; 'translate train clip'"):
        check(Store(), weights["vqgan"])
    with pytest.raises(WeightsError, match="expected open_clip:MODEL/TAG"):
        check(Store(), "open_clip:ViT-B-32")
    with pytest.raises(WeightsError, match=r"no open_clip_config\.json in"):
        check(Store(), f"local-dir:{tmp_path}")


def test_a_clip_whose_tensors_do_not_fit_is_said_to_be_none(ctx: Context, tmp_path: Path) -> None:
    path = tmp_path / "odd.safetensors"
    save_file(path, {"x": torch.ones(1)}, {"network": "clip", "clip": {"width": "wide"}}, {})
    with pytest.raises(WeightsError, match="not a CLIP of this layout"):
        open_judge(ctx, str(path))


def test_without_open_clip_the_message_says_what_to_install(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "open_clip_config.json").write_text("{}")
    kept = sys.modules.get("open_clip")
    sys.modules["open_clip"] = None  # type: ignore[assignment]
    try:
        with pytest.raises(PluginError, match=r"pip install 'translate-images\[clip\]'"):
            open_judge(ctx, f"local-dir:{tmp_path}")
    finally:
        del sys.modules["open_clip"]
        if kept is not None:
            sys.modules["open_clip"] = kept


def test_open_clip_opens_what_is_exported_and_agrees(ctx: Context, tmp_path: Path) -> None:
    pytest.importorskip("open_clip")
    config = ClipConfig(
        embed_dim=8, image_size=32, trunk_width=35, context_length=8, width=8, heads=2, layers=1
    )
    torch.manual_seed(0)
    weights, folder = tmp_path / "clip.safetensors", tmp_path / "folder"
    described = {"network": "clip", "clip": config.model_dump()}
    save_file(weights, Clip(config).state_dict(), described, {})
    export(weights, folder)
    offline = Context(ctx.device, ctx.dtype, Store(offline=True))
    theirs, ours = (open_judge(offline, name) for name in (f"local-dir:{folder}", str(weights)))
    assert theirs.size == ours.size == 32
    texts, picture = ["a cat", "a cat on a mat in a hat with a bat"], torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        assert torch.allclose(theirs.images(picture), ours.images(picture), atol=1e-5)
        (vectors, cut), (expected, also_cut) = theirs.texts(texts), ours.texts(texts)
    assert torch.allclose(vectors, expected, atol=1e-5)
    assert cut == also_cut == [False, True]


def test_a_pickle_with_code_is_refused_through_open_clip_too(ctx: Context, tmp_path: Path) -> None:
    pytest.importorskip("open_clip")
    config = ClipConfig(embed_dim=8, image_size=32, trunk_width=35, width=8, heads=2, layers=1)
    weights, folder, mark = (tmp_path / name for name in ("clip.safetensors", "folder", "mark"))
    described = {"network": "clip", "clip": config.model_dump()}
    save_file(weights, Clip(config).state_dict(), described, {})
    export(weights, folder)
    (folder / "open_clip_model.safetensors").unlink()

    class Callback:
        def __reduce__(self) -> tuple[object, ...]:
            return shutil.copyfile, (str(weights), str(mark))

    torch.save({"x": Callback()}, folder / "open_clip_pytorch_model.bin")
    with pytest.raises(WeightsError, match="translate weights convert FILE") as caught:
        open_judge(ctx, f"local-dir:{folder}")
    assert str(caught.value).startswith(f"clip 'local-dir:{folder}': refused")
    assert "\n" not in str(caught.value)
    assert not mark.exists()


def test_only_a_clip_of_ours_is_exported(weights: Mapping[str, str], tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no CLIP that 'translate train clip' made"):
        export(Path(weights["vqgan"]), tmp_path)


def test_unknown_models_and_tags_of_open_clip(ctx: Context) -> None:
    pytest.importorskip("open_clip")
    with pytest.raises(WeightsError, match="no model 'ViT-B-23', did you mean 'ViT-B-32'"):
        open_judge(ctx, "open_clip:ViT-B-23/openai")
    with pytest.raises(WeightsError, match="ViT-B-32 has no weights 'mine'; known are"):
        open_judge(ctx, "open_clip:ViT-B-32/mine")
