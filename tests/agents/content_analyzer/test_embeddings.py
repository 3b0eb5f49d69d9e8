from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.content_analyzer import run
from agents.content_analyzer.embeddings import SentenceModel
from agents.errors import ModelUnavailable
from agents.types import Analysis, AnalysisRequest, Segment, Transcript
from tests.agents.content_analyzer.tiny_sentence_model import write_model

ANIMALS = [f"a{chr(97 + i // 26)}{chr(97 + i % 26)}beast" for i in range(120)]
PLANTS = [f"p{chr(97 + i // 26)}{chr(97 + i % 26)}plant" for i in range(120)]
VECTORS = {
    **dict.fromkeys(ANIMALS, (1.0, 0.1, 0.0)),
    **dict.fromkeys(PLANTS, (0.0, 0.1, 1.0)),
    "zoology": (1.0, 0.0, 0.0),
}
"""No word is said twice: only a model that knows what words mean sees two topics."""


def quiet(_fraction: float, _message: str) -> None:
    """Nobody listens."""


def lecture() -> AnalysisRequest:
    words = [*ANIMALS, *PLANTS]
    texts = [" ".join(words[i : i + 4]) + "." for i in range(0, len(words), 4)]
    segments = tuple(Segment(i * 6.0, i * 6.0 + 6.0, text.capitalize()) for i, text in enumerate(texts))
    return AnalysisRequest(Transcript("en", "x", "good", segments), len(texts) * 6.0)


def starts_s(found: Analysis) -> list[float]:
    return [leaf.start_s for t in found.topics for leaf in (t.subtopics or (t,))]


def test_unit_rows_in_the_order_of_the_texts(tmp_path: Path) -> None:
    model = SentenceModel(write_model(tmp_path, {"north": (3.0, 0.0), "east": (0.0, 4.0)}))
    done: list[float] = []
    found = model.embed(["East north east north", "north", "nothing known here", "East"], done.append)
    assert found == pytest.approx(np.array([[0.6, 0.8], [1, 0], [0, 0], [0, 1]]))
    assert done == [1.0]
    many = model.embed(["north east"] * 40 + ["east"], done.append)
    assert many[-1] == pytest.approx([0.0, 1.0])
    assert done[1:] == sorted(done[1:])


def test_padding_changes_nothing(tmp_path: Path) -> None:
    model = SentenceModel(write_model(tmp_path, {"north": (1.0, 0.0), "east": (0.0, 1.0)}))
    alone = model.embed(["north east"], lambda _done: None)[0]
    beside = model.embed(["north east", "north " * 30], lambda _done: None)[0]
    assert alone == pytest.approx(beside)


def test_meaning_finds_topics_that_share_no_words(tmp_path: Path) -> None:
    found = run(replace(lecture(), model_dir=str(write_model(tmp_path, VECTORS))), quiet)
    assert found.warnings == ()
    assert 180.0 in starts_s(found)


def test_focus_reaches_what_never_says_its_word(tmp_path: Path) -> None:
    request = replace(lecture(), focus="Zoology", model_dir=str(write_model(tmp_path, VECTORS)))
    found = run(request, quiet).sentences
    assert min(s.importance for s in found[:28]) > max(s.importance for s in found[32:])
    assert "focus" in found[5].reasons


@pytest.mark.parametrize("focus", [None, "Zoology"])
def test_a_folder_that_cannot_be_used_is_a_warning_and_the_lexical_way(tmp_path: Path, focus: str | None) -> None:
    request = replace(lecture(), focus=focus)
    empty = tmp_path / "empty"
    empty.mkdir()
    torn = write_model(tmp_path / "torn", VECTORS)
    (torn / "model.onnx").write_bytes((torn / "model.onnx").read_bytes()[:200])
    garbled = write_model(tmp_path / "garbled", VECTORS)
    (garbled / "tokenizer.json").write_text("{", "utf-8")
    lexical = run(request, quiet)
    for folder in (tmp_path / "missing", empty, torn, garbled):
        found = run(replace(request, model_dir=str(folder)), quiet)
        assert [w.code for w in found.warnings] == ["embedding_model_unusable"]
        assert "LECTERN_EMBEDDING_MODEL" in found.warnings[0].detail
        assert str(tmp_path) not in found.warnings[0].detail
        assert replace(found, warnings=()) == lexical


def test_a_model_of_something_else_is_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path, VECTORS)
    model = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(model.replace(b"input_ids", b"input_pix"))
    with pytest.raises(ModelUnavailable, match="no sentence transformer"):
        SentenceModel(folder)


def test_no_speech_needs_no_model(tmp_path: Path) -> None:
    empty = AnalysisRequest(Transcript("en", "x", "good", ()), 5.0, model_dir=str(tmp_path))
    assert [w.code for w in run(empty, quiet).warnings] == ["no_speech"]
