"""The backend ``pocketsphinx``: needs no download and little memory, knows American English only, is often wrong.

Its acoustic and language models are in the wheel. Speech between pauses is decoded piece by piece, which is more
accurate than in one go (cepstral means are those of the piece) and keeps memory flat.
"""

import re
from collections.abc import Iterator

import numpy as np
from pocketsphinx import Decoder

from agents.errors import ModelUnavailable, NoAudio
from agents.media.audio import Samples
from agents.media.probe import probe
from agents.media.voice import speech_in
from agents.transcript_agent.backend import NO_SPEECH
from agents.transcript_agent.language import short_code
from agents.transcript_agent.pieces import clock, find_pauses, read_pieces, spoken_pieces
from agents.transcript_agent.sentences import unpunctuated
from agents.transcript_agent.sphinx_words import TAUGHT, teach
from agents.types import Report, TimeRange, Transcript, TranscriptRequest, Word

FRAMES_PER_S = 100
FILLER = re.compile(r"<.*>|\[.*\]|\+\+.*\+\+")
ALTERNATE = re.compile(r"\(\d+\)$")
SEARCH = {
    "wip": 0.2,  # word insertion penalty: with the default of 0.65 noise and hesitations become short words
    "maxhmmpf": 5000,  # active models and words per frame: a quarter less time for the same word error rate
    "maxwpf": 10,
}
MIN_SILENCE_MS = 200
PADDING_S = 0.2
LONGEST_PIECE_S = 12.0
LEAST_SPEECH_S = 0.1
"""Music, breath and a door between pauses are made words of as well, so a piece needs a voice in it."""


def transcribe(request: TranscriptRequest, report: Report) -> Transcript:
    """A draft in English. Raises NoAudio, and ModelUnavailable for any other language."""
    if short_code(request.language) not in (None, "en"):
        raise ModelUnavailable(
            f"PocketSphinx knows English only, and the language asked for is {request.language!r}; "
            "use captions or the backend faster-whisper."
        )
    report(0.0, "Loading the English draft model")
    if probe(request.media).audio is None:
        raise NoAudio("The file has no audio stream, so there is nothing to transcribe.")
    decoder = Decoder(loglevel="FATAL", **SEARCH)
    teach(decoder, request.hints)
    pauses = find_pauses(request, report, min_silence_ms=MIN_SILENCE_MS)
    pieces = spoken_pieces(pauses, longest_s=LONGEST_PIECE_S, padding_s=PADDING_S)
    total_s = sum(piece.duration_s for piece in pieces)
    words: list[Word] = []
    done_s = 0.0
    for piece, samples in read_pieces(request.media, pieces, pauses.from_s):
        report(done_s / total_s, f"Recognising speech, {clock(piece.start_s)} of {clock(pauses.duration_s)}")
        if sum(spoken.duration_s for spoken in speech_in(samples)) >= LEAST_SPEECH_S:
            words.extend(recognise(decoder, samples, piece))
        done_s += piece.duration_s
    segments = tuple(unpunctuated(words, request.silences))
    report(1.0, f"{len(words)} words recognised")
    return Transcript("en", "pocketsphinx", "draft", segments, () if segments else (NO_SPEECH,))


def recognise(decoder: Decoder, samples: Samples, piece: TimeRange) -> Iterator[Word]:
    """Decode one piece as one utterance."""
    decoder.start_utt()
    decoder.process_raw(samples.astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    if decoder.hyp() is None:
        return
    for part in decoder.seg():
        text = clean_word(part.word)
        if text:
            start_s = piece.start_s + part.start_frame / FRAMES_PER_S
            end_s = piece.start_s + (part.end_frame + 1) / FRAMES_PER_S
            yield Word(
                round(start_s, 3),
                round(min(end_s, piece.end_s), 3),
                text,
                round(float(np.clip(part.prob, 0.0, 1.0)), 3),
            )


def clean_word(entry: str) -> str:
    """A dictionary entry as a word: alternate pronunciations merged, fillers empty.

    >>> [clean_word(e) for e in ("for(2)", "<sil>", "[NOISE]", "i", "i'm", "cat", "Fourier·")]
    ['for', '', '', 'I', "I'm", 'cat', 'Fourier']
    """
    if FILLER.fullmatch(entry):
        return ""
    word = ALTERNATE.sub("", entry).removesuffix(TAUGHT)
    return "I" + word[1:] if word == "i" or word.startswith("i'") else word
