"""``lectern analyze`` with a model, as a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agents.codec import to_json
from tests.conftest import ROOT
from tests.pipeline.analyzers.conversation import KEY, lecture
from tests.pipeline.analyzers.model_server import Reaction, model_server, says, status


def analyze(url: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    words = folder / "words.json"
    words.write_text(to_json(lecture().transcript))
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_KEY": KEY,
        "LECTERN_OPENAI_MODEL": "test-model",
        "LECTERN_DATA_DIR": str(folder / "data"),
    }
    return subprocess.run(
        [sys.executable, "-m", "pipeline.cli", "analyze", str(words), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment,
        cwd=ROOT,
    )


@pytest.mark.media
@pytest.mark.parametrize(
    ("analyzer", "reaction", "backend", "warnings"),
    [
        ("auto", says(), "openai-compatible", []),
        ("local", says(), "local", []),
        ("auto", status(401), "local", ["analyzer_fallback"]),
    ],
    ids=["auto", "local", "refused"],
)
def test_the_command_asks_what_the_environment_names(
    analyzer: str, reaction: Reaction, backend: str, warnings: list[str], tmp_path: Path
) -> None:
    with model_server(reaction) as server:
        done = analyze(server.url, tmp_path, "--analyzer", analyzer, "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["backend"] == backend
    assert bool(server.asked) == (analyzer != "local") == ("usage" in document)
    assert [w["code"] for w in document["warnings"]] == warnings
    assert KEY not in done.stdout + done.stderr
