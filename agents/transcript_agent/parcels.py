"""Packs the sound for a remote recogniser: FLAC at 16 kHz mono, cut at pauses, without parts where nobody speaks.

FLAC is lossless and hardly larger than what it packs at worst: twelve minutes, the longest parcel, stay below 24 MB.
"""

from pathlib import Path

from agents.errors import InvalidRequest, NoAudio
from agents.media import ffmpeg
from agents.media.audio import SAMPLE_RATE_HZ, Samples, write_wav
from agents.media.probe import probe
from agents.media.voice import speech_in
from agents.transcript_agent.pieces import clock, find_pauses, joined_pieces, read_pieces
from agents.types import Parcel, ParcelRequest, Parcels, Report, TimeRange, TranscriptRequest

MIN_SILENCE_MS = 300
LEAST_SPEECH_S = 0.3
LONGEST_TARGET_S = 480.0


def run(request: ParcelRequest, report: Report) -> Parcels:
    """Write the parcels into ``request.out_dir``. None where nobody speaks. Raises NoAudio and what decoding does."""
    if not 1 <= request.target_s <= LONGEST_TARGET_S:
        raise InvalidRequest(f"target_s must be from 1 to {LONGEST_TARGET_S:.0f}.")
    report(0.0, "Listening for pauses")
    if probe(request.media).audio is None:
        raise NoAudio("The file has no audio stream, so there is nothing to transcribe.")
    asked = TranscriptRequest(
        request.media, "", span=request.span, threshold_dbfs=request.threshold_dbfs, lead_in=request.lead_in
    )
    pauses = find_pauses(asked, report, min_silence_ms=MIN_SILENCE_MS)
    folder = Path(request.out_dir)
    packed: list[Parcel] = []
    for span, samples in read_pieces(request.media, joined_pieces(pauses, target_s=request.target_s), pauses.from_s):
        done = (span.start_s - pauses.start_s) / (pauses.duration_s - pauses.start_s)
        report(done, f"Packing the sound, {clock(span.start_s)}")
        speech = speech_in(samples)
        if sum(each.duration_s for each in speech) >= LEAST_SPEECH_S:
            name = f"parcel-{len(packed) + 1:03}.flac"
            _write(samples, folder / name)
            there = (TimeRange(span.start_s + each.start_s, span.start_s + each.end_s) for each in speech)
            packed.append(Parcel(name, span, tuple(there)))
    report(1.0, f"{len(packed)} parcels packed")
    return Parcels(pauses.duration_s, tuple(packed))


def _write(samples: Samples, path: Path) -> None:
    plain = path.with_suffix(".wav")
    write_wav(samples, plain, rate_hz=SAMPLE_RATE_HZ)
    ffmpeg.run([*ffmpeg.input_arguments(plain), "-c:a", "flac", "-f", "flac", f"file:{path}"])
    plain.unlink()
