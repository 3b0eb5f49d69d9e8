"""Patience: as long as the server asks for and no longer, through the real libraries."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from pipeline.analyzers.analysis import Analyst
from pipeline.analyzers.http_client import retry_after_s, wait_s
from tests.pipeline.analyzers.conversation import BACKENDS, analyst, lecture, settings_for
from tests.pipeline.analyzers.model_server import Reaction, model_server, says, status

either = pytest.mark.parametrize("backend", BACKENDS)
RETRY_INFO = {
    "error": {
        "code": 429,
        "status": "RESOURCE_EXHAUSTED",
        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.2s"}],
    }
}


@pytest.mark.parametrize(
    ("backend", "trouble"),
    [
        ("gemini", status(429, Retry_After="1")),
        ("openai-compatible", status(429, Retry_After="1")),
        ("openai-compatible", status(503, Retry_After="1")),
        ("gemini", status(429, RETRY_INFO)),
    ],
    ids=["gemini", "openai", "openai-503", "gemini-body"],
)
def test_the_server_says_when_to_come_back(backend: str, trouble: Reaction) -> None:
    said: list[str] = []
    with model_server(trouble, says()) as server:
        began_s = time.monotonic()
        asking = analyst(settings_for(backend, server.url), report=lambda _, message: said.append(message))
        found, _ = asking.analyse(lecture(), backend)
    assert time.monotonic() - began_s >= 1.0
    assert found.backend == backend
    assert any("answered" in message and "trying again in 1 s" in message for message in said)


@either
@pytest.mark.parametrize("header", ["3600", "inf"])
def test_a_wait_that_is_too_long_is_not_waited(backend: str, header: str) -> None:
    with model_server(status(429, Retry_After=header)) as server:
        began_s = time.monotonic()
        found, _ = analyst(settings_for(backend, server.url)).analyse(lecture(), backend)
    assert time.monotonic() - began_s < 20.0
    assert found.warnings[0].code == "analyzer_fallback"
    assert len(server.asked) == (1 if header == "3600" else 5)


@either
def test_a_wait_that_the_limit_has_no_room_for_is_not_waited(backend: str) -> None:
    with model_server(status(429, Retry_After="20")) as server:
        began_s = time.monotonic()
        found, _ = analyst(settings_for(backend, server.url), limit_s=5.0).analyse(lecture(), backend)
    assert time.monotonic() - began_s < 5.0
    assert (found.backend, len(server.asked)) == ("local", 1)


def test_waits_grow() -> None:
    with model_server(status(500)) as server:
        asking: Analyst = replace(analyst(settings_for("gemini", server.url)), first_wait_s=0.05)
        began_s = time.monotonic()
        asking.analyse(lecture(), "gemini")
        took_s = time.monotonic() - began_s
    assert len(server.asked) == 5
    assert took_s >= 0.5 * (0.05 + 0.1 + 0.2 + 0.4)


@either
def test_a_server_that_knows_no_schemas_is_asked_without(backend: str) -> None:
    with model_server(status(400), says()) as server:
        found, usage = analyst(settings_for(backend, server.url)).analyse(lecture(), backend)
    assert (found.backend, found.warnings) == (backend, ())
    with_it, without = (asked.body.get("generationConfig", asked.body).keys() for asked in server.asked)
    gone = {"responseMimeType", "responseJsonSchema"} if backend == "gemini" else {"response_format"}
    assert gone <= with_it
    assert not gone & without
    assert "JSON Schema of the answer" in server.asked[1].system
    assert usage is not None
    assert usage.requests == 2


@either
def test_a_server_that_refuses_that_too_is_left_alone(backend: str) -> None:
    with model_server(status(400)) as server:
        found, _ = analyst(settings_for(backend, server.url)).analyse(lecture(), backend)
    assert len(server.asked) == 2
    assert "_MODEL" in found.warnings[0].detail
    assert "LECTERN_ANALYZER_WINDOW_CHARS" in found.warnings[0].detail


@pytest.mark.parametrize(
    ("backend", "trouble", "told"),
    [
        (
            "gemini",
            status(400, {"error": {"code": 400, "details": [{"reason": "API_KEY_INVALID"}]}}),
            "GEMINI_API_KEY",
        ),
        ("openai-compatible", status(429, {"error": {"code": "insufficient_quota"}}), "quota of OPENAI_API_KEY"),
    ],
    ids=["key", "quota"],
)
def test_what_no_patience_can_help_is_told_at_once(backend: str, trouble: Reaction, told: str) -> None:
    with model_server(trouble) as server:
        found, _ = analyst(settings_for(backend, server.url)).analyse(lecture(), backend)
    assert len(server.asked) == 1
    assert told in found.warnings[0].detail


def test_a_date_is_a_wait_as_well() -> None:
    soon = datetime.now(UTC) + timedelta(seconds=30)
    assert 25 < (retry_after_s(format_datetime(soon, usegmt=True)) or 0) <= 30
    assert retry_after_s(format_datetime(soon - timedelta(hours=1), usegmt=True)) == 0
    assert [retry_after_s(header) for header in (None, "", "soon", "nan", "2", "-5")] == [None, None, None, None, 2, 0]
    assert 25 < (retry_after_s(f"{soon:%a, %d %b %Y %H:%M:%S} -0000") or 0) <= 30
    assert retry_after_s("Sun, 06 Nov 1994 08:49:37 +99999999999999") is None
    assert wait_s({"retry-after-ms": "1500", "retry-after": "2"}) == 1.5
    assert wait_s({"retry-after": "2"}) == 2
