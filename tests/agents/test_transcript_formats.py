"""What is written out can be read back."""

from agents.transcript_agent.caption_text import parse_cues
from agents.transcript_agent.formats import to_srt, to_txt, to_vtt
from agents.types import Segment

SEGMENTS = (
    Segment(0.0, 1.5, "Hello & <b>welcome</b> to {1,2} and C:\\new --> x.", "Ann & Co"),
    Segment(1.5, 3.25, "Two\nlines.", "Ann & Co"),
    Segment(3.25, 3.5, "  "),
    Segment(3661.001, 3662.0, "Later.", None),
)


def test_srt() -> None:
    assert to_srt(SEGMENTS) == (
        "1\n00:00:00,000 --> 00:00:01,500\nAnn & Co: Hello & <b>welcome</b> to {1,2} and C:\\new → x.\n\n"
        "2\n00:00:01,500 --> 00:00:03,250\nAnn & Co: Two lines.\n\n"
        "3\n01:01:01,001 --> 01:01:02,000\nLater.\n\n"
    )


def test_vtt_survives_a_round_trip() -> None:
    text = to_vtt(SEGMENTS)
    assert text.startswith("WEBVTT\n\n")
    cues = parse_cues(text)
    assert [(cue.start_ms, cue.end_ms, cue.text, cue.speaker) for cue in cues] == [
        (0, 1500, "Hello & <b>welcome</b> to {1,2} and C:\\new --> x.", "Ann & Co"),
        (1500, 3250, "Two lines.", "Ann & Co"),
        (3661001, 3662000, "Later.", None),
    ]


def test_txt_has_paragraphs() -> None:
    assert to_txt(SEGMENTS) == ("Ann & Co: Hello & <b>welcome</b> to {1,2} and C:\\new --> x. Two lines.\n\nLater.\n")


def test_nothing_said() -> None:
    assert (to_srt([]), to_vtt([]), to_txt([])) == ("", "WEBVTT\n\n", "")


def test_a_cue_never_ends_where_it_begins() -> None:
    assert "00:00:01,000 --> 00:00:01,001" in to_srt([Segment(1.0, 1.0, "a")])
