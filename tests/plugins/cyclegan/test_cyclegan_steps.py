"""Steps of training against the paper's, written out in plain PyTorch."""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translate import Batch, TrainContext
from translate.nn.gan.kinds import KINDS
from translate_cyclegan.recipe import CycleGANRecipe

RECIPE = CycleGANRecipe(
    generator="resnet-6",
    generator_config={"blocks": 1},
    ngf=4,
    ndf=4,
    discriminator="n_layers",
    n_layers=1,
    pool=0,
    init_gain=0.2,
)


def squares(logits: Tensor, real: float) -> Tensor:
    return F.mse_loss(logits, torch.full_like(logits, real))


def textbook(nets: nn.ModuleDict, a: Tensor, b: Tensor, adams: list[torch.optim.Adam]) -> None:
    """Zhu et al. 2017, equations 1 to 3 and the identity loss of section 5.2; least squares."""
    there, back = nets["generator"]["a2b"], nets["generator"]["b2a"]
    judge_a, judge_b = nets["discriminator"]["a"], nets["discriminator"]["b"]
    fake_b, fake_a = there(a), back(b)
    loss = squares(judge_b(fake_b), 1) + squares(judge_a(fake_a), 1)
    loss = loss + 10 * F.l1_loss(back(fake_b), a) + 10 * F.l1_loss(there(fake_a), b)
    loss = loss + 5 * F.l1_loss(there(b), b) + 5 * F.l1_loss(back(a), a)
    adams[0].zero_grad()
    loss.backward()
    adams[0].step()
    adams[1].zero_grad()
    for judge, real, fake in ((judge_a, a, fake_a), (judge_b, b, fake_b)):
        half = (squares(judge(real), 1) + squares(judge(fake.detach()), 0)) / 2
        half.backward()
    adams[1].step()


def test_three_steps_are_the_papers(learn) -> None:
    torch.manual_seed(0)
    context = TrainContext(torch.device("cpu"), {kind.name: kind for kind in KINDS}, size=(16, 16))
    training = RECIPE.prepare(context)
    nets = copy.deepcopy(training.nets)
    adams = [torch.optim.Adam(net.parameters(), 2e-4, (0.5, 0.999)) for net in nets.values()]
    for _ in range(3):
        a, b = torch.rand(2, 3, 16, 16), torch.rand(2, 3, 16, 16)
        learn(training, Batch(a, ("a", "b"), (0, 1), reference=b), 1)
        textbook(nets, a * 2 - 1, b * 2 - 1, adams)
    wanted = nets.state_dict()
    for key, value in training.nets.state_dict().items():
        if "bias" not in key:  # one before instance norm has no gradient but rounding's
            torch.testing.assert_close(value, wanted[key], atol=2e-5, rtol=1e-3)
