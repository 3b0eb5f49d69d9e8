"""Caption files of every kind of untidiness, and embedded tracks, as transcripts."""

import itertools
from pathlib import Path

import pytest

from agents.errors import InvalidCaptions, InvalidRequest
from agents.transcript_agent import run
from agents.transcript_agent.caption_text import Cue, decode_text, header_language, parse_cues
from agents.transcript_agent.cues import interpolate_words, tidy, without_rolling_repeats
from agents.transcript_agent.language import guess_language, short_code
from agents.types import Transcript, TranscriptRequest
from tests.media_factory import make_media

SRT = "1\n00:00:01,000 --> 00:00:02,500\nGrüße aus Köln – “hier”\n\n2\n00:00:03,000 --> 00:00:04,000\nZwei\n"


def quiet(fraction: float, message: str) -> None:
    assert 0 <= fraction <= 1
    assert message


def read(path: Path, *, language: str = "auto", duration_s: float | None = None) -> Transcript:
    request = TranscriptRequest("unused.mp4", "captions", captions=str(path), language=language, duration_s=duration_s)
    return run(request, quiet)


def texts(text: str) -> list[str]:
    return [cue.text for cue in parse_cues(text)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.srt"
    path.write_bytes(SRT.replace("\n", "\r\n").encode(encoding))
    result = read(path)
    assert [segment.text for segment in result.segments] == ["Grüße aus Köln – “hier”", "Zwei"]
    assert (result.backend, result.quality) == ("captions", "given")


def test_latin_1_bytes_that_windows_1252_lacks() -> None:
    assert decode_text(b"caf\xe9 \x81") == "café \x81"


def test_mark_up_is_removed_and_entities_are_resolved() -> None:
    vtt = (
        "WEBVTT\n\n00:01.000 --> 00:02.000 align:start position:0%\n"
        "<c.yellow>One</c> <00:00:01.500><i>two</i> {\\an8}&amp; a &lt;div&gt; if 1 < 2 and {1,2}\n"
    )
    assert texts(vtt) == ["One two & a <div> if 1 < 2 and {1,2}"]
    assert texts("1\n00:00:01,000 --> 00:00:02,000\n<font color=red>{\\b1}Hi</font>\n") == ["Hi"]


def test_notes_styles_identifiers_and_numbers_are_no_text() -> None:
    vtt = (
        "WEBVTT - title\nKind: captions\nLanguage: de\n\nSTYLE\n::cue { color: lime }\n\nNOTE about\nthis --\n\n"
        "intro\n00:00:01.000 --> 00:00:02.000\nFirst\n\nNOTE between\n\n7\n00:00:02.000 --> 00:00:03.000\nAnd\n42\n\n"
        "00:00:03.000 --> 00:00:04.000\n43\n"
    )
    assert texts(vtt) == ["First", "And 42", "43"]
    assert header_language(vtt) == "de"


def test_srt_cues_that_end_in_numbers_or_hold_empty_lines() -> None:
    srt = (
        "1\n00:00:01,000 --> 00:00:02,000\nThe answer is\n42\n\n2\n00:00:03,000 --> 00:00:04,000\nA\n\nB\n\n"
        "3\n0:00:05,0 --> 0:00:06,5\n7"
    )
    assert texts(srt) == ["The answer is 42", "A B", "7"]


def test_voice_tags_become_speakers() -> None:
    vtt = (
        "WEBVTT\n\n00:00.000 --> 00:01.000\n<v.loud Ann O&amp;B>Hello</v>\n\n"
        "00:01.000 --> 00:02.000\n<v Ann>Hi</v> <v Bob>Ho</v>\n\n00:02.000 --> 00:03.000\nNobody\n"
    )
    assert [(cue.text, cue.speaker) for cue in parse_cues(vtt)] == [
        ("Hello", "Ann O&B"),
        ("Hi Ho", None),
        ("Nobody", None),
    ]


def test_times_without_hours_and_beyond_ninety_nine() -> None:
    vtt = "WEBVTT\n\n00:01.50 --> 61:02.250\na\n\n100:00:00.000 --> 100:00:01.000\nb\n"
    first, last = parse_cues(vtt)
    assert first.end_ms == 61 * 60_000 + 2_250
    assert last.start_ms == 360_000_000


def test_loosely_written_times() -> None:
    found = parse_cues("WEBVTT\n\n0:05,5 --> 1:02:03.04\na\n\n1:00.000-->1:02.000\nfrom 00:01.000 to 00:02.000\n")
    assert [(cue.start_ms, cue.end_ms) for cue in found] == [(5_500, 3_723_040), (60_000, 62_000)]
    assert found[1].text == "from 00:01.000 to 00:02.000"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ([(0, 2000), (1500, 3000)], [(0, 1500), (1500, 3000)]),
        ([(1500, 3000), (0, 2000)], [(0, 1500), (1500, 3000)]),
        ([(0, 9000), (2000, 3000)], [(0, 2000), (2000, 3000)]),
        ([(0, 2000), (50, 3000)], [(0, 3000)]),
        ([(0, 1000), (1000, 1000)], [(0, 1000), (1000, 1060)]),
        ([(1000, 500), (2000, 3000)], [(1000, 1060), (2000, 3000)]),
        ([(0, 1000), (19_000, 25_000), (20_000, 21_000)], [(0, 1000), (19_000, 20_000)]),
    ],
)
def test_tidy_times(written: list[tuple[int, int]], expected: list[tuple[int, int]]) -> None:
    cues = [Cue(start_ms, end_ms, ("x",)) for start_ms, end_ms in written]
    assert [(cue.start_ms, cue.end_ms) for cue in tidy(cues, duration_ms=20_000)] == expected


def test_empty_cues_are_dropped() -> None:
    assert tidy([Cue(0, 1000, ()), Cue(1000, 2000, ("a",))]) == [Cue(1000, 2000, ("a",))]


def test_rolling_captions_are_shown_once_and_real_repeats_stay() -> None:
    lines = ["one", "two", "three", "four", "five", "six"]
    rolling = [Cue(i * 1000, i * 1000 + 1000, tuple(lines[max(i - 1, 0) : i + 1])) for i in range(6)]
    assert [cue.text for cue in without_rolling_repeats(rolling)] == lines
    repeated = [Cue(i * 1000, i * 1000 + 1000, (word,)) for i, word in enumerate(["no", "no", "a", "b", "c", "d", "e"])]
    assert without_rolling_repeats(repeated) == repeated


def test_words_fill_their_cue() -> None:
    words = interpolate_words("I am here now", 10.0, 12.8)
    assert (words[0].start_s, words[-1].end_s) == (10.0, 12.8)
    assert all(a.end_s == b.start_s for a, b in itertools.pairwise(words))
    assert words[2].end_s - words[2].start_s == pytest.approx(1.0)
    assert {word.confidence for word in words} == {None}


def test_language_is_asked_for_or_named_or_guessed(tmp_path: Path) -> None:
    path = tmp_path / "a.vtt"
    path.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nThis is what we have to do with the rest of it.\n")
    assert read(path).language == "en"
    assert read(path, language="de-AT").language == "de"
    path.write_text("WEBVTT\nLanguage: fr\n\n00:01.000 --> 00:02.000\nHm\n")
    assert read(path).language == "fr"
    assert [short_code(tag) for tag in ("eng", "en-GB", "und", None, "auto", "gsw")] == [
        "en",
        "en",
        None,
        None,
        None,
        "gsw",
    ]
    assert guess_language("Wir haben das nicht und ich bin mit der Idee auf dem Weg") == "de"
    assert guess_language("xyzzy 42") == "und"


@pytest.mark.parametrize(
    "data", [b"", b"WEBVTT\n", b"no times here", b"\x00\x01\x02\xff", b"WEBVTT\n\n00:01.000 --> 00:02.000\n\n"]
)
def test_unreadable_captions(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.vtt"
    path.write_bytes(data)
    with pytest.raises(InvalidCaptions):
        read(path)


def test_captions_of_another_recording(tmp_path: Path) -> None:
    path = tmp_path / "a.vtt"
    path.write_text("WEBVTT\n\n10:00.000 --> 10:01.000\nlate\n")
    with pytest.raises(InvalidCaptions):
        read(path, duration_s=60.0)


def test_missing_caption_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidCaptions):
        read(tmp_path / "none.vtt")


def test_unknown_backend_names_the_known_ones() -> None:
    with pytest.raises(InvalidRequest, match="captions, faster-whisper, mlx, pocketsphinx, whisper-cpp"):
        run(TranscriptRequest("a.mp4", "telepathy"), quiet)


def test_lecture_captions(lectures: Path) -> None:
    result = read(lectures / "corner.vtt", duration_s=747.0)
    assert result.language == "en"
    assert len(result.segments) > 50
    assert all(a.end_s <= b.start_s for a, b in zip(result.segments, result.segments[1:], strict=False))
    assert all(segment.start_s < segment.end_s and segment.words for segment in result.segments)
    assert result.segments[3].text.endswith("a deeper look at the age G.")
    assert (result.segments[3].end_s, result.segments[4].start_s) == (27.0, 27.0)


def test_every_shared_caption_file_is_read(shared_data: Path) -> None:
    files = [*shared_data.rglob("*.vtt"), *shared_data.rglob("*.srt")]
    assert len(files) > 5
    for path in files:
        segments = read(path).segments
        assert all(a.end_s <= b.start_s for a, b in itertools.pairwise(segments)), path.name


@pytest.mark.media
@pytest.mark.parametrize(
    ("codec", "name"), [("mov_text", "a.mp4"), ("srt", "a.mkv"), ("webvtt", "a.webm"), ("ass", "a.mkv")]
)
def test_embedded_tracks(tmp_path: Path, codec: str, name: str) -> None:
    captions = tmp_path / "c.srt"
    captions.write_text(SRT)
    media = make_media(
        tmp_path / name,
        *("-f", "lavfi", "-i", "sine=duration=5", "-i", str(captions), "-c:s", codec),
        *("-metadata:s:s:0", "language=deu"),
    )
    result = run(TranscriptRequest(str(media), "captions"), quiet)
    found = [(round(segment.start_s, 1), round(segment.end_s, 1), segment.text) for segment in result.segments]
    assert found == [(1.0, 2.5, "Grüße aus Köln – “hier”"), (3.0, 4.0, "Zwei")]
    assert result.language == "de"


@pytest.mark.media
def test_the_track_in_the_language_asked_for(tmp_path: Path) -> None:
    one, two = tmp_path / "1.srt", tmp_path / "2.srt"
    one.write_text(SRT)
    two.write_text("1\n00:00:01,000 --> 00:00:02,500\nGreetings\n")
    media = make_media(
        tmp_path / "a.mkv",
        *("-f", "lavfi", "-i", "sine=duration=5", "-i", str(one), "-i", str(two)),
        *("-map", "0", "-map", "1", "-map", "2", "-c:s", "srt"),
        *("-metadata:s:s:0", "language=ger", "-metadata:s:s:1", "language=eng"),
    )
    result = run(TranscriptRequest(str(media), "captions", language="en"), quiet)
    assert [segment.text for segment in result.segments] == ["Greetings"]


@pytest.mark.media
def test_media_without_captions(tmp_path: Path) -> None:
    media = make_media(tmp_path / "a.wav", "-f", "lavfi", "-i", "sine=duration=1")
    with pytest.raises(InvalidCaptions):
        run(TranscriptRequest(str(media), "captions"), quiet)
