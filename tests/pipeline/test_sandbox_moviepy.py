"""The MoviePy renderer in a child, under every level of confinement this machine has."""

from dataclasses import replace
from pathlib import Path

import pytest

from agents.types import RenderedClip
from app.core.settings import Settings
from pipeline.sandbox.confined import Level
from pipeline.sandbox.environment import child_environment
from pipeline.sandbox.level import STRONGEST_FIRST, available
from pipeline.sandbox.self_test import self_test
from tests.pipeline.test_sandbox_media import EXAMPLE, call, compile_request, settings


@pytest.mark.media
@pytest.mark.parametrize("level", STRONGEST_FIRST)
def test_moviepy_renders_where_it_can_open_nothing(level: Level, tmp_path: Path) -> None:
    """Two processes of FFmpeg on pipes, and a library that looks for programs and files when it is imported."""
    if not available(level) or self_test(level, settings(level, tmp_path)).problems:
        pytest.skip(f"{level} is not usable on this machine")
    out = tmp_path / "elsewhere" / "01"
    request = replace(compile_request(EXAMPLE, out), renderer="moviepy")
    done = call("compile", request, RenderedClip, level, tmp_path)
    assert (done.video_duration_s, done.audio_duration_s) == pytest.approx((2.0, 2.0), abs=0.001)
    assert {file.kind for file in done.files} >= {"video", "thumbnail"}
    assert done.warnings == ()


def test_no_file_of_settings_is_read_in_a_child(tmp_path: Path) -> None:
    """MoviePy puts what a ``.env`` above it says into the environment, unless it is told not to."""
    assert child_environment(Settings(), tmp_path)["PYTHON_DOTENV_DISABLED"] == "1"
