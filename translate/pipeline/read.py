"""From what stands on the command line to a pipeline: a file, a shipped name, a chain."""

from __future__ import annotations

from pathlib import Path

from translate.errors import PipelineError, PluginError, TranslateError, did_you_mean
from translate.pipeline.chain import read_chain
from translate.pipeline.model import Pipeline
from translate.pipeline.yamlfile import read_yaml
from translate.plugins import Registry

_SUFFIXES = (".yaml", ".yml")
_PACKAGE = Path(__file__).parents[1]


def shipped() -> dict[str, Path]:
    """Return the files of the shipped pipelines by name, sorted."""
    inside = _PACKAGE / "_pipelines"
    folder = inside if inside.is_dir() else _PACKAGE.parent / "pipelines"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def read(spec: str, registry: Registry) -> Pipeline:
    """Return the pipeline that `spec` means; its stages are not validated.

    Args:
        spec: a file ending in .yaml or .yml, a shipped name, or an inline chain.
        registry: tells a stage's name from a mistyped pipeline's.

    Raises:
        PipelineError: nothing of that name, or not well formed.
        PluginError: nothing of that name, and a broken plugin may be the reason.
    """
    path = Path(spec)
    if spec.endswith(_SUFFIXES) and ("|" not in spec or path.is_file()):
        return _read_file(path, spec)
    word = spec.strip()
    files = shipped()
    if word in files:
        return _read_file(files[word], files[word].name)
    if word in registry.stages or not word or any(c in word for c in " \t\n|='\""):
        return read_chain(spec)
    raise _unknown(word, files, registry)


def _unknown(word: str, files: dict[str, Path], registry: Registry) -> TranslateError:
    if Path(word).is_file():
        return PipelineError(
            f"{word}: a pipeline file must end in .yaml; the pipeline comes before the pictures"
        )
    near, suspicion = did_you_mean(word, [*files, *registry.stages]), registry.suspicion(word)
    message = f"no pipeline or stage '{word}'{near}{suspicion}"
    if suspicion:
        return PluginError(message)
    advice = "; see: translate pipelines, translate stages; a file must end in .yaml"
    return PipelineError(message if near else f"{message}{advice}")


def _read_file(path: Path, source: str) -> Pipeline:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise PipelineError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise PipelineError(f"{path}: not a text file") from None
    return read_yaml(text, source, path.parent)
