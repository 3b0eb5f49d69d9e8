"""What a finding depends on."""

from pathlib import Path
from typing import Any

import pytest

from app.core.settings import Settings
from pipeline.recall import speech_model


@pytest.mark.parametrize(
    ("backend", "changed"),
    [
        ("faster-whisper", {"whisper_model": "tiny"}),
        ("faster-whisper", {"whisper_model_dir": Path("other")}),
        ("openai", {"openai_speech_model": "other"}),
        ("whisper-cpp", {"whisper_cpp_model": Path("other")}),
        ("mlx", {"mlx_model_dir": Path("other")}),
    ],
)
def test_another_model_may_hear_other_words(backend: str, changed: dict[str, Any]) -> None:
    settings = Settings(_env_file=None)
    assert speech_model(settings, backend) != speech_model(settings.model_copy(update=changed), backend)
    others = {"faster-whisper", "openai", "whisper-cpp", "mlx", "pocketsphinx"} - {backend}
    assert all(speech_model(settings, o) == speech_model(settings.model_copy(update=changed), o) for o in others)
