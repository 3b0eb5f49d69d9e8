"""A glossary and slide words: what is chosen, and that each backend makes something of it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pocketsphinx import Decoder

from agents.transcript_agent import run
from agents.transcript_agent.hints import MOST_HINTS, chosen_hints, joined_hints, slide_words
from agents.transcript_agent.sphinx_words import pronunciation
from agents.types import Transcript, TranscriptRequest
from tests.agents.scripted_whisper import build

SLIDE = """\
THE SECOND LAW
Entropy S never decreases in an isolated system
S = k log W (Boltzmann)
OpenFOAM 2.0: the Carnot cycle, Carnot efficiency
Irreversibility
"""


def quiet(fraction: float, message: str) -> None:
    assert 0 <= fraction <= 1
    assert message


def test_what_stands_out_on_slides() -> None:
    found = slide_words(SLIDE)
    assert found[:3] == ["Carnot", "OpenFOAM", "Boltzmann"]
    assert "Irreversibility" in found
    assert not {"never", "the", "THE", "law", "Entropy", "system"} & set(found)


def test_shouted_titles_are_no_names() -> None:
    assert slide_words("THE GRADIENT DESCENT METHOD") == []
    assert slide_words("WHAT IS A REGULARISATION TERM\nL2 is a regularisation") == ["regularisation"]


def test_the_glossary_comes_first_and_nothing_twice() -> None:
    found = chosen_hints(["Carnot  cycle", "boltzmann", " "], SLIDE)
    assert found[:2] == ("Carnot cycle", "boltzmann")
    assert "Boltzmann" not in found
    assert chosen_hints([], None) == ()


@given(st.lists(st.text(max_size=30), max_size=150), st.text(max_size=300), st.integers(0, 200))
def test_any_text(glossary: list[str], slides: str, most_chars: int) -> None:
    found = chosen_hints(glossary, slides)
    assert len(found) <= MOST_HINTS
    assert len({each.casefold() for each in found}) == len(found)
    line = joined_hints(found, most_chars)
    assert line is None or (len(line) <= most_chars and line.startswith(found[0]))


@pytest.mark.media
def test_whisper_is_prompted_with_them(shared_data: Path, tmp_path: Path) -> None:
    """The model speaks only where it is prompted with exactly this text."""
    said = [(0.0, "Guten Tag zusammen.", 4.0)]
    model = build(tmp_path / "model", language="de", sentences=said, prompt="Carnot, Boltzmann")
    speech = shared_data / "speech" / "faster-whisper" / "jfk.flac"

    def heard(*hints: str) -> str:
        request = TranscriptRequest(str(speech), "faster-whisper", language="de", model_dir=str(model), hints=hints)
        return " ".join(segment.text for segment in run(request, quiet).segments)

    assert heard("Carnot", "Boltzmann") == "Guten Tag zusammen."
    assert heard() != "Guten Tag zusammen."


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    return Decoder(loglevel="FATAL")


@pytest.mark.media
@pytest.mark.parametrize(
    ("written", "phones"),
    [
        ("Markov", "M AA R K OW V"),
        ("GPU", "JH IY P IY Y UW"),
        ("OpenGL", "OW P AH N JH IY EH L"),
        ("hypergraph", "HH AY P ER G R AE F"),
        ("Kolmogorov", None),
        ("XKCDXKCD", None),
    ],
)
def test_pronunciations(decoder: Decoder, written: str, phones: str | None) -> None:
    assert pronunciation(decoder, written) == phones


@pytest.mark.media
def test_pocketsphinx_hears_taught_words(shared_data: Path) -> None:
    """Read speech in which it mishears a name and rare words; what is taught and not said is not heard."""
    folder = shared_data / "speech" / "pocketsphinx" / "librivox"

    def heard(number: str, *hints: str) -> Transcript:
        media = folder / f"sense_and_sensibility_01_austen_64kb-{number}.wav"
        return run(TranscriptRequest(str(media), "pocketsphinx", hints=hints), quiet)

    def text(found: Transcript) -> str:
        return " ".join(segment.text for segment in found.segments)

    taught = ("Dashwood", "ill-disposed", "Markov chain", "eigenvalue", "gradient")
    assert "Dashwood" not in text(heard("0870"))
    named = heard("0870", *taught)
    assert "John Dashwood had" in text(named) or "john Dashwood had" in text(named)
    assert not {"Markov", "eigenvalue", "gradient"} & set(text(named).split())
    assert all("·" not in word.text for segment in named.segments for word in segment.words)
    assert "disposed" in text(heard("0880", *taught))
