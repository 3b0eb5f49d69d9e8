"""The agent ``reel``: all clips in one file, each after its title card, without encoding them again.

The cards are encoded with the clips' settings; a clip whose streams are set up otherwise is encoded once more.
"""

import shutil
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from agents.errors import InvalidRequest, RenderFailed
from agents.media.ffmpeg import FfmpegFailed
from agents.media.ffmpeg import run as run_ffmpeg
from agents.media.joining import JoinableClip, join, off_grid, read_clip, silent_packet
from agents.types import Notice, Reel, ReelEntry, ReelRequest, RenderedFile, Report, TitleCard
from agents.video_compiler.plan import DEFAULT_THREADS
from agents.video_compiler.reel_cards import card_seconds, write_card
from agents.video_compiler.reel_command import card_arguments, encode_arguments, silence_arguments
from agents.video_compiler.renderer import MISSING_GLYPH
from agents.video_compiler.timing import AUDIO_RATE_HZ

VIDEO_NAME, AUDIO_NAME = "reel.mp4", "reel.m4a"
SPREAD_FRAMES = 22  # a card may last this much longer, so that the clip's sound lies on the grid of packets
PAUSE_S = Fraction(1024 * 47, AUDIO_RATE_HZ)  # 1.003 s: whole packets
LARGEST_ERROR_S = 0.040


@dataclass(frozen=True)
class _Shop:
    """Where the parts are made, and with what."""

    folder: Path
    threads: int

    def ffmpeg(self, arguments: list[str]) -> str:
        return run_ffmpeg(arguments, cwd=self.folder)


def run(request: ReelRequest, report: Report) -> Reel:
    """Join ``request.media``. Raises InvalidRequest, CorruptMedia or RenderFailed."""
    if not request.media or len(request.media) != len(request.cards):
        raise InvalidRequest("A reel needs clips, and one card for each.")
    report(0.0, "Reading the clips")
    clips = [read_clip(Path(path)) for path in request.media]
    with_video = [clip for clip in clips if clip.video is not None]
    if len(with_video) not in (0, len(clips)) or any(clip.length_s <= 0 for clip in clips):
        raise InvalidRequest("A reel is made of clips that all have a picture, or of clips that all have none.")
    out_dir = Path(request.out_dir)
    shop = _Shop(out_dir / "parts", min(request.threads, 16) if request.threads > 0 else DEFAULT_THREADS)
    shop.folder.mkdir()
    try:
        return _made(shop, out_dir, clips, request.cards, report)
    except FfmpegFailed as error:
        raise RenderFailed(f"The reel could not be made. {error}") from error
    finally:
        shutil.rmtree(shop.folder)


def _made(shop: _Shop, out_dir: Path, clips: list[JoinableClip], cards: tuple[TitleCard, ...], report: Report) -> Reel:
    parts: list[JoinableClip] = []
    starts_s: list[Fraction] = []
    now_s, missing, sound = Fraction(0), False, _silence(shop, clips)
    like, encoded = clips[0], 0
    for number, (clip, text) in enumerate(zip(clips, cards, strict=True)):
        report(0.05 + 0.7 * number / len(clips), f"Drawing card {number + 1} of {len(clips)}")
        if like.video is None:
            now_s += PAUSE_S
        else:
            card, log = _card(shop, like, text, now_s)
            parts.append(card)
            starts_s.append(now_s)
            now_s += card.length_s
            missing |= MISSING_GLYPH in log
        fitting = _fitting(shop, clip, parts[0] if like.video else None, sound, like)
        encoded += fitting is not clip
        parts.append(fitting)
        starts_s.append(now_s)
        now_s += fitting.length_s
    report(0.8, "Joining the clips")
    name = VIDEO_NAME if like.video else AUDIO_NAME
    target = out_dir / name
    silence = silent_packet(sound.path) if sound else b""
    join(parts, starts_s, target, silence, lambda done: report(0.8 + 0.18 * done, "Joining the clips"))
    reel = _described(target, now_s, _entries(parts, starts_s, cards), encoded, missing)
    report(1.0, "Reel made")
    return reel


def _silence(shop: _Shop, clips: list[JoinableClip]) -> JoinableClip | None:
    """A silent file with as many channels as the first clip with sound; None where no clip has any."""
    heard = next((clip for clip in clips if clip.audio is not None), None)
    if heard is None:
        return None
    shop.ffmpeg(silence_arguments(heard.channels, "silence.m4a"))
    return read_clip(shop.folder / "silence.m4a")


def _card(shop: _Shop, like: JoinableClip, card: TitleCard, start_s: Fraction) -> tuple[JoinableClip, str]:
    """The card as a clip without sound, long enough for its title and for the sound after it; and FFmpeg's log."""
    assert like.video is not None
    rate = like.video.rate
    shortest = round(card_seconds(card.title) * rate)
    frames = min(
        range(shortest, shortest + SPREAD_FRAMES),
        key=lambda count: (off_grid(start_s + count / rate, Fraction(AUDIO_RATE_HZ)), count),
    )
    text_name, name = f"card-{card.rank}.ass", f"card-{card.rank}.mp4"
    write_card(card, like.video.size, shop.folder / text_name)
    log = shop.ffmpeg(card_arguments(like, frames, text_name, name, shop.threads))
    return read_clip(shop.folder / name), log


def _fitting(
    shop: _Shop, clip: JoinableClip, card: JoinableClip | None, sound: JoinableClip | None, like: JoinableClip
) -> JoinableClip:
    """``clip`` as it is where its streams are set up as the card's and the silence's are, else encoded again."""

    def fits(candidate: JoinableClip) -> bool:
        seen = card is None or candidate.video == card.video
        return seen and (candidate.audio is None or sound is None or candidate.audio == sound.audio)

    if fits(clip):
        return clip
    name = f"again-{clip.path.stem}.mp4"
    shop.ffmpeg(encode_arguments(clip, like, sound.channels if sound else 0, name, shop.threads))
    again = read_clip(shop.folder / name)
    if not fits(again):
        raise RenderFailed("The reel could not be made: the clips cannot be brought to one format.")
    return again


def _entries(
    parts: list[JoinableClip], starts_s: list[Fraction], cards: tuple[TitleCard, ...]
) -> tuple[ReelEntry, ...]:
    step = len(parts) // len(cards)
    begins = [float(start_s) for start_s in starts_s]
    entries: list[ReelEntry] = []
    for number, card in enumerate(cards):
        last = number * step + step - 1
        before_s = entries[-1].end_s if entries else 0.0
        entries.append(ReelEntry(card.rank, before_s, begins[last], float(starts_s[last] + parts[last].length_s)))
    return tuple(entries)


def _described(target: Path, length_s: Fraction, entries: tuple[ReelEntry, ...], encoded: int, missing: bool) -> Reel:
    """The file as it was written, measured again."""
    made = read_clip(target)
    video_s = float(made.length_s) if made.video else None
    audio_s = float(Fraction(made.samples) / made.audio.rate) if made.audio else None
    warnings = list[Notice]()
    if missing:
        detail = "Some characters of the titles are in no font on this machine and stand on the cards as boxes."
        warnings.append(Notice("captions_glyphs_missing", detail))
    off_s = max(abs(length - float(length_s)) for length in (video_s, audio_s) if length is not None)
    if off_s > LARGEST_ERROR_S:
        warnings.append(Notice("clip_duration_off", f"The reel's length differs from its clips' by {off_s:.2f} s."))
    file = RenderedFile("reel", target.name, "video/mp4" if made.video else "audio/mp4")
    return Reel(float(length_s), video_s, audio_s, encoded, entries, file, tuple(warnings))
