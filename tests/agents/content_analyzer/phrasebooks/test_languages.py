"""What is said in German, French and Spanish lectures, and how little of it a plain sentence says."""

import pytest

from agents.content_analyzer.cue_phrases import cues_in, is_housekeeping, is_question
from agents.content_analyzer.phrasebooks import PHRASEBOOKS
from agents.content_analyzer.phrasebooks.model import WEIGHTS
from agents.content_analyzer.transitions import closes_topic, opens_topic, says_farewell


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Kommen wir nun zum nächsten Thema, der linearen Regression."),
        ("de", "Also, als nächstes wollen wir uns den Beweis anschauen."),
        ("fr", "Passons maintenant à la deuxième partie."),
        ("fr", "Alors, on va maintenant parler de la photosynthèse."),
        ("es", "Pasemos ahora al siguiente tema."),
        ("es", "Bueno, vamos a hablar de la fotosíntesis."),
        ("en", "That brings us to the second theorem."),
        ("en", "All right, the topic for today is recursion."),
        ("en", "Now that we have a norm, distances are easy."),
    ],
)
def test_a_topic_is_opened(language: str, text: str) -> None:
    assert opens_topic(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Damit haben wir gezeigt, dass die Reihe konvergiert."),
        ("de", "So viel zum Thema Sortieren."),
        ("fr", "Voilà pour la première méthode."),
        ("fr", "Pour résumer, la membrane sépare deux milieux."),
        ("es", "Y eso es todo sobre los árboles."),
        ("es", "En resumen, la memoria es lenta."),
        ("en", "This completes the proof."),
        ("en", "So much for sorting."),
    ],
)
def test_a_topic_is_closed(language: str, text: str) -> None:
    assert closes_topic(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Vielen Dank und bis nächste Woche."),
        ("fr", "Merci et à la prochaine."),
        ("es", "Muchas gracias, nos vemos la próxima semana."),
        ("en", "Let's stop here for today."),
    ],
)
def test_a_farewell_is_said(language: str, text: str) -> None:
    assert says_farewell(text, language)


@pytest.mark.parametrize(
    ("language", "text", "reason"),
    [
        ("de", "Eine solche Abbildung nennt man Homomorphismus.", "definition"),
        ("de", "Das kommt sicher in der Klausur dran.", "exam_hint"),
        ("de", "Merken Sie sich diese Formel.", "remember"),
        ("de", "Die Kernidee sehen wir hier.", "key_point"),
        ("de", "Zum Beispiel die Sieben.", "example"),
        ("de", "Zusammenfassend sind es zwei Größen.", "recap"),
        ("fr", "C'est ce qu'on appelle une fonction affine.", "definition"),
        ("fr", "Il faut savoir cela pour l’examen.", "exam_hint"),
        ("fr", "N'oubliez pas cette formule.", "remember"),
        ("fr", "C'est le point clé de la preuve.", "key_point"),
        ("fr", "Prenons un cas simple.", "example"),
        ("es", "A esto se le llama función y se define así.", "definition"),
        ("es", "Esto entra en el examen.", "exam_hint"),
        ("es", "Recuerden esta fórmula.", "remember"),
        ("es", "La idea principal está aquí.", "key_point"),
        ("es", "Supongamos que llueve.", "example"),
        ("en", "Bear in mind that the base case comes first.", "remember"),
        ("en", "This could well show up on the midterm.", "exam_hint"),
        ("en", "I want to stress one thing.", "key_point"),
        ("en", "Let us suppose that n is even.", "example"),
        ("en", "We say that a set is open if it holds a ball.", "definition"),
    ],
)
def test_what_is_worth_keeping(language: str, text: str, reason: str) -> None:
    assert reason in [c.reason for c in cues_in(text, language)]


PLAIN = {
    "de": "Die Zelle teilt sich und das Gewebe wächst langsam.",
    "fr": "La cellule se divise et le tissu grandit lentement.",
    "es": "La célula crece y el tejido respira lentamente.",
    "en": "The cell divides and the tissue grows slowly.",
}


@pytest.mark.parametrize("language", sorted(PHRASEBOOKS))
def test_a_plain_sentence_says_none_of_it(language: str) -> None:
    text = PLAIN[language]
    assert not opens_topic(text, language)
    assert not closes_topic(text, language)
    assert not says_farewell(text, language)
    assert not is_housekeeping(text, language)
    assert not is_question(text.rstrip("."), language)
    assert cues_in(text, language) == []


@pytest.mark.parametrize("language", sorted(PHRASEBOOKS))
def test_every_language_has_every_reason_once(language: str) -> None:
    assert sorted(c.reason for c in PHRASEBOOKS[language].cues) == sorted(WEIGHTS)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "so what is a monad"),
        ("de", "also was ist eine Zelle"),
        ("fr", "est-ce que cela marche"),
        ("es", "qué es una célula"),
    ],
)
def test_a_question_without_its_mark(language: str, text: str) -> None:
    assert is_question(text, language)
    assert not is_question(f"{text}.", language)


def test_a_language_without_a_phrasebook_has_no_phrases() -> None:
    assert not opens_topic("Next, the chain rule.", "fi")
    assert cues_in("The key point is locality.", "") == []
