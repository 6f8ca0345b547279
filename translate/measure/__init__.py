"""How far pictures are from what they should be: pure functions on tensors.

Pictures are float (B, C, H, W) in [0, 1], sRGB; measures are float (B,) on the same device.
"""

from translate.measure.color import ab_error
from translate.measure.features import Features, feature_distance, load_features
from translate.measure.frechet import frechet_distance
from translate.measure.psnr import psnr, psnr_y
from translate.measure.ssim import ssim

__all__ = [
    "Features",
    "ab_error",
    "feature_distance",
    "frechet_distance",
    "load_features",
    "psnr",
    "psnr_y",
    "ssim",
]
