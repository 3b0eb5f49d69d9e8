"""Options from the text of a form: typed, bounded, and told by field where they do not fit."""

import pytest

from app.core.errors import InvalidRequest
from app.services.options import HighlightsOptions
from app.services.upload_options import parse_options


def test_defaults() -> None:
    assert parse_options(b" ") == parse_options(b"{}") == HighlightsOptions()


def test_values() -> None:
    assert parse_options(b'{"max_clips": 3, "aspect": "9:16"}').max_clips == 3


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (b'{"max_clips": 21}', "body.options.max_clips"),
        (b'{"max_clips": 0}', "body.options.max_clips"),
        (b'{"min_clip_s": NaN}', "body.options.min_clip_s"),
        (b'{"aspect": "4:3"}', "body.options.aspect"),
        (b'{"clips": 3}', "body.options.clips"),
        (b'{"min_clip_s": 60, "max_clip_s": 30}', "body.options"),
        (b'{"language": "english"}', "body.options.language"),
        (b'{"transcribers": []}', "body.options.transcribers"),
        (b'{"focus": "a\\u0000b"}', "body.options.focus"),
        (b'{"focus": "\\ud800"}', "body.options"),
        (b"[]", "body.options"),
        (b"max_clips=3", "body.options"),
        (b"\xff", "body.options"),
    ],
)
def test_out_of_range(text: bytes, field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_options(text)
    assert [each.field for each in caught.value.errors] == [field]
    assert all(each.message for each in caught.value.errors)
