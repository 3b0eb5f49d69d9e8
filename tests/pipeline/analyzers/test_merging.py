"""Whatever an answer of the right shape says, the result is one that every consumer can use."""

import random
from typing import Any

import pytest

from pipeline.analyzers.answer import REASONS, WindowAnswer
from pipeline.analyzers.grounding import ground
from pipeline.analyzers.merging import SHORTEST_TOPIC_S, merge
from pipeline.analyzers.usage import Usage
from pipeline.analyzers.windows import windows
from tests.pipeline.analyzers.conversation import lecture, local_analysis

WORDS = ("heap", "", "\x00\x1b[31m", "木", "a" * 3000, "\u202eevil", "entropy", "\n\n", "🙂")


def any_answer(chance: random.Random, texts: list[str]) -> WindowAnswer:
    def number() -> int:
        return chance.choice((chance.randrange(len(texts)), chance.randrange(-5, len(texts) + 5), 10**18))

    def quote() -> str:
        return chance.choice((chance.choice(texts), chance.choice(texts)[5:40], chance.choice(WORDS)))

    def share() -> float:
        return chance.choice((chance.random(), -1e308, 1e308, 0.0, 1.0))

    topics: list[dict[str, Any]] = [
        {
            "first": number(),
            "title": chance.choice(WORDS),
            "keywords": [chance.choice(WORDS)] * 3,
            "importance": share(),
        }
        for _ in range(chance.randrange(60))
    ]
    keys = [
        {"number": number(), "quote": quote(), "importance": share(), "reason": chance.choice((*REASONS, *WORDS))}
        for _ in range(chance.randrange(60))
    ]
    summary = [
        {"text": chance.choice(WORDS), "number": number(), "quote": quote()} for _ in range(chance.randrange(20))
    ]
    return WindowAnswer.model_validate({"topics": topics, "key_sentences": keys, "summary": summary})


@pytest.mark.parametrize("seed", range(40))
def test_every_answer_gives_a_usable_result(seed: int) -> None:
    chance = random.Random(seed)
    request = lecture(chance.choice((1, 2, 7, 60, 200)))
    local = local_analysis(request)
    texts = [s.text for s in local.sentences]
    found = []
    for window in windows(texts, chance.choice((1000, 4000, 24_000))):
        answer = any_answer(chance, texts)
        found.append((window, None if chance.random() < 0.2 else ground(answer, local.sentences, window, Usage("m"))))
    merged = merge(local, found, "gemini")

    assert [(s.start_s, s.end_s, s.text) for s in merged.sentences] == [
        (s.start_s, s.end_s, s.text) for s in local.sentences
    ]
    assert all(0 <= s.importance <= 1 for s in merged.sentences)
    assert all(reason.isidentifier() for s in merged.sentences for reason in s.reasons)
    assert merged.topics[0].start_s == local.sentences[0].start_s
    assert merged.topics[-1].end_s == local.sentences[-1].end_s
    for topic, following in zip(merged.topics, [*merged.topics[1:], None], strict=True):
        assert topic.start_s < topic.end_s <= (following.start_s if following else request.duration_s)
        assert following is None or following.start_s - topic.start_s >= SHORTEST_TOPIC_S
        assert len(topic.subtopics) != 1
        assert topic.title.strip()
        assert topic.title.isprintable()
        assert len(topic.title) <= 80
        assert 0 <= topic.importance <= 1
        assert all(word.isprintable() and len(word) <= 40 for word in topic.keywords)
        for part in topic.subtopics:
            assert topic.start_s <= part.start_s < part.end_s <= topic.end_s
    starts = {s.start_s for s in local.sentences}
    assert all(t.start_s in starts for t in merged.topics)
    assert merged.summary.isprintable()
    assert len(merged.summary) <= 900 or merged.summary == local.summary
