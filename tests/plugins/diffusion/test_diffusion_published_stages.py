import pytest
import torch

from translate import WeightsError
from translate.measure import psnr
from translate_diffusion.nets.upscaler import resize
from translate_diffusion.stages.colorize import Colorize
from translate_diffusion.stages.fill import Inpaint
from translate_diffusion.stages.upscale import Upscale


@pytest.fixture
def published(shared):
    return lambda name: str(shared / "fixtures/diffusion" / name)


def test_sr3_enlarges_and_agrees_with_its_input(published, run, picture, batch_of):
    small = picture(9, 11)
    stage = Upscale(weights=published("sr3_gen.pth"), norm_groups=8, steps=2, factor=4)
    large = run(batch_of(small), stage).image
    assert large.shape == (1, 3, 36, 44)
    assert psnr(resize(large, 9, 11).clamp(0, 1), small).item() >= 40


def test_srdiff_enlarges_by_its_own_factor(published, run, picture, batch_of):
    stage = Upscale(weights=published("srdiff.ckpt"), steps=2, factor=4)
    assert run(batch_of(picture(8, 10)), stage).image.shape == (1, 3, 32, 40)
    with pytest.raises(WeightsError, match="factor=4"):
        run(batch_of(picture(8, 8)), stage.model_copy(update={"factor": 8}))


def test_palette_fills_holes(published, run, picture, batch_of):
    options = {"weights": published("palette_network.pth"), "head_channels": 16, "steps": 1}
    image, mask = picture(20, 24), torch.zeros(1, 1, 20, 24)
    mask[..., 5:9, 5:9] = 1
    filled = run(batch_of(image, mask=mask), Inpaint(**options)).image
    known = (mask == 0).expand_as(image)
    assert filled[known].equal(image[known])


def test_palette_colours(published, run, picture, batch_of):
    stage = Colorize(weights=published("palette_network.pth"), head_channels=16, steps=2, size=32)
    assert run(batch_of(picture(20, 24, 1)), stage).image.shape == (1, 3, 20, 24)


def test_a_checkpoint_of_another_job_is_refused(published, run, picture, batch_of):
    with pytest.raises(WeightsError, match="are of sr3, this stage takes palette"):
        run(batch_of(picture(8, 8, 1)), Colorize(weights=published("sr3_gen.pth")))
    assert torch.is_grad_enabled()
