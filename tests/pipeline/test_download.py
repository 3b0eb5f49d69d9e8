"""A recording arrives whole, whatever its server does on the way: lines break, versions change, parts do not fit."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import SourceUnreachable
from pipeline.egress import Egress
from tests.pipeline.recording_source import ETAG, MEDIA, Source, assert_whole, fetch, left_beside, ranges
from tests.pipeline.remote_server import Exchange, RemoteServer, egress_settings, serving
from tests.pipeline.test_egress import TRUST, here


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.download.client.PAUSE_S", 0.005)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "incoming"
    folder.mkdir()
    return folder / "source"


@pytest.fixture
def egress() -> Egress:
    return Egress(egress_settings(), resolve=here, trust=TRUST)


def test_a_recording_arrives_whole(egress: Egress, path: Path) -> None:
    told: list[tuple[float, str]] = []
    with serving(Source()) as server:
        done = fetch(egress, server, path, report=lambda fraction, message: told.append((fraction, message)))
    assert_whole(path, done)
    assert done.filename == "week 1.mp4"
    assert ranges(server) == [(None, None)]
    assert told[-1] == (1.0, "Fetched the recording")
    assert all(0 <= fraction <= 1 and "s3cret" not in message for fraction, message in told)


def test_a_line_that_breaks_is_taken_up_in_the_same_call(egress: Egress, path: Path) -> None:
    with serving(Source(cuts=(100_000, 50_000, 1))) as server:
        assert_whole(path, fetch(egress, server, path))
    assert ranges(server)[0] == (None, None)
    assert [condition for _range, condition in ranges(server)[1:]] == [ETAG] * 3
    starts = [int(str(asked).removeprefix("bytes=").rstrip("-")) for asked, _condition in ranges(server)[1:]]
    assert starts == [100_000, 150_000, 150_001]


def test_a_later_call_goes_on_where_this_one_gave_up(egress: Egress, path: Path) -> None:
    with serving(Source(cuts=(20_000,) * 6)) as server:
        with pytest.raises(SourceUnreachable, match="Check the URL, or try again"):
            fetch(egress, server, path)
        assert left_beside(path) == ["source.part", "source.part.json"]
        assert (path.parent / "source.part").read_bytes() == MEDIA[:120_000]
        note = (path.parent / "source.part.json").read_text()
        assert "s3cret" not in note
        assert server.url not in note
        done = fetch(egress, server, path)
    assert_whole(path, done)
    assert ranges(server)[-1] == ("bytes=120000-", ETAG)


def test_bytes_of_another_url_are_not_gone_on_from(egress: Egress, path: Path) -> None:
    with serving(Source(cuts=(20_000,) * 6)) as server:
        with pytest.raises(SourceUnreachable):
            fetch(egress, server, path, "/other.mp4")
        assert_whole(path, fetch(egress, server, path))
    assert ranges(server)[-1] == (None, None)


def test_a_recording_that_changed_is_fetched_anew(egress: Egress, path: Path) -> None:
    """The server honours If-Range and answers 200."""
    source = Source(b"\0" * 200_000, cuts=(100_000,))

    def answer(exchange: Exchange) -> None:
        source(exchange)
        source.content, source.headers = MEDIA, {"etag": '"v2"'}

    with serving(answer) as server:
        assert_whole(path, fetch(egress, server, path, "/a.mp4"))
    assert ranges(server) == [(None, None), ("bytes=100000-", ETAG)]


WRONG: dict[str, Callable[[Exchange], None]] = {
    "another start": lambda e: part(e, MEDIA[1000:], "bytes 1000-300031/300032"),
    "another size": lambda e: part(e, MEDIA[100_000:], "bytes 100000-300031/400000"),
    "another version": lambda e: part(e, MEDIA[100_000:], "bytes 100000-300031/300032", etag='"v2"'),
    "no range": lambda e: part(e, MEDIA[100_000:], None),
    "nonsense": lambda e: part(e, MEDIA[100_000:], "bytes 300031-100000/300032"),
    "many parts": lambda e: part(e, MEDIA[100_000:], "bytes 100000-200000/300032, bytes 200001-300031/300032"),
    "not there": lambda e: e.send(416, content_range="bytes */5"),
}


def part(exchange: Exchange, body: bytes, place: str | None, etag: str = ETAG) -> None:
    exchange.send(206, body, etag=etag, **({"content_range": place} if place else {}))


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_part_that_was_not_asked_for_starts_it_anew(
    egress: Egress, path: Path, wrong: Callable[[Exchange], None]
) -> None:
    source = Source(cuts=(100_000,))

    def answer(exchange: Exchange) -> None:
        wrong(exchange) if exchange.headers["Range"] else source(exchange)

    with serving(answer) as server:
        assert_whole(path, fetch(egress, server, path))
    assert ranges(server) == [(None, None), ("bytes=100000-", ETAG), (None, None)]


def test_a_shorter_part_than_asked_for_is_taken_and_gone_on_from(egress: Egress, path: Path) -> None:
    def answer(exchange: Exchange) -> None:
        asked = exchange.headers["Range"]
        if asked is None:
            return Source(cuts=(100_000,))(exchange)
        first = int(asked.removeprefix("bytes=").rstrip("-"))
        last = min(first + 99_999, len(MEDIA) - 1)
        return part(exchange, MEDIA[first : last + 1], f"bytes {first}-{last}/{len(MEDIA)}")

    with serving(answer) as server:
        assert_whole(path, fetch(egress, server, path))
    assert len(server.seen) == 4


@pytest.mark.parametrize(
    ("headers", "condition"),
    [
        ({"etag": '"s"', "last_modified": "Sat, 21 Nov 2026 10:00:00 GMT"}, '"s"'),
        ({"etag": 'W/"s"', "last_modified": "Sat, 21 Nov 2026 10:00:00 GMT"}, "Sat, 21 Nov 2026 10:00:00 GMT"),
        ({"etag": 'W/"s"'}, None),
        ({"etag": "unquoted"}, None),
        ({"x_none": "1"}, None),
    ],
)
def test_only_a_strong_validator_is_relied_on(
    egress: Egress, path: Path, headers: dict[str, Any], condition: str | None
) -> None:
    with serving(Source(cuts=(100_000,), **headers)) as server:
        assert_whole(path, fetch(egress, server, path))
    assert ranges(server)[1] == (("bytes=100000-", condition) if condition else (None, None))


def note_of(server: RemoteServer, where: str, **changed: Any) -> str:
    digest = hashlib.sha256((server.url + where).encode()).hexdigest()
    return json.dumps({"url_sha256": digest, "validator": ETAG, "size_bytes": len(MEDIA), **changed})


@pytest.mark.parametrize(
    ("part", "changed", "first_request"),
    [
        (MEDIA[:1000], {}, ("bytes=1000-", ETAG)),
        (MEDIA[:1000], {"size_bytes": None}, ("bytes=1000-", ETAG)),
        (MEDIA, {}, (f"bytes={len(MEDIA) - 1}-", ETAG)),
        (MEDIA + b"x", {}, (None, None)),
        (b"", {}, (None, None)),
        (MEDIA[:1000], {"validator": None}, (None, None)),
        (MEDIA[:1000], {"validator": 5}, (None, None)),
        (MEDIA[:1000], {"url_sha256": "0"}, (None, None)),
        (MEDIA[:1000], {"more": 1}, (None, None)),
    ],
)
def test_what_an_earlier_call_left_is_believed_where_it_fits(
    egress: Egress, path: Path, part: bytes, changed: dict[str, Any], first_request: tuple[str | None, str | None]
) -> None:
    with serving(Source()) as server:
        (path.parent / "source.part").write_bytes(part)
        (path.parent / "source.part.json").write_text(note_of(server, "/a.mp4", **changed))
        assert_whole(path, fetch(egress, server, path, "/a.mp4"))
    assert ranges(server)[0] == first_request


@pytest.mark.parametrize("note", ["", "{", "[]", "null", '"x"', "{}", "[1, 2, 3]"])
def test_a_note_that_is_damaged_is_no_note(egress: Egress, path: Path, note: str) -> None:
    (path.parent / "source.part").write_bytes(b"leftovers")
    (path.parent / "source.part.json").write_text(note)
    with serving(Source()) as server:
        assert_whole(path, fetch(egress, server, path))
