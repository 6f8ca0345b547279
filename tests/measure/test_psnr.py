import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from skimage.metrics import peak_signal_noise_ratio

from translate.measure import psnr, psnr_y


def noisy(channels: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    picture = torch.rand(2, channels, 20, 24, generator=generator)
    return picture, (picture + 0.1 * torch.randn(picture.shape, generator=generator)).clamp(0, 1)


def test_agrees_with_scikit_image() -> None:
    a, b = noisy()
    expected = [
        peak_signal_noise_ratio(x.numpy(), y.numpy(), data_range=1)
        for x, y in zip(a, b, strict=True)
    ]
    assert psnr(b, a).tolist() == pytest.approx(expected, abs=1e-4)


@given(st.floats(0.001, 0.5))
def test_of_a_constant_shift_is_its_decibels(shift: float) -> None:
    zero = torch.zeros(1, 1, 4, 4)
    assert psnr(zero + shift, zero).item() == pytest.approx(-20 * np.log10(shift), abs=1e-3)


def test_equal_pictures_give_infinity() -> None:
    a, _ = noisy()
    assert psnr(a, a).isposinf().all()


def test_the_border_does_not_count() -> None:
    a, _ = noisy()
    b = a.clone()
    b[..., :2, :] = 0
    assert psnr(b, a, border=2).isposinf().all()
    assert psnr(b, a, border=1).isfinite().all()


def test_luma_is_studio_swing() -> None:
    black, white = torch.zeros(1, 3, 4, 4), torch.ones(1, 3, 4, 4)
    assert psnr_y(white, black).item() == pytest.approx(-20 * np.log10(219 / 255), abs=1e-3)
    gray_black, gray_white = black[:, :1], white[:, :1]
    assert psnr_y(gray_white, gray_black).item() == pytest.approx(psnr_y(white, black).item())


def test_luma_ignores_changes_of_hue_alone() -> None:
    gray = torch.full((1, 3, 4, 4), 0.5)
    other = gray.clone()
    other[:, 0] += 0.1
    other[:, 1] -= 0.1 * 65.481 / 128.553
    assert psnr_y(other, gray).item() > 100 > psnr(other, gray).item()
