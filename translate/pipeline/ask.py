"""What a stage declares. A stranger's mistake in declaring it is one line that names the stage."""

from __future__ import annotations

from translate.errors import InputError, PluginError, TranslateError
from translate.plugins import in_one_line
from translate.stage import Contract, Stage
from translate.weights import Store


def contract_of(stage: Stage, store: Store) -> Contract:
    """Return the contract of a stage.

    Raises:
        TranslateError: what the stage itself says, such as weights that are missing.
        PluginError: the stage raises anything else, or gives something that is no contract.
    """
    try:
        contract = stage.contract(store)
    except TranslateError:
        raise
    except Exception as error:
        raise PluginError(f"its contract is broken: {in_one_line(error)}") from error
    if not isinstance(contract, Contract):
        raise PluginError(f"its contract is a {type(contract).__name__}, not a translate.Contract")
    return contract


def size_after(stage: Stage, height: int, width: int) -> tuple[int, int]:
    """Return height and width of what a stage makes of a picture.

    Raises:
        TranslateError, ValueError: what the stage itself says of a size that it cannot take.
        InputError: the stage raises anything else, or gives something that is no size.
    """
    try:
        size = stage.output_size(height, width)
    except (TranslateError, ValueError):
        raise
    except Exception as error:
        raise InputError(f"stage '{stage.name}': output_size: {in_one_line(error)}") from error
    match size:
        case (int(tall), int(wide)):
            return tall, wide
    asked = f"output_size({height}, {width})"
    raise InputError(f"stage '{stage.name}': {asked} gives {size!r}, not two whole numbers")
