"""SRT and WebVTT are told apart from everything else."""

import pytest

from app.services.captions import InvalidCaptions, caption_format

SRT = "1\n00:00:01,000 --> 00:00:02,000\nHé\n"
VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n"


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (SRT.encode(), "srt"),
        (SRT.encode("latin-1"), "srt"),
        (SRT.encode("utf-8-sig"), "srt"),
        (SRT.encode("utf-16"), "srt"),
        (VTT.encode(), "vtt"),
        (VTT.encode("utf-8-sig"), "vtt"),
    ],
)
def test_captions(data: bytes, form: str) -> None:
    assert caption_format(data)[0] == form


@pytest.mark.parametrize("data", [b"Hello", b"\x00\x00\x00\x20ftypisom --> ", b"{}", b"-->"])
def test_no_captions(data: bytes) -> None:
    with pytest.raises(InvalidCaptions):
        caption_format(data)
