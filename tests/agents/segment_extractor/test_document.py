"""The example in docs/edit-plan.md is a plan, and its tables tell what the code does."""

import json
import re
from itertools import pairwise
from pathlib import Path

from agents.codec import from_data, to_data
from agents.segment_extractor.definitions import MAX_DEFINITION_S, NEAR_S
from agents.segment_extractor.lecture import CONTEXT_S
from agents.segment_extractor.likeness import DUPLICATE_LIKENESS
from agents.segment_extractor.pauses import BREATH_S, MIN_SILENCE_S, SLIDE_S, STATEMENT_S, THINKING_S, WRITING_S
from agents.segment_extractor.scoring import WEIGHTS
from agents.segment_extractor.selection import GOOD_SHARE
from agents.types import EditPlan
from app.services.edit_plans import EditPlan as SentPlan

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "edit-plan.md").read_text("utf-8")


def example() -> dict[str, object]:
    found = re.search(r"```json\n(.*?)```", TEXT, re.DOTALL)
    assert found
    document: dict[str, object] = json.loads(found[1])
    return document


def test_the_example_is_a_plan_that_can_be_sent_back() -> None:
    document = example()
    plan = from_data(EditPlan, document)
    assert to_data(plan) == document
    sent = SentPlan.model_validate(document)
    assert "evidence" not in sent.model_dump()["clips"][0]
    (clip,) = plan.clips
    assert clip.evidence
    assert abs(sum(clip.score_parts.values()) - clip.score) < 1e-9
    gaps = [(a.end_s, b.start_s) for a, b in pairwise(clip.keep)]
    assert gaps == [(c.start_s, c.end_s) for c in clip.evidence.cuts]


def test_the_table_has_every_measure_with_its_weight() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (0\.\d+) \|", TEXT, re.MULTILINE))
    assert {name: float(weight) for name, weight in rows.items()} == WEIGHTS


def test_the_numbers_are_those_of_the_code() -> None:
    for said in (
        f"silences of {MIN_SILENCE_S:g} s or more",
        f"a breath of {BREATH_S:g} s",
        f"{THINKING_S:g} s to think",
        f"{SLIDE_S:g} s before speech goes on",
        f"{STATEMENT_S:g} s before it",
        f"{WRITING_S:g} s at both ends",
        f"within {CONTEXT_S:g} s before",
        f"within {NEAR_S:g} s\n",
        f"of at most {MAX_DEFINITION_S:g} s",
        f"cosine {DUPLICATE_LIKENESS:g} or more",
        f"at least {GOOD_SHARE:g} of the best",
    ):
        assert said in TEXT, said
