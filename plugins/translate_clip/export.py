"""Write a CLIP of ours as the folder that open_clip reads: `python -m translate_clip.export`."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from translate.errors import WeightsError
from translate.weights import load_file, save_file
from translate_clip.tokenizer import VOCABULARY


def export(weights: Path, folder: Path) -> None:
    """Write `open_clip_config.json`, the weights and the vocabulary, for `local-dir:FOLDER`.

    Raises:
        WeightsError: the file cannot be read, or holds no CLIP of ours.
    """
    from translate_clip.nets.clip import MEAN, STD, ClipConfig

    checkpoint = load_file(weights)
    if checkpoint.config.get("network") != "clip":
        raise WeightsError(f"{weights}: no CLIP that 'translate train clip' made")
    model = ClipConfig.model_validate(checkpoint.config["clip"]).open_clip()
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = folder / VOCABULARY.name
    shutil.copyfile(VOCABULARY, vocabulary)
    # open_clip takes the path as it is, so that a moved folder needs a new one.
    model["text_cfg"]["tokenizer_kwargs"] = {"bpe_path": str(vocabulary.resolve())}
    described = {"model_cfg": model, "preprocess_cfg": {"mean": MEAN, "std": STD}}
    (folder / "open_clip_config.json").write_text(json.dumps(described, indent=2) + "\n")
    save_file(folder / "open_clip_model.safetensors", checkpoint.tensors, {}, checkpoint.metadata)


def main() -> None:
    """Run the module from the command line."""
    parser = argparse.ArgumentParser(prog="python -m translate_clip.export", description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    export(given.weights, given.folder)


if __name__ == "__main__":
    main()
