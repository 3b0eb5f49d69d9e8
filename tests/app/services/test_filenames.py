"""Names for people: harmless, and never a path."""

import pytest

from app.services.filenames import display_name, download_name, extension


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("lecture.mp4", "lecture.mp4"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\boot.mp4", "boot.mp4"),
        ("C:\\Users\\x\\a.mov", "a.mov"),
        ("..", "upload"),
        ("", "upload"),
        ("a/", "upload"),
        ("a\x00b\r\nc\x7f.mp4", "abc.mp4"),
        ("abc\u202e4pm.exe", "abc4pm.exe"),
        ("e\u0301.mp4", "é.mp4"),
        ("講義 1.mp4", "講義 1.mp4"),
        ("x" * 300 + ".mp4", "x" * 251 + ".mp4"),
        ("x" * 300, "x" * 255),
    ],
)
def test_display_name(sent: str, shown: str) -> None:
    assert display_name(sent) == shown


@pytest.mark.parametrize(("name", "found"), [("a.MP4", "mp4"), ("a", ""), (".mp4", ""), ("a.tar.gz", "gz"), ("a.", "")])
def test_extension(name: str, found: str) -> None:
    assert extension(name) == found


def test_download_name() -> None:
    assert download_name("lecture.mp4", "clip 1", "vtt") == "lecture - clip 1.vtt"
    assert len(download_name("x" * 255, "clip 1", "vtt")) == 255
