"""What is heard in the silence step reaches the analysis: real steps, agents, rows and files."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from agents.media.audio import write_wav
from agents.types import Loudness
from app.services.jobs import get_job
from app.services.results import result_document
from pipeline import context as step_context
from pipeline import evidence
from pipeline.child import run_child
from tests.pipeline.conftest import step_of
from tests.pipeline.counted_service import Service, make_service

pytestmark = [pytest.mark.stack, pytest.mark.media]
RATE_HZ = 16_000
SENTENCES, SENTENCE_S, RAISED = 12, 2.0, 6
CAPTIONS = "WEBVTT\n\n" + "\n".join(
    f"00:00:{2 * n:02}.000 --> 00:00:{2 * n + 2:02}.000\nThe pointer moves on along list {n}.\n"
    for n in range(SENTENCES)
)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A voice of five syllables a second; one sentence is said 6 dB louder."""
    time_s = np.arange(round(SENTENCES * SENTENCE_S * RATE_HZ)) / RATE_HZ
    level_db = np.where(time_s // SENTENCE_S == RAISED, -20, -26)
    voice = np.random.default_rng(0).standard_normal(len(time_s)) * np.abs(np.sin(np.pi * 5 * time_s))
    path = tmp_path_factory.mktemp("media") / "voice.wav"
    write_wav((voice * 10 ** (level_db / 20) * 32_768).clip(-32_768, 32_767).astype(np.int16), path)
    return path


@pytest.fixture
def service(
    own_engine: Engine,
    sessions: sessionmaker[Session],
    recording: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Service:
    return make_service(own_engine, sessions, recording, tmp_path, monkeypatch)


def emphasised(service: Service, job_id: UUID) -> list[int]:
    with service.runtime.sessions.begin() as session:
        analysis = evidence.analysis(session, job_id)
    assert analysis is not None
    assert len(analysis.sentences) == SENTENCES
    return [i for i, sentence in enumerate(analysis.sentences) if "emphasis" in sentence.reasons]


def test_a_raised_voice_is_a_reason_also_in_a_second_job(service: Service) -> None:
    first, _ = service.run(captions=CAPTIONS)
    assert emphasised(service, first) == [RAISED]
    second, ran = service.run(captions=CAPTIONS, max_clips=1)
    assert not {"silence", "analysis"} & ran
    assert emphasised(service, second) == [RAISED]
    with service.runtime.sessions.begin() as session:
        heard = [evidence.loudness(session, job_id) for job_id in (first, second)]
    assert heard[0] == heard[1]
    assert isinstance(heard[0], Loudness)
    assert len(heard[0].levels_dbfs) == SENTENCES * SENTENCE_S / heard[0].step_s


def test_clients_are_not_sent_the_levels(service: Service) -> None:
    job_id, _ = service.run(captions=CAPTIONS)
    step = step_of(service.runtime.sessions, job_id, "silence_detection")
    assert set(step.result or ()) == {"duration_s", "mode", "threshold_dbfs"}
    with service.runtime.sessions.begin() as session:
        document = result_document(session, get_job(session, job_id, owner="local"), lambda _artifact, _name: "")
    assert set(document["silence"]) == {"duration_s", "mode", "threshold_dbfs", "regions"}


def test_levels_are_kept_in_the_mode_vad_too(service: Service) -> None:
    job_id, _ = service.run(captions=CAPTIONS, silence_mode="vad")
    assert emphasised(service, job_id) == [RAISED]


def test_a_job_without_levels_goes_by_times_alone(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one whose silence step ran before levels were kept."""

    def before(agent: str, request: object, result: type[Any], **kwargs: Any) -> Any:
        found = run_child(agent, request, result, **kwargs)
        return replace(found, loudness=None) if agent == "silence" else found

    monkeypatch.setattr(step_context, "run_child", before)
    job_id, _ = service.run(captions=CAPTIONS)
    assert emphasised(service, job_id) == []
    with service.runtime.sessions.begin() as session:
        assert evidence.loudness(session, job_id) is None
        assert evidence.step_result(session, job_id, "silence_detection") is not None
