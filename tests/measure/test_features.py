from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import nn

from translate.errors import WeightsError
from translate.measure import Features, feature_distance, load_features

_MEAN = torch.tensor((0.485, 0.456, 0.406)).view(1, 3, 1, 1)
_DEVIATION = torch.tensor((0.229, 0.224, 0.225)).view(1, 3, 1, 1)


@pytest.fixture(scope="module")
def features(mobilenet: nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Features]:
    path = tmp_path_factory.mktemp("weights") / "mobilenet.pth"
    torch.save(mobilenet.state_dict(), path)
    with torch.no_grad():
        yield load_features(path)


def test_pooled_features_are_those_of_torchvision(mobilenet: nn.Module, features: Features) -> None:
    picture = torch.rand(1, 3, 224, 224)
    with torch.no_grad():
        expected = mobilenet.features((picture - _MEAN) / _DEVIATION).mean((2, 3))
    torch.testing.assert_close(features.pooled(picture), expected, rtol=1e-4, atol=1e-5)


def test_maps_shrink_by_four_to_thirty_two(features: Features) -> None:
    shapes = [tuple(m.shape[1:]) for m in features.maps(torch.rand(1, 3, 64, 64))]
    assert shapes == [(24, 16, 16), (32, 8, 8), (96, 4, 4), (320, 2, 2)]


def test_distance_grows_with_blur_and_is_zero_for_itself(features: Features) -> None:
    picture = torch.rand(2, 3, 64, 64)
    slight, strong = (picture.lerp(picture.flip(-1), t) for t in (0.1, 0.5))
    assert feature_distance(features, picture, picture).tolist() == [0, 0]
    near, far = (feature_distance(features, picture, other) for other in (slight, strong))
    assert (near > 0).all()
    assert (far > near).all()


def test_gray_is_taken_as_three_equal_channels(features: Features) -> None:
    gray = torch.rand(1, 1, 32, 32)
    assert torch.equal(features.maps(gray)[0], features.maps(gray.expand(-1, 3, -1, -1))[0])


def test_autocast_makes_no_difference(features: Features) -> None:
    picture = torch.rand(1, 3, 32, 32)
    with torch.autocast("cpu", torch.bfloat16):
        inside = features.pooled(picture)
    assert torch.equal(inside, features.pooled(picture))


def test_another_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.pth"
    torch.save({"conv.weight": torch.zeros(1)}, path)
    with pytest.raises(WeightsError, match=r"other\.pth: is not MobileNetV2"):
        load_features(path)


def test_the_shared_weights_load(shared: Path) -> None:
    path = shared / "data" / "checkpoints" / "mobilenet" / "mobilenet_v2_bnfolded_fp16.pth"
    assert load_features(path).pooled(torch.rand(1, 3, 32, 32)).shape == (1, 1280)
