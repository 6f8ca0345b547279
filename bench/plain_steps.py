"""The reference's training step: by its own classes, or re-expressed in plain PyTorch.

Float32, NCHW, PyTorch's own layers, Adam unfused: as the reference implementation trains.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translate.nn.gan.losses import ImagePool

Step = Callable[[Tensor, Tensor], float]
"""Takes pictures of A and B in [0, 1], trains on them, returns the reconstruction's L1."""
NAMES = {
    "unet-128": "unet_128",
    "unet-256": "unet_256",
    "resnet-6": "resnet_6blocks",
    "resnet-9": "resnet_9blocks",
}


def reference_step(net: str, ngf: int, first: nn.ModuleDict, device: torch.device) -> Step:
    """Return the step of the reference's own model class, from the weights of `first`."""
    if "wandb" not in sys.modules and find_spec("wandb") is None:
        sys.modules["wandb"] = ModuleType("wandb")  # imported, used or not
    from models.cycle_gan_model import CycleGANModel  # type: ignore[import-not-found]
    from models.pix2pix_model import Pix2PixModel  # type: ignore[import-not-found]

    paired = net.startswith("unet")
    options = Namespace(
        isTrain=True,
        checkpoints_dir=".",
        name="bench",
        device=device,
        preprocess="none",
        input_nc=3,
        output_nc=3,
        ngf=ngf,
        ndf=ngf,
        netG=NAMES[net],
        netD="basic",
        n_layers_D=3,
        norm="batch" if paired else "instance",
        no_dropout=not paired,
        init_type="normal",
        init_gain=0.02,
        gan_mode="vanilla" if paired else "lsgan",
        lr=2e-4,
        beta1=0.5,
        lambda_L1=100.0,
        lambda_A=10.0,
        lambda_B=10.0,
        lambda_identity=0.5,
        pool_size=50,
        direction="AtoB",
    )
    model: Any = Pix2PixModel(options) if paired else CycleGANModel(options)
    for name, module in _named(model, first).items():
        getattr(model, name).load_state_dict(module.state_dict())
        getattr(model, name).to(device)

    def step(a: Tensor, b: Tensor) -> float:
        model.set_input({"A": a * 2 - 1, "B": b * 2 - 1, "A_paths": "", "B_paths": ""})
        model.optimize_parameters()
        loss = model.loss_G_L1 / 100 if paired else model.loss_cycle_A / 10
        return float(loss.detach())

    return step


def _named(model: Any, first: nn.ModuleDict) -> dict[str, nn.Module]:
    generator, judge = first["generator"], first["discriminator"]
    if hasattr(model, "netG"):
        return {"netG": generator, "netD": judge}
    return {
        "netG_A": generator.get_submodule("a2b"),
        "netG_B": generator.get_submodule("b2a"),
        "netD_A": judge.get_submodule("b"),
        "netD_B": judge.get_submodule("a"),
    }


def plain_step(net: str, ngf: int, first: nn.ModuleDict, device: torch.device) -> Step:
    """Return the step in plain PyTorch, from the weights of `first`, which is used up."""
    _plain_layers(first)
    generator, judge = first["generator"], first["discriminator"]
    optimizers = [torch.optim.Adam(m.parameters(), 2e-4, (0.5, 0.999)) for m in (generator, judge)]
    paired = net.startswith("unet")
    make = _pix2pix(generator, judge) if paired else _cyclegan(generator, judge)

    def step(a: Tensor, b: Tensor) -> float:
        return make(a.to(device) * 2 - 1, b.to(device) * 2 - 1, *optimizers)

    return step


def _plain_layers(module: nn.Module) -> None:
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.InstanceNorm2d):
                setattr(parent, name, nn.InstanceNorm2d(child.num_features))
            elif isinstance(child, nn.ReflectionPad2d):
                setattr(parent, name, nn.ReflectionPad2d(child.padding[0]))


def _update(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    torch.autograd.backward(loss)
    optimizer.step()


Make = Callable[[Tensor, Tensor, torch.optim.Optimizer, torch.optim.Optimizer], float]


def _pix2pix(generator: nn.Module, judge: nn.Module) -> Make:
    def vanilla(logits: Tensor, real: float) -> Tensor:
        return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, real))

    def make(
        a: Tensor, b: Tensor, adam_g: torch.optim.Optimizer, adam_d: torch.optim.Optimizer
    ) -> float:
        fake = generator(a)
        judge.requires_grad_(True)
        on_fake = vanilla(judge(torch.cat([a, fake.detach()], 1)), 0.0)
        on_real = vanilla(judge(torch.cat([a, b], 1)), 1.0)
        _update(adam_d, (on_fake + on_real) * 0.5)
        judge.requires_grad_(False)
        distance = F.l1_loss(fake, b)
        _update(adam_g, vanilla(judge(torch.cat([a, fake], 1)), 1.0) + 100 * distance)
        return distance.item()

    return make


def _cyclegan(generator: nn.Module, judge: nn.Module) -> Make:
    there, back = generator.get_submodule("a2b"), generator.get_submodule("b2a")
    judges = {"a": judge.get_submodule("a"), "b": judge.get_submodule("b")}
    pools = {side: ImagePool(50) for side in judges}

    def squares(logits: Tensor, real: float) -> Tensor:
        return F.mse_loss(logits, torch.full_like(logits, real))

    def make(
        a: Tensor, b: Tensor, adam_g: torch.optim.Optimizer, adam_d: torch.optim.Optimizer
    ) -> float:
        fake_b, fake_a = there(a), back(b)
        cycle = F.l1_loss(back(fake_b), a)
        judge.requires_grad_(False)
        loss = squares(judges["b"](fake_b), 1.0) + squares(judges["a"](fake_a), 1.0)
        loss = loss + 10 * (cycle + F.l1_loss(there(fake_a), b))
        loss = loss + 5 * (F.l1_loss(there(b), b) + F.l1_loss(back(a), a))
        _update(adam_g, loss)
        judge.requires_grad_(True)
        adam_d.zero_grad()
        for side, real, fake in (("b", b, fake_b), ("a", a, fake_a)):
            on_fake = squares(judges[side](pools[side](fake)), 0.0)
            torch.autograd.backward((squares(judges[side](real), 1.0) + on_fake) * 0.5)
        adam_d.step()
        return cycle.item()

    return make
