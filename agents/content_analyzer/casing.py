"""Captions in capitals, as some services and live captioners write them, read like others."""

from collections.abc import Sequence

_SHOUTED_SHARE = 0.8
_FEW_LETTERS = 12


def evened(texts: Sequence[str]) -> list[str]:
    """The same texts; those in capitals in small letters. Where most are, short ones are taken to be, too."""
    shares = [_capitals(text) for text in texts]
    told = [letters >= _FEW_LETTERS and share >= _SHOUTED_SHARE for letters, share in shares]
    least = 1 if 2 * sum(told) > sum(letters >= _FEW_LETTERS for letters, _ in shares) else _FEW_LETTERS
    return [
        text.lower() if letters >= least and share >= _SHOUTED_SHARE else text
        for text, (letters, share) in zip(texts, shares, strict=True)
    ]


def _capitals(text: str) -> tuple[int, float]:
    """How many letters have a case, and the share of capitals among them."""
    small, capital = sum(c.islower() for c in text), sum(c.isupper() for c in text)
    return small + capital, capital / (small + capital) if small + capital else 0.0
