"""A short lecture, settings that lead to a server on loopback, and an analyst that waits for nobody long."""

import threading
from collections.abc import Callable
from typing import Any

from agents.content_analyzer import run as run_local
from agents.types import Analysis, AnalysisRequest, Segment, SlideChange, Transcript
from app.core.settings import Settings
from pipeline.analyzers.analysis import Analyst
from pipeline.analyzers.answer_cache import AnswerCache, NoCache
from pipeline.analyzers.model import Reply

KEY = "AIzaNobodyMayEverReadThis-0123456789"
BACKENDS = ("gemini", "openai-compatible")
SUBJECTS = ("entropy", "enthalpy", "gradients", "compilers", "pendulums", "proteins")


def lecture(sentences: int = 60) -> AnalysisRequest:
    """Sentences of five seconds, ten a subject, none like another."""
    segments = tuple(
        Segment(
            5.0 * i,
            5.0 * i + 4.5,
            f"Now remark number {i} about {SUBJECTS[i // 10 % len(SUBJECTS)]} says that item {i * 37 % 101} is known.",
        )
        for i in range(sentences)
    )
    transcript = Transcript(language="en", backend="captions", quality="given", segments=segments)
    return AnalysisRequest(transcript, 5.0 * sentences, slide_changes=(SlideChange(49.8, 0.9),))


def settings_for(backend: str, url: str, **chosen: Any) -> Settings:
    """Settings with which ``auto`` means ``backend`` at ``url``."""
    own: dict[str, Any] = (
        {"gemini_api_key": KEY, "gemini_base_url": url, "gemini_model": "test-model"}
        if backend == "gemini"
        else {"openai_api_key": KEY, "openai_base_url": f"{url}/v1", "openai_model": "test-model"}
    )
    return Settings(_env_file=None, **{"analyzer_timeout_s": 10.0, **own, **chosen})


def analyst(
    settings: Settings,
    *,
    cache: AnswerCache | None = None,
    stop: threading.Event | None = None,
    report: Callable[[float, str], None] = lambda *_: None,
    limit_s: float = 60.0,
) -> Analyst:
    return Analyst(
        settings=settings,
        local=lambda request, _share: local_analysis(request),
        cache=cache or NoCache(),
        stop=stop or threading.Event(),
        report=report,
        limit_s=limit_s,
        first_wait_s=0.01,
    )


def local_analysis(request: AnalysisRequest) -> Analysis:
    assert request.backend == "local"
    return run_local(request, lambda *_: None)


def well_formed(analysis: Analysis, duration_s: float) -> None:
    """What every consumer relies on, whatever a model said."""
    assert analysis.topics
    last_s = 0.0
    for topic in analysis.topics:
        assert last_s <= topic.start_s < topic.end_s <= duration_s
        assert topic.title
        assert topic.title.isprintable()
        assert 0 <= topic.importance <= 1
        last_s = topic.end_s
        assert all(topic.start_s <= s.start_s < s.end_s <= topic.end_s for s in topic.subtopics)
    assert all(0 <= s.importance <= 1 for s in analysis.sentences)


class DictCache:
    """Keeps answers as long as the test."""

    def __init__(self) -> None:
        self.kept: dict[str, Reply] = {}

    def get(self, key: str) -> Reply | None:
        return self.kept.get(key)

    def put(self, key: str, reply: Reply) -> None:
        self.kept[key] = reply
