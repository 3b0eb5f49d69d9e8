from agents.content_analyzer.casing import evened


def test_capitals_become_small_letters() -> None:
    assert evened(["THE CELL DIVIDES.", "IT EATS.", "OH."]) == ["the cell divides.", "it eats.", "oh."]


def test_words_in_capitals_stay_among_others() -> None:
    texts = ["The NASA report.", "NASA!", "It is about the moon.", "细胞"]
    assert evened(texts) == texts
    assert evened([]) == []
