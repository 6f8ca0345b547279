from pathlib import Path

import pytest
import torch
from torch import nn
from torchvision.models import mobilenet_v2

from translate.errors import WeightsError
from translate.nn.mobilenet import SHOWN_CHANNELS, MobileNetV2, as_seen, load_mobilenet


def test_without_its_head_it_gives_the_same_maps(mobilenet: nn.Module, tmp_path: Path) -> None:
    path = tmp_path / "mobilenet.pth"
    torch.save(mobilenet.state_dict(), path)
    picture = torch.rand(2, 3, 64, 96)
    whole, short = load_mobilenet(path), load_mobilenet(path, head=False)
    maps, last = short(picture)
    assert [m.shape[1] for m in maps] == list(SHOWN_CHANNELS)
    assert last is maps[-1]
    for one, other in zip(maps, whole(picture)[0], strict=True):
        assert torch.equal(one, other)
    seen = (picture - torch.tensor((0.485, 0.456, 0.406)).view(1, 3, 1, 1)) / torch.tensor(
        (0.229, 0.224, 0.225)
    ).view(1, 3, 1, 1)
    with torch.no_grad():
        expected = mobilenet.features[:18](seen)
    torch.testing.assert_close(last, expected, rtol=1e-3, atol=1e-4)


def test_it_is_not_trained() -> None:
    assert not any(parameter.requires_grad for parameter in MobileNetV2().parameters())


def test_gray_is_seen_as_three_channels_in_the_networks_precision() -> None:
    network = MobileNetV2().to(torch.bfloat16)
    seen = as_seen(torch.rand(1, 1, 32, 32), network)
    assert (seen.shape, seen.dtype) == ((1, 3, 32, 32), torch.bfloat16)
    assert network(seen)[1].dtype == torch.bfloat16


def test_another_width_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "narrow.pth"
    torch.save(mobilenet_v2(width_mult=0.5).state_dict(), path)
    with pytest.raises(WeightsError, match=r"narrow\.pth: is a MobileNetV2 of another width"):
        load_mobilenet(path)
