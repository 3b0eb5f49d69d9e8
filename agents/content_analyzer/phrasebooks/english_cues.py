"""How lecturers mark in English what is worth keeping."""

from agents.content_analyzer.phrasebooks.model import cue

_NUMBER = r"(?:two|three|four|five|six|seven|eight|nine|ten|several|a couple of|a few|many|various|different|\d)"
_TEST = r"(?:exam|midterm|final exam|final|test|quiz|homework|assignment|problem set)"

CUES = (
    cue(
        "definition",
        r"(?:is|are|'s|something|also) called (?!on|when|by|from|for|every|in|with|at|again|after|and|once)\w",
        r"(?:is|are|'s) (?:also |then |usually |often )?(?:defined|known|referred to|denoted|described) (?:as|by)\b",
        r"(?:is|are|'s) (?:also |then )?(?:termed|said to be)\b",
        r"(?:is|are|'s) (?:essentially|basically|really|just|simply) (?:a|an|the)\b",
        r"(?:is|are|'s) (?:a|the|one) (?:kind|type|sort|form|class|branch|measure|study|process|property) of\b",
        r"refers? to (?:a|an|the)\b",
        r"(?:we|i|people|you) (?:usually |often |also |will |can )?(?:call (?:this|that|it|these|such)"
        r"|(?:define|denote) (?:a|an|the|this|it)|say that an?)\b",
        r"(?:by|the|a|our|formal) definition\b",
        r"(?:what|here) (?:we|i|do we|do i) mean by\b",
        r"what (?:this|that|it|the \w+) (?:really |actually |basically |essentially )?(?:is|does|means)\b",
        r"the (?:term|word|notion) \w+ (?:means|refers|comes|is)\b",
        r"we (?:usually |often |also )?refer to (?:a|an|the|this|it|these|such)\b",
        r"(?:stands|is short) for\b",
        r"(?:is|are) responsible for\b",
    ),
    cue(
        "key_point",
        r"(?:the |a |our )?(?:key|main|central|core|crucial|basic|big) (?:point|idea|insight|takeaway|take-away|"
        r"concept|message|reason|difference|question|thing|feature|observation|result|lesson)s?\b",
        r"(?:most |very |really |particularly |so )?important (?:thing|point|part|to|that|here|is|because)\b",
        r"(?:is|are|'s) (?:very |really |most |quite |particularly |absolutely )?"
        r"(?:important|crucial|fundamental|essential|critical|vital)\b",
        r"the (?:whole )?(?:point|trick|secret|magic|catch|crux|essence|upshot|moral|lesson) (?:here )?(?:is|that"
        r"|of)\b",
        r"(?:please )?(?:note|notice|observe) (?:that|how|the)\b",
        r"what (?:really )?matters\b",
        r"fundamental(?:ly)?\b",
        r"(?:(?:most )?importantly|crucially|above all)\b",
        r"(?:want|like|have|need) to (?:stress|emphasi[sz]e|underline|highlight|point out)\b",
        r"(?:let me|i|we) (?:stress|emphasi[sz]e|underline)\b",
        r"(?:pay (?:close |special )?attention|watch out|be careful)\b",
        r"(?:thing|point|important) to (?:note|remember|stress)\b",
        r"(?:hammer|drive) (?:this |that |it )?home\b",
        r"worth (?:noting|pointing|mentioning|remembering|emphasi[sz]ing)\b",
        r"(?:the|one) thing (?:you |we |i )?(?:need |have |want )?(?:you )?to (?:understand|reali[sz]e|see|know"
        r"|take)\b",
    ),
    cue(
        "remember",
        r"(?<!don't )(?<!can't )(?<!not )(?:remember|recall)\b",
        r"(?:keep|bear) (?:this |that |it )?in mind\b",
        r"(?:don't|do not|never) forget\b",
        r"memori[sz]e\b",
    ),
    cue(
        "exam_hint",
        rf"(?:on|in|for) (?:the|your|an|this) (?:next |last |first |second )?{_TEST}\b",
        r"(?:exam|midterm|quiz|homework|assignment|problem set) (?:question|will|is|has|due)s?\b",
        r"you (?:should|need to|must|have to|are expected to) (?:know|understand|be able to|memori[sz]e)\b",
        r"(?:be|get) (?:asked|tested|examined|graded) (?:on|about|to)\b",
        rf"(?:show|come|turn) up (?:on|in) (?:the|your|an) {_TEST}\b",
        r"(?:fair game|examinable|past paper|old exam)\b",
        r"(?:common|frequent|typical|usual|classic) (?:mistake|error|pitfall|misconception)s?\b",
    ),
    cue(
        "recap",
        r"(?:to|let me|let's|we|just) (?:sum up|summari[sz]e|recap|conclude|wrap up|review)\b",
        r"in (?:summary|conclusion|short|a nutshell)\b",
        r"(?:overall|all in all|the bottom line|long story short|as we've seen|as we saw)\b",
        r"(?:what|so far) (?:have )?we(?:'ve| have)? (?:learned|learnt|seen|covered|done|discussed|talked about)\b",
        r"(?:last (?:time|week|lecture|class)|in the (?:last|previous) (?:lecture|class|video|chapter"
        r"|section)),? (?:we|i)\b",
        r"(?:put|putting|bring|bringing) (?:it |this |that |them |these )?all (?:of (?:this|that|it) )?together\b",
        r"so that(?:'s| is) (?:how|why|what|the)\b",
        r"(?:the )?take-?aways?\b",
    ),
    cue(
        "example",
        r"for (?:example|instance)\b",
        r"(?:an|another|one|this|simple|concrete|worked|good|nice|classic|following|numerical) example\b",
        r"let's (?:say|suppose|assume|imagine|consider|take)\b",
        r"let us (?:say|suppose|assume|imagine|consider|take)\b",
        r"let's (?:try|do|solve|compute|calculate|work out|work through|go through) (?:an?|this|the|one|another"
        r"|it)\b",
        r"(?:suppose|imagine|consider|assume|say) (?:that|we|you|a|an|the|i)\b",
        r"(?:to illustrate|an illustration|case in point|by way of example)\b",
        r"think of (?:a|an|it as|this as|them as)\b",
        r"such as\b",
    ),
    cue(
        "result",
        r"(?:therefore|hence|consequently|as a (?:result|consequence)|it turns out|turns out that|it follows|thus)\b",
        r"(?:we|you|they) (?:can |will |then |have )?(?:find|found|conclude|proved?|proven|obtain|show|showed"
        r"|shown) that\b",
        r"(?:this|that|which|it) (?:then |now )?"
        r"(?:means|implies|shows|proves|allows|gives|lets|explains|demonstrates|causes|leads to|tells us|suggests)\b",
        r"the (?:result|answer|conclusion|solution|outcome|consequence|advantage|benefit|finding)s? "
        r"(?:is|are|of|here|was|were|to)\b",
        r"(?:we|you) (?:end up with|arrive at|are left with)\b",
        r"(?:the|our) (?:data|results|experiments|evidence|study) (?:show|suggest|indicate|demonstrate)s?\b",
    ),
    cue(
        "explanation",
        r"the (?:reason|idea|goal|purpose|motivation|way|problem|issue|challenge|difficulty|intuition)s? "
        r"(?:is|are|was|for|why|here|that|behind|with|of|this|it|we)\b",
        r"(?:this|that|which|it) is (?:because|why|how|what|where)\b",
        r"(?:because|that's why|due to)\b",
        r"(?:intuitively|what happens is)\b",
        r"in order to\b",
        r"the way (?:that )?(?:this|it|we) works?\b",
        r"how (?:this|that|it) (?:actually |really )?works\b",
    ),
    cue(
        "restatement",
        r"in other words\b",
        r"(?:that is to say|which is to say|another way (?:to|of)|meaning that)\b",
        r"(?:to )?put (?:it |this )?(?:differently|simply|another way|in other words)\b",
        r"(?:roughly|loosely|simply|informally) (?:speaking|put)\b",
    ),
    cue(
        "enumeration",
        r"there (?:are|'re) (?:basically |essentially |really |actually )?" + _NUMBER + r"\b",
        r"(?:the|our) (?:first|second|third|fourth|fifth|next|final|last|other|another) (?:\w+ )?"
        r"(?:one|thing|step|piece|part|reason|point|type|kind|way|method|approach|property|question|example|case|rule"
        r"|law|condition|principle)\b",
        r"first(?:ly)?(?: of all)?, |secondly\b|thirdly\b|last but not least\b",
        r"(?:number|point|step|rule|reason|law) (?:one|two|three|four)\b",
        r"the following " + _NUMBER + r"\b",
    ),
    cue(
        "comparison",
        r"(?:the )?differences? (?:between|is|here)\b",
        r"(?:compared|as opposed|in contrast|by contrast|similar|analogous|contrary) (?:to|with)?\b",
        r"(?:unlike|whereas|on the other hand|rather than|instead of|the same (?:thing|way) (?:as|for)|versus)\b",
        r"(?:just|exactly) (?:like|as) (?:the|a|in)\b",
    ),
)
