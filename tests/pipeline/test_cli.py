"""The ``lectern`` command: documents on standard output, progress beside them, sentences for what goes wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.services.options import HighlightsOptions
from pipeline.cli import cli
from pipeline.commands.run import run
from tests.conftest import ROOT

EXAMPLE = ROOT / "examples" / "lecture.mp4"
CAPTIONS = ROOT / "examples" / "lecture.vtt"


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), catch_exceptions=False)


def lectern(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The real process, with its exit code."""
    command = [sys.executable, "-m", "pipeline.cli", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env={"PATH": "/usr/bin:/bin", **environment}
    )


def test_every_option_of_the_job_is_a_flag() -> None:
    flags = {parameter.name for parameter in run.params}
    options = {name if name != "captions" else "caption_style" for name in HighlightsOptions.model_fields}
    assert options <= flags


@pytest.mark.media
def test_silence_as_json() -> None:
    result = invoke("silence", str(EXAMPLE), "--json")
    document = json.loads(result.stdout)
    assert list(document) == ["duration_s", "mode", "threshold_dbfs", "regions", "loudness"]
    assert document["regions"]
    assert "Finding silences" in result.stderr


@pytest.mark.media
def test_transcribe_from_captions_and_from_sound_without_a_model(tmp_path: Path) -> None:
    document = json.loads(invoke("transcribe", str(EXAMPLE), "--captions", str(CAPTIONS), "--json").stdout)
    assert (document["backend"], document["quality"]) == ("captions", "given")
    words = tmp_path / "words.json"
    words.write_text(json.dumps(document))
    topics = json.loads(invoke("analyze", str(words), "--json").stdout)
    assert topics["topics"]
    assert topics["summary"]


@pytest.mark.media
def test_layout_as_json() -> None:
    document = json.loads(invoke("layout", str(EXAMPLE), "--json").stdout)
    assert document["size"] == [1280, 720]
    assert {span["layout"] for span in document["spans"]} >= {"slides", "speaker", "picture_in_picture"}
    assert {"time_s", "score"} == set(document["slide_changes"][0])


@pytest.mark.media
def test_cut_renders_a_plan(tmp_path: Path) -> None:
    clip = {
        "rank": 1,
        "title": "A piece",
        "summary": "",
        "start_s": 20.0,
        "end_s": 24.0,
        "keep": [{"start_s": 20.0, "end_s": 24.0}],
        "score": 1.0,
        "score_parts": {},
        "reasons": [],
        "layout": [
            {"start_s": 20.0, "end_s": 24.0, "layout": "slides", "arrangement": "full", "screen": None, "camera": None}
        ],
    }
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"source": "lecture.mp4", "clips": [clip], "rejected": [], "settings": {}}))
    arguments = ("cut", str(EXAMPLE), "--plan", str(plan), "--captions", str(CAPTIONS), "--out", str(tmp_path / "out"))
    document = json.loads(invoke(*arguments, "--json").stdout)
    assert any(name.endswith(".mp4") for name in document["clips"][0]["files"])
    assert all(Path(name).stat().st_size > 0 for name in document["clips"][0]["files"])


def test_a_service_without_keys_does_not_listen_to_the_world(tmp_path: Path) -> None:
    world = {"LECTERN_HOST": "0.0.0.0", "LECTERN_REQUIRE_KEYS": "false"}
    done = lectern("serve", LECTERN_DATA_DIR=str(tmp_path), HOME=str(tmp_path), **world)
    assert done.returncode == 1
    assert "LECTERN_HOST to be a loopback address" in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_that_cannot_be_used_are_named_and_not_shown(tmp_path: Path) -> None:
    wrong = {"LECTERN_PORT": "c4nary", "LECTERN_LOG_LEVEL": "c4nary", "DATABASE_URL": "postgresql://u:c4nary@h/d"}
    done = lectern("serve", LECTERN_DATA_DIR=str(tmp_path), HOME=str(tmp_path), **wrong)
    assert done.returncode == 1
    assert "LECTERN_PORT: " in done.stderr
    assert "LECTERN_LOG_LEVEL: " in done.stderr
    assert "c4nary" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("silence", "/nonexistent.mp4"), 2, "does not exist"),
        (("nothing",), 2, "No such command"),
        (("run", str(EXAMPLE), "--max-clips", "many"), 2, "not a valid integer"),
        (("run", str(EXAMPLE), "--url", "http://127.0.0.1:9"), 1, "does not answer"),
        (("worker",), 1, "DATABASE_URL"),
        (("migrate",), 1, "DATABASE_URL"),
        (("jobs",), 1, "lectern serve"),
        (("layout", str(CAPTIONS)), 1, "not audio or video"),
        (("models", "pull", "gigantic"), 1, "Known ones"),
    ],
)
def test_what_goes_wrong_is_one_sentence(arguments: tuple[str, ...], code: int, sentence: str, tmp_path: Path) -> None:
    done = lectern(*arguments, LECTERN_DATA_DIR=str(tmp_path), HOME=str(tmp_path))
    assert done.returncode == code, done.stderr
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
