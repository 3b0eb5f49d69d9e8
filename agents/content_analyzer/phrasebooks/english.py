"""How lecturers speak in English about their lecture: where its parts begin and end, and where it is over."""

import re

from agents.content_analyzer.phrasebooks.english_cues import CUES
from agents.content_analyzer.phrasebooks.model import Phrasebook, anywhere

_THING = (
    r"(?:thing|topic|subject|part|section|chapter|unit|step|stage|point|piece|example|case|question|exercise|theorem"
    r"|item|slide|feature|method|approach|technique|issue|problem|idea|concept|area|aspect|update|proof|lemma|model"
    r"|lesson|module|theme|argument)s?"
)
_TREAT = (
    r"(?:talk|look|take a (?:\w+ )?look|discuss|describe|explain|introduce|share|walk|move|switch|cover|start|begin"
    r"|turn|go (?:over|through|into|back|on|to)|jump|dive|show|consider|see|focus|continue|step|open|try|review|do"
    r"|get (?:back|started|into|to)|come (?:back )?to|return|derive|prove|study|examine|explore|work (?:through|out))"
)
_WILL = (
    r"(?:(?:i'm|we're|i am|we are) (?:now )?(?:going to|gonna)"
    r"|(?:i|we) (?:also |now )?(?:want|wanted|would like) to"
    r"|(?:i'd|we'd) like to|i'll|we'll|i will|we will)"
)
_FILLED = r"(?:\W*(?:and|so|yeah|yes|ok|okay|um|uh|alright|all right|now|well|then|but)\b)*\W*"
_FIRST = r"(?:next|finally|lastly|first(?:ly)?|second(?:ly)?|third(?:ly)?|now)\b"
_OPENS = re.compile(
    rf"^{_FILLED}{_FIRST}"
    rf"|\b(?:(?:the|our|my|one|a) (?:next|final|last|other|second|third|fourth|fifth) (?:\w+ ){{0,2}}{_THING}"
    rf"|another (?:\w+ ){{0,2}}{_THING}|a (?:new|different) (?:topic|subject|section|chapter|part)"
    r"|moving on|mov(?:e|ing) (?:on|over|ahead) to|switch(?:ing)? (?:over|gears|to)|shift(?:ing)? gears"
    r"|chang(?:e|ing) (?:the )?(?:subject|topic|gears)|turn(?:ing)? (?:now |our attention )?to|on to the|back to the"
    r"|we (?:now )?(?:come|turn|move on) (?:now )?to|brings? (?:us|me) (?:back )?to|leads? (?:us|me) (?:directly )?to"
    rf"|(?:let's|let us|let me|{_WILL})(?: \w+)? {_TREAT}"
    r"|in (?:this|the next|today's) (?:section|part|lecture|video|chapter|lesson|module|talk|class|session|unit)"
    r"|(?:the )?(?:topic|subject|agenda|plan|outline) (?:of|for) (?:today|this (?:lecture|talk|class|section))"
    r"|(?:chapter|part|lecture|lesson|module|unit|section) (?:number )?(?:one|two|three|four|five|six|seven|eight"
    r"|\d+)"
    r"|now that we(?:'ve| have)|with that (?:said|in mind|out of the way)|that being said"
    r"|next up|next on|as for|first off|(?:the|our|my) (?:first|second|other|last) half"
    r"|when it comes to|first of all|to (?:start|begin) with)\b"
)
_CLOSES = anywhere(
    r"(?:that's|that is|this is|those are|these are|that was) (?:\w+ ){0,2}"
    r"(?:it|all|what (?:i|we)|(?:how|why) (?:we|you|it|this|an?|the)"
    r"|the (?:\w+ )?(?:things?|stuff|gist|story|end|basics?))\b",
    r"to (?:sum|summari[sz]e|conclude|recap|wrap)\b",
    r"in (?:summary|conclusion|short)\b",
    r"(?:so|as) (?:far )?we(?:'ve| have) (?:now )?(?:seen|covered|learned|learnt|discussed|shown|proved|proven"
    r"|finished)\b",
    r"(?:that|this) (?:covers|completes|finishes|proves|takes care of|does it for)\b",
    r"so much for\b",
    r"enough (?:of|about|on) (?:this|that|the)\b",
    r"(?:we're|we are|i'm|i am) (?:all )?done with\b",
    r"q\.? ?e\.? ?d\b",
    r"any questions (?:so far|on|about|before)\b",
    r"wrap(?:s|ping)? (?:it |this |things |that )?up\b",
    r"concludes?\b",
)
_FAREWELL = anywhere(
    r"(?:thank you|thanks|that's (?:about |pretty much |really |basically )?(?:it|all)|(?:good)?bye|see you"
    r"|signing off|have a (?:good|great|nice|wonderful)|until next|any (?:other |more |further )?questions"
    r"|hope (?:you|this|that)|take care|conclu(?:des?|ding|sion)|in summary|to sum(?:mari[sz]e)?"
    r"|wrap(?:ping)? (?:it |this |things )?up|out of time|time is up|next (?:time|week|lecture|class|video|session)"
    r"|(?:we'll|we will|let's|let us|i'll|i will) (?:stop|end|finish|leave it) (?:here|there|it|for)"
    r"|(?:pick|continue) (?:this |it |that )?(?:up )?(?:next|tomorrow|on (?:mon|tues|wednes|thurs|fri)day)"
    r"|(?:that's|this is) the end|done for (?:today|now)|class dismissed|adjourned?|enjoy (?:your|the rest))\b",
)
_HOUSEKEEPING = re.compile(
    r"^(?:hello|hi|hey|good (?:morning|afternoon|evening)|welcome|everyone|thanks?\b|thank you|bye|goodbye|yeah|yes"
    r"|okay|ok|alright|all right|excuse me|hold on|one second)\W*(?:\w+\W*){0,2}$"
    r"|\b(?:can (?:you|everyone|everybody|anyone) (?:all )?(?:hear|see)|my (?:name is|audio|mic)"
    r"|(?:to|me|i'll|now|am|i'm) shar(?:e|ing)|shar(?:e|ing) (?:my|the|a|this|that) (?:\w+ )?(?:screen|window)"
    r"|(?:have a|enjoy) (?:good|great|nice|rest|your)|see you (?:next|soon|later|then|in|on)"
    r"|thank(?:s| you) (?:for|very|so|all)|hope (?:you|that)|any (?:other )?questions|good ?bye|excuse me"
    r"|hold on|give me (?:a|one) (?:second|minute|moment)|let's take a (?:\w+ )?break|that's (?:about )?it\b"
    r"|(?:coffee|lunch|(?:\w+ )?minute) break\b|you(?:'re| are) (?:on mute|muted)|unmute|(?:un)?mute your"
    r"|(?:is|are) (?:my|the|your) (?:mic|microphone|camera|screen|slides|sound|audio) (?:on|off|working|visible"
    r"|muted)"
    r"|(?:attendance|sign-?in) sheet|technical (?:difficult|problem|issue)|(?:we're|is|being"
    r"|start(?:ed)? the) recording"
    r"|we're out of time|let me (?:just )?(?:close|open|find|switch|move)|where is it|good rest of"
    r"|i'?m not sure (?:why|what|if)|i don't know (?:what|why|if|where)|like and subscribe|subscribe to (?:my|our"
    r"|the|this)"
    r"|(?:link|links) (?:is |are )?in the description|leave (?:a|me a|your) comments?|(?:our|today's) sponsor"
    r"|(?:transcribed|transcript|captions?|captioned|subtitles?|subtitled) by)\b"
)
_ASKS = re.compile(
    rf"^{_FILLED}(?:(?:what|why|how|where|who|which|when)(?: \w+)? (?:is|are|was|were|do|does|did|can|could|would"
    rf"|should"
    r"|will|happens|about|if)\b|(?:can|could|does|did|do|is|are|would|has|have) (?:any(?:one|body)|some(?:one|body)"
    r"|you (?:see|think|know|guess|tell|remember)|there any)\b|what's )"
)

PHRASES = Phrasebook(_OPENS, _CLOSES, _FAREWELL, _HOUSEKEEPING, _ASKS, CUES, "Conclusion")
