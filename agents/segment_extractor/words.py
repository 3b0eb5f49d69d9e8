"""Words as the search compares them: by their beginnings, or by pairs of letters where nothing is between words."""

import re
from collections.abc import Sequence

_TOKEN = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, kana and Han: no spaces between words."""
_SHORT = 3


def word_count(text: str) -> int:
    """Words; three letters stand for a word in scripts without spaces."""
    return max(len(text.split()), len(text) // 3 if text and not text.isascii() and " " not in text else 0)


def stems(text: str) -> list[str]:
    """Lower-case word beginnings, long enough to tell subjects apart; pairs of letters without spaces."""
    found: list[str] = []
    for word in _TOKEN.findall(text.lower()):
        if _UNSPACED.search(word):
            found += [word[i : i + 2] for i in range(max(1, len(word) - 1))]
        elif len(word) > _SHORT:
            found.append(word[:6])
    return found


def mentions(focus: str, texts: Sequence[str]) -> list[float]:
    """0..1 for each text: the share of the focus's telling words that it has; all 0 where the focus has no word.

    Short words tell nothing, but names in capitals (“SQL”) and numbers do, and all words where there are no others.

    >>> mentions("the SQL joins", ["Now sql, and a join.", "This joint."])
    [1.0, 0.0]
    """
    words = _WORD.findall(focus)
    names = {w.lower() for w in words if any(c.isdigit() for c in w) or (len(w) <= _SHORT and w.isupper())}
    long = set(_singular(focus))
    if not long and not names:
        names = {w.lower() for w in words}
    if not long and not names:
        return [0.0] * len(texts)
    hits = []
    for text in texts:
        said = len(long.intersection(_singular(text))) + len(names.intersection(_WORD.findall(text.lower())))
        hits.append(said / (len(long) + len(names)))
    return hits


def _singular(text: str) -> list[str]:
    return [stem.rstrip("s") if stem.isascii() else stem for stem in stems(text)]
