"""Long transcripts go in parts: what is joined, what one bad part costs, and what is paid."""

import json
from itertools import pairwise
from typing import Any

import pytest

from pipeline.analyzers.http_client import LARGEST_ANSWER_BYTES
from tests.pipeline.analyzers.conversation import (
    BACKENDS,
    DictCache,
    analyst,
    lecture,
    settings_for,
    well_formed,
)
from tests.pipeline.analyzers.model_server import (
    IN_TOKENS,
    OUT_TOKENS,
    Asked,
    Reaction,
    blocked,
    envelope,
    good,
    hang_up,
    model_server,
    says,
    send_json,
    status,
)

either = pytest.mark.parametrize("backend", BACKENDS)


@either
def test_money_is_counted_with_the_prices_that_are_set(backend: str) -> None:
    with model_server() as server:
        settings = settings_for(backend, server.url, analyzer_input_price=2.0, analyzer_output_price=10.0)
        _, usage = analyst(settings).analyse(lecture(), backend)
    assert usage is not None
    assert usage.document(settings)["cost"] == pytest.approx((IN_TOKENS * 2 + OUT_TOKENS * 10) / 1e6)


@either
def test_a_long_transcript_goes_in_windows_that_overlap(backend: str) -> None:
    said: list[tuple[float, str]] = []
    with model_server() as server:
        settings = settings_for(backend, server.url, analyzer_window_chars=4000)
        request = lecture(200)
        found, usage = analyst(settings, report=lambda *note: said.append(note)).analyse(request, backend)
    well_formed(found, request.duration_s)
    assert usage is not None
    assert usage.windows == usage.answered == len(server.asked) >= 4
    asked = [set(a.sentences) for a in server.asked]
    assert set.union(*asked) == set(range(200))
    assert all(a & b for a, b in pairwise(asked))
    assert [t.start_s for t in found.topics] == [50.0 * n for n in range(20)], "no topic is lost or doubled at a seam"
    assert [i for i, s in enumerate(found.sentences) if s.importance == 0.95] == list(range(0, 200, 7))
    assert [f for f, _ in said] == sorted(f for f, _ in said)
    assert f"Asking {backend} (2 of {usage.windows})" in [message for _, message in said]


@either
def test_a_part_without_a_usable_answer_is_filled_from_the_local_analysis(backend: str) -> None:
    with model_server(says(), blocked, says()) as server:
        settings = settings_for(backend, server.url, analyzer_window_chars=4000)
        request = lecture(200)
        found, usage = analyst(settings).analyse(request, backend)
    well_formed(found, request.duration_s)
    assert usage is not None
    assert usage.answered == usage.windows - 1 == len(server.asked) - 1
    assert found.backend == backend
    assert [w.code for w in found.warnings] == ["analyzer_partial"]
    assert {t.title.startswith("Topic from") for t in found.topics} == {True, False}


@either
@pytest.mark.parametrize("trouble", [[status(500)] * 5, [hang_up] * 3], ids=["500", "hang-up"])
def test_one_window_that_fails_for_good_costs_no_other(backend: str, trouble: list[Reaction]) -> None:
    with model_server(says(), *trouble, says()) as server:
        settings = settings_for(backend, server.url, analyzer_window_chars=4000)
        found, usage = analyst(settings).analyse(lecture(200), backend)
    well_formed(found, 1000.0)
    assert usage is not None
    assert (usage.answered, usage.windows) == (3, 4)
    assert usage.requests == len(server.asked) == 3 + len(trouble)
    assert usage.lost == (3 if hang_up in trouble else 0)
    assert [w.code for w in found.warnings] == ["analyzer_partial"]


@either
def test_after_two_in_a_row_only_what_is_paid_is_used(backend: str) -> None:
    cache = DictCache()
    with model_server() as server:
        settings = settings_for(backend, server.url, analyzer_window_chars=4000)
        whole, _ = analyst(settings, cache=cache).analyse(lecture(200), backend)
        cache.kept = dict(list(cache.kept.items())[3:])
        server.reactions, before = [status(503, Retry_After="0")], len(server.asked)
        found, usage = analyst(settings, cache=cache).analyse(lecture(200), backend)
    assert usage is not None
    assert (usage.answered, usage.cached, len(server.asked) - before) == (1, 1, 10)
    assert found.topics[-1] == whole.topics[-1]
    assert found.warnings[0].detail.endswith(f"{backend} answered 503.")


@either
def test_a_statement_that_each_window_makes_is_told_once(backend: str) -> None:
    with model_server() as server:
        settings = settings_for(backend, server.url, analyzer_window_chars=4000)
        found, _ = analyst(settings).analyse(lecture(200), backend)
    assert found.summary == "The lecture has a beginning."


@either
def test_tokens_that_the_server_had_at_hand_are_told(backend: str) -> None:
    def react(handler: Any, asked: Asked) -> None:
        answer = envelope(asked, json.dumps(good(asked)))
        if asked.is_gemini:
            answer["usageMetadata"]["cachedContentTokenCount"] = 64
        else:
            answer["usage"]["prompt_tokens_details"] = {"cached_tokens": 64}
        send_json(handler, 200, answer)

    with model_server(react) as server:
        _, usage = analyst(settings_for(backend, server.url)).analyse(lecture(), backend)
    assert usage is not None
    assert (usage.input_tokens, usage.cached_input_tokens) == (IN_TOKENS, 64)


@either
def test_what_was_paid_is_never_paid_again(backend: str) -> None:
    """The second window fails for good, as if the worker had died there; the next attempt asks for the rest alone."""
    cache = DictCache()
    with model_server(says(), status(401)) as server:
        settings = settings_for(backend, server.url, analyzer_window_chars=4000)
        first, _ = analyst(settings, cache=cache).analyse(lecture(200), backend)
        assert [w.code for w in first.warnings] == ["analyzer_partial"]
        server.reactions, before = [says()], len(server.asked)
        second, usage = analyst(settings, cache=cache).analyse(lecture(200), backend)
        assert usage is not None
        assert second.warnings == ()
        assert len(server.asked) - before == usage.windows - 1 == usage.requests
        assert (usage.cached, usage.input_tokens) == (1, usage.windows * IN_TOKENS)
        again, usage = analyst(settings, cache=cache).analyse(lecture(200), backend)
        assert (again, usage and usage.requests) == (second, 0)
        changed = settings_for(backend, server.url, analyzer_window_chars=4000, gemini_model="b", openai_model="b")
        _, usage = analyst(changed, cache=cache).analyse(lecture(200), backend)
        assert usage is not None
        assert usage.cached == 0


@either
def test_a_bad_answer_is_paid_once_too(backend: str) -> None:
    cache = DictCache()
    with model_server(says("no"), says("still no")) as server:
        settings = settings_for(backend, server.url)
        for _ in range(2):
            found, _ = analyst(settings, cache=cache).analyse(lecture(), backend)
            assert found.backend == "local"
        assert len(server.asked) == 2


def test_a_silent_recording_is_not_sent() -> None:
    with model_server() as server:
        found, usage = analyst(settings_for("gemini", server.url)).analyse(lecture(0), "auto")
    assert (found.topics, usage, server.asked) == ((), None, [])


def test_an_answer_of_the_largest_size_is_read() -> None:
    def great(asked: Asked) -> str:
        return json.dumps(good(asked)) + " " * (LARGEST_ANSWER_BYTES // 2)

    with model_server(says(great)) as server:
        found, _ = analyst(settings_for("gemini", server.url)).analyse(lecture(), "auto")
    assert found.backend == "gemini"
