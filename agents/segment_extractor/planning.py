"""From the request to the edit plan: pure data in, pure data out."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from agents.errors import InvalidRequest
from agents.segment_extractor.arrangement import clip_layout
from agents.segment_extractor.candidates import Field, enumerate_candidates
from agents.segment_extractor.chapters import disjoint, finest
from agents.segment_extractor.context import Choice, in_context
from agents.segment_extractor.cuts import kept, ordered, protected
from agents.segment_extractor.evidence import evidence, score_parts, told
from agents.segment_extractor.fillers import filler_cuts, timed_words
from agents.segment_extractor.lecture import Lecture
from agents.segment_extractor.passages import build_blocks
from agents.segment_extractor.pauses import Surroundings, joined, removable
from agents.segment_extractor.rejection import rejected
from agents.segment_extractor.scoring import Candidate
from agents.segment_extractor.selection import select, select_pair
from agents.segment_extractor.wording import describe
from agents.types import (
    EditPlan,
    ExtractionRequest,
    LayoutSpan,
    Notice,
    PlannedClip,
    PlanSettings,
    Segment,
    Sentence,
    TimeRange,
)
from agents.types.editing import MeaningfulPause, PlannedCut

_SHORT_LECTURE_SHARE = 0.34
"""In a short lecture no clip takes more than a third of it, so that there can be several."""


def plan(request: ExtractionRequest, progress: Callable[[float], None]) -> EditPlan:
    """The edit plan. Raises InvalidRequest when the settings contradict each other."""
    settings = request.settings
    validate(settings)
    cues = usable_cues(request.transcript.segments if request.transcript else (), request.duration_s)
    if not any(c.text.strip() for c in cues):
        return _empty(request, "no_speech", "There is no transcribed speech, so there is nothing to choose clips from.")
    if request.duration_s < settings.min_clip_s:
        why = f"The recording lasts {request.duration_s:.0f} s; the shortest clip is {settings.min_clip_s:g} s."
        return _empty(request, "too_short", why)
    lecture = _lecture(request, cues)
    field, chosen = _choice(lecture, settings, progress)
    choices = in_context(lecture, chosen, settings)
    left_out = rejected(lecture, field, [c.clip for c in choices], settings.max_clips)
    clips = _clips(request, lecture, choices)
    warnings = [] if clips else [_no_highlight(field, settings)]
    if clips and lecture.focus_missed:
        why = f"Nothing that is said mentions “{settings.focus}”; the clips were chosen without it."
        warnings.append(Notice("focus_not_found", why))
    return EditPlan(request.source, clips, left_out, settings, tuple(warnings))


def validate(settings: PlanSettings) -> None:
    low_s, high_s = settings.min_clip_s, settings.max_clip_s
    if not (math.isfinite(low_s) and math.isfinite(high_s)) or low_s <= 0:
        raise InvalidRequest("The shortest clip must last more than 0 s.")
    if low_s > high_s:
        raise InvalidRequest(f"The shortest clip ({low_s:g} s) is longer than the longest ({high_s:g} s).")
    if settings.max_clips < 1:
        raise InvalidRequest("max_clips must be at least 1.")


def usable_cues(segments: Sequence[Segment], duration_s: float) -> list[Segment]:
    """In time order, within the media; a cue whose words run over its edges is as long as its words."""
    found = []
    for cue in segments:
        starts = [cue.start_s, *(w.start_s for w in cue.words)]
        ends = [cue.end_s, cue.start_s, *(w.end_s for w in cue.words)]
        start_s, end_s = max(min(starts), 0.0), min(max(ends), duration_s)
        if start_s < duration_s and end_s >= start_s:
            found.append(replace(cue, start_s=start_s, end_s=end_s))
    return sorted(found, key=lambda s: (s.start_s, s.end_s))


def _lecture(request: ExtractionRequest, cues: list[Segment]) -> Lecture:
    settings, analysis = request.settings, request.analysis
    sentences = _sentences(analysis.sentences if analysis else (), cues, request.duration_s)
    silences = ordered(request.silences, request.duration_s)
    changes = sorted(request.layout.slide_changes if request.layout else (), key=lambda c: c.time_s)
    turns_s = sorted({c.time_s for c in changes} | {s.start_s for s in _spans(request)})
    blocks = build_blocks(cues, sentences, silences, request.duration_s, settings.max_clip_s, turns_s=turns_s)
    language = request.transcript.language if request.transcript else ""
    cuts, pauses = _cuts(cues, language, silences, Surroundings(sentences, changes, _spans(request)))
    if not settings.remove_silence:
        cuts, pauses = [], []
    known = analysis.topics if analysis else ()
    chapters, topics = (disjoint(found, request.duration_s) for found in (known, finest(known)))
    quotable = language == "en" and request.transcript is not None and request.transcript.quality != "draft"
    english = language == "en"
    return Lecture(
        blocks,
        sentences,
        chapters,
        topics,
        changes,
        request.layout,
        cuts,
        pauses,
        settings.focus,
        english,
        quotable,
    )


def _cuts(
    cues: Sequence[Segment], language: str, silences: Sequence[TimeRange], around: Surroundings
) -> tuple[list[PlannedCut], list[MeaningfulPause]]:
    """What clips lose, and the silences of which they keep more than a breath."""
    fillers, gone = filler_cuts(timed_words(cues), language)
    words = protected(cues, gone)
    silent, pauses = removable(silences, words, around)
    return joined([*silent, *fillers], protected(cues, gone, margin_s=0.0)), pauses


def _spans(request: ExtractionRequest) -> Sequence[LayoutSpan]:
    return request.layout.spans if request.layout else ()


def _sentences(given: Sequence[Sentence], cues: Sequence[Segment], duration_s: float) -> list[Sentence]:
    """The analysis' sentences; without an analysis the cues stand in for them, all worth the same."""
    known = [s for s in given if s.start_s < duration_s]
    if not known:
        known = [Sentence(c.start_s, c.end_s, c.text, 0.5) for c in cues if c.text.strip()]
    return sorted(known, key=lambda s: (s.start_s, s.end_s))


def _choice(
    lecture: Lecture, settings: PlanSettings, progress: Callable[[float], None]
) -> tuple[Field, list[Candidate]]:
    """The candidates and those chosen of them: in a short lecture rather two shorter clips than one long one."""
    low_s, high_s = settings.min_clip_s, settings.max_clip_s
    spoken_s = sum(b.end_s - b.start_s for b in lecture.blocks)
    cap_s = min(high_s, max(1.25 * low_s, _SHORT_LECTURE_SHARE * spoken_s))
    field = enumerate_candidates(lecture, low_s, cap_s, lambda f: progress(0.9 * f))
    chosen = select(lecture, field.good, settings.max_clips)
    enough = min(2, settings.max_clips)
    if len(chosen) < enough and cap_s < high_s:
        wider = enumerate_candidates(lecture, low_s, high_s, lambda f: progress(0.9 + 0.1 * f))
        if wider.good:
            field, chosen = wider, chosen or select(lecture, wider.good, settings.max_clips)
    if len(chosen) < enough:
        chosen = select_pair(lecture, field.good) or chosen
    if len(chosen) < enough:
        chosen = select(lecture, field.rough, settings.max_clips, before=chosen)
    return field, chosen


def _clips(request: ExtractionRequest, lecture: Lecture, choices: Sequence[Choice]) -> tuple[PlannedClip, ...]:
    clips = []
    settings = request.settings
    described = describe(lecture, [c.clip for c in choices])
    for rank, (choice, words) in enumerate(zip(choices, described, strict=True), 1):
        clip = choice.clip
        keep = kept(clip.start_s, clip.end_s, lecture.cuts)
        if choice.ahead is not None:
            keep = (*kept(choice.ahead.start_s, choice.ahead.end_s, lecture.cuts), *keep)
        start_s, score = keep[0].start_s, round(clip.score, 4)
        known = evidence(lecture, choice, keep)
        clips.append(
            PlannedClip(
                rank,
                words.title,
                words.summary,
                start_s,
                clip.end_s,
                keep,
                score,
                score_parts(clip.measures, score),
                (*words.reasons, *told(choice, known.cuts, known.pauses)),
                clip_layout(request.layout, start_s, clip.end_s, settings.aspect, settings.layout),
                known,
            )
        )
    return tuple(clips)


def _no_highlight(field: Field, settings: PlanSettings) -> Notice:
    if field.flawed:
        reason = field.flawed[0].reason
        return Notice("no_highlight", f"No passage stands out; the best one was left out: {reason}.")
    low_s, high_s = settings.min_clip_s, settings.max_clip_s
    return Notice("no_highlight", f"No passage of {low_s:g} to {high_s:g} s starts and ends with a whole sentence.")


def _empty(request: ExtractionRequest, code: str, why: str) -> EditPlan:
    return EditPlan(request.source, (), (), request.settings, (Notice(code, why),))
