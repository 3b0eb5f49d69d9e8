"""The backend ``captions``: somebody has written down what is said, in a file beside the media or inside it."""

from pathlib import Path

from agents.errors import AgentError, InvalidCaptions
from agents.media.subtitles import SubtitleTrack, read_track, text_tracks
from agents.transcript_agent.caption_text import Cue, decode_text, header_language, parse_cues
from agents.transcript_agent.cues import tidy, to_segment
from agents.transcript_agent.language import guess_language, short_code
from agents.types import Report, Transcript, TranscriptRequest

MAX_BYTES = 20_000_000


def transcribe(request: TranscriptRequest, report: Report) -> Transcript:
    """The side-car file's cues, else those of an embedded track. Raises InvalidCaptions where there are none."""
    report(0.0, "Reading the captions")
    cues, tag = from_file(request.captions) if request.captions else _from_media(request)
    duration_ms = round(request.duration_s * 1000) if request.duration_s else None
    tidied = tidy(cues, duration_ms)
    if not tidied:
        raise InvalidCaptions("The captions hold no text at a time inside the recording.")
    segments = tuple(to_segment(cue) for cue in tidied)
    text = " ".join(segment.text for segment in segments)
    language = short_code(request.language) or short_code(tag) or guess_language(text)
    report(1.0, f"{len(segments)} captions read")
    return Transcript(language, "captions", "given", segments)


def from_file(path: str) -> tuple[list[Cue], str | None]:
    """The cues of a local SRT or WebVTT file and the language its header names."""
    file = Path(path)
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidCaptions(f"The caption file {file.name} cannot be read.") from error
    if len(data) > MAX_BYTES:
        raise InvalidCaptions("The caption file is larger than 20 MB.")
    text = decode_text(data)
    return parse_cues(text), header_language(text)


def _from_media(request: TranscriptRequest) -> tuple[list[Cue], str | None]:
    """The first embedded track with cues, tracks in the language asked for before others."""
    wanted = short_code(request.language)
    tracks = sorted(text_tracks(request.media), key=lambda track: short_code(track.language) != wanted)
    for track in tracks:
        cues = _cues_of(request.media, track)
        if cues:
            return cues, track.language
    if tracks:
        raise InvalidCaptions("The subtitle track inside the file holds no readable text.")
    raise InvalidCaptions("There are no captions: no caption file was given and the media has no subtitle track.")


def _cues_of(media: str, track: SubtitleTrack) -> list[Cue]:
    try:
        return [cue for cue in parse_cues(read_track(media, track)) if cue.lines]
    except AgentError:
        return []  # another track may be readable
