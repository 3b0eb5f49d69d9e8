"""Speech models on this machine: found in their folder, or fetched from the Hugging Face hub ahead of a child.

The child that transcribes has no network. Fetching happens here, with progress, and gives up quickly without one.
"""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import httpx2
from huggingface_hub import HfApi, constants, hf_hub_download
from huggingface_hub.errors import HfHubHTTPError

REPOSITORY = "Systran/faster-whisper-{name}"
DISTILLED = "Systran/faster-{name}"
NEEDED = ("model.bin", "config.json", "tokenizer.json")
OPTIONAL = ("preprocessor_config.json", "vocabulary.txt", "vocabulary.json")
REACH_WITHIN_S = 5.0
KNOWN = ("tiny", "tiny.en", "base", "base.en", "small", "small.en", "medium", "medium.en")
KNOWN_LARGE = ("large-v1", "large-v2", "large-v3", "distil-small.en", "distil-medium.en", "distil-large-v3")


class ModelMissing(Exception):
    """The model is not here and could not be fetched; the text says what to do."""


def model_folder(models_dir: Path, name: str) -> Path | None:
    """The folder of a complete model that was fetched before."""
    folder = models_dir / name
    return folder if all((folder / part).is_file() for part in NEEDED) else None


def fetch_model(models_dir: Path, name: str, report: Callable[[float, str], None]) -> Path:
    """The model's folder, fetched first where it is missing. Raises ModelMissing within 10 s without a network."""
    known = model_folder(models_dir, name)
    if known is not None:
        return known
    if name not in KNOWN + KNOWN_LARGE:
        raise ModelMissing(f"There is no speech model {name!r}. Known ones: {', '.join(KNOWN + KNOWN_LARGE)}.")
    repository = (DISTILLED if name.startswith("distil-") else REPOSITORY).format(name=name)
    _reach()
    folder = models_dir / name
    folder.mkdir(parents=True, exist_ok=True)
    try:
        sizes = _sizes(repository)
        with _Progress(folder, sum(sizes.values()), name, report):
            for part in sizes:
                hf_hub_download(repository, part, local_dir=folder)
    except (HfHubHTTPError, httpx2.HTTPError, OSError, ValueError) as error:
        raise ModelMissing(
            f"The speech model {name} could not be fetched ({type(error).__name__}). "
            f"Try `lectern models pull {name}` again, or set LECTERN_WHISPER_MODEL_DIR to a folder that holds it."
        ) from error
    found = model_folder(models_dir, name)
    if found is None:
        raise ModelMissing(f"The repository of the speech model {name} lacks one of {', '.join(NEEDED)}.")
    return found


def _reach() -> None:
    if os.environ.get("HF_HUB_OFFLINE", "") not in ("", "0"):
        raise ModelMissing("The speech model is not on this machine, and HF_HUB_OFFLINE forbids fetching it.")
    try:
        httpx2.head(constants.ENDPOINT, timeout=REACH_WITHIN_S)
    except httpx2.HTTPError as error:
        raise ModelMissing(
            "The speech model is not on this machine and its hub cannot be reached. "
            "Run `lectern models pull small` where there is a network, or set LECTERN_WHISPER_MODEL_DIR."
        ) from error


def _sizes(repository: str) -> dict[str, int]:
    files = HfApi().model_info(repository, files_metadata=True, timeout=REACH_WITHIN_S).siblings or []
    return {f.rfilename: f.size or 0 for f in files if f.rfilename in NEEDED + OPTIONAL}


class _Progress:
    """Reports the bytes on disk while the hub's client downloads."""

    def __init__(self, folder: Path, total_bytes: int, name: str, report: Callable[[float, str], None]) -> None:
        self._folder, self._total, self._name, self._report = folder, max(total_bytes, 1), name, report
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.5):
            have = sum(p.stat().st_size for p in self._folder.rglob("*") if p.is_file())
            message = f"Fetching the speech model {self._name}: {have / 1e6:.0f} of {self._total / 1e6:.0f} MB"
            self._report(min(have / self._total, 1.0), message)
