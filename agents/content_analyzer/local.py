"""The ``local`` backend: no network, only the words, the pauses and the slides; a sentence model where one is given."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agents.content_analyzer.casing import evened
from agents.content_analyzer.farewell import farewell
from agents.content_analyzer.focus import nearness
from agents.content_analyzer.importance import Judgement, judge, worths
from agents.content_analyzer.phrasebooks import PHRASEBOOKS
from agents.content_analyzer.sentences import SentenceSpan, build_sentences
from agents.content_analyzer.summary import summarise
from agents.content_analyzer.titles import Labeller
from agents.content_analyzer.topics import Outline, outline
from agents.content_analyzer.words import Vocabulary, language_of
from agents.errors import ModelUnavailable
from agents.types import Analysis, AnalysisRequest, Notice, Report, Sentence, Topic

NAME = "local"
NO_SPEECH = Notice("no_speech", "The transcript holds no speech, so there are no topics and no key sentences.")

UNUSABLE_MODEL = "embedding_model_unusable"
_UNUSABLE = "The sentence model of LECTERN_EMBEDDING_MODEL cannot be used"


def analyse(request: AnalysisRequest, report: Report) -> Analysis:
    """Topics, key sentences and a summary from the transcript, with slides and pauses as evidence."""
    report(0.0, "Reading the transcript")
    limit_s = request.duration_s if request.duration_s > 0 else float("inf")
    segments = [s for s in request.transcript.segments if s.start_s < limit_s]
    language = language_of((s.text for s in segments), request.transcript.language)
    spans = build_sentences(segments, request.silences, english=language in ("", "en"))
    if not spans:
        return Analysis("", (), (), NAME, (NO_SPEECH,))
    texts = evened([s.text for s in spans])
    vocabulary = Vocabulary(texts, language)
    report(0.2, f"Finding topics in {len(spans)} sentences")
    meaning, warnings = _meaning(request, texts, report)
    outlined = outline(spans, vocabulary, request.slide_changes, meaning.sentences)
    report(0.6, "Judging sentences")
    wanted = nearness(vocabulary, request.focus, meaning.likeness)
    judged = judge(spans, vocabulary, outlined, request.slide_changes, wanted, loudness=request.loudness)
    report(0.8, "Naming topics")
    topics = _topics(spans, texts, judged, outlined, vocabulary, limit_s=limit_s)
    sentences = tuple(
        Sentence(s.start_s, min(s.end_s, limit_s), s.text, j.importance, j.reasons)
        for s, j in zip(spans, judged, strict=True)
    )
    summary = summarise(spans, judged, outlined)
    report(1.0, "Topics found")
    return Analysis(summary, topics, sentences, NAME, warnings)


@dataclass(frozen=True)
class _Meaning:
    """``sentences``: an embedding each; ``likeness``: how like the focus each sentence is. None without a model."""

    sentences: npt.NDArray[np.float32] | None = None
    likeness: list[float] | None = None


def _meaning(request: AnalysisRequest, texts: list[str], report: Report) -> tuple[_Meaning, tuple[Notice, ...]]:
    """What a sentence model sees in the texts. A model that cannot be used costs a warning."""
    if request.model_dir is None:
        return _Meaning(), ()
    # ONNX Runtime is a third of this child's start, and few have such a model.
    from agents.content_analyzer.embeddings import SentenceModel  # noqa: PLC0415

    try:
        model = SentenceModel(Path(request.model_dir))
        found = model.embed(texts, lambda done: report(0.2 + 0.3 * done, "Reading sentences for their meaning"))
        if not request.focus:
            return _Meaning(found), ()
        aim = model.embed([request.focus], lambda _done: None)[0]
    except ModelUnavailable as error:
        return _Meaning(), (Notice(UNUSABLE_MODEL, f"{_UNUSABLE}: {error}. Topics come from the words alone."),)
    return _Meaning(found, [float(x) for x in found @ aim]), ()


def _topics(
    spans: list[SentenceSpan],
    texts: list[str],
    judged: list[Judgement],
    outlined: Outline,
    vocabulary: Vocabulary,
    *,
    limit_s: float,
) -> tuple[Topic, ...]:
    wide = Labeller(texts, vocabulary, outlined.coarse)
    narrow = Labeller(texts, vocabulary, outlined.fine)

    worth = dict(zip(outlined.fine, worths(judged, outlined.fine), strict=True))
    worth |= zip(outlined.coarse, worths(judged, outlined.coarse), strict=True)

    book = PHRASEBOOKS.get(vocabulary.language)
    last = farewell(spans, vocabulary.language)

    def title(begin: int, end: int, labeller: Labeller) -> str:
        if book and begin == last:
            return book.conclusion
        best = max(range(begin, end), key=lambda i: (judged[i].importance, -i))
        return labeller.title(begin, end, texts[best])

    def topic(run: tuple[int, int], labeller: Labeller, subtopics: tuple[Topic, ...] = ()) -> Topic:
        begin, end = run
        end_s = max(s.end_s for s in spans[begin:end])
        if end < len(spans):
            end_s = min(end_s, spans[end].start_s)
        return Topic(
            spans[begin].start_s,
            min(end_s, limit_s),
            title(begin, end, labeller),
            labeller.keywords(begin, end),
            worth[run],
            subtopics,
        )

    found = []
    for run in outlined.coarse:
        inside = [f for f in outlined.fine if run[0] <= f[0] and f[1] <= run[1]]
        subtopics = tuple(topic(f, narrow) for f in inside) if len(inside) > 1 else ()
        found.append(topic(run, wide, subtopics))
    return tuple(found)
