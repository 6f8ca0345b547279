import pytest
import torch

from translate.measure import frechet_distance


def by_eigenvalues(a: torch.Tensor, b: torch.Tensor) -> float:
    """The formula as it is written, with the root of the product by its eigenvalues."""
    first, second = torch.cov(a.T), torch.cov(b.T)
    roots = torch.linalg.eigvals(first @ second).real.clamp_min(0).sqrt().sum()
    mean = (a.mean(0) - b.mean(0)).square().sum()
    return float(mean + first.trace() + second.trace() - 2 * roots)


def test_agrees_with_the_formula() -> None:
    generator = torch.Generator().manual_seed(0)
    a = torch.randn(40, 6, generator=generator, dtype=torch.float64)
    b = 0.5 + 2 * torch.randn(30, 6, generator=generator, dtype=torch.float64)
    assert frechet_distance(a, b) == pytest.approx(by_eigenvalues(a, b), rel=1e-6)


def test_is_nothing_between_a_set_and_itself() -> None:
    a = torch.randn(10, 50)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-6)


def test_of_a_shift_is_its_square() -> None:
    a = torch.randn(12, 4, dtype=torch.float64)
    assert frechet_distance(a + 3, a) == pytest.approx(4 * 9)


def test_needs_two_pictures() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        frechet_distance(torch.zeros(1, 4), torch.zeros(5, 4))
