"""Lines that speech models write where nobody speaks: credits and farewells from the subtitles they were trained on.

People say some of them too, so a line is never left out for being one of these alone: see ``guards``.
"""

import re

LINES = """
thank you for watching|thanks for watching|thank you so much for watching|thank you for listening|thanks for listening
please subscribe|please subscribe to my channel|like and subscribe|don't forget to like and subscribe
see you next time|see you in the next video|i'll see you in the next video|bye bye|bye|thank you|thank you very much
music|applause|laughter|silence|beep|you|the end|to be continued
untertitel der amara org community|untertitel im auftrag des zdf für funk 2017|untertitelung des zdf 2020
untertitel von stephanie geiges|copyright wdr 2021|vielen dank|vielen dank fürs zuschauen|bis zum nächsten mal
sous titres réalisés par la communauté d'amara org|sous titrage société radio canada|sous titrage st' 501
merci d'avoir regardé cette vidéo|merci d'avoir regardé|abonnez vous
subtítulos realizados por la comunidad de amara org|gracias por ver el video|gracias por ver|suscríbete
sottotitoli creati dalla comunità amara org|sottotitoli e revisione a cura di qtss|grazie per la visione
legendas pela comunidade amara org|obrigado por assistir|transcrição e legendas pela comunidade de amara org
ondertiteld door de amara org gemeenschap|bedankt voor het kijken|ondertitels ingediend door de amara org gemeenschap
napisy stworzone przez społeczność amara org|dziękuję za uwagę|субтитры сделал dimatorzok|редактор субтитров а семкин
продолжение следует|спасибо за просмотр|ご視聴ありがとうございました|字幕視聴ありがとうございました
字幕由amara org社区提供|请不吝点赞 订阅 转发 打赏支持明镜与点点栏目|谢谢观看|시청해 주셔서 감사합니다|한글자막 by 한효정
"""
PHANTOMS = frozenset(line.strip() for block in LINES.strip().splitlines() for line in block.split("|"))


def normalised(text: str) -> str:
    """Lower case, words only.

    >>> normalised(" [Thanks, for… WATCHING!] ")
    'thanks for watching'
    """
    return " ".join(re.findall(r"[^\W_]+(?:['’][^\W_]*)?", text.lower())).replace("’", "'")


def is_phantom(text: str) -> bool:
    """Whether a line is one of the known ones, once or several times over."""
    bare = normalised(text)
    if bare in PHANTOMS:
        return True
    words = bare.split()
    return any(
        len(words) % size == 0 and words[:size] * (len(words) // size) == words and " ".join(words[:size]) in PHANTOMS
        for size in range(1, len(words) // 2 + 1)
    )
