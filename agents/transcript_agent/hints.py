"""Words that are likely to be said, from a glossary and from slides: an order, and the form that a model is given."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from agents.transcript_agent.language import FUNCTION_WORDS

MOST_HINTS = 100
TOKEN = re.compile(r"[^\W_][\w'’+#.-]*[\w+#]|[^\W_]")
ORDINARY = frozenset(word for words in FUNCTION_WORDS.values() for word in words.split())
SHORTEST = 3
LONG = 9


def chosen_hints(glossary: Iterable[str], slide_text: str | None) -> tuple[str, ...]:
    """The glossary in its own order, then what stands out on the slides, each once, at most a hundred.

    >>> chosen_hints(["Fourier transform"], "The DFT of a signal. The DFT is linear.")
    ('Fourier transform', 'DFT')
    """
    kept: dict[str, str] = {}
    for term in (*(" ".join(term.split()) for term in glossary), *slide_words(slide_text or "")):
        kept.setdefault(term.casefold(), term)
    kept.pop("", None)
    return tuple(kept.values())[:MOST_HINTS]


def slide_words(text: str) -> list[str]:
    """Words that are hard to guess, the oddest and most frequent first.

    Names and abbreviations (a capital or a digit inside, a capital within a line of lower case) and long words; what
    is written in capitals throughout, as titles are, stands out only where the same word is seen in no other form.
    """
    counts: Counter[str] = Counter()
    forms: dict[str, str] = {}
    for line in text.splitlines():
        tokens = TOKEN.findall(line)
        shouted = sum(token.isupper() for token in tokens) > len(tokens) / 2 and len(tokens) > 2
        for index, token in enumerate(tokens):
            key = token.casefold()
            oddness = 0 if shouted else _oddness(token, first=index == 0)
            if len(token) < SHORTEST or key in ORDINARY or (not oddness and len(token) < LONG):
                continue
            counts[key] += max(oddness, 1)
            if key not in forms or not shouted:
                forms[key] = token.lower() if shouted else token
    return [forms[key] for key, _ in counts.most_common()]


def _oddness(token: str, *, first: bool) -> int:
    """3 for letters with digits or capitals inside, 2 for a capital that no beginning of a line explains."""
    if not any(letter.isalpha() for letter in token):
        return 0
    if any(letter.isdigit() or letter.isupper() for letter in token[1:]):
        return 3
    return 2 if token[0].isupper() and not first else 0


def joined_hints(hints: Sequence[str], most_chars: int) -> str | None:
    """A line for a model that is prompted with text, cut between hints; None where there are none.

    >>> joined_hints(("entropy", "Carnot cycle", "enthalpy"), 22)
    'entropy, Carnot cycle'
    """
    line = ""
    for hint in hints:
        longer = f"{line}, {hint}" if line else hint
        if len(longer) > most_chars:
            break
        line = longer
    return line or None
