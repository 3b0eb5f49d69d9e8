"""Words that say nothing about the subject, in languages other than English; and which of them a text is in."""

from collections import Counter

_WORDS = {
    "de": """
        guten willkommen herzlich vorlesung dank vielen danke aufmerksamkeit aber alle allem allen aller alles als
        also am an ander andere anderem anderen anderer anderes andern anders auch auf aus bei beim bereits bin
        bis bisschen bist da dabei dadurch dafür dagegen daher dahin damit danach dann daran darauf daraus darf
        darin darüber darum das dass davon dazu dein deine dem den denen denn dennoch der deren des deshalb dessen
        dich die dies diese diesem diesen dieser dieses dir doch dort drei du durch eben ein eine einem einen
        einer eines einfach einige einigen einiger einmal eins er erst erste ersten es etwa etwas euch euer eure
        fast folgende für ganz ganze ganzen gar geben gehen geht gemacht genau gerade gerne gesagt gesehen gibt
        gleich gut haben habe habt halt hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren
        ihrer im immer in indem ins ist ja jede jedem jeden jeder jedes jedoch jemand jene jetzt kann kannst kein
        keine keinem keinen keiner kommen kommt können könnte könnten könnt lassen lässt machen macht mal man
        manchmal mehr mein meine meinem meinen meiner mich mir mit mal muss müssen müsste möchte möchten mögen
        nach natürlich neben nein nicht nichts noch nun nur nächste nächsten ob oben oder ohne okay paar relativ
        sagen sagt schauen schaut schon sehen sehr sein seine seinem seinen seiner seit selber selbst sich sie
        sieht sind so sogar solche solchen soll sollen sollte sollten sondern sonst sowie tun tut um und uns unser
        unsere unserem unseren unten unter viel viele vielen vielleicht vom von vor war waren warum was weil
        weiter weitere welche welchem welchen welcher welches wenig weniger wenn wer werde werden wie wieder will
        wir wird wirklich wirst wissen wo woher wollen worden wurde wurden während würde würden wäre wären zu
        zuerst zum zunächst zur zurück zwar zwei zwischen über überhaupt äh ähm halt quasi sozusagen eigentlich
        irgendwie irgendwas ungefähr jeweils genauso thema beispiel beispielsweise punkt sache sachen ding dinge
        fall teil frage mal heute morgen gestern nämlich bzw usw""",
    "fr": """
        bonjour merci cours séance ai aie ainsi alors après as assez au aucun aucune aujourd'hui aussi autre
        autres aux avait avant avec avez avoir avons bah beaucoup ben bien bon car ce ceci cela celle celles celui
        cependant certain certaine certaines certains ces cet cette ceux chaque chez chose choses ci comme comment
        contre coup d'abord dans de depuis des deux devant dire dis dit doit doivent donc donner dont du durant
        elle elles en encore enfin ensuite entre es est et etc étaient était étant été être eu euh eux exemple
        fait faire fais faites faut fois font gens grand grande hein ici il ils jamais je jour jusque juste la là
        laquelle le lequel les lesquelles lesquels leur leurs lorsque lui ma maintenant mais me même mêmes mes
        mettre mieux mis moi moins mon mot ne ni non nos notre nous nouveau on ont or ou où oui par parce parler
        pas passer pendant petit petite peu peut peuvent peux plus plaît plusieurs plutôt point pour pourquoi
        pouvait pouvez pouvoir pouvons première premier prendre près presque puis puisque qu quand que quel quelle
        quelles quelque quelques quels qui quoi rien sa sais sait sans savez savoir se sera seraient serait ses
        seulement si soi soit sommes son sont sous souvent su suis sur ta tant te tel telle tellement tes toi ton
        toujours tous tout toute toutes très trois trop tu un une va vais vas venir vers veut veux voilà voici
        voir voit vois vont vos votre vous vraiment vraie vu y déjà effectivement justement simplement finalement
        évidemment moment partie sorte façon question truc trucs hier demain également notamment chacun ça""",
    "es": """
        buenos buenas días tardes gracias clase pasemos veamos hablemos hablar bienvenidos a acá además ahí ahora
        al algo alguien algún alguna algunas alguno algunos allí ante antes aquel aquella aquello aquí así aún
        aunque bastante bien bueno cada casi caso claro como cómo con contra cosa cosas creo cual cuál cuales
        cualquier cuando cuándo cuanto da dado dar de debe deben debemos decir deja del demás dentro desde después
        dice dicen digamos donde dónde dos durante e ejemplo el él ella ellas ello ellos en entonces entre era
        eran eres es esa esas ese eso esos esta está estaba estamos están estar estas este esto estos estoy fue
        fueron gran grande ha haber había habíamos hace hacen hacer hacia hacemos han hasta hay haya he hemos hola
        hoy incluso ir la las le les lo los luego lugar manera más mayor me mejor menos mi mientras mis mismo
        misma mismos mucha muchas mucho muchos muy nada nadie ni ningún ninguna no nos nosotros nuestra nuestras
        nuestro nuestros nunca o os otra otras otro otros para parte pero poco pocos podemos poder podría
        podríamos poner por porque pregunta primer primera primero pueda puede pueden puedo pues punto que qué
        quien quién quiere quiero realmente sabemos saber sé sea sean según segunda segundo ser será serán si sí
        sido siempre siendo sin sino sobre sola solamente solo sólo somos son soy su sus suele tal también tampoco
        tan tanto te tema tendría tenemos tener tengo ti tiempo tiene tienen toda todas todavía todo todos trata
        tres tu tú tus último un una unas uno unos usted ustedes va vale vamos van varias varios veces ver vemos
        vez vosotros voy y ya yo entonces digo eh ayer mañana básicamente obviamente simplemente""",
    "it": """
        a abbiamo ad adesso ai al alcune alcuni alla alle allora altra altre altri altro anche ancora appunto
        aveva avere bene c che chi ci ciò cioè col come con cosa cosi così cui da dai dal dalla dalle davvero
        degli dei del dell della delle dello deve di dice dire dobbiamo dopo dove due e è ecco ed era erano
        esempio essere fa fanno fare fatto gli grazie ha hanno ho i il in infatti insomma invece io l la le lei li
        lo loro lui ma magari me meno mi mia mio molte molti molto ne nei nel nella nelle nello noi non nostra
        nostro o ogni ok oggi per perché però più poi possiamo possono prima primo può proprio qua qualche
        qualcosa quale quali quando quanto quasi quella quelle quelli quello questa queste questi questo qui
        quindi se sei sempre senza si sì sia siamo solo sono sta stata stato stesso su sua sue sui sul sulla suo
        suoi tanto te ti tra tre troppo tu tutta tutte tutti tutto un una uno va vale vediamo vedere verso vi
        viene voi vuol""",
    "pt": """
        a à agora ai ainda alguém alguma algumas alguns ao aos aqui aquela aquele aquilo as às assim até bem bom
        cada coisa coisas com como da das de dela dele deles demais depois desse desta deste disso do dois dos e é
        ela elas ele eles em então entre era eram essa esse esses esta está estamos estão estar estava este estes
        estou eu exemplo faz fazer fica foi foram gente há isso isto já la lá lhe mais mas me mesma mesmo meu
        minha muita muitas muito muitos na nada não nas nem nessa nesse nesta neste no nos nós nossa nosso num
        numa né o ok onde os ou outra outras outro outros para pela pelas pelo pelos pode podem pois por porque
        pouco pra primeiro qual quais qualquer quando quanto que quem quer são se seja sem sempre ser será seu
        seus sim só sobre sua suas também tão tem têm temos tendo ter teu tinha toda todas todo todos três tu tudo
        um uma umas uns vai vamos você vocês vez vou""",
    "nl": """
        aan al alle alleen alles als altijd andere anders ben bij daar daarom dan dat de deze die dit doen doet
        door dus echt een eens eerst en er eigenlijk even gaan gaat ga geen gewoon goed had hadden heb hebben hebt
        heeft heel hem hen het hier hij hoe hun iets ik in is ja je jij jullie kan kijken komen komt kun kunnen
        kunt laat laten maar maken maakt me meer met mij mijn misschien moet moeten na naar natuurlijk nee niet
        nog nou nu of om omdat ons onze ook op over paar precies te tegen toch toen tot twee u uit van vanuit veel
        voor wat waar waarom want waren was we weer wel welke werd wie wij wil willen worden wordt zal ze zeggen
        zei zelf zich zie zien zij zijn zo zou zouden""",
    "ru": """
        а без бы был была были было быть в вам вас ведь во вот все всё всего всех вы где да даже давайте для до
        его ее её если есть еще ещё же за здесь и из или им иногда их к как какие какой когда конечно которая
        которые который которых кто ли между меня мне много может можно мой мы на над надо наш не нее него нет ни
        них но ну о об один однако он она они оно от очень по под после потом потому почему при про раз с сам
        самое сейчас себе себя сегодня сказать со собой собственно соответственно так также такие такой там те
        теперь то тогда того тоже только том тот три тут ты у уже хорошо хотя чего чем через что чтобы эта эти это
        этого этой этом этот эту я будем будет будут вопрос например значит просто говорить образом является дело""",
    "ar": """
        من في على إلى عن أن إن كان كانت هذا هذه ذلك تلك التي الذي الذين لا ما لم لن قد هو هي هم نحن أنا أنت كل بعض
        بين بعد قبل عند مع أو ثم حتى إذا لكن كما أي هنا هناك الآن اليوم نتحدث يكون تكون ليس لها له لهم بها به فيها
        فيه منها منه عليها عليه غير مثل سوف أيضا جدا آن يوم يعني طيب نعم كيف لماذا متى أين وهو وهي وهذا وهذه فإن
        لأن لدينا عندما حيث مرحبا بكم شكرا محاضرة""",
}
STOP_WORDS: dict[str, frozenset[str]] = {code: frozenset(words.split()) for code, words in _WORDS.items()}
"""By ISO 639-1 code."""
_LEAST_SHARE = 0.25
"""A spoken text has more than half of its words from the list of its own language, hardly a tenth from another's."""


def likeliest(words: Counter[str], english: frozenset[str]) -> str:
    """The language of a text by its counted words: ``en`` or one of ``STOP_WORDS``; empty where none stands out."""
    total = sum(words.values())
    shares = {code: sum(words[w] for w in known) for code, known in {"en": english, **STOP_WORDS}.items()}
    best = max(shares, key=lambda code: shares[code])
    return best if total and shares[best] >= _LEAST_SHARE * total else ""
