"""How lecturers speak in Spanish about their lecture, and mark what is worth keeping."""

import re

from agents.content_analyzer.phrasebooks.model import Phrasebook, anywhere, cue

_FILLED = r"(?:\W*(?:y|entonces|pues|bueno|bien|ahora|vale|ok|okay|sí|eh|pero|a ver|muy bien)\b)*\W*"
_TREAT = (
    r"(?:hablar|ver|mirar|empezar|comenzar|pasar|presentar|estudiar|tratar|explicar|mostrar|introducir|discutir"
    r"|analizar"
    r"|continuar|examinar|considerar|demostrar|volver|revisar|centrarnos)"
)
_THING = (
    r"(?:tema|parte|punto|capítulo|sección|ejemplo|paso|pregunta|problema|ejercicio|teorema|concepto|aspecto"
    r"|diapositiva|apartado)s?"
)
_OPENS = re.compile(
    rf"^{_FILLED}(?:a continuación|en primer lugar|en segundo lugar|primero|segundo|tercero|luego|finalmente"
    rf"|por último|para (?:empezar|terminar))\b"
    rf"|\b(?:(?:pasemos|vayamos|empecemos|comencemos|volvamos|veamos|continuemos|sigamos) (?:\w+ )?(?:al?|con|por"
    rf"|ahora|entonces|qué|cómo)"
    rf"|(?:vamos|voy|pasamos|quiero|quisiera|queremos|me gustaría) (?:ahora )?(?:a )?{_TREAT}"
    rf"|(?:el|la|un|una|nuestro|nuestra|otro|otra) (?:próximo|próxima|siguiente|último|última|segundo|segunda|tercer"
    rf"|tercera|nuevo|nueva|gran) {_THING}"
    rf"|(?:otro|otra) {_THING}"
    r"|en (?:esta|este|la siguiente|la próxima|el siguiente) (?:parte|sección|capítulo|clase|vídeo|video|lección"
    r"|charla|sesión|tema)"
    r"|el tema de (?:hoy|la clase)|ahora que (?:ya )?(?:hemos|sabemos|tenemos)|(?:pasamos|llegamos) (?:ahora )?al?"
    r"|en cuanto a(?:l)?|con respecto a(?:l)?)\b"
)
_CLOSES = anywhere(
    r"(?:(?:eso|esto) es (?:todo|lo que|básicamente)|así es como|hasta aquí"
    r"|para (?:resumir|concluir|terminar|recapitular)"
    r"|en (?:resumen|conclusión|síntesis)|(?:ya )?hemos (?:visto|demostrado|terminado|aprendido|acabado)|con (?:esto"
    r"|eso) (?:terminamos|acabamos|concluimos|hemos)"
    r"|(?:tienen|tenéis|hay|alguna) (?:alguna )?(?:pregunta|duda)s?|queda demostrado)\b"
)
_FAREWELL = anywhere(
    r"(?:(?:muchas )?gracias|adiós|hasta (?:luego|mañana|la próxima|pronto|el)|nos vemos|chao|buen(?:as|os"
    r"|a) (?:tardes|noches|días?|semana)"
    r"|que (?:tengan|tengáis|pasen)|(?:la )?próxima (?:clase|semana|vez|sesión)|eso es todo|lo dejamos (?:aquí|por)"
    r"|(?:alguna|más) (?:pregunta|duda)s?|para terminar|en conclusión)\b"
)
_HOUSEKEEPING = re.compile(
    r"^(?:hola|buen(?:os|as) (?:días|tardes|noches)|bienvenid[oa]s|gracias|adiós|sí|ok|okay|vale|bueno"
    r"|un momento)\W*(?:\w+\W*){0,2}$"
    r"|\b(?:me (?:escuchan|oyen|ven|escucháis|oís|veis)|(?:se )?(?:ve|ven|escucha|oye) (?:mi|la|bien la) (?:pantalla"
    r"|voz)|mi (?:micrófono|pantalla)"
    r"|compart\w+ (?:mi |la )?pantalla|muchas gracias|gracias (?:por|a)|hasta luego|nos vemos|un (?:momento|segundo"
    r"|minuto)(?: por|$)|(?:un|pequeño) descanso|subtítulos|suscríb\w+)\b"
)
_ASKS = re.compile(
    rf"^{_FILLED}¿?(?:qué (?:es|son|pasa|significa|ocurre|hacemos|sucede)|por qué\b|cómo (?:se|es|podemos|hacemos"
    rf"|funciona)|cuál(?:es)? (?:es|son)"
    r"|dónde (?:está|se)|cuándo\b|alguien\b)"
)
_TEST = r"(?:examen|parcial|prueba|test|control|evaluación|final)"

PHRASES = Phrasebook(
    _OPENS,
    _CLOSES,
    _FAREWELL,
    _HOUSEKEEPING,
    _ASKS,
    (
        cue(
            "definition",
            r"(?:se (?:llama|llaman|denomina|denominan|define|definen|conoce)|llamamos|denominamos|definimos"
            r"|lo que se llama|llamad[oa]s?|es decir que un)\b",
            r"(?:por|la|una|nuestra) definición\b",
            r"(?:significa|se refiere a|quiere decir|consiste en|se trata de)\b",
            r"qué (?:es|son|significa) (?:un|una|el|la|los|las|esto|eso)\b",
        ),
        cue(
            "key_point",
            r"(?:important(?:e|es|ísimo)|esencial(?:es)?|fundamental(?:es)?|crucial(?:es)?|clave|vital)\b",
            r"(?:la|el) (?:idea|punto|concepto|mensaje|cuestión) (?:principal|central|básic[oa]|clave)\b",
            r"(?:fíjense|fijaos|noten|nótese|observen|ojo|atención|sobre todo)\b",
            r"(?:quiero|quisiera|hay que|me gustaría) (?:\w+ )?(?:destacar|subrayar|enfatizar|recalcar|resaltar)\b",
            r"lo que (?:hay|tienen|tenéis) que (?:entender|saber|ver)\b",
        ),
        cue(
            "remember",
            r"(?:recuerden|recordad|recordemos|recuerda que|no (?:olviden|olvidéis|olvidemos|se olviden)"
            r"|hay que recordar|tengan en cuenta|tened en cuenta|ten(?:er)? en cuenta)\b",
        ),
        cue(
            "exam_hint",
            rf"(?:en|para) (?:el|la|su|un|vuestro) {_TEST}\b",
            r"(?:deben|debéis|tienen que|tenéis que|hay que) (?:\w+ )?(?:saber|conocer|aprender|entender|dominar)\b",
            r"(?:entra|entrará|cae|caerá) en el examen\b",
            r"error(?:es)? (?:común|comunes|frecuentes?|típicos?)\b",
        ),
        cue(
            "recap",
            r"(?:para|en) (?:resumir|recapitular|concluir|resumen|conclusión|síntesis)\b",
            r"(?:la (?:última|clase) (?:vez|clase|anterior|pasada)|la semana pasada|hasta ahora),? (?:hemos|vimos)\b",
            r"(?:hemos|ya) (?:visto|aprendido|vimos)\b",
        ),
        cue(
            "example",
            r"(?:por ejemplo|un (?:buen |otro )?ejemplo|pongamos|supongamos|imaginemos|imaginen|imaginad"
            r"|consideremos|tomemos|digamos|tales? como)\b",
        ),
        cue(
            "result",
            r"(?:por (?:lo )?tanto|por consiguiente|en consecuencia|así que|de modo que|se sigue|resulta que"
            r"|esto (?:significa|implica|muestra|quiere decir|nos da)|lo (?:cual|que) (?:significa|implica|muestra)"
            r"|obtenemos|llegamos a)\b",
            r"(?:el|la) (?:resultado|respuesta|conclusión|solución) (?:es|de|del)\b",
        ),
        cue(
            "explanation",
            r"(?:porque|la razón|el motivo|la idea (?:es|detrás)|el objetivo (?:es|de)|debido a|ya que|puesto que"
            r"|para que|gracias a)\b",
        ),
        cue(
            "restatement", r"(?:en otras palabras|es decir|o sea|dicho de otr[oa] (?:modo|manera|forma)|mejor dicho)\b"
        ),
        cue(
            "enumeration",
            r"(?:hay|existen|tenemos|son) (?:dos|tres|cuatro|cinco|varios|varias|diferentes|distint[oa]s)\b",
            r"(?:en (?:primer|segundo|tercer) lugar|por un lado|por otro lado|por una parte|por otra parte)\b",
            r"(?:el|la) (?:primer[oa]?|segund[oa]|tercer[oa]?|últim[oa]) (?:punto|paso|parte|razón|tipo|caso|método"
            r"|propiedad)\b",
        ),
        cue(
            "comparison",
            r"(?:la diferencia (?:entre|es|con)|en comparación con|comparado con|a diferencia de|en cambio"
            r"|en lugar de|en vez de|mientras que|por el contrario|al igual que|igual que)\b",
        ),
    ),
    "Conclusión",
)
