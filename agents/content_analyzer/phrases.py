"""Candidate phrases for titles and keywords, and whether they read like nouns: told from the words around them."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.content_analyzer.scripts import LETTER, MARKS, content_runs
from agents.content_analyzer.words import TOKEN, Vocabulary, bare, stem

Stems = tuple[str, ...]
MAX_PHRASE_WORDS = 3
MAX_UNSPACED_LETTERS = 10
"""A longer run of Chinese or Japanese characters is a clause."""
_BREAK = re.compile(rf"[^\w\s'’\-{MARKS}]|_")
_BROKEN_OFF = re.compile(r"[-–—](?:\s|$)")
_DETERMINERS = """
    the a an my your our his her their its these those each every some another of in on with for from into"""
_NOUN_FOLLOWS = frozenset(_DETERMINERS.split())
"""After these, a run of content words ends with a noun."""
_SUBJECTS_AND_MODALS = """
    to i we you they it he she who which can could will would should may might must don't doesn't didn't let's not
    i'll we'll you'll they'll i'd we'd you'd"""
_VERB_FOLLOWS = frozenset(_SUBJECTS_AND_MODALS.split())
"""After these, a run of content words begins with a verb."""
_VERBS_AND_OF = "is are was were of has have had will can could would should which isn't aren't"
_NOUN_BEFORE = frozenset(_VERBS_AND_OF.split())
"""Before these, a run of content words ends with a noun."""
_OBJECTS = "the a an my your our their his her this these those it them us him me you"
_VERB_BEFORE = frozenset(_OBJECTS.split())
"""Before these, it ends with a verb."""
_GLUES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "en": (frozenset(("of",)), frozenset(("the",))),
    "fr": (frozenset(("de", "du", "des")), frozenset(("la", "les", "le"))),
    "es": (frozenset(("de", "del")), frozenset(("la", "las", "los", "el"))),
    "it": (frozenset(("di", "del", "della", "dei", "delle", "degli")), frozenset()),
    "pt": (frozenset(("de", "do", "da", "dos", "das")), frozenset()),
    "nl": (frozenset(("van",)), frozenset(("de", "het"))),
}
"""“Law of large numbers”: what may stand between two nouns of a term, and the article after it."""
_INFINITIVES = {"es": ("ar", "er", "ir"), "pt": ("ar", "er", "ir"), "fr": ("er", "ir"), "it": ("are", "ere", "ire")}
_CHATTER = """
    another never enough ever wanna huh hmm blah bye hey else everyone everybody nobody anybody somebody definitely
    probably totally obviously actually exactly anyways cool nice awesome damn wow folks five six seven eight nine ten
    eleven twelve twenty thirty forty fifty hundred thousand fourth fifth half monday tuesday wednesday thursday friday
    saturday sunday tomorrow tonight four afterwards ahead somewhere anywhere nowhere thats whats lets rid beforehand
    meanwhile anymore altogether apart aha haha whoa hopefully supposedly presumably
    theirs ours yours mine himself herself whatsoever sake"""
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

    def add(self, run: list[tuple[str, str]], before: str, after: str, found: list[Stems]) -> None:
        """A run of content words as (stem, spelling), and the words around it (empty at a clause's ends)."""
        if not run:
            return
        if before in _NOUN_FOLLOWS or run[-1][1][:1].isupper():
            self._as_noun[run[-1][0]] += 1
        elif before in _VERB_FOLLOWS:
            self._as_verb[run[0][0]] += 1
        if after in _NOUN_BEFORE:
            self._as_noun[run[-1][0]] += 1
        elif after in _VERB_BEFORE:
            self._as_verb[run[-1][0]] += 1
        for size in range(1, MAX_PHRASE_WORDS + 1):
            for i in range(len(run) - size + 1):
                self._note(run[i : i + size], " ", found)

    def join(self, left: list[tuple[str, str]], glue: str, right: list[tuple[str, str]], found: list[Stems]) -> None:
        """“law of large numbers”: the end of one run, a glue such as “of the”, and the next run."""
        most = min(len(right), MAX_PHRASE_WORDS - 1) if left else 0
        # In English adjectives stand before their noun: one word of two would be half of it.
        for size in range(max(most, 1) if glue.startswith("of") else 1, most + 1):
            self._joined.add(self._note([left[-1], *right[:size]], f" {glue} ", found))

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
    """Runs of one to three content words that no stop word and no punctuation interrupts, and “X of Y”."""
    phrases = Phrases()
    of, the = _GLUES.get(vocabulary.language, (frozenset[str](), frozenset[str]()))
    for text in texts:
        found: list[Stems] = []
        opens = True
        for clause in _BREAK.split(text):
            run: list[tuple[str, str]] = []
            left: list[tuple[str, str]] = []
            before, glue = "", ""
            words = _words(clause)
            for word, following in zip(words, [*words[1:], ""], strict=True):
                lowered = bare(word.lower().replace("’", "'"), vocabulary.language)
                if word and not word[0].isdigit() and _is_word(word) and _is_subject(lowered, vocabulary):
                    # The capital of a sentence's first word is grammar, not spelling, but in a name of two words.
                    grammar = opens and word.istitle() and not following.istitle() and vocabulary.language != "de"
                    shown = word.lower() if grammar else word
                    shown = shown[len(word) - len(lowered) :] if vocabulary.language != "ar" else word
                    if vocabulary.language == "de" and run and run[-1][1][0].isupper() and shown[0].islower():
                        # A German verb follows its noun, an adjective does not.
                        phrases.add(run, before, lowered, found)
                        run, before = [], lowered
                    run.append((stem(lowered, vocabulary.english), shown.removesuffix("'s").removesuffix("’s")))
                else:
                    phrases.add(run, before, lowered, found)
                    if glue:
                        phrases.join(left, glue, run, found)
                    if run:
                        left, glue = run, ""
                    if left and not glue and lowered in of and not _infinitive(left[-1][1], vocabulary.language):
                        glue = lowered
                    else:
                        glue = f"{glue} {lowered}" if left and glue in of and lowered in the else ""
                    left = left if glue else []
                    run, before = [], lowered
                opens = False
        phrases.by_sentence.append(found)
    return phrases


def _infinitive(word: str, language: str) -> bool:
    """“Hablar de la fotosíntesis” is no term."""
    return word.endswith(_INFINITIVES.get(language, ())) and len(word) > 4


def _words(clause: str) -> list[str]:
    """The words of a clause and an empty one at its end; an empty one too wherever a run must end.

    Words that were broken off (“sim- simulation”) are left out.
    """
    found: list[str] = []
    for match in TOKEN.finditer(clause):
        word = match.group()
        if LETTER.search(word):
            found += [part for run in content_runs(word) if len(run) <= MAX_UNSPACED_LETTERS for part in (run, "")]
        elif not _BROKEN_OFF.match(clause, match.end()):
            found.append(word)
    lowered = [w.lower() for w in found]
    stammered = {
        i
        for i in range(len(found) - 1)
        if len(found[i]) > 1 and lowered[i + 1] != lowered[i] and lowered[i + 1].startswith(lowered[i])
    }
    return [w for i, w in enumerate(found) if i not in stammered] + [""]


def _is_subject(lowered: str, vocabulary: Vocabulary) -> bool:
    return lowered not in vocabulary.stops and not (vocabulary.english and lowered in _NO_SUBJECTS)


def _is_word(text: str) -> bool:
    """Two letters are a word only as an abbreviation (or where a script needs no more)."""
    return len(text) > 2 or (len(text) == 2 and (text.isupper() or not text.isascii()))
