"""How lecturers speak in French about their lecture, and mark what is worth keeping."""

import re

from agents.content_analyzer.phrasebooks.model import Phrasebook, anywhere, cue

_FILLED = r"(?:\W*(?:et|alors|donc|bon|ben|bien|voilà|ok|okay|oui|euh|maintenant|mais|eh)\b)*\W*"
_TREAT = (
    r"(?:parler|voir|regarder|commencer|passer|présenter|étudier|aborder|expliquer|montrer|traiter|introduire"
    r"|discuter"
    r"|continuer|examiner|considérer|nous intéresser|m'intéresser|démontrer|revenir)"
)
_THING = (
    r"(?:sujet|partie|point|chapitre|section|thème|exemple|étape|question|problème|exercice|théorème|notion"
    r"|concept|aspect|diapositive)s?"
)
_OPENS = re.compile(
    rf"^{_FILLED}(?:ensuite|premièrement|deuxièmement|troisièmement|enfin|pour finir|tout d'abord|d'abord"
    rf"|pour commencer)\b"
    rf"|\b(?:(?:passons|venons|revenons|allons|commençons|intéressons-nous|tournons-nous|continuons|voyons"
    rf"|regardons) (?:\w+ )?(?:à|au|aux|par|avec|maintenant|donc|ensuite)"
    rf"|(?:on va|nous allons|je vais|je voudrais|j'aimerais|on peut) (?:maintenant |donc |d'abord |ensuite "
    rf"|vous )*{_TREAT}"
    rf"|(?:le|la|un|une|notre) (?:prochain|prochaine|dernier|dernière|deuxième|troisième|autre|second|seconde"
    rf"|nouveau|nouvelle) {_THING}"
    r"|dans (?:cette|ce|la prochaine|le prochain) (?:partie|section|chapitre|cours|vidéo|leçon|exposé|séance)"
    r"|(?:le|la) (?:sujet|thème|plan) (?:du cours|d'aujourd'hui|de (?:ce|cette|la))|maintenant que (?:nous|vous|on)"
    r"|on (?:en )?(?:arrive|passe|vient) (?:maintenant )?(?:à|au|aux)|en ce qui concerne|quant (?:à|au|aux))\b"
)
_CLOSES = anywhere(
    r"(?:voilà (?:donc |alors )?(?:pour|comment|ce que|pourquoi|c'est|tout)|c'est (?:tout|(?:ainsi|comme ça) que|fini)"
    r"|pour (?:résumer|conclure|récapituler)|en (?:résumé|conclusion|bref|somme)|(?:nous avons|on a) (?:donc "
    r"|maintenant |bien )?(?:vu|montré|démontré|terminé|appris|fini)"
    r"|(?:vous avez|est-ce que vous avez|y a-t-il|est-ce qu'il y a) des questions|ce qui (?:conclut|termine"
    r"|achève))\b"
)
_FAREWELL = anywhere(
    r"(?:merci|au revoir|à (?:bientôt|demain|la prochaine|la semaine)|bonne (?:journée|soirée|fin|semaine)"
    r"|bon week-end"
    r"|(?:la )?prochaine (?:fois|séance|semaine|vidéo)|(?:des|d'autres) questions|c'est tout"
    r"|on (?:va )?s'arrête\w* (?:là|ici)|pour conclure|en conclusion)\b"
)
_HOUSEKEEPING = re.compile(
    r"^(?:bonjour|bonsoir|salut|bienvenue|merci|au revoir|oui|ok|okay|d'accord|voilà|bon)\W*(?:\w+\W*){0,2}$"
    r"|\b(?:vous (?:m'entendez|me voyez|voyez (?:mon|l')écran)|est-ce que vous (?:m'entendez|voyez)|mon (?:micro"
    r"|écran)|partager (?:mon|l')\s?écran"
    r"|merci (?:de|pour|à|beaucoup)|au revoir|bonne (?:journée|soirée)|(?:petite|faire une) pause|une (?:seconde"
    r"|minute)(?: s'il|$)|sous-titr\w*|abonnez-vous)\b"
)
_ASKS = re.compile(
    rf"^{_FILLED}(?:est-ce qu|qu'est-ce qu|(?:pourquoi|comment|où|quand|qui|combien) (?:est|sont|faire|peut|fait|on"
    rf"|les|la|le|ça)\b"
    r"|(?:quel|quelle|quels|quelles) (?:est|sont)\b)"
)
_TEST = r"(?:examen|contrôle|partiel|test|concours|épreuve|devoir)"

PHRASES = Phrasebook(
    _OPENS,
    _CLOSES,
    _FAREWELL,
    _HOUSEKEEPING,
    _ASKS,
    (
        cue(
            "definition",
            r"(?:on appelle|nous appelons|on l'appelle|s'appelle|est appelée?|sont appelée?s|on définit|est définie?"
            r"|se définit|ce qu'on appelle|que l'on appelle)\b",
            r"(?:par|la|une|notre) définition\b",
            r"(?:signifie|désigne|veut dire|il s'agit d'une?|correspond à)\b",
            r"(?:qu'est-ce (?:que c'est|qu'une?)|c'est quoi)\b",
        ),
        cue(
            "key_point",
            r"(?:important|essentiel|fondamental|crucial|capital|primordial)(?:e|es|s|aux)?\b",
            r"(?:point|idée|message|élément|notion)s? (?:clé|clés|clef|principale?|essentielle?|centrale?"
            r"|majeure?)\b",
            r"(?:notez|remarquez|observez|retenez|attention|surtout)\b",
            r"(?:je veux|je voudrais|il faut|j'aimerais) (?:\w+ )?(?:insister|souligner|mettre l'accent)\b",
            r"ce qu'il faut (?:comprendre|retenir|voir|savoir)\b",
        ),
        cue(
            "remember",
            r"(?:rappelez-vous|souvenez-vous|n'oubliez pas|n'oublions pas|à retenir|il faut retenir"
            r"|gardez (?:bien )?(?:à l'esprit|en tête)|rappelons)\b",
        ),
        cue(
            "exam_hint",
            rf"(?:à l'|au |à |pour l'|pour le |dans l'){_TEST}\b",
            r"(?:vous devez|il faut|vous devrez) (?:\w+ )?(?:savoir|connaître|maîtriser|comprendre|apprendre)\b",
            r"(?:tombe|tomber|tomberont) (?:\w+ )?à l'examen\b",
            r"erreurs? (?:fréquente|classique|courante)s?\b",
        ),
        cue(
            "recap",
            r"(?:pour|en) (?:résumer|récapituler|conclure|résumé|conclusion|bref|somme)\b",
            r"(?:la dernière fois|la semaine dernière|jusqu'ici|jusqu'à présent),? (?:on|nous)\b",
            r"(?:nous avons|on a) (?:donc |bien )?(?:vu|appris)\b",
        ),
        cue(
            "example",
            r"(?:par exemple|un (?:autre |bon |petit )?exemple|à titre d'exemple|prenons|supposons|imaginons"
            r"|imaginez|considérons|admettons|mettons que|tel(?:le)?s? que)\b",
        ),
        cue(
            "result",
            r"(?:donc on (?:a|obtient|trouve|voit)|par conséquent|ainsi|il s'ensuit|on en (?:déduit|conclut)"
            r"|cela (?:signifie|implique|montre|veut dire)|ce qui (?:signifie|implique|montre|donne)|(?:on"
            r"|nous) (?:obtient|obtenons|trouve|trouvons)|c'est pour(?:quoi| ça))\b",
            r"(?:le|la) (?:résultat|réponse|conclusion|solution) (?:est|c'est)\b",
        ),
        cue(
            "explanation",
            r"(?:parce qu|la raison|l'idée (?:est|c'est|derrière)|le but (?:est|c'est)|afin d|pour que|à cause d"
            r"|grâce à|puisqu)",
        ),
        cue("restatement", r"(?:autrement dit|en d'autres termes|c'est-à-dire|c'est à dire|plus simplement)\b"),
        cue(
            "enumeration",
            r"(?:il y a|il existe|on a|on distingue) (?:deux|trois|quatre|cinq|plusieurs|différent\w*)\b",
            r"(?:premièrement|deuxièmement|troisièmement|d'une part|d'autre part|en premier lieu)\b",
            r"(?:le|la) (?:premier|première|deuxième|troisième|second|seconde|dernier|dernière) (?:point|étape"
            r"|partie|raison|type|cas|méthode|propriété)\b",
        ),
        cue(
            "comparison",
            r"(?:la différence (?:entre|est|avec)|par rapport (?:à|au|aux)|contrairement (?:à|au|aux)"
            r"|à la différence d|au lieu d|alors que|tandis que|par contre|en revanche|de même que)",
        ),
    ),
    "Conclusion",
)
