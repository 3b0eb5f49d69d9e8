"""Which language a text is in, from its most frequent function words: enough for captions, which rarely say."""

import re
from collections import Counter

UNKNOWN = "und"  # ISO 639-2 for undetermined
LEAST_SHARE = 0.08
CODE_PAIRS = (
    "eng:en deu:de ger:de fra:fr fre:fr spa:es ita:it por:pt nld:nl dut:nl rus:ru zho:zh chi:zh jpn:ja kor:ko ara:ar "
    "pol:pl swe:sv tur:tr ukr:uk ces:cs cze:cs hin:hi dan:da nor:no fin:fi ell:el gre:el heb:he hun:hu ron:ro rum:ro"
)
ISO_639_1 = dict(pair.split(":") for pair in CODE_PAIRS.split())
NAME_PAIRS = (
    "english:en german:de french:fr spanish:es italian:it portuguese:pt dutch:nl russian:ru chinese:zh japanese:ja "
    "korean:ko arabic:ar polish:pl swedish:sv turkish:tr ukrainian:uk czech:cs hindi:hi danish:da norwegian:no "
    "finnish:fi greek:el hebrew:he hungarian:hu romanian:ro catalan:ca vietnamese:vi thai:th indonesian:id persian:fa "
    "bulgarian:bg croatian:hr serbian:sr slovak:sk slovenian:sl lithuanian:lt latvian:lv estonian:et malay:ms "
    "tamil:ta telugu:te urdu:ur bengali:bn welsh:cy galician:gl basque:eu icelandic:is macedonian:mk afrikaans:af"
)
NAMES = dict(pair.split(":") for pair in NAME_PAIRS.split())
"""English names, as OpenAI's service tells what it heard."""
FUNCTION_WORDS = {
    "en": "the and to of that is it you this we are have with for not what was be they so i'm it's can do",
    "de": "der die das und ist nicht ich wir sie ein eine zu mit auf von dass es auch wenn haben wird sind den",
    "fr": "le la les et est que pas nous vous des une dans pour qui sur avec je il ce c'est plus sont du au",
    "es": "el la los y es que no en una por con para las del se lo como pero más está muy esto son hay",
    "it": "il che non di è per una sono con gli della come ma si questo nel anche più lo le perché ho ci",
    "pt": "o que não de é uma para com os as mais isso você por como mas se da do em está muito são ele",
    "nl": "de het een en van ik dat niet is we zijn met voor op je maar die dit ook als er aan hebben wat",
}


def short_code(tag: str | None) -> str | None:
    """ISO 639-1 where there is one: ``eng``, ``en-GB`` and ``english`` give ``en``; None for nothing or ``und``."""
    if not tag:
        return None
    base = re.split(r"[-_]", tag.strip().lower())[0]
    return None if base in ("", UNKNOWN, "auto", "mul", "zxx") else ISO_639_1.get(base) or NAMES.get(base, base)


def guess_language(text: str) -> str:
    """ISO 639-1 code of one of seven languages, or ``und`` where none stands out.

    >>> guess_language("This is what we have to do with the rest of it")
    'en'
    """
    words = Counter(re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.lower().replace("’", "'")))
    total = sum(words.values())
    scores = {code: sum(words[w] for w in known.split()) for code, known in FUNCTION_WORDS.items()}
    ranked = sorted(scores, key=scores.__getitem__, reverse=True)
    best, second = ranked[0], ranked[1]
    clear = total > 0 and scores[best] >= LEAST_SHARE * total and scores[best] > 1.2 * scores[second]
    return best if clear else UNKNOWN
