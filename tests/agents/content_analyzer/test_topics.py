from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from agents.content_analyzer import run
from agents.content_analyzer.evidence import slide_evidence
from agents.content_analyzer.segmentation import Cohesion, coarse_prior, fine_prior, segment
from agents.content_analyzer.titles import shortened, title_case
from agents.content_analyzer.words import Vocabulary, stem, tokens
from agents.types import AnalysisRequest, Segment, SlideChange, Topic, Transcript
from bench import topics as bench
from tests.agents.spoken_lecture import speak


def leaves(topics: tuple[Topic, ...]) -> list[Topic]:
    return [leaf for t in topics for leaf in (t.subtopics or (t,))]


@pytest.mark.parametrize("seed", range(6))
def test_generated_topics_are_found(seed: int) -> None:
    lecture = speak(seed, topics=6, sentences=16)
    request = AnalysisRequest(lecture.transcript, lecture.duration_s)
    found = [t.start_s for t in leaves(run(request, lambda _f, _m: None).topics)]
    hits = sum(any(abs(start - f) < 8.0 for f in found) for start in lecture.topic_starts_s)
    assert hits >= 5
    assert 6 <= len(found) <= 9


def test_topics_are_ordered_disjoint_and_nested() -> None:
    for seed in range(4):
        lecture = speak(seed, "cut")
        topics = run(AnalysisRequest(lecture.transcript, lecture.duration_s), lambda _f, _m: None).topics
        for level in (list(topics), leaves(topics)):
            assert all(a.end_s <= b.start_s for a, b in pairwise(level))
            assert all(t.start_s < t.end_s <= lecture.duration_s for t in level)
            assert all(0.0 <= t.importance <= 1.0 and t.title and t.keywords for t in level)
        for topic in topics:
            assert len(topic.subtopics) != 1
            assert all(topic.start_s <= s.start_s and s.end_s <= topic.end_s for s in topic.subtopics)


def test_segment_splits_two_blocks_of_words() -> None:
    texts = ["alpha beta gamma delta"] * 12 + ["kappa lambda omega sigma"] * 12
    vocabulary = Vocabulary(texts, "en")
    cohesion = Cohesion(vocabulary.matrix(vocabulary.stems), [4] * 24)
    starts = np.arange(0.0, 24 * 7.0, 7.0, dtype=np.float64)
    assert segment(cohesion, starts, starts + 7, np.zeros(24), prior=fine_prior(900.0)) == [0, 12]


def test_evidence_moves_a_boundary() -> None:
    texts = ["alpha beta gamma delta"] * 30
    vocabulary = Vocabulary(texts, "en")
    cohesion = Cohesion(vocabulary.matrix(vocabulary.stems), [4] * 30)
    starts = np.arange(0.0, 30 * 7.0, 7.0, dtype=np.float64)
    evidence = np.zeros(30)
    evidence[17] = 6.0
    assert segment(cohesion, starts, starts + 7, evidence, prior=fine_prior(900.0)) == [0, 17]


def test_a_required_boundary_is_kept() -> None:
    texts = ["alpha beta gamma delta"] * 30
    vocabulary = Vocabulary(texts, "en")
    cohesion = Cohesion(vocabulary.matrix(vocabulary.stems), [4] * 30)
    starts = np.arange(0.0, 30 * 7.0, 7.0, dtype=np.float64)
    assert segment(cohesion, starts, starts + 7, np.zeros(30), prior=fine_prior(900.0), required=[0, 3]) == [0, 3]


def test_a_short_conclusion_costs_a_topic_nothing() -> None:
    texts = ["alpha beta gamma delta"] * 63
    vocabulary = Vocabulary(texts, "en")
    cohesion = Cohesion(vocabulary.matrix(vocabulary.stems), [15] * 63)
    starts = np.arange(0.0, 63 * 7.0, 7.0, dtype=np.float64)
    evidence = np.zeros(63)
    evidence[60] = 6.0
    prior = coarse_prior(float(starts[-1]))
    assert segment(cohesion, starts, starts + 7, evidence, prior=prior) == [0, 60]
    assert segment(cohesion, starts, starts + 7, evidence, prior=replace(prior, short_ends=False)) == [0]


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_a_break_is_no_part_of_a_topic(seed: int) -> None:
    lecture = speak(seed, topics=4)
    half = len(lecture.transcript.segments) // 2
    early, late = lecture.transcript.segments[:half], lecture.transcript.segments[half:]
    moved = (*early, *(Segment(s.start_s + 7200.0, s.end_s + 7200.0, s.text) for s in late))
    plain, broken = (
        run(AnalysisRequest(replace(lecture.transcript, segments=segments), 9999.0), lambda _f, _m: None)
        for segments in (lecture.transcript.segments, moved)
    )
    assert len(broken.topics) == len(plain.topics) >= 3


def test_who_says_the_same_over_and_over_has_one_topic() -> None:
    texts = [f"The heap keeps the largest key on top of the tree number {i % 5}." for i in range(200)]
    segments = tuple(Segment(i * 5.0, i * 5.0 + 5.0, text) for i, text in enumerate(texts))
    found = run(AnalysisRequest(Transcript("en", "x", "given", segments), 1000.0), lambda _f, _m: None)
    assert len(found.topics) == 1


def test_each_slide_change_counts_for_the_nearest_sentence_once() -> None:
    changes = [SlideChange(9.0, 1.0), SlideChange(100.0, 1.0)]
    found = slide_evidence([0.0, 10.0, 20.0, 90.0], changes, 200.0)
    assert found[1] == 1.0
    assert found[0] == found[2] == found[3] == 0.0
    assert slide_evidence([], changes, 0.0) == []


def test_words() -> None:
    assert tokens("Don't panic: 日本語 x86") == ["don't", "panic", "日本", "本語", "x86"]
    assert stem("windows", True) == stem("window", True)
    assert stem("running", True) == stem("runs", True) == "run"
    assert stem("Fachbegriffe", False) == "Fachbeg"


def test_titles_read_like_titles() -> None:
    assert title_case("theory of JavaScript types") == "Theory of JavaScript Types"
    assert shortened("We look at the first part of the thing.") == "We look at the first part…"


def test_stop_words_of_a_language_that_we_do_not_know_come_from_frequency() -> None:
    texts = [f"og funksjon eller en verdi{i} er i mengden{i % 7}" for i in range(40)]
    vocabulary = Vocabulary(texts, "no")
    assert {"og", "en", "er", "i"} <= vocabulary.stops
    assert not vocabulary.english


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("auto", "So this is what we have to do with the rest of it", "en"),
        ("und", "Das ist die Funktion und wir haben auch noch den Wert", "de"),
        ("", "Ce que nous avons dans la cellule est une membrane", "fr"),
        ("und", "Lo que tenemos en la célula es una membrana", "es"),
        ("de-AT", "whatever", "de"),
        ("und", "zzz qqq", ""),
    ],
)
def test_the_language_is_guessed_where_nothing_tells_it(language: str, text: str, expected: str) -> None:
    assert Vocabulary([text], language).language == expected


def test_articles_that_lean_on_a_word_are_taken_off() -> None:
    assert Vocabulary(["l'équation d'une fonction"], "fr").stems == [["équatio", "fonctio"]]
    assert Vocabulary(["والخلية الخلية"], "ar").stems == [["خلية", "خلية"]]


def test_metrics_of_the_benchmark() -> None:
    assert bench.window_metrics(40, {10, 20, 30}, {10, 20, 30}) == (0.0, 0.0)
    pk, window_diff = bench.window_metrics(40, {10, 20, 30}, set())
    assert pk == window_diff > 0.3
    assert bench.boundary_f1({10, 20}, {11, 35}) == 0.5
    assert bench.boundary_f1(set(), set()) == 1.0


def test_topics_of_real_tutorials_beat_the_baselines(shared_data: Path) -> None:
    documents = bench.tinyrec("fine")
    ours = bench.score("fine", "ours", documents, bench.ours_fine)
    assert ours.window_diff <= 0.42
    assert ours.f1 >= 0.45
    for peer in (bench.none, bench.even, bench.text_tiling, bench.shuffled(0)):
        assert ours.window_diff < bench.score("fine", "peer", documents, peer).window_diff


def test_wide_topics_of_real_tutorials_beat_the_baselines(shared_data: Path) -> None:
    documents = bench.tinyrec("coarse")
    ours = bench.score("coarse", "ours", documents, bench.ours_coarse)
    assert ours.window_diff <= 0.33
    assert ours.f1 >= 0.30
    for peer in (bench.none, bench.even, bench.text_tiling, bench.shuffled(0)):
        assert ours.window_diff < bench.score("coarse", "peer", documents, peer).window_diff


def test_a_language_without_spaces_works() -> None:
    lecture = speak(1)
    text = "细胞是生命的基本单位。细胞膜控制物质进出。能量来自线粒体。"
    segments = tuple(type(s)(s.start_s, s.end_s, text) for s in lecture.transcript.segments)
    found = run(AnalysisRequest(Transcript("zh", "x", "good", segments), lecture.duration_s), lambda _f, _m: None)
    assert found.topics
    assert found.summary


def test_slides_help_where_there_are_any(shared_data: Path) -> None:
    documents = bench.lectures("fine")
    ours = bench.score("lectures", "ours", documents, bench.ours_fine)
    (without,) = [s for s in bench.variants("lectures", documents, bench.ours_fine) if s.method == "ours, no slides"]
    assert ours.window_diff < without.window_diff
    assert ours.f1 > without.f1
