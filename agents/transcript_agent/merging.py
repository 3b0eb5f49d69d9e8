"""One transcript of those of the chunks: words in order and each once, sentences whole again across the seams."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from agents.transcript_agent.backend import NO_SPEECH
from agents.transcript_agent.language import UNKNOWN
from agents.transcript_agent.seams import append_words, switch
from agents.transcript_agent.sentences import punctuated, unpunctuated
from agents.types import Notice, Segment, TimeRange, Transcript, Word

QUALITIES = ("draft", "good", "given")
WITHOUT_PUNCTUATION = frozenset({"pocketsphinx"})
Heard = tuple[TimeRange, Transcript]


def merge(parts: Sequence[Heard]) -> Transcript:
    """``parts`` are chunks in order, each with its transcript in the recording's times. There must be one at least.

    Language and backend are those of most words, the quality is the lowest. Warnings are united. Parts that differ in
    backend or language are told of: ``transcriber_mixed``, ``languages_differ``.
    """
    segments = list(parts[0][1].segments)
    for (before, left), (after, right) in pairwise(parts):
        overlap = TimeRange(after.start_s, before.end_s)
        segments = _joined(segments, left.backend, list(right.segments), right.backend, overlap)
    found = [transcript for _, transcript in parts]
    spoken = [transcript for transcript in found if transcript.segments] or found
    language = _most([each for each in spoken if each.language != UNKNOWN], "language") or UNKNOWN
    return Transcript(
        language=language,
        backend=_most(spoken, "backend") or spoken[0].backend,
        quality=min((each.quality for each in spoken), key=QUALITIES.index),
        segments=tuple(segments),
        warnings=(*_united(found, silent=not segments), *_differences(spoken)),
        language_probability=_probability([each for each in spoken if each.language == language]),
        dropped=dict(sum((Counter(each.dropped) for each in found), Counter())),
    )


def _joined(
    left: list[Segment], left_by: str, right: list[Segment], right_by: str, overlap: TimeRange
) -> list[Segment]:
    """The sentences at the seam are made anew of their words, by each recogniser's own rules where there are two."""
    if not left or not right:
        return left + right
    tail = max(sum(segment.end_s > overlap.start_s for segment in left), 1)
    head = max(sum(segment.start_s < overlap.end_s for segment in right), 1)
    if not all(segment.words for segment in (*left[-tail:], *right[:head])):
        return _by_time(left, right, overlap)
    before, after = spoken_words(left[-tail:], left_by), spoken_words(right[:head], right_by)
    if left_by == right_by:
        append_words(before, after, overlap)
        return [*left[:-tail], *_sentences(before, left_by), *right[head:]]
    kept, first = switch(before, after, overlap)
    return [*left[:-tail], *_sentences(before[:kept], left_by), *_sentences(after[first:], right_by), *right[head:]]


def _by_time(left: list[Segment], right: list[Segment], overlap: TimeRange) -> list[Segment]:
    """Without words there are only times: a segment belongs to the side of the seam where its middle is."""
    if overlap.duration_s <= 0:
        return left + right
    twice_s = overlap.start_s + overlap.end_s
    kept = [segment for segment in left if segment.start_s + segment.end_s < twice_s]
    return kept + [segment for segment in right if segment.start_s + segment.end_s >= twice_s]


def spoken_words(segments: Sequence[Segment], backend: str) -> list[Word]:
    """The words as the recogniser said them: with their leading spaces, or without the dress of a sentence."""
    if backend in WITHOUT_PUNCTUATION:
        return [word for segment in segments for word in _undressed(segment)]
    spaced = any(" " in segment.text for segment in segments) or all(len(segment.words) == 1 for segment in segments)
    return [word for segment in segments for word in _spaced(segment, first_spaced=spaced)]


def _sentences(words: Sequence[Word], backend: str) -> list[Segment]:
    return unpunctuated(words) if backend in WITHOUT_PUNCTUATION else punctuated(words)


def _undressed(segment: Segment) -> list[Word]:
    words = list(segment.words)
    words[-1] = replace(words[-1], text=words[-1].text.removesuffix("."))
    first = words[0].text
    if first != "I" and not first.startswith("I'"):
        words[0] = replace(words[0], text=first[:1].lower() + first[1:])
    return words


def _spaced(segment: Segment, *, first_spaced: bool) -> list[Word]:
    """Words with a space before them where the text has one: some languages write none."""
    words: list[Word] = []
    at = 0
    for word in segment.words:
        found = max(segment.text.find(word.text, at), at)
        spaced = segment.text[found - 1].isspace() if found else first_spaced
        words.append(replace(word, text=f" {word.text}" if spaced else word.text))
        at = found + len(word.text)
    return words


def _united(found: Sequence[Transcript], *, silent: bool) -> list[Notice]:
    told = dict.fromkeys(notice for each in found for notice in each.warnings if notice.code != NO_SPEECH.code)
    return [*told, *([NO_SPEECH] if silent else [])]


def _differences(spoken: Sequence[Transcript]) -> list[Notice]:
    notices = []
    backends = sorted({each.backend for each in spoken})
    if len(backends) > 1:
        text = f"Parts of the recording were transcribed by different backends: {', '.join(backends)}."
        notices.append(Notice("transcriber_mixed", text))
    languages = sorted({each.language for each in spoken if each.language != UNKNOWN})
    if len(languages) > 1:
        text = f"Parts were heard in different languages: {', '.join(languages)}. Name the language if that is wrong."
        notices.append(Notice("languages_differ", text))
    return notices


def _most(found: Sequence[Transcript], field: str) -> str | None:
    """The value of most words; of a transcript without word times, its segments count."""
    votes: Counter[str] = Counter()
    for each in found:
        votes[getattr(each, field)] += sum(len(segment.words) or 1 for segment in each.segments)
    return max(votes, key=votes.__getitem__) if votes else None


def _probability(agreed: Sequence[Transcript]) -> float | None:
    """Of the least sure part."""
    return min((p for each in agreed if (p := each.language_probability) is not None), default=None)
