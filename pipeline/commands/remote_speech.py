"""The speech backend ``openai`` for a command: a child packs the sound, this process sends it."""

import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from agents.types import ParcelRequest, Parcels, Transcript
from app.core.settings import Settings
from pipeline.analyzers.answer_cache import NoCache
from pipeline.child import run_child
from pipeline.remote_speech.transcription import RemoteSpeech, check_set_up
from pipeline.terminal import Display


def ask_remotely(file: Path, language: str, hints: Sequence[str], settings: Settings) -> Transcript:
    """The transcript of a local file, with progress on standard error. Raises ChildFailed."""
    check_set_up(settings)
    stop = threading.Event()
    with Display() as display, tempfile.TemporaryDirectory(prefix="lectern-") as folder:
        parcels = Path(folder) / "parcels"
        packed = run_child(
            "parcels",
            ParcelRequest(str(file), str(parcels)),
            Parcels,
            workspace=Path(folder),
            settings=settings,
            report=lambda done, message: display.show("parcels", "Packing the sound", done, message),
            stop=stop,
        )
        display.show("parcels", "Packing the sound", 1.0, status="completed")
        remote = RemoteSpeech(
            settings=settings,
            cache=NoCache(),
            stop=stop,
            report=lambda done, message: display.show("transcript", "Transcribing (openai)", done, message),
            limit_s=settings.step_timeout_s,
        )
        return remote.transcribe(packed, parcels, language, hints)
