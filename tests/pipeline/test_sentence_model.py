"""The folder of a sentence model, read by the confined child that analyses."""

import threading
from pathlib import Path

from agents.types import Analysis, AnalysisRequest, Segment, Transcript
from app.core.settings import Settings
from pipeline.child import run_child
from tests.agents.content_analyzer.tiny_sentence_model import write_model


def analysed(model_dir: Path, workspace: Path) -> Analysis:
    workspace.mkdir()
    segments = tuple(Segment(i * 5.0, i * 5.0 + 5.0, f"Word{i} beast{i} runs{i} far{i}.") for i in range(40))
    transcript = Transcript("en", "x", "good", segments)
    return run_child(
        "analysis",
        AnalysisRequest(transcript, 200.0, focus="zoology", model_dir=str(model_dir)),
        Analysis,
        workspace=workspace,
        settings=Settings.model_validate({"data_dir": workspace}),
        report=lambda _fraction, _message: None,
        stop=threading.Event(),
    )


def test_the_child_reads_the_model_and_a_missing_one_costs_a_warning(tmp_path: Path) -> None:
    vectors = {f"beast{i}": (1.0, 0.0) if i < 20 else (0.0, 1.0) for i in range(40)} | {"zoology": (1.0, 0.0)}
    model = write_model(tmp_path / "model", vectors)
    found = analysed(model, tmp_path / "first")
    assert found.warnings == ()
    assert min(s.importance for s in found.sentences[:15]) > max(s.importance for s in found.sentences[25:])
    without = analysed(tmp_path / "nowhere", tmp_path / "second")
    assert [w.code for w in without.warnings] == ["embedding_model_unusable"]
    assert len(without.sentences) == 40
