"""How lecturers speak in German about their lecture, and mark what is worth keeping."""

import re

from agents.content_analyzer.phrasebooks.model import Phrasebook, anywhere, cue

_FILLED = r"(?:\W*(?:und|so|ja|gut|okay|ok|also|genau|ähm?|nun|jetzt|dann|aber|schön|na)\b)*\W*"
_TREAT = (
    r"(?:anschauen|ansehen|anfangen|beginnen|starten|sprechen|reden|behandeln|besprechen|betrachten|beschäftigen"
    r"|zuwenden|kommen|übergehen|weitermachen|fortfahren|vorstellen|zeigen|erklären|einsteigen|untersuchen|herleiten)"
)
_OPENS = re.compile(
    rf"^{_FILLED}(?:als nächstes|zunächst|zuerst|erstens|zweitens|drittens|schließlich|zum schluss|abschließend)\b"
    r"|\b(?:(?:kommen|gehen|wechseln|schauen|wenden) wir (?:uns )?(?:nun |jetzt |mal |also |dann )*(?:zu[mr]?|über"
    r"|an|weiter|jetzt)"
    r"|(?:nun|jetzt|nächste[rsn]?|weitere[rsn]?|letzte[rsn]?) (?:zu[mr]? )?(?:\w+ )?(?:thema|punkt|abschnitt|kapitel"
    r"|teil"
    r"|schritt|beispiel|frage|aspekt|begriff|satz|folie|aufgabe)"
    r"|(?:das|ein) (?:nächste|weitere|letzte|zweite|dritte|andere|anderes|neues|weiteres) (?:große )?(?:thema"
    r"|problem|beispiel|kapitel)"
    rf"|(?:wollen|werden|möchten|können) wir (?:uns )?(?:\w+ ){{0,6}}{_TREAT}"
    rf"|(?:will|möchte|werde) ich (?:\w+ ){{0,7}}{_TREAT}|wir (?:wollen|werden"
    rf"|möchten) (?:uns )?(?:\w+ ){{0,6}}{_TREAT}"
    r"|in (?:diesem|dem nächsten|der heutigen|dieser) (?:abschnitt|kapitel|teil|video|vorlesung|vortrag|stunde"
    r"|einheit)"
    r"|(?:thema|gegenstand) (?:der|dieser|unserer) (?:heutigen )?(?:vorlesung|stunde|sitzung)"
    r"|damit kommen wir zu[mr]?"
    r"|was nun|nachdem wir (?:nun|jetzt))\b"
)
_CLOSES = anywhere(
    r"(?:das war'?s|das war (?:es|alles|der|die|das)"
    r"|damit (?:haben wir|sind wir|ist (?:das|der|die) (?:beweis|kapitel|thema|frage))"
    r"|so ?(?:weit|viel) (?:zu[mr]?|dazu)|zusammenfassend|fassen wir (?:\w+ )*zusammen"
    r"|um (?:das )?zusammenzufassen"
    r"|(?:haben|hätten) wir (?:also |nun |jetzt |damit )?(?:gesehen|gelernt|gezeigt|bewiesen|besprochen"
    r"|abgeschlossen)"
    r"|(?:gibt es|haben sie|habt ihr) (?:dazu |hierzu |noch |bis hierhin )*fragen|so funktioniert|abgeschlossen"
    r"|was zu beweisen war)\b"
)
_FAREWELL = anywhere(
    r"(?:vielen dank|danke (?:schön|für|fürs|ihnen|euch)|auf wiedersehen|tschüss|bis (?:zum|nächste|nächsten|dann"
    r"|morgen|zur)"
    r"|das war'?s|das war alles|schönen (?:tag|abend|nachmittag)|schönes wochenende|nächste (?:woche|stunde"
    r"|vorlesung|mal)"
    r"|(?:noch |weitere )fragen|für heute|zum schluss|machen wir schluss|zusammenfassend)\b"
)
_HOUSEKEEPING = re.compile(
    r"^(?:hallo|guten (?:morgen|tag|abend)|herzlich willkommen|willkommen|danke|tschüss|ja|okay|ok|gut"
    r"|moment)\W*(?:\w+\W*){0,2}$"
    r"|\b(?:(?:können|könnt|hören|hört|sehen|seht) (?:sie|ihr) (?:mich|mir|meinen|alle|das bild)|mein mikro\w*"
    r"|bildschirm (?:teilen|freigeben)"
    r"|vielen dank (?:für|fürs)|auf wiedersehen|schönen (?:tag|abend)|schönes wochenende|einen (?:kleinen )?moment"
    r"|(?:machen wir|kurze|kleine|minuten) pause|gibt es (?:noch )?fragen|untertitel\w*|abonnier\w*)\b"
)
_ASKS = re.compile(
    rf"^{_FILLED}(?:(?:was|warum|wieso|wie|wo|wer|welche[rsn]?|wann|wozu|woher) (?:ist|sind|war|macht|machen"
    rf"|passiert|heißt"
    r"|bedeutet|kann|können|soll|muss|gibt|haben|hat|kommt)\b|(?:kann|weiß|hat|sieht|möchte) (?:jemand|einer"
    r"|das wer)\b)"
)
_TEST = r"(?:klausur|prüfung|examen|test|übung|abschlussklausur|nachklausur)"

PHRASES = Phrasebook(
    _OPENS,
    _CLOSES,
    _FAREWELL,
    _HOUSEKEEPING,
    _ASKS,
    (
        cue(
            "definition",
            r"(?:nennt man|nennen wir|heißt (?:ein|eine|der|die|das|dann|auch)|bezeichnet (?:man|den|die|das)"
            r"|bezeichnen wir|bezeichnet als)\b",
            r"(?:per|nach|laut|die|eine|unsere) definition\b",
            r"(?:versteht man|verstehen wir|ist definiert|wird definiert|definieren wir|definieren (?:als|wir))\b",
            r"(?:sogenannte[rsn]?|so genannte[rsn]?|steht für)\b",
            r"was (?:ist|sind|heißt|bedeutet) (?:ein|eine|eigentlich|das|der|die)\b",
        ),
        cue(
            "key_point",
            r"(?:(?:sehr|besonders|ganz|am) )?(?:wichtig(?:e|er|es|ste[nsr]?)?|entscheidend\w*|zentrale[nrs]?"
            r"|wesentlich\w*|grundlegend\w*)\b",
            r"(?:kern(?:idee|punkt|aussage|gedanke)\w*|haupt(?:punkt|idee|aussage)\w*|der (?:punkt|witz|trick|clou"
            r"|knackpunkt) (?:ist|dabei|hier))\b",
            r"(?:beachten sie|beachtet|achten sie|achtet|man beachte|vor allem)\b",
            r"(?:möchte|will|muss) ich (?:\w+ )*(?:betonen|hervorheben|unterstreichen)\b",
        ),
        cue(
            "remember",
            r"(?:merken sie|merkt euch|denken sie daran|denkt daran|nicht vergessen|vergessen sie nicht"
            r"|im hinterkopf|erinnern (?:sie|wir) (?:sich|uns))\b",
        ),
        cue(
            "exam_hint",
            rf"(?:in|für) (?:der|die|einer|ihrer|eurer) {_TEST}\b",
            r"(?:klausur|prüfungs)\w*relevant\b",
            r"(?:müssen|sollten|müsst|solltet) (?:sie|ihr) (?:\w+ )*(?:wissen|können|kennen|verstehen)\b",
            r"(?:häufige[rsn]?|typische[rsn]?) (?:fehler|irrtum|prüfungsfrage)\b",
        ),
        cue(
            "recap",
            r"(?:zusammenfassend|zusammengefasst|fassen wir|kurz gesagt|im überblick|insgesamt|unterm strich)\b",
            r"(?:letzte[sn]? (?:mal|woche|stunde|vorlesung)|bisher) (?:haben|hatten) wir\b",
            r"haben wir (?:also |nun |jetzt )?(?:gesehen|gelernt)\b",
        ),
        cue(
            "example",
            r"(?:zum beispiel|beispielsweise|z\.? ?b\.|ein (?:\w+ )?beispiel|als beispiel|etwa wenn)\b",
            r"(?:nehmen wir (?:an|mal|einmal|als|zum|ein)|angenommen|stellen sie sich|stellt euch|stellen wir uns)\b",
            r"(?:rechnen|lösen) wir\b",
        ),
        cue(
            "result",
            r"(?:daher|deshalb|folglich|somit|daraus folgt|es folgt|also gilt|das bedeutet|das heißt"
            r"|stellt sich heraus|ergibt sich|das zeigt)\b",
            r"das (?:ergebnis|resultat|fazit) (?:ist|lautet|davon)\b",
        ),
        cue(
            "explanation",
            r"(?:weil|denn|der grund (?:ist|dafür|für|hierfür)|das liegt daran|die idee (?:ist|dahinter|dabei)|um zu"
            r"|warum (?:ist|das|wir))\b",
        ),
        cue("restatement", r"(?:mit anderen worten|anders gesagt|anders ausgedrückt|sprich|im klartext)\b"),
        cue(
            "enumeration",
            r"es gibt (?:\w+ )?(?:zwei|drei|vier|fünf|mehrere|verschiedene|einige|viele)\b",
            r"(?:erstens|zweitens|drittens|zum einen|zum anderen|einerseits|andererseits|nicht zuletzt)\b",
            r"(?:der|die|das) (?:erste|zweite|dritte|nächste|letzte) (?:\w+ )?(?:punkt|schritt|teil|grund|art"
            r"|methode|fall|eigenschaft)\b",
        ),
        cue(
            "comparison",
            r"(?:im (?:gegensatz|vergleich|unterschied) zu[mr]?|der unterschied (?:zwischen|ist|zu)|verglichen mit"
            r"|während (?:bei|man)|anstatt|statt dessen|stattdessen|genauso wie|ähnlich wie)\b",
        ),
    ),
    "Schluss",
)
