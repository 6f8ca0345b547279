"""The logs of the GAN trainings."""

from __future__ import annotations

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from translate import Batch, Recipe, TrainContext
from translate.nn.gan.kinds import KINDS
from translate_cyclegan.recipe import CycleGANRecipe
from translate_pix2pix.recipe import Pix2PixRecipe

TINY = {"ngf": 4, "ndf": 4, "discriminator": "n_layers", "n_layers": 1}


class NoWork(TorchDispatchMode):
    """Refuses to compute anything, be it only the value of a tensor."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        raise AssertionError(f"{func} was called")


@pytest.mark.parametrize(
    "recipe",
    [
        CycleGANRecipe(generator="resnet-6", generator_config={"blocks": 1}, pool=0, **TINY),
        Pix2PixRecipe(generator="unet-128", generator_config={"num_downs": 3}, **TINY),
    ],
    ids=lambda recipe: recipe.name,
)
def test_the_log_is_read_before_the_step_so_that_no_gpu_is_waited_for_after_it(
    recipe: Recipe,
) -> None:
    torch.manual_seed(0)
    context = TrainContext(torch.device("cpu"), {kind.name: kind for kind in KINDS}, size=(16, 16))
    training = recipe.prepare(context)
    a, b = torch.rand(1, 3, 16, 16), torch.rand(1, 3, 16, 16)
    for _ in training.losses(Batch(a, ("a",), (0,), reference=b)):
        pass
    with NoWork():
        log = training.log()
    assert all(value > 0 for value in log.values())
    assert len(log) >= 4
