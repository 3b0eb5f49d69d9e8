"""What is written out can be read back."""

from agents.transcript_agent.caption_text import parse_cues
from agents.transcript_agent.formats import to_srt, to_txt, to_vtt
from agents.types import Segment

SEGMENTS = (
    Segment(0.0, 1.5, "Hello & <b>welcome</b> to {1,2} and C:\\new --> x.", "Ann & Co"),
    Segment(1.5, 3.25, "Two\nlines.", "Ann & Co"),
    Segment(3.25, 3.5, "  "),
    Segment(3661.0, 3662.0, "Later.", None),
)


def test_srt() -> None:
    assert to_srt(SEGMENTS) == (
        "1\n00:00:00,000 --> 00:00:03,650\nAnn & Co: Hello & <b>welcome</b> to\n{1,2} and C:\\new → x. Two lines.\n\n"
        "2\n01:01:01,000 --> 01:01:02,400\nLater.\n\n"
    )


def test_vtt_survives_a_round_trip() -> None:
    text = to_vtt(SEGMENTS)
    assert text.startswith("WEBVTT\n\n")
    cues = parse_cues(text)
    assert [(cue.start_ms, cue.end_ms, cue.text, cue.speaker) for cue in cues] == [
        (0, 3650, "Hello & <b>welcome</b> to {1,2} and C:\\new --> x. Two lines.", "Ann & Co"),
        (3661000, 3662400, "Later.", None),
    ]


def test_txt_has_paragraphs() -> None:
    assert to_txt(SEGMENTS) == ("Ann & Co: Hello & <b>welcome</b> to {1,2} and C:\\new --> x. Two lines.\n\nLater.\n")


def test_nothing_said() -> None:
    assert (to_srt([]), to_vtt([]), to_txt([])) == ("", "WEBVTT\n\n", "")


def test_a_cue_is_shown_for_a_second() -> None:
    assert "00:00:01,000 --> 00:00:02,000" in to_srt([Segment(1.0, 1.0, "a"), Segment(2.0, 2.1, "b", "Ann")])


def test_a_speaker_is_named_once() -> None:
    spoken = [Segment(0.0, 1.0, "One.", "Ann"), Segment(9.0, 10.0, "Two.", "Ann"), Segment(19.0, 20.0, "Three.", "Bo")]
    assert [line for line in to_srt(spoken).splitlines() if line.endswith(".")] == ["Ann: One.", "Two.", "Bo: Three."]
