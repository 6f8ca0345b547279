"""Steps of training against the paper's, written out in plain PyTorch."""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translate import Batch, TrainContext
from translate.nn.gan.kinds import KINDS
from translate_pix2pix.recipe import Pix2PixRecipe

RECIPE = Pix2PixRecipe(
    generator="unet-128",
    generator_config={"num_downs": 3},
    dropout=False,
    ngf=4,
    ndf=4,
    discriminator="n_layers",
    n_layers=1,
    init_gain=0.2,
)


def judged(logits: Tensor, real: float) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, real))


def textbook(nets: nn.ModuleDict, a: Tensor, b: Tensor, adams: list[torch.optim.Adam]) -> float:
    """Isola et al. 2017, equations 1 to 4; the discriminator's loss is halved (section 3.3)."""
    generator, judge = nets["generator"], nets["discriminator"]
    fake = generator(a)
    on_real = judged(judge(torch.cat([a, b], 1)), 1)
    on_fake = judged(judge(torch.cat([a, fake.detach()], 1)), 0)
    adams[1].zero_grad()
    ((on_real + on_fake) / 2).backward()
    adams[1].step()
    distance = F.l1_loss(fake, b)
    adams[0].zero_grad()
    (judged(judge(torch.cat([a, fake], 1)), 1) + 100 * distance).backward()
    adams[0].step()
    return distance.item()


def test_three_steps_are_the_papers(learn) -> None:
    torch.manual_seed(0)
    generators = {kind.name: kind for kind in KINDS}
    training = RECIPE.prepare(TrainContext(torch.device("cpu"), generators, size=(16, 16)))
    nets = copy.deepcopy(training.nets)
    adams = [torch.optim.Adam(net.parameters(), 2e-4, (0.5, 0.999)) for net in nets.values()]
    for _ in range(3):
        a, b = torch.rand(2, 3, 16, 16), torch.rand(2, 3, 16, 16)
        learn(training, Batch(a, ("a", "b"), (0, 1), reference=b), 1)
        distance = textbook(nets, a * 2 - 1, b * 2 - 1, adams)
        assert abs(training.log()["g_l1"] - distance) < 1e-5
    wanted = nets.state_dict()
    for key, value in training.nets.state_dict().items():
        torch.testing.assert_close(value, wanted[key], atol=5e-5, rtol=1e-3)
