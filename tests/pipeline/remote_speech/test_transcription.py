"""The backend openai with the real client library, real FLAC, and a server on loopback that misbehaves."""

import json
import logging
import os
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.media.audio import SAMPLE_RATE_HZ, decode, write_wav
from agents.transcript_agent.parcels import run as pack
from agents.types import ParcelRequest, Parcels, Transcript
from app.core.settings import Settings
from pipeline.analyzers.answer_cache import AnswerCache, NoCache
from pipeline.child import ChildFailed, ChildStopped
from pipeline.commands.remote_speech import ask_remotely
from pipeline.remote_speech.transcription import RemoteSpeech, check_set_up, read_parcel
from tests.pipeline.analyzers.conversation import DictCache
from tests.pipeline.analyzers.model_server import cut, dripping, endless, hang_up, raw, silent, status
from tests.pipeline.remote_speech.speech_server import Reaction, SpeechServer, says, speech_server, verbose

pytestmark = pytest.mark.media
KEY = "sk-nobody-may-ever-read-this-0123456789"


def quiet(fraction: float, message: str) -> None:
    assert 0 <= fraction <= 1
    assert message
    assert KEY not in message


@pytest.fixture(scope="module")
def speech(shared_data: Path) -> Path:
    return shared_data / "speech" / "faster-whisper" / "jfk.flac"


@pytest.fixture(scope="module")
def packed(speech: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Parcels, Path]:
    """Two parcels with a minute between them in which there is only noise."""
    folder = tmp_path_factory.mktemp("parcels")
    spoken = decode(speech)
    hiss = (np.random.default_rng(0).normal(size=20 * SAMPLE_RATE_HZ) * 40).astype(np.int16)
    write_wav(np.concatenate((spoken, hiss, spoken)), folder / "lecture.wav")
    return pack(ParcelRequest(str(folder / "lecture.wav"), str(folder), target_s=12.0), quiet), folder


def settings_for(url: str, **chosen: Any) -> Settings:
    given: dict[str, Any] = {
        "openai_api_key": KEY,
        "openai_speech_base_url": f"{url}/v1",
        "openai_speech_timeout_s": 10.0,
    }
    return Settings(_env_file=None, **{**given, **chosen})


def transcribe(
    server: SpeechServer,
    packed: tuple[Parcels, Path],
    *hints: str,
    language: str = "auto",
    cache: AnswerCache | None = None,
    stop: threading.Event | None = None,
    **chosen: Any,
) -> Transcript:
    remote = RemoteSpeech(
        settings=settings_for(server.url, **chosen),
        cache=cache or NoCache(),
        stop=stop or threading.Event(),
        report=quiet,
        limit_s=60.0,
        first_wait_s=0.01,
    )
    return remote.transcribe(packed[0], packed[1], language, hints)


def answers(packed: tuple[Parcels, Path], text: str = "Hello there, students.", **more: Any) -> list[Reaction]:
    """One for each parcel, said where somebody speaks in it."""
    starts = [parcel.speech[0].start_s - parcel.span.start_s for parcel in packed[0].parcels]
    return [says(verbose(text, start=start_s, end=start_s + 3.0, **more)) for start_s in starts]


def test_parcels_hold_the_speech_and_nothing_else(packed: tuple[Parcels, Path], speech: Path) -> None:
    parcels, folder = packed
    assert 2 <= len(parcels.parcels) <= 3
    assert parcels.duration_s == pytest.approx(42.0, abs=0.1)
    whole = decode(folder / "lecture.wav")
    for parcel in parcels.parcels:
        data = read_parcel(folder, parcel.name)
        assert data.startswith(b"fLaC")
        first, end = round(parcel.span.start_s * SAMPLE_RATE_HZ), round(parcel.span.end_s * SAMPLE_RATE_HZ)
        assert len(data) < 2 * (end - first)
        assert np.array_equal(decode(folder / parcel.name), whole[first:end])
        assert parcel.speech
        assert all(parcel.span.start_s <= s.start_s < s.end_s <= parcel.span.end_s + 0.1 for s in parcel.speech)
    spoken_s = sum(s.duration_s for parcel in parcels.parcels for s in parcel.speech)
    assert 14 < spoken_s < 24


def test_each_parcel_is_asked_for_with_what_is_known(packed: tuple[Parcels, Path]) -> None:
    with speech_server(*answers(packed)) as server:
        found = transcribe(server, packed, "Carnot", "Boltzmann", language="en")
    assert len(server.sent) == len(packed[0].parcels)
    first = server.sent[0]
    assert first.path == "/v1/audio/transcriptions"
    assert first.headers["authorization"] == f"Bearer {KEY}"
    assert (first.one("model"), first.one("language"), first.one("prompt")) == ("whisper-1", "en", "Carnot, Boltzmann")
    assert first.one("response_format") == "verbose_json"
    assert first.fields["timestamp_granularities[]"] == ["word", "segment"]
    assert first.sound == read_parcel(packed[1], packed[0].parcels[0].name)
    assert [segment.text for segment in found.segments] == ["Hello there, students."] * len(server.sent)
    assert (found.language, found.backend, found.quality, found.dropped) == ("en", "openai", "good", {})
    starts = [segment.start_s for segment in found.segments]
    assert starts == [pytest.approx(parcel.speech[0].start_s, abs=0.01) for parcel in packed[0].parcels]


def test_the_language_is_the_one_that_was_heard_most(packed: tuple[Parcels, Path]) -> None:
    german = answers(packed, "Guten Tag, meine Damen und Herren!", language="german")
    with speech_server(answers(packed)[0], *german[1:]) as server:
        found = transcribe(server, packed)
    assert found.language == "de"
    assert server.sent[0].one("language") is None
    assert server.sent[0].one("prompt") is None


def test_lines_that_nobody_said_are_dropped(packed: tuple[Parcels, Path]) -> None:
    phantom = verbose("Thanks for watching!")
    phantom["segments"][0] |= {"no_speech_prob": 0.55, "avg_logprob": -0.9}
    with speech_server(says(phantom), *answers(packed)[1:]) as server:
        found = transcribe(server, packed)
    assert found.dropped == {"phantom": 1}
    assert "watching" not in " ".join(segment.text for segment in found.segments)


@pytest.mark.parametrize(
    "trouble",
    [
        status(429, retry_after="0"),
        status(500),
        status(503),
        cut,
        hang_up,
        raw(b'{"text": "Hel'),
        raw(b"[1, 2]"),
        raw(b'{"no": "text"}'),
        raw(b"<html>busy</html>", "text/html"),
        endless,
    ],
    ids=["429", "500", "503", "cut", "hung up", "half", "list", "no text", "page", "endless"],
)
def test_trouble_passes(packed: tuple[Parcels, Path], trouble: Reaction) -> None:
    with speech_server(trouble, says()) as server:
        found = transcribe(server, packed)
    assert len(server.sent) == len(packed[0].parcels) + 1
    assert found.segments


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (status(401), "answered 401: check OPENAI_API_KEY"),
        (status(404), "LECTERN_OPENAI_SPEECH_MODEL"),
        (status(413), "takes no files of this size"),
        (status(500), "answered 500"),
        (raw(b"nonsense"), "not its protocol"),
        (silent(30), "could not be reached|did not answer"),
        (dripping, "could not be reached|did not answer"),
    ],
    ids=["401", "404", "413", "500", "nonsense", "silent", "dripping"],
)
def test_trouble_that_stays_ends_in_a_sentence_without_the_key(
    packed: tuple[Parcels, Path], trouble: Reaction, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with speech_server(trouble) as server, pytest.raises(ChildFailed, match=reason) as failed:
        transcribe(server, packed, openai_speech_timeout_s=0.3 if "reached" in reason else 10.0)
    assert failed.value.code == "upstream_unavailable"
    assert KEY not in str(failed.value)
    assert KEY not in caplog.text
    assert failed.value.__cause__ is None


@pytest.mark.parametrize(("retry_after", "requests", "retryable"), [("0", 5, True), ("3600", 1, False)])
def test_who_is_told_to_come_back_does_not_come_before(
    packed: tuple[Parcels, Path], retry_after: str, requests: int, retryable: bool
) -> None:
    """A part is tried again a few seconds after it has failed: not where the service has said an hour."""
    with speech_server(status(429, retry_after=retry_after)) as server, pytest.raises(ChildFailed) as failed:
        transcribe(server, packed)
    assert len(server.sent) == requests
    assert failed.value.retryable is retryable


def test_a_wait_before_the_next_attempt_ends_with_a_cancel(packed: tuple[Parcels, Path]) -> None:
    stop = threading.Event()

    def told_to_wait(handler: BaseHTTPRequestHandler, sent: Any) -> None:
        status(429, retry_after="30")(handler, sent)
        stop.set()

    with speech_server(told_to_wait) as server, pytest.raises(ChildStopped):
        transcribe(server, packed, stop=stop)
    assert len(server.sent) == 1


def test_a_model_without_times_is_asked_for_text(packed: tuple[Parcels, Path]) -> None:
    with speech_server(status(400), says({"text": "Hello there, students."})) as server:
        found = transcribe(server, packed)
    assert [sent.one("response_format") for sent in server.sent[:2]] == ["verbose_json", "json"]
    parcel = packed[0].parcels[0]
    assert found.segments[0].start_s == pytest.approx(parcel.speech[0].start_s, abs=0.01)
    assert found.segments[0].text == "Hello there, students."


def test_what_was_paid_for_is_not_asked_again(packed: tuple[Parcels, Path]) -> None:
    cache = DictCache()
    with speech_server(says(), status(401)) as server:
        with pytest.raises(ChildFailed):
            transcribe(server, packed, cache=cache)
        server.reactions[:] = [says()]
        transcribe(server, packed, cache=cache)
    assert len(server.sent) == 1 + len(packed[0].parcels)
    kept = json.dumps([reply.text for reply in cache.kept.values()]) + json.dumps(list(cache.kept))
    assert KEY not in kept


def test_a_cancel_is_seen(packed: tuple[Parcels, Path]) -> None:
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()  # while it waits for an answer
    with speech_server(silent(20)) as server, pytest.raises(ChildStopped):
        transcribe(server, packed, stop=stop)


def test_nobody_speaks_and_nothing_is_sent(tmp_path: Path) -> None:
    write_wav(np.zeros(5 * SAMPLE_RATE_HZ, np.int16), tmp_path / "mute.wav")
    nothing = pack(ParcelRequest(str(tmp_path / "mute.wav"), str(tmp_path)), quiet)
    assert nothing.parcels == ()
    with speech_server() as server:
        found = transcribe(server, (nothing, tmp_path))
    assert not server.sent
    assert [notice.code for notice in found.warnings] == ["no_speech"]


def test_without_a_key_or_a_server() -> None:
    with pytest.raises(ChildFailed, match="OPENAI_API_KEY"):
        check_set_up(Settings(_env_file=None))
    check_set_up(Settings(_env_file=None, openai_base_url="http://127.0.0.1:9/v1"))


def test_only_a_plain_file_of_the_child_is_sent(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("not yours")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "link.flac").symlink_to(tmp_path / "secret")
    os.link(tmp_path / "secret", tmp_path / "out" / "hard.flac")
    os.mkfifo(tmp_path / "out" / "folder")
    (tmp_path / "out" / "dir.flac").mkdir()
    for name in ("link.flac", "hard.flac", "dir.flac", "../secret", "missing.flac"):
        with pytest.raises(ChildFailed, match="could not be packed"):
            read_parcel(tmp_path / "out", name)


def test_from_the_command_in_a_sandboxed_child(speech: Path) -> None:
    with speech_server(says()) as server:
        found = ask_remotely(speech, "auto", ("Carnot",), settings_for(server.url))
    assert [segment.text for segment in found.segments] == ["Hello there, students."]
    assert server.sent[0].sound.startswith(b"fLaC")
