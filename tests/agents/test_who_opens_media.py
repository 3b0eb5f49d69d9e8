"""Only ``agents.media`` opens recordings: the source of everything else is searched for what could."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

OPENERS = frozenset(
    {
        *("av.open", "decode_audio", "exifread.process_file", "librosa.load", "soundfile.read", "wave.open"),
        *("VideoCapture", "VideoFileClip", "AudioFileClip", "ImageClip", "ImageSequenceClip", "FFMPEG_VideoReader"),
        *("imread", "imreadmulti", "mimread", "get_reader", "read_frames", "fromfile", "loadtxt"),
        *("AudioSegment.from_file", "AudioSegment.from_mp3", "AudioSegment.from_wav", "AudioSegment.from_ogg"),
        *("pysubs2.load", "SSAFile.load"),
    }
)
"""Calls that take a path, by the end of their dotted name."""
READING_FILTERS = ("movie=", "subtitles=", "sendcmd=", "lut3d=", "drawtext=")
MEDIA = {
    ("agents/media/probe.py", "av.open"),  # the one open of PyAV
    ("agents/media/audio.py", "wave.open"),  # writes what was decoded
    ("agents/media/joining.py", "av.open"),  # writes what was joined
}
PLACES = sorted(file for folder in ("agents", "pipeline", "app") for file in (ROOT / folder).rglob("*.py"))


def dotted(node: ast.expr) -> str:
    """``a.b.c`` of a call's function; of anything else only the last names."""
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return node.id if isinstance(node, ast.Name) else ""


def openers(source: str) -> Iterator[str]:
    """What in ``source`` opens media: calls, FFmpeg inputs, filters that read files."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = f".{dotted(node.func)}"
            yield from (opener for opener in OPENERS if name.endswith(f".{opener}"))
            if name.endswith("Image.open") and not any(word.arg == "formats" for word in node.keywords):
                yield "Image.open without formats="
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value == "-i":
                yield "-i"
            yield from (one for one in READING_FILTERS if one in node.value)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import cv2; cv2.VideoCapture(path)", "VideoCapture"),
        ("from cv2 import imread\nimread(path)", "imread"),
        ("from pydub import AudioSegment\nAudioSegment.from_file(path)", "AudioSegment.from_file"),
        ("from moviepy import VideoFileClip as _\nmoviepy.VideoFileClip(path)", "VideoFileClip"),
        ("from faster_whisper.audio import decode_audio\ndecode_audio(path)", "decode_audio"),
        ("import av; av.open(path)", "av.open"),
        ("from PIL import Image; Image.open(path)", "Image.open without formats="),
        ("run(['ffmpeg', '-i', path])", "-i"),
        ("graph = f'amovie={path}'", "movie="),
    ],
)
def test_the_search_finds_it(source: str, found: str) -> None:
    assert found in list(openers(source))


def test_an_image_of_named_formats_and_raw_sound_are_fine() -> None:
    source = "from PIL import Image\nImage.open(held, formats=['PNG'])\nAudioSegment(data=pcm, frame_rate=16000)"
    assert list(openers(source)) == []


def test_nothing_but_the_media_package_opens_media() -> None:
    found = {(file.relative_to(ROOT).as_posix(), one) for file in PLACES for one in openers(file.read_text("utf-8"))}
    assert {(file, one) for file, one in found if one != "-i"} == MEDIA
    assert {file for file, one in found if one == "-i"} == {"agents/media/ffmpeg.py"}


def test_every_open_passes_both_whitelists() -> None:
    """PyAV's by its options; FFmpeg's stand before the only ``-i`` there is."""
    from agents.media import ffmpeg, probe  # noqa: PLC0415 - only this test needs them

    arguments = ffmpeg.input_arguments("x.mp4", before=["-ss", "1"])
    for option in ("-protocol_whitelist", "-format_whitelist"):
        assert arguments.index(option) < arguments.index("-i")
    assert arguments[-1] == "file:x.mp4"
    tree = ast.parse(Path(str(probe.__file__)).read_text("utf-8"))
    (opened,) = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and dotted(n.func) == "av.open"]
    (options,) = [word.value for word in opened.keywords if word.arg == "options"]
    assert isinstance(options, ast.Dict)
    assert {key.value for key in options.keys if isinstance(key, ast.Constant)} == {
        "format_whitelist",
        "protocol_whitelist",
    }


def test_no_demuxer_that_refers_elsewhere_is_listed() -> None:
    """By name, so that nobody adds one in passing."""
    from agents.media.ffmpeg import DEMUXERS, PROTOCOLS  # noqa: PLC0415 - as above

    referring = "hls,applehttp,dash,concat,concatf,sdp,rtsp,rtp,image2,image2pipe,lavfi,imf,vobsub,avisynth,vapoursynth"
    referring += (
        ",webvtt,srt,ass,tty,xbin,bin,adf,idf,ffmetadata,svg_pipe,tedcaptions,hls_sample,mpjpeg,libgme,dvdvideo"
    )
    assert not set(referring.split(",")) & set(DEMUXERS.split(","))
    assert PROTOCOLS == "file"
