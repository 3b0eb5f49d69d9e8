"""Words as evidence: tokens, stems and the stop words of the transcript's own language."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from agents.content_analyzer.scripts import MARKS, index_terms
from agents.content_analyzer.stop_words import STOP_WORDS, likeliest

_LETTERS = rf"(?:[^\W_]|[{MARKS}])+"
TOKEN = re.compile(rf"{_LETTERS}(?:['’\-.]{_LETTERS})*")
_ELIDED = re.compile(r"^(?:l|d|qu|j|n|s|c|m|t|jusqu|lorsqu|puisqu|un|dell|nell|all|dall|sull|quell|dev)'(?=\w{2})")
"""French and Italian articles that lean on the next word. Two letters or more must follow."""
_ARABIC_ARTICLE = re.compile(r"^(?:[وفبك]?ال|لل)(?=\w{3})")

_FUNCTION_WORDS = """
    a about above after again against all also am an and any are aren't as at be because been before being below
    between both but by can can't cannot could couldn't did didn't do does doesn't doing don't down during each else
    etc even ever every few for from further had has have haven't having he he's her here here's hers him his how i
    i'd i'll i'm i've if in into is isn't it it'd it'll it's its itself just let let's may me might more most must my
    myself no nor not now of off on once only onto or other our ours out over own per quite rather same she should so
    some such than that that'd that'll that's the their theirs them themselves then there there's these they they'd
    they'll they're they've this those through to too under until up upon us very was wasn't we we'd we'll we're
    we've were weren't what what's when where where's whether which while who who's whom whose why will with within
    without won't would wouldn't yet you you'd you'll you're you've your yours yourself"""
_FILLERS = """
    actually ah alright anyway anything back basically bit bunch came certain come comes coming couple currently
    different easily easy essentially everybody everyone everything exactly feel find first forward gave get gets
    getting give go goes going gone gonna good got gotta great guess guys happen happening happens hello hey hi hmm
    hope kind kinda know last like little long look looking looks lot lots made make makes making many maybe mean
    means mhm much need needs new next nice oh ok okay one ones please point pretty probably put quick quickly really
    right said saw say saying says second see seen seems show showing shows something somebody someone sort start
    started starting still stuff sure take takes taking talk talked talking tell thank thanks thing things think third
    thought three today trying try turn two uh um use used using usually want wanted wants way well went whatever
    whole won work working yeah yep yes yesterday zero able already always around away become better big call called
    correct done end ends ended few happy interesting kept keep later mention mentioned obviously often part
    people piece place previous previously quite run running set simple simply small sometimes specific
    though through together told took tons totally various wait week yet across anyhow instead somehow everywhere
    add added adding minute minutes funny sorry otherwise typically generally perhaps hopefully course fact kinds ways
    times helps help share shared sharing become becomes became becoming equal equals remain remains contain contains
    include includes consider considers assume suppose follow follows write writes explain explains notice
    since among behind along despite toward towards except via whoever although besides aside cetera etcetera nope
    nuh ish"""
ENGLISH_FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
SPOKEN_FILLERS = frozenset(_FILLERS.split())
_MIN_DERIVED_SHARE = 0.08
MAX_STEMS = 4000


def tokens(text: str) -> list[str]:
    """Lower-case words of ``text``; pairs of characters for scripts without spaces."""
    return [term for match in TOKEN.finditer(text.lower().replace("’", "'")) for term in index_terms(match.group())]


def short_code(language: str) -> str:
    """``en`` for ``en-GB``; empty for what says nothing (``auto``, ``und``)."""
    code = re.split(r"[-_]", language.strip().lower())[0]
    return "" if code in ("auto", "und", "unknown", "mul") else code


def language_of(texts: Iterable[str], told: str) -> str:
    """ISO 639-1 code of what the transcript says it is in, else by its words; empty where nothing tells."""
    return short_code(told) or likeliest(Counter(w for text in texts for w in tokens(text)), ENGLISH_FUNCTION_WORDS)


def stop_words(sentences: Sequence[Sequence[str]], language: str) -> frozenset[str]:
    """Words that say nothing about the subject: from a list, or short frequent words where we have none."""
    if language == "en":
        return ENGLISH_FUNCTION_WORDS | SPOKEN_FILLERS
    if language in STOP_WORDS:
        return STOP_WORDS[language]
    counts = Counter(w for s in sentences for w in set(s))
    floor = max(3.0, _MIN_DERIVED_SHARE * len(sentences))
    return frozenset(w for w, n in counts.items() if (n >= floor and len(w) <= 5) or (len(w) == 1 and w.isascii()))


def bare(word: str, language: str) -> str:
    """A lower-case word without the article that is written together with it."""
    if language in ("fr", "it"):
        return _ELIDED.sub("", word)
    return _ARABIC_ARTICLE.sub("", word) if language == "ar" else word


def stem(word: str, english: bool) -> str:
    """A light stem: English plural, -ing, -ed and -ly; elsewhere the first seven letters."""
    if not english:
        return word[:7]
    word = word.removesuffix("'s")
    for suffix, rest in (("ies", "y"), ("sses", "ss"), ("ings", ""), ("ing", ""), ("edly", ""), ("ed", ""), ("ly", "")):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)] + rest
            break
    else:
        if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
            word = word[:-1]
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeols":
        word = word[:-1]
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


class Vocabulary:
    """The lecture's content stems with their weights.

    ``language`` is its ISO 639-1 code, guessed where the transcript does not say it, empty where nothing tells.
    ``weight`` is the smoothed inverse document frequency of each stem over blocks of up to 20 sentences: what is
    said everywhere says little about any passage. Only the ``MAX_STEMS`` most frequent stems count.
    """

    def __init__(self, texts: Sequence[str], language: str) -> None:
        split = [tokens(t) for t in texts]
        self.language = language_of(texts, language)
        self.english = self.language == "en"
        self.stops = stop_words(split, self.language)
        self.stems: list[list[str]] = [self.content(s) for s in split]
        counts = Counter(s for row in self.stems for s in row)
        self.index = {s: i for i, (s, _) in enumerate(counts.most_common(MAX_STEMS))}
        block = max(1, min(20, len(texts) // 12 or 1))
        seen: Counter[str] = Counter()
        blocks = range(0, len(texts), block)
        for start in blocks:
            seen.update({s for row in self.stems[start : start + block] for s in row})
        self.weight = {s: math.log((1 + len(blocks)) / (1 + seen[s])) + 1.0 for s in self.index}

    def content(self, words: Iterable[str]) -> list[str]:
        """The stems of the words that are not stop words, numbers or single letters."""
        plain = (bare(w, self.language) for w in words)
        kept = (w for w in plain if w not in self.stops and not w[0].isdigit() and (len(w) > 1 or not w.isascii()))
        return [stem(w, self.english) for w in kept]

    def matrix(self, rows: Sequence[Sequence[str]]) -> npt.NDArray[np.float32]:
        """One weighted row per text, shape (len(rows), stems): square root of the count times the weight."""
        out = np.zeros((len(rows), len(self.index)), np.float32)
        for r, row in enumerate(rows):
            for found, count in Counter(row).items():
                if found in self.index:
                    out[r, self.index[found]] = math.sqrt(count) * self.weight[found]
        return out
