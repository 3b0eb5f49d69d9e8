"""What scripts other than the Latin one need: marks that belong to letters, words without spaces between them."""

import re

_ACCENTS_AND_POINTS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
MARKS = _ACCENTS_AND_POINTS + "\u0900-\u0dff\u0e31-\u0e4e\u0eb1-\u0ecd\u200c\u200d"
"""For a character class: accents, vowel signs and joiners that belong to a word, although ``\\w`` leaves them out."""
IDEOGRAPHIC = "\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""For a character class: Chinese characters and Japanese kana."""

LETTER = re.compile(f"[{IDEOGRAPHIC}]")
_PARTS = re.compile(f"[{IDEOGRAPHIC}][^\\w\\s]*|[^\\s{IDEOGRAPHIC}]+")
_CHINESE_GRAMMAR = (
    "的了是在和也就都吗呢吧啊呀嘛着把被让给跟与或而且但这那哪你我他她它们个什么怎很还再又才只一所于之其讲看说"
)
_CHATTER = (
    "今天|今日|明天|现在|接下来|首先|然后|最后|因为|所以|如果|可以|没有|不是|时候|大家|同学|下面|非常|比较|进行|通过|例如"
    "|知道|看到|东西|我们|各位|谢谢|今回|場合|最後|次に"
)
_NO_CONTENT = re.compile(f"(?:{_CHATTER}|[\u3040-\u309f{_CHINESE_GRAMMAR}])+")
"""Hiragana, characters of Chinese grammar and chatter: what is between them are words, most of the time."""
_IDEOGRAPHS = re.compile(f"[{IDEOGRAPHIC}]+")
_OTHER_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+")
"""Thai, Lao, Burmese and Khmer have spaces between phrases only."""


def characters(token: str) -> list[str]:
    """A token in parts: each Chinese or Japanese character with the punctuation after it, and what is between them.

    >>> characters("用C语言。")
    ['用', 'C', '语', '言。']
    """
    return _PARTS.findall(token) if LETTER.search(token) else [token]


def content_runs(word: str) -> list[str]:
    """What may be words in a run of letters without spaces; other scripts come back as they are.

    >>> content_runs("细胞是生命的基本单位"), content_runs("Python语言"), content_runs("word")
    (['细胞', '生命', '基本单位'], ['Python', '语言'], ['word'])
    """
    if not LETTER.search(word):
        return [word]
    found, at = [], 0
    for match in _IDEOGRAPHS.finditer(word):
        found += [word[at : match.start()], *_NO_CONTENT.split(match.group())]
        at = match.end()
    return [run for run in [*found, word[at:]] if run]


def index_terms(word: str) -> list[str]:
    """What stands in for words in an index: pairs of characters where a script has no spaces, else the word.

    >>> index_terms("基本单位"), index_terms("word")
    (['基本', '本单', '单位'], ['word'])
    """
    found: list[str] = []
    for run in content_runs(word):
        unspaced = LETTER.search(run) or _OTHER_UNSPACED.search(run)
        found += [run[i : i + 2] for i in range(max(1, len(run) - 1))] if unspaced else [run]
    return found


def joined(before: str, after: str) -> str:
    """What stands between two words of a line: nothing between Chinese or Japanese characters, else a space."""
    return "" if after and LETTER.match(after[0]) and any(LETTER.match(c) for c in before[-2:]) else " "
