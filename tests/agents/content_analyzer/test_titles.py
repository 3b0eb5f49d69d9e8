from agents.content_analyzer.phrases import collect
from agents.content_analyzer.titles import Labeller
from agents.content_analyzer.words import Vocabulary, stem

OTHER = ["The garden grows in the rain.", "A gardener waters the roses.", "In the garden the roses bloom."]


def title(*texts: str, language: str = "en") -> str:
    every = [*texts, *OTHER]
    vocabulary = Vocabulary(every, language)
    labeller = Labeller(every, vocabulary, [(0, len(texts)), (len(texts), len(every))])
    return labeller.title(0, len(texts), texts[0])


def test_a_term_with_of_stays_whole() -> None:
    found = title(
        "Today we treat the law of large numbers.",
        "The law of large numbers is about averages.",
        "Some doubt the law of large numbers.",
    )
    assert found == "Law of Large Numbers"


def test_a_verb_is_no_heading() -> None:
    found = title(
        "We insert, and then you insert a node.",
        "To insert is cheap in a linked list.",
        "They insert behind the linked list.",
        "I insert here, and the linked list is longer.",
    )
    assert found == "Linked List"


def test_an_adverb_opens_no_heading() -> None:
    found = title("An especially sparse matrix is small.", "Every especially sparse matrix has zeros.")
    assert not found.lower().startswith("especially")


def test_a_term_rather_than_two_words() -> None:
    found = title(
        "The tree has a root.",
        "A tree of nodes is balanced by the red black rule.",
        "In the tree the red black rule holds.",
        "The tree obeys the red black rule.",
    )
    assert " and " not in found


def test_other_languages_go_by_frequency() -> None:
    found = title(
        *[f"die Zellteilung der Zelle Nummer{i} ist die Mitose" for i in range(4)],
        language="de",
    )
    assert "Zell" in found or "Mitose" in found


def test_how_words_are_used_tells_nouns_from_verbs() -> None:
    texts = ["We insert the node.", "You insert a node.", "The node is new."]
    phrases = collect(texts, Vocabulary(texts, "en"))
    assert phrases.noun_like(("node",)) == 1.0
    assert phrases.noun_like(("insert",)) == -1.0
    assert phrases.noun_like(("unheard",)) == 0.0


def test_a_word_that_was_broken_off_is_no_part_of_a_phrase() -> None:
    texts = ["The sim- simulation runs.", "A gram grammar has rules."]
    found = {p for row in collect(texts, Vocabulary(texts, "en")).by_sentence for p in row}
    assert not any("sim" in p or "gram" in p for p in found)


def test_what_takes_an_object_is_a_verb() -> None:
    texts = ["Matter causes the field.", "Mass causes a force.", "The field is strong."]
    phrases = collect(texts, Vocabulary(texts, "en"))
    assert phrases.noun_like(("matter", stem("causes", english=True))) < 0 < phrases.noun_like(("field",))


def test_a_german_heading_is_a_noun() -> None:
    found = title(
        "Wir berechnen heute die lineare Regression.",
        "Wer berechnen will, braucht lineare Regression.",
        "Man muss sie berechnen, die lineare Regression.",
        "Und wieder berechnen wir sie.",
        language="de",
    )
    assert "Regression" in found
    assert "berechnen" not in found.lower()


def test_a_french_term_with_de_stays_whole() -> None:
    found = title(
        "Voici la loi des grands nombres.",
        "La loi des grands nombres parle de moyennes.",
        "On doute de la loi des grands nombres.",
        language="fr",
    )
    assert found == "Loi des grands nombres"


def test_a_chinese_title_is_a_word_and_no_clause() -> None:
    found = title("细胞是生命的基本单位", "细胞膜在细胞的外面", "细胞也有细胞核", language="zh")
    assert 2 <= len(found) <= 12
    assert not set("是的") & set(found)


def written(text: str, language: str) -> set[str]:
    phrases = collect([text], Vocabulary([text], language))
    return {form for forms in phrases.written.values() for form in forms}


def test_a_german_verb_is_no_part_of_the_noun_before_it() -> None:
    assert "lineare Regression" in written("Die lineare Regression rechnet gut.", "de")
    assert "Regression rechnet" not in written("Die lineare Regression rechnet gut.", "de")


def test_an_infinitive_is_no_head_of_a_term() -> None:
    assert "molécula de agua" in written("La molécula de agua vibra.", "es")
    assert "calcular de agua" not in written("Se puede calcular de agua.", "es")


def test_an_arabic_title_keeps_its_article() -> None:
    assert "الخلية" in written("تعيش الخلية", "ar")


def test_a_name_at_the_start_of_a_sentence_keeps_its_capitals() -> None:
    assert "Alan Turing" in written("Alan Turing broke codes.", "en")
    assert "machines compute" in written("Machines compute.", "en")
