"""Reading the architecture off keys and shapes, without torch where the file allows it."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from translate.errors import WeightsError
from translate.nn.gan.kinds import KINDS
from translate.nn.gan.layout import infer_layout, misfits
from translate.nn.gan.patchgan import PatchDiscriminator, PixelDiscriminator
from translate.nn.gan.pickled import read_shapes
from translate.nn.gan.resnet import ResnetGenerator
from translate.nn.gan.unet import UNetGenerator

GENERATORS = {kind.name: kind for kind in KINDS}


def shapes_of(net) -> dict[str, tuple[int, ...]]:
    return {key: tuple(tensor.shape) for key, tensor in net.state_dict().items()}


common = {
    "in_channels": st.integers(1, 6),
    "out_channels": st.integers(1, 6),
    "ngf": st.integers(1, 9),
    "norm": st.sampled_from(["batch", "instance", "none"]),
}
unets = st.fixed_dictionaries({**common, "num_downs": st.integers(3, 9)})
resnets = st.fixed_dictionaries({**common, "blocks": st.integers(1, 12), "dropout": st.booleans()})


@settings(max_examples=40)
@given(st.tuples(st.sampled_from(["unet-256"]), unets) | st.tuples(st.just("resnet-9"), resnets))
def test_every_architecture_is_read_off_its_keys(net) -> None:
    kind = GENERATORS[net[0]]
    with torch.device("meta"):
        built = kind.build(kind.config(**net[1]))
    layout = infer_layout(shapes_of(built), "file.pth")
    assert layout.config == net[1]
    full = GENERATORS[layout.generator].config(**layout.config)
    with torch.device("meta"):
        again = GENERATORS[layout.generator].build(full)
    assert shapes_of(again) == shapes_of(built)


def test_prefixes_and_old_statistics_do_not_matter() -> None:
    with torch.device("meta"):
        shapes = shapes_of(ResnetGenerator(ngf=4))
    legacy = {f"module.{key}": shape for key, shape in shapes.items()}
    legacy["module.model.2.running_mean"] = (4,)
    legacy["module.model.2.num_batches_tracked"] = ()
    layout = infer_layout(legacy, "file.pth")
    assert (layout.generator, layout.config["norm"]) == ("resnet-9", "instance")
    assert layout.words == "a ResNet of 9 blocks (4 filters, instance norm)"


@pytest.mark.parametrize("net", [PatchDiscriminator(3, 4), PixelDiscriminator(3, 4)])
def test_a_discriminator_is_told(net) -> None:
    with pytest.raises(WeightsError, match=r"file\.pth: looks like a PatchGAN discriminator"):
        infer_layout(shapes_of(net), "file.pth")


def test_a_stranger_and_a_torso_are_told() -> None:
    with pytest.raises(WeightsError, match=r"not laid out like .* \(2 tensors: a.weight, b.bias"):
        infer_layout({"a.weight": (3, 3), "b.bias": (3,)}, "file.pth")
    with torch.device("meta"):
        shapes = shapes_of(UNetGenerator(num_downs=3, ngf=2))
    del shapes["model.model.3.weight"]
    with pytest.raises(WeightsError, match=r"'model\.model\.3\.weight' is missing"):
        infer_layout(shapes, "file.pth")


def test_an_empty_file_is_told() -> None:
    with pytest.raises(WeightsError, match=r"file\.pth: holds no tensors by name"):
        infer_layout({}, "file.pth")


def test_what_does_not_fit_is_said_in_words() -> None:
    expected = {"a": (1,), "b": (2,), "c": (3,)}
    assert misfits(expected, expected, "a U-Net") is None
    said = misfits(expected, {"a": (9,), "b": (2,), "d": ()}, "a U-Net")
    assert said == (
        "looks like a U-Net whose c is missing; d is unknown; a has shape (9,) instead of (1,)"
    )
    many = misfits({str(n): () for n in range(9)}, {}, "a U-Net")
    assert many == "looks like a U-Net whose 0, 1, 2 and 6 more are missing"


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("wrapper", ["", "state_dict", "params_ema"])
def test_shapes_are_read_without_torch(tmp_path: Path, zipped: bool, wrapper: str) -> None:
    net = UNetGenerator(num_downs=3, ngf=2)
    state = net.state_dict()
    path = tmp_path / "net.pth"
    torch.save(
        {wrapper: state, "epoch": 3} if wrapper else state,
        path,
        _use_new_zipfile_serialization=zipped,
    )
    assert read_shapes(path) == shapes_of(net)


def test_parameters_are_tensors_too(tmp_path: Path) -> None:
    path = tmp_path / "net.pth"
    torch.save(dict(UNetGenerator(num_downs=3, ngf=2).named_parameters()), path)
    assert read_shapes(path)["model.model.0.weight"] == (2, 3, 4, 4)


class Evil:
    """Runs code when it is unpickled."""

    def __reduce__(self):
        return (Path.touch, (Path("opened"),))


def test_code_in_a_file_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for zipped in (True, False):
        path = tmp_path / f"{zipped}.pth"
        torch.save({"a": Evil()}, path, _use_new_zipfile_serialization=zipped)
        with pytest.raises(WeightsError, match="refused, since it holds more than tensors"):
            read_shapes(path)
    assert not (tmp_path / "opened").exists()


@given(st.binary(max_size=200))
@settings(max_examples=50)
def test_damaged_files_are_one_kind_of_error(tmp_path_factory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("damaged") / "x.pth"
    path.write_bytes(data)
    with pytest.raises(WeightsError, match=r"x\.pth: "):
        read_shapes(path)


def test_a_cut_file_and_a_missing_one_are_told(tmp_path: Path) -> None:
    path = tmp_path / "net.pth"
    torch.save(UNetGenerator(num_downs=3, ngf=2).state_dict(), path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(WeightsError, match="damaged"):
        read_shapes(path)
    with pytest.raises(WeightsError, match="cannot be read"):
        read_shapes(tmp_path / "none.pth")


def test_a_file_without_tensors_has_no_shapes(tmp_path: Path) -> None:
    path = tmp_path / "list.pth"
    path.write_bytes(pickle.dumps(1) * 3 + pickle.dumps([1, 2]))
    assert read_shapes(path) == {}
