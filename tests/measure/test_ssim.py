import pytest
import torch
from skimage.metrics import structural_similarity

from translate.measure import ssim


def test_agrees_with_scikit_image() -> None:
    generator = torch.Generator().manual_seed(0)
    a = torch.rand(2, 3, 24, 30, generator=generator)
    b = (a + 0.1 * torch.randn(a.shape, generator=generator)).clamp(0, 1)
    expected = [
        structural_similarity(
            x.numpy(), y.numpy(), data_range=1, channel_axis=0, gaussian_weights=True,
            sigma=1.5, use_sample_covariance=False,
        )
        for x, y in zip(a.double(), b.double(), strict=True)
    ]  # fmt: skip
    assert ssim(b, a).tolist() == pytest.approx(expected, abs=1e-5)


def test_is_one_for_equal_pictures_and_symmetric() -> None:
    a, b = torch.rand(1, 1, 16, 16), torch.rand(1, 1, 16, 16)
    assert ssim(a, a).item() == pytest.approx(1)
    assert ssim(a, b).item() == pytest.approx(ssim(b, a).item())


def test_refuses_pictures_smaller_than_its_window() -> None:
    with pytest.raises(ValueError, match="11 x 11"):
        ssim(torch.zeros(1, 3, 10, 20), torch.zeros(1, 3, 10, 20))
