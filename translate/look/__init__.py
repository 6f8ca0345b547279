"""Looking at results: contact sheets. Imports Pillow only when a sheet is drawn."""

from translate.look.pairs import Pair, pairs
from translate.look.sheet import write_sheet

__all__ = ["Pair", "pairs", "write_sheet"]
