import pytest
import torch
from skimage.color import rgb2lab

from translate.measure import ab_error


def test_agrees_with_scikit_image() -> None:
    a, b = torch.rand(1, 3, 5, 6), torch.rand(1, 3, 5, 6)
    first, second = (rgb2lab(x[0].permute(1, 2, 0).double().numpy())[..., 1:] for x in (a, b))
    expected = (((first - second) ** 2).sum(-1) ** 0.5).mean()
    assert ab_error(a, b).item() == pytest.approx(expected, rel=1e-3)


def test_lightness_does_not_count() -> None:
    dark, light = torch.full((1, 3, 4, 4), 0.2), torch.full((1, 3, 4, 4), 0.8)
    assert ab_error(dark, light).item() == pytest.approx(0, abs=0.05)
