"""Which of many good candidates are chosen, by lectures that are made for one question each."""

from dataclasses import replace
from itertools import pairwise

from agents.segment_extractor.lecture import Lecture
from agents.segment_extractor.passages import Block
from agents.segment_extractor.scoring import Candidate, total
from agents.segment_extractor.selection import GOOD_SHARE, select
from agents.types import Sentence, Topic

SENTENCE_S = 30.0


def lecture(sentences: int, *topics: Topic) -> Lecture:
    """Sentences that share no word, one a block."""
    texts = ["The {0}ingo {0}enda {0}olum.".format(chr(97 + i // 26) + chr(97 + i % 26)) for i in range(sentences)]
    said = [Sentence(i * SENTENCE_S, (i + 1) * SENTENCE_S, text, 0.5) for i, text in enumerate(texts)]
    blocks = [Block(s.start_s, s.end_s, s.start_s, s.end_s, (i, i + 1)) for i, s in enumerate(said)]
    return Lecture(blocks, said, topics, topics, (), None, (), (), None, english=True)


def candidate(number: int, importance: float) -> Candidate:
    """The block with this number as a clip."""
    measures = {"importance": importance, "completeness": 1.0, "coverage": 1.0, "novelty": 1.0, "spread": 1.0}
    start_s, end_s, span = number * SENTENCE_S, (number + 1) * SENTENCE_S, (number, number + 1)
    return Candidate(number, number + 1, start_s, end_s, SENTENCE_S, span, measures, total(measures), True)


def numbers(chosen: list[Candidate]) -> list[int]:
    return sorted(c.first for c in chosen)


def test_equally_good_clips_of_one_long_topic_come_from_all_over_it() -> None:
    whole = lecture(40, Topic(0.0, 40 * SENTENCE_S, "All of it", (), 1.0))
    chosen = numbers(select(whole, [candidate(i, 0.8) for i in range(40)], max_clips=4))
    assert len(chosen) == 4
    assert min(b - a for a, b in pairwise(chosen)) >= 5


def test_a_better_clip_is_taken_although_it_is_near() -> None:
    whole = lecture(40, Topic(0.0, 40 * SENTENCE_S, "All of it", (), 1.0))
    good = [candidate(3, 1.0), candidate(5, 1.0), candidate(30, 0.2)]
    assert numbers(select(whole, good, max_clips=2)) == [3, 5]


def test_a_clip_as_good_as_the_best_is_not_lost_for_what_others_show() -> None:
    whole = lecture(12, Topic(0.0, 12 * SENTENCE_S, "All of it", (), 1.0))
    first, second, third = candidate(2, 0.9), candidate(4, 0.9), candidate(6, 0.6)
    beside = replace(third, measures=third.measures | {"coverage": 0.0, "spread": 0.3})
    assert third.score > GOOD_SHARE * first.score > total(beside.measures)
    assert numbers(select(whole, [first, second, third], max_clips=3)) == [2, 4, 6]


def test_one_that_is_much_worse_than_the_best_is_left_out() -> None:
    whole = lecture(40, Topic(0.0, 40 * SENTENCE_S, "All of it", (), 1.0))
    good = [candidate(2, 1.0), candidate(20, 1.0), candidate(35, 0.0)]
    assert good[-1].score < GOOD_SHARE * good[0].score
    assert numbers(select(whole, good, max_clips=3)) == [2, 20]
