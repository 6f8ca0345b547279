import pytest
import torch
from torch import nn

from translate import WeightsError
from translate.measure import psnr
from translate.testing import conform
from translate.weights import save_file
from translate_diffusion.configs import UpscalerConfig
from translate_diffusion.nets.upscaler import Upscaler, resize
from translate_diffusion.stages.upscale import Upscale


def test_it_keeps_the_promises_of_a_stage(weights):
    conform(Upscale(weights=weights["upscale"], steps=2), size=(21, 26), tolerance=2e-3)


@pytest.mark.parametrize("factor", [1, 2, 4, 8])
@pytest.mark.parametrize("mode", ["fidelity", "detail"])
def test_shrunk_again_it_is_the_input(weights, run, factor, mode, picture, batch_of):
    small = picture(24, 30)
    stage = Upscale(weights=weights["upscale"], factor=factor, mode=mode, steps=2)
    large = run(batch_of(small), stage).image
    assert large.shape[-2:] == (24 * factor, 30 * factor)
    assert psnr(resize(large, 24, 30).clamp(0, 1), small).item() >= 45


def test_what_mends_changes_a_picture_at_its_own_size(tmp_path, run, picture, batch_of):
    config = UpscalerConfig(width=8, blocks=1, detail_widths=(16,), exact=False)
    net = Upscaler(config)
    nn.init.constant_(net.encoder.tail.bias, 0.1)
    path = tmp_path / "mends.safetensors"
    save_file(path, net.state_dict(), config.model_dump(), {})
    stage = Upscale(weights=str(path), factor=1, mode="fidelity", ensemble=False)
    image = picture(20, 26)
    mended = run(batch_of(image), stage).image
    torch.testing.assert_close(mended, (image + 0.1).clamp(0, 1), atol=0.02, rtol=0)


def test_gray_stays_gray(weights, run, picture, batch_of):
    large = run(batch_of(picture(12, 12, 1)), Upscale(weights=weights["upscale"], steps=1)).image
    assert large.shape == (1, 1, 48, 48)


def test_seeds_change_the_detail_and_not_the_faithful_result(weights, run, picture, batch_of):
    image = picture(16, 16)
    one, other = batch_of(image), batch_of(image).replace(seeds=(99,))
    detail = Upscale(weights=weights["upscale"], steps=2)
    faithful = Upscale(weights=weights["upscale"], mode="fidelity")
    assert not run(one, detail).image.equal(run(other, detail).image)
    assert run(one, faithful).image.equal(run(other, faithful).image)


def test_no_strength_is_the_faithful_result(weights, run, picture, batch_of):
    batch = batch_of(picture(16, 16))
    none = Upscale(weights=weights["upscale"], strength=0, ensemble=False)
    faithful = Upscale(weights=weights["upscale"], mode="fidelity", ensemble=False)
    assert run(batch, none).image.equal(run(batch, faithful).image)


def test_turning_the_picture_turns_the_ensemble(weights, run, picture, batch_of):
    image = picture(16, 16)
    stage = Upscale(weights=weights["upscale"], mode="fidelity")
    turned = run(batch_of(image.rot90(1, (-2, -1)).contiguous()), stage).image
    straight = run(batch_of(image), stage).image
    torch.testing.assert_close(turned, straight.rot90(1, (-2, -1)), atol=1e-4, rtol=0)


def test_weights_of_another_stage_are_refused(weights, run, picture, batch_of):
    with pytest.raises(WeightsError, match=r"'diffusion-colorizer'.*'diffusion-upscaler'"):
        run(batch_of(picture(8, 8)), Upscale(weights=weights["colorize"]))
