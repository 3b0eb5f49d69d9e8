"""What is surely no recording is refused; what FFmpeg may decode never is."""

import struct
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from app.core.errors import UnsupportedMedia
from app.services.sniffing import HEAD_BYTES, accepted_type, sniff
from tests.media_factory import make_media

NOISE = bytes((7 * n * n + 13 * n) % 256 for n in range(4096))


def zipped() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "x")
    return out.getvalue()


@pytest.mark.parametrize(
    "head",
    [
        b"#EXTM3U\n#EXTINF:1\nfile:///etc/passwd\n",
        b"\xef\xbb\xbf#EXTM3U\n\0\0\0",
        b"  \r\n#extm3u\n" + NOISE,
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"[playlist]\nFile1=/etc/passwd\n",
        b"<?xml version='1.0'?><MPD/>",
        b"<MPD xmlns='urn:mpeg:dash:schema:mpd:2011'>",
        b"<!DOCTYPE html><html></html>",
        b'{"a": 1}',
        b"Hello, this is free of media.",
        b"the free world\n" * 2000,
        "Grüße aus Köln, heute wird es sonnig.\n".encode("latin-1") * 20,
        "\ufeffText".encode("utf-16-le"),
        b"WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n",
        b"#!/bin/sh\nrm -rf /\n",
        b"\x89PNG\r\n\x1a\n" + NOISE,
        b"\xff\xd8\xff\xe0" + NOISE,
        b"RIFF\x00\x10\x00\x00WEBPVP8 " + NOISE,
        b"II*\x00\x08\x00\x00\x00" + NOISE,
        b"GIF89a\x10\x00\x10\x00" + bytes(900),
        b"BM" + struct.pack("<IIII", 4096, 0, 54, 40) + NOISE,
        b"\x00\x00\x00\x1cftypavif" + NOISE,
        b"\x00\x00\x00\x18ftypheic" + NOISE,
        b"%PDF-1.7\n" + NOISE,
        zipped(),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + NOISE,
        b"MZ\x90\x00" + NOISE,
        b"\x7fELF\x02\x01\x01" + NOISE,
        b"\x1f\x8b\x08\x00" + NOISE,
        b"7z\xbc\xaf\x27\x1c" + NOISE,
        b"MThd\x00\x00\x00\x06" + NOISE,
    ],
)
def test_surely_no_recording(head: bytes) -> None:
    assert sniff(head[:HEAD_BYTES]).kind == "other"
    with pytest.raises(UnsupportedMedia, match=r"^lecture\.mp4 is "):
        accepted_type(head[:HEAD_BYTES], "lecture.mp4")


def adts(frames: int) -> bytes:
    return (b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(9)) * frames


@pytest.mark.parametrize(
    "head",
    [
        b"\x00\x00\x00\x20ftypisom" + NOISE,
        b"\x00\x00\x00\x14ftypqt  " + NOISE,
        b"\x00\x00\x00\x08wide\x00\x00\x10\x00mdat" + NOISE,
        b"\x00\x00\x01\x00mdat" + NOISE,
        b"\x00\x00\x00\x08free" + NOISE,
        b"\x00\x00\x00\x08skip" + NOISE,
        b"\x00\x00\x00\x2cftypavis" + NOISE,
        b"\x1a\x45\xdf\xa3" + NOISE,
        b"OggS\x00" + NOISE,
        b"RIFF\xff\xff\xff\xffWAVEfmt " + NOISE,
        b"RF64\xff\xff\xff\xffWAVEds64" + NOISE,
        b"FORM\x00\x00\x10\x00AIFC" + NOISE,
        b"#!AMR\n\x3c" + NOISE,
        b"FLV\x01\x05" + NOISE,
        b"ID3\x04\x00" + NOISE,
        b"\x1f\x07\x00\x3f" + NOISE,
        (b"\x47" + NOISE[:187]) * 8,
        NOISE[:50] + (NOISE[:4] + b"\x47" + NOISE[4:191]) * 8,
        adts(20),
        (b"\xff\xfb\x90\x00" + bytes(413)) * 3,
        b"GIF89a" + bytes(700) + b"\x21\xff\x0bNETSCAPE2.0" + NOISE,
    ],
)
def test_media_whatever_it_is_called(head: bytes) -> None:
    assert sniff(head).kind == "media"
    assert accepted_type(head, "recording")
    assert accepted_type(head, "notes.txt")


def test_unknown_bytes_go_by_their_extension() -> None:
    assert sniff(NOISE).kind == "unknown"
    assert accepted_type(NOISE, "a.mxf") == "application/mxf"
    assert accepted_type(bytes(1000), "a.mp4") == "video/mp4"
    with pytest.raises(UnsupportedMedia, match="does not look like a recording"):
        accepted_type(NOISE, "a.bin")


def test_motion_jpeg_is_jpeg_images_in_a_row() -> None:
    assert accepted_type(b"\xff\xd8\xff\xe0" + NOISE, "a.mjpeg") == "video/x-motion-jpeg"


TONE = ("-f", "lavfi", "-i", "sine=d=1", "-ac", "1")
FLAT = ("-f", "lavfi", "-i", "color=white:s=64x48:d=0.5:r=25")


@pytest.mark.media
@pytest.mark.parametrize(
    ("suffix", "arguments"),
    [
        ("mp3", (*TONE, "-id3v2_version", "0", "-write_xing", "0")),
        ("mp2", TONE),
        ("adts", (*TONE, "-c:a", "aac", "-f", "adts")),
        ("ts", (*TONE, "-c:a", "aac", "-f", "mpegts")),
        ("m2ts", (*TONE, "-c:a", "aac", "-f", "mpegts", "-mpegts_m2ts_mode", "1")),
        ("w64", TONE),
        ("aiff", TONE),
        ("caf", TONE),
        ("au", TONE),
        ("wv", TONE),
        ("tta", TONE),
        ("wma", TONE),
        ("rm", (*TONE, "-c:a", "ac3")),
        ("mpg", FLAT),
        ("flv", FLAT),
        ("avi", FLAT),
        ("mxf", ("-f", "lavfi", "-i", "color=white:s=720x576:d=0.5:r=25")),
        ("y4m", (*FLAT, "-pix_fmt", "yuv420p")),
        ("h264", (*FLAT, "-c:v", "libx264", "-f", "h264")),
        ("ivf", (*FLAT, "-c:v", "libvpx")),
        ("nut", FLAT),
        ("m4v", (*FLAT, "-c:v", "mpeg4", "-f", "m4v")),
        ("dv", ("-f", "lavfi", "-i", "color=white:s=720x576:d=0.5:r=25", "-pix_fmt", "yuv420p")),
        ("mjpeg", (*FLAT, "-f", "mjpeg")),
        ("3gp", (*FLAT, "-c:v", "mpeg4")),
        ("ogv", (*FLAT, "-c:v", "libtheora")),
    ],
)
def test_what_ffmpeg_writes_is_taken(tmp_path: Path, suffix: str, arguments: tuple[str, ...]) -> None:
    path = make_media(tmp_path / f"a.{suffix}", *arguments)
    with path.open("rb") as file:
        assert accepted_type(file.read(HEAD_BYTES), path.name)


@pytest.mark.parametrize("folder", ["edge/exoplayer", "lectures", "video"])
def test_real_media_is_taken(shared_data: Path, folder: str) -> None:
    still = {".png", ".heic", ".txt", ".json", ".vtt", ".srt", ""}
    for path in (shared_data / folder).rglob("*"):
        if path.is_file() and path.suffix.lower() not in still:
            with path.open("rb") as file:
                assert accepted_type(file.read(HEAD_BYTES), path.name), path


def test_real_documents_are_refused(shared_data: Path) -> None:
    for path in sorted((shared_data / "metadata" / "mat2").glob("*.*")):
        if path.suffix in {".docx", ".odt", ".pdf", ".png", ".jpg", ".html", ".svg", ".tiff", ".webp", ".bmp", ".heic"}:
            with path.open("rb") as file, pytest.raises(UnsupportedMedia):
                accepted_type(file.read(HEAD_BYTES), path.name)
