"""The ``local`` backend: no network and no model, only the words, the pauses and the slides."""

from agents.content_analyzer.focus import nearness
from agents.content_analyzer.importance import Judgement, judge, worths
from agents.content_analyzer.sentences import SentenceSpan, build_sentences
from agents.content_analyzer.summary import summarise
from agents.content_analyzer.titles import Labeller
from agents.content_analyzer.topics import Outline, outline
from agents.content_analyzer.words import Vocabulary
from agents.types import Analysis, AnalysisRequest, Notice, Report, Sentence, Topic

NAME = "local"
NO_SPEECH = Notice("no_speech", "The transcript holds no speech, so there are no topics and no key sentences.")


def analyse(request: AnalysisRequest, report: Report) -> Analysis:
    """Topics, key sentences and a summary from the transcript, with slides and pauses as evidence."""
    report(0.0, "Reading the transcript")
    limit_s = request.duration_s if request.duration_s > 0 else float("inf")
    spans = build_sentences([s for s in request.transcript.segments if s.start_s < limit_s])
    if not spans:
        return Analysis("", (), (), NAME, (NO_SPEECH,))
    texts = [s.text for s in spans]
    vocabulary = Vocabulary(texts, request.transcript.language)
    report(0.2, f"Finding topics in {len(spans)} sentences")
    outlined = outline(spans, vocabulary, request.slide_changes)
    report(0.6, "Judging sentences")
    judged = judge(spans, vocabulary, outlined, request.slide_changes, nearness(vocabulary, request.focus))
    report(0.8, "Naming topics")
    topics = _topics(spans, judged, outlined, vocabulary, limit_s)
    sentences = tuple(
        Sentence(s.start_s, min(s.end_s, limit_s), s.text, j.importance, j.reasons)
        for s, j in zip(spans, judged, strict=True)
    )
    summary = summarise(spans, judged, outlined)
    report(1.0, "Topics found")
    return Analysis(summary, topics, sentences, NAME)


def _topics(
    spans: list[SentenceSpan], judged: list[Judgement], outlined: Outline, vocabulary: Vocabulary, limit_s: float
) -> tuple[Topic, ...]:
    texts = [s.text for s in spans]
    wide = Labeller(texts, vocabulary, outlined.coarse)
    narrow = Labeller(texts, vocabulary, outlined.fine)

    worth = dict(zip(outlined.fine, worths(judged, outlined.fine), strict=True))
    worth |= zip(outlined.coarse, worths(judged, outlined.coarse), strict=True)

    def topic(run: tuple[int, int], labeller: Labeller, subtopics: tuple[Topic, ...] = ()) -> Topic:
        begin, end = run
        best = max(range(begin, end), key=lambda i: (judged[i].importance, -i))
        end_s = max(s.end_s for s in spans[begin:end])
        if end < len(spans):
            end_s = min(end_s, spans[end].start_s)
        return Topic(
            spans[begin].start_s,
            min(end_s, limit_s),
            labeller.title(begin, end, texts[best]),
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
