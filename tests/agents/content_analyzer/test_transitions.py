import pytest

from agents.content_analyzer.transitions import closes_topic, hands_over, opens_topic


@pytest.mark.parametrize(
    "text",
    [
        "So let's look at the code.",
        "Okay, um, so now I'm going to talk about hash tables.",
        "Moving on to trees.",
        "Next, the chain rule.",
        "Another important concept is recursion.",
        "And the other big thing is the cost of a copy.",
        "In this section we treat limits.",
        "So, let us turn to the second theorem.",
    ],
)
def test_a_topic_is_opened(text: str) -> None:
    assert opens_topic(text)


@pytest.mark.parametrize("text", ["The code runs.", "Okay, so it runs.", "It knows what the other one holds."])
def test_nothing_is_opened(text: str) -> None:
    assert not opens_topic(text)


@pytest.mark.parametrize("text", ["So that's how a heap works.", "To sum up, copies are dear.", "And that's it."])
def test_a_topic_is_closed(text: str) -> None:
    assert closes_topic(text)
    assert not closes_topic("A heap is a tree.")


@pytest.mark.parametrize("text", ["Thanks, Ada.", "Grace, do you want to go on?", "Over to you."])
def test_somebody_hands_over(text: str) -> None:
    assert hands_over(text)
    assert not hands_over("Thanks for the question.")
