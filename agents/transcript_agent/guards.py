"""Decide: which lines of a speech model nobody said. A pure function of the lines and of where there was speech.

Models write something for every window that they are given, and over music, noise and silence that is a phrase from
their training, or the last line again and again. No sign is enough alone that speech can also show, except that there
is no speech at all.
"""

import zlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from agents.transcript_agent.loops import repeated_lines, without_loop
from agents.transcript_agent.phantoms import is_phantom
from agents.types import Notice, TimeRange, Word

Reason = Literal["silence", "repetition", "phantom", "doubt"]
WORDING: dict[str, str] = {
    "silence": "where nobody speaks",
    "repetition": "repeated over and over",
    "phantom": "known from subtitles, with little voice behind it",
    "doubt": "in music or noise",
}
MARGIN_S = 0.4  # the times of words are that wrong
CHARS_PER_S = 15.0  # of calm speech: a line squeezed into less time was said before or after it
LEAST_SPEECH_S = 0.1
MUSIC_SHARE = 0.2  # the network hears a voice in bars of music now and then, but not in most of them
SQUEEZED = 2.4  # Whisper's own limit: what compresses better repeats itself
FAST_CHARS_PER_S = 40.0  # nobody speaks twice as fast as an auctioneer


@dataclass(frozen=True)
class Line:
    """A segment as a speech model gave it. Words carry their own leading spaces.

    ``no_speech`` is the model's probability that nobody spoke, ``log_prob`` the mean log probability of its tokens;
    None where it does not say.
    """

    start_s: float
    end_s: float
    words: tuple[Word, ...]
    no_speech: float | None = None
    log_prob: float | None = None

    @property
    def text(self) -> str:
        return "".join(word.text for word in self.words).strip()


def believable(lines: Sequence[Line], speech: Sequence[TimeRange] | None) -> tuple[list[Line], Counter[Reason]]:
    """The lines that somebody may have said, and how many were left out, or cut short, and why.

    ``speech`` are the ranges, in order and disjoint, where a detector of its own heard a voice; None without one.

    * ``silence``: next to no speech in the time of the line.
    * ``doubt``: the model itself rather heard no speech, and was unsure of its words or had hardly any voice for them.
    * ``phantom``: a line known from training data, with some other sign against it.
    * ``repetition``: the same line or words again and again, more often or faster than people do.
    """
    voice = _Voice(speech)
    kept: list[Line] = []
    dropped: Counter[Reason] = Counter()
    for line in lines:
        reason = _alone(line, voice)
        if reason is not None:
            dropped[reason] += 1
            continue
        shorter = without_loop(line.words, squeezed=compression(line.text) > SQUEEZED)
        if len(shorter) < len(line.words):
            dropped["repetition"] += 1
            line = replace(line, words=shorter, end_s=max(shorter[-1].end_s, line.start_s))  # noqa: PLW2901
        kept.append(line)
    again = repeated_lines(
        [line.text for line in kept],
        [line.end_s - line.start_s for line in kept],
        [_doubtful(line, voice) for line in kept],
    )
    dropped["repetition"] += sum(again)
    return [line for line, repeats in zip(kept, again, strict=True) if not repeats], +dropped


def notices(dropped: Mapping[str, int]) -> tuple[Notice, ...]:
    """What the user is told of the lines that were left out: one warning, none where there are none."""
    if not dropped:
        return ()
    total = sum(dropped.values())
    reasons = ", ".join(f"{count} {WORDING.get(reason, reason)}" for reason, count in sorted(dropped.items()))
    lines = "line that nobody seems to have said was" if total == 1 else "lines that nobody seems to have said were"
    return (Notice("lines_dropped", f"{total} {lines} left out of the transcript: {reasons}."),)


def compression(text: str) -> float:
    """How many times smaller zlib makes it: speech gives up to 2, and short texts hardly 1.

    >>> round(compression("I think so. " * 20)), round(compression("I think so."))
    (10, 1)
    """
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0


def _alone(line: Line, voice: "_Voice") -> Reason | None:
    """Why a line is to be left out, whatever is before and after it."""
    if not line.text:
        return "silence"
    if voice.seconds(line) < LEAST_SPEECH_S:
        return "silence"
    likely_none = (line.no_speech or 0.0) > 0.6
    if likely_none and ((line.log_prob or 0.0) < -0.8 or voice.share(line) < MUSIC_SHARE):
        return "doubt"
    if (line.log_prob or 0.0) < -1.5 and voice.share(line) < MUSIC_SHARE:
        return "doubt"
    return "phantom" if _doubtful(line, voice) and is_phantom(line.text) else None


def _doubtful(line: Line, voice: "_Voice") -> bool:
    """Whether there is any sign against a line: little voice, an unsure model, or no time to say it in."""
    sure = [word.confidence for word in line.words if word.confidence is not None]
    return (
        voice.share(line) < 0.5
        or (line.no_speech or 0.0) > 0.4
        or (line.log_prob or 0.0) < -0.7
        or (len(sure) > 0 and sum(sure) / len(sure) < 0.5)
        or (len(line.text) > 20 and len(line.text) > FAST_CHARS_PER_S * max(line.end_s - line.start_s, 0.01))
    )


class _Voice:
    """How much speech there is in a line's time."""

    def __init__(self, speech: Sequence[TimeRange] | None) -> None:
        self._speech = speech
        self._starts = [each.start_s for each in speech or ()]

    def seconds(self, line: Line) -> float:
        """Infinite where nothing listened."""
        if self._speech is None:
            return float("inf")
        margin_s = MARGIN_S + max(len(line.text) / CHARS_PER_S - (line.end_s - line.start_s), 0.0)
        start_s, end_s = line.start_s - margin_s, line.end_s + margin_s
        total_s = 0.0
        for each in self._speech[max(bisect_right(self._starts, start_s) - 1, 0) :]:
            if each.start_s >= end_s:
                break
            total_s += max(min(each.end_s, end_s) - max(each.start_s, start_s), 0.0)
        return total_s

    def share(self, line: Line) -> float:
        """Of the line's time, 0..1: 1 where nothing listened."""
        return min(self.seconds(line) / max(line.end_s - line.start_s, 0.1), 1.0)
