"""Looking at results: contact sheets and measures. Pillow and torch are imported when used."""

from translate.look.compare import Measures, compare, means
from translate.look.pairs import Pair, Row, pairs
from translate.look.sheet import write_sheet

__all__ = ["Measures", "Pair", "Row", "compare", "means", "pairs", "write_sheet"]
