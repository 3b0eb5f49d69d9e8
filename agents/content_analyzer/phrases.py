"""Candidate phrases for titles and keywords, and whether they read like nouns: told from the words around them."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.content_analyzer.words import TOKEN, Vocabulary, stem

Stems = tuple[str, ...]
MAX_PHRASE_WORDS = 3
_BREAK = re.compile(r"[^\w\s'’\-]|_")
_DETERMINERS = """
    the a an my your our his her their its these those each every some another of in on with for from into"""
_NOUN_FOLLOWS = frozenset(_DETERMINERS.split())
"""After these, a run of content words ends with a noun."""
_SUBJECTS_AND_MODALS = """
    to i we you they it he she who which can could will would should may might must don't doesn't didn't let's not
    i'll we'll you'll they'll i'd we'd you'd"""
_VERB_FOLLOWS = frozenset(_SUBJECTS_AND_MODALS.split())
"""After these, a run of content words begins with a verb."""
_CHATTER = """
    another never enough ever wanna huh hmm blah bye hey else everyone everybody nobody anybody somebody definitely
    probably totally obviously actually exactly anyways cool nice awesome damn wow folks"""
_NO_SUBJECTS = frozenset(_CHATTER.split())
"""Content words for cohesion, yet nobody's heading."""


@dataclass
class Phrases:
    """The candidate phrases of each sentence, how each is written, and how each stem is used."""

    by_sentence: list[list[Stems]] = field(default_factory=list)
    written: dict[Stems, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _as_noun: Counter[str] = field(default_factory=Counter)
    _as_verb: Counter[str] = field(default_factory=Counter)
    _joined: set[Stems] = field(default_factory=set)

    def add(self, run: list[tuple[str, str]], before: str, found: list[Stems]) -> None:
        """A run of content words as (stem, spelling), and the word before it."""
        if not run:
            return
        if before in _NOUN_FOLLOWS or run[-1][1][:1].isupper():
            self._as_noun[run[-1][0]] += 1
        elif before in _VERB_FOLLOWS:
            self._as_verb[run[0][0]] += 1
        for size in range(1, MAX_PHRASE_WORDS + 1):
            for i in range(len(run) - size + 1):
                self._note(run[i : i + size], " ", found)

    def join(self, left: list[tuple[str, str]], glue: str, right: list[tuple[str, str]], found: list[Stems]) -> None:
        """“law of large numbers”: the end of one run, a glue such as “of the”, and the next run."""
        if left and 0 < len(right) < MAX_PHRASE_WORDS:
            self._joined.add(self._note([left[-1], *right], f" {glue} ", found))

    def _note(self, part: list[tuple[str, str]], glue: str, found: list[Stems]) -> Stems:
        key = tuple(s for s, _ in part)
        if len(set(key)) == len(key):
            found.append(key)
            words = [w for _, w in part]
            self.written[key][glue.join([words[0], " ".join(words[1:])]) if len(words) > 1 else words[0]] += 1
        return key

    def joined(self, phrase: Stems) -> bool:
        """Whether the phrase was said with a glue only."""
        return phrase in self._joined

    def noun_like(self, phrase: Stems) -> float:
        """-1..1: the last word is used as a noun (1), the first as a verb (-1); 0 where nothing tells."""
        last, first = phrase[-1], phrase[0]
        noun, verb = self._as_noun[last], self._as_verb[last]
        head = (noun - verb) / (noun + verb) if noun + verb else 0.0
        led = self._as_verb[first] > self._as_noun[first] and len(phrase) > 1
        return min(head, -0.3) if led else head


def collect(texts: Sequence[str], vocabulary: Vocabulary) -> Phrases:
    """Runs of one to three content words that no stop word and no punctuation interrupts; in English, “X of Y”, too."""
    phrases = Phrases()
    for text in texts:
        found: list[Stems] = []
        opens = True
        for clause in _BREAK.split(text):
            run: list[tuple[str, str]] = []
            left: list[tuple[str, str]] = []
            before, glue = "", ""
            for match in [*TOKEN.finditer(clause), None]:
                word = match.group() if match else ""
                lowered = word.lower().replace("’", "'")
                if word and not word[0].isdigit() and _is_word(word) and _is_subject(lowered, vocabulary):
                    # The capital of a sentence's first word is grammar, not spelling.
                    shown = word.lower() if opens and word.istitle() else word
                    run.append((stem(lowered, vocabulary.english), shown.removesuffix("'s").removesuffix("’s")))
                else:
                    phrases.add(run, before, found)
                    if glue and vocabulary.english:
                        phrases.join(left, glue, run, found)
                    if run:
                        left, glue = run, ""
                    glue = {"of": "of", "the": "of the" if glue == "of" else ""}.get(lowered, "") if left else ""
                    left = left if glue else []
                    run, before = [], lowered
                opens = False
        phrases.by_sentence.append(found)
    return phrases


def _is_subject(lowered: str, vocabulary: Vocabulary) -> bool:
    return lowered not in vocabulary.stops and not (vocabulary.english and lowered in _NO_SUBJECTS)


def _is_word(text: str) -> bool:
    """Two letters are a word only as an abbreviation (or where a script needs no more)."""
    return len(text) > 2 or (len(text) == 2 and (text.isupper() or not text.isascii()))
