//! The words of asks and promises in five languages: what opens them, and which
//! verbs tell of something that can be done. Folded, but for Polish, where an
//! accent tells one person from another.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Whose words they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Language {
    English,
    German,
    French,
    Spanish,
    Polish,
}

/// What the words that open it make of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// "I'll"
    Promise,
    /// "we will": somebody of the speaker's
    Common,
    /// "please"
    Request,
    /// "can you": no ask behind a word such as "when"
    Question,
    /// "we need to"
    Duty,
    /// "we should": only with a day
    Wish,
}

/// Words that open an ask or a promise.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) words: Vec<&'static str>,
    pub(super) kind: Kind,
    pub(super) language: Language,
}

use Kind::{Common, Duty, Promise, Question, Request, Wish};

const ENGLISH: &[(Kind, &str)] = &[
    (Promise, "i'll; i will; i am going to; i'm going to; i'm gonna; ill; let me"),
    (Common, "we'll; we will; we're going to; we are going to"),
    (
        Request,
        "please; pls; plz; kindly; don't forget to; do not forget to; remember to; \
        make sure to; make sure you; be sure to; great if you could; nice if you could; \
        helpful if you could; appreciate it if you could; grateful if you could",
    ),
    (
        Question,
        "can you; could you; would you; will you; can u; could u; can someone; \
        could someone; can somebody; could somebody; can anyone; could anyone; can anybody; \
        could anybody; would someone; would somebody; can we; could we; would you mind; \
        are you able to",
    ),
    (
        Duty,
        "i need to; i have to; i must; i've got to; i gotta; we need to; we have to; we must; \
        someone needs to; somebody needs to; need to; \
        someone has to; somebody has to; let's; lets; let us",
    ),
    (
        Wish,
        "you need to; you have to; you must; i should; we should; you should; someone should; somebody should; i can; we can; \
        i want to; i plan to; i'd like to; we want to",
    ),
];
const GERMAN: &[(Kind, &str)] = &[
    (Promise, "ich werde; werde ich"),
    (Common, "wir werden; werden wir"),
    (
        Request,
        "bitte; denk daran; denkt daran; denk bitte daran; denk dran; vergiss nicht; \
        vergesst nicht; vergiss bitte nicht; nicht vergessen; super wenn du; super wenn sie; \
        toll wenn du; toll wenn sie; schon wenn du; schon wenn sie; nett wenn du; nett wenn sie",
    ),
    (
        Question,
        "kannst du; konntest du; konnt ihr; konntet ihr; konnen sie; konnten sie; \
        kann jemand; konnte jemand; kann wer; konnen wir; konnten wir; wurdest du; wurden sie; \
        wurdet ihr; magst du; mochtest du",
    ),
    (
        Duty,
        "ich muss; ich soll; wir mussen; wir sollen; du musst; ihr musst; sie mussen; \
        jemand muss; muss ich; mussen wir; lass uns; lasst uns",
    ),
    (
        Wish,
        "ich sollte; wir sollten; du solltest; jemand sollte; ich will; wir wollen; \
        ich mochte; ich kann; wir konnen; kann ich; sollten wir",
    ),
];
const FRENCH: &[(Kind, &str)] = &[
    (Promise, "je vais"),
    (Common, "nous allons; on va"),
    (
        Request,
        "merci de; merci; veuillez; n'oublie pas de; n'oubliez pas de; pense a; pensez a; \
        s'il te plait; s'il vous plait",
    ),
    (
        Question,
        "peux-tu; peux tu; pourrais-tu; pouvez-vous; pouvez vous; pourriez-vous; \
        pourriez vous; tu peux; vous pouvez; quelqu'un peut; quelqu'un pourrait; peut-on",
    ),
    (Duty, "il faut; je dois; nous devons; on doit; tu dois; vous devez"),
    (Wish, "il faudrait; on devrait; je devrais; nous devrions"),
];
const SPANISH: &[(Kind, &str)] = &[
    (Promise, "voy a"),
    (Common, "vamos a"),
    (Request, "por favor; no olvides; no olvide; no te olvides de; recuerda; recuerde"),
    (
        Question,
        "puedes; podrias; puede; podria; pueden; podrian; podeis; alguien puede; \
        alguien podria; me puedes; me podrias; nos puedes",
    ),
    (Duty, "hay que; tengo que; tenemos que; tienes que; debo; debemos"),
    (Wish, "deberiamos; deberia; quiero"),
];
const POLISH: &[(Kind, &str)] = &[
    (Request, "prosze; prosze o; nie zapomnij; pamietaj zeby; pamietaj, zeby"),
    (
        Question,
        "czy mozesz; mozesz; moglbys; moglabys; czy moglbys; czy moglabys; czy mozecie; \
        czy moze pan; czy moze pani; czy moglby pan; czy moglaby pani; czy ktos moze; ktos moze",
    ),
    (Duty, "musze; musimy; musisz; trzeba; nalezy"),
    (Wish, "powinnismy; powinienem; powinnam; chce"),
];

/// What opens an ask or a promise, by its first word; the longest first.
pub(super) static OPENINGS: LazyLock<HashMap<&str, Vec<Opening>>> = LazyLock::new(|| {
    let tables = [
        (Language::English, ENGLISH),
        (Language::German, GERMAN),
        (Language::French, FRENCH),
        (Language::Spanish, SPANISH),
        (Language::Polish, POLISH),
    ];
    let mut openings: HashMap<&str, Vec<Opening>> = HashMap::new();
    for (language, table) in tables {
        for &(kind, phrases) in table {
            for phrase in phrases.split(';') {
                let words = phrase.split_whitespace().map(|word| word.trim_end_matches(','));
                let words: Vec<&str> = words.collect();
                let Some(first) = words.first() else { continue };
                openings.entry(first).or_default().push(Opening { words, kind, language });
            }
        }
    }
    for same in openings.values_mut() {
        same.sort_by_key(|opening| std::cmp::Reverse(opening.words.len()));
    }
    openings
});

/// How much a verb tells by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// "send": something is to be done.
    Strong,
    /// "take": only with a day.
    Weak,
}

const ENGLISH_STRONG: &str = "send email e-mail mail call phone ring message text ping write reply \
    respond answer follow contact schedule reschedule book arrange organise organize prepare draft \
    create finish finalise finalize complete update fix check review confirm verify ask tell inform \
    notify remind invite introduce connect forward share submit sign countersign order pay invoice \
    bill quote ship deliver provide discuss negotiate propose present demo install deploy upload \
    download print collect gather investigate clarify resolve approve chase nudge escalate register \
    publish transfer wire refund replace onboard compare calculate estimate translate correct adjust \
    compile align coordinate cancel renew extend resend circulate summarise summarize document \
    configure migrate export import drop look reach circle touch fill set put cc loop hand";
const ENGLISH_WEAK: &str = "get take do make have give bring pick meet visit talk speak chat show find see \
    read move add remove delete change close open test handle sort raise post record note pass return \
    help plan start begin let sync join attend push switch buy decide research hire catch \
    revisit buzz process build";
const GERMAN_STRONG: &str = "schicken senden mailen anrufen zuruckrufen schreiben antworten \
    beantworten nachfassen nachfragen nachhaken klaren prufen uberprufen erstellen vorbereiten \
    vereinbaren organisieren buchen einladen besprechen bestellen bezahlen uberweisen \
    unterschreiben unterzeichnen weiterleiten liefern einreichen nachreichen aktualisieren anpassen \
    korrigieren stornieren kundigen verlangern informieren kontaktieren terminieren absagen \
    bestatigen ausfullen hochladen installieren einrichten ubersetzen kalkulieren verhandeln \
    prasentieren erledigen kummern erinnern fertigmachen zusenden verschicken ubersenden \
    ausarbeiten abstimmen freigeben beauftragen entwerfen ausstellen";
const GERMAN_WEAK: &str = "rufen melden machen fragen checken treffen besuchen teilen anlegen \
    eintragen andern verschieben lesen anschauen ansehen schauen holen bringen testen rechnen zeigen \
    geben setzen sorgen ubernehmen planen sprechen reden fassen fuhren stellen abschliessen \
    finden nehmen legen leiten laden richten haken sagen tragen passen reichen bereiten lassen \
    zahlen kaufen gehen kommen sehen";
/// What a German verb may be written together with.
const GERMAN_PREFIXES: [&str; 24] = [
    "zuruck", "weiter", "fertig", "durch", "fest", "raus", "rein", "nach", "los", "bei", "mit",
    "her", "hin", "vor", "auf", "aus", "ein", "um", "an", "ab", "zu", "rum", "runter", "hoch",
];
/// "ich schicke", and how strong that is without a day: only sending is.
const GERMAN_FIRST: &str = "schicke schick sende mail maile rufe ruf melde meld schreibe schreib \
    antworte frage frag hake klare prufe uberprufe checke erstelle mache mach bereite vereinbare \
    organisiere buche lade bespreche bestelle bezahle uberweise unterschreibe leite liefere gebe geb \
    reiche aktualisiere passe andere korrigiere storniere kundige verlangere kummere kummer erinnere \
    informiere kontaktiere spreche verschiebe sage bestatige fulle lese schaue schau hole bringe \
    teste richte ubersetze rechne zeige setze sorge ubernehme erledige plane treffe besuche fasse \
    stelle trage lege";
const GERMAN_SENDS: &str = "schicke schick sende maile kummere";
/// "schick bitte …", "schickt bitte …"
const GERMAN_ORDER: &str = "schick schicke schickt send sende sendet mail maile mailt ruf rufe ruft \
    meld melde meldet schreib schreibe schreibt antworte frag frage fragt hak hake klar klare klart \
    pruf prufe pruft check checke checkt erstell erstelle erstellt mach mache macht bereite bereitet \
    vereinbare organisier organisiere buch buche bucht lad lade ladet besprich bestell bestelle \
    bestellt bezahl bezahle uberweise unterschreib unterschreibe unterschreibt leite leitet lies gib \
    gebt reich reiche aktualisiere pass passe korrigiere storniere kundige verlangere kummer kummere \
    kummert erinner erinnere erinnert informiere informiert kontaktiere sprich verschieb verschiebe \
    sag sage sagt bestatige fulle schau schaut hol hole bring bringe teste richte ubersetze zeig zeige \
    setz setze sorg sorge ubernimm erledige plan plane";
/// "Imre schickt …"
const GERMAN_THIRD: &str = "schickt sendet mailt ruft meldet schreibt antwortet fragt klart pruft \
    uberpruft erstellt macht bereitet vereinbart organisiert bucht ladt bespricht bestellt bezahlt \
    uberweist unterschreibt leitet liefert gibt reicht aktualisiert passt korrigiert verlangert \
    kummert erinnert informiert kontaktiert spricht verschiebt sagt bestatigt fullt schaut holt \
    bringt testet richtet ubersetzt zeigt setzt sorgt ubernimmt erledigt plant trifft besucht";
const FRENCH_VERBS: &str = "envoyer renvoyer appeler rappeler contacter recontacter preparer ecrire \
    repondre verifier confirmer relancer transmettre transferer planifier organiser reserver signer \
    facturer commander payer livrer rediger finaliser terminer valider partager inviter informer \
    demander fixer prevoir mettre completer remplir presenter negocier corriger relire fournir \
    communiquer adresser";
/// "je vous envoie", with a day.
const FRENCH_FIRST: &str = "envoie renvoie appelle rappelle contacte recontacte prepare ecris \
    reponds verifie confirme relance transmets transfere planifie organise reserve signe redige \
    finalise termine partage invite demande reviens";
const SPANISH_VERBS: &str = "enviar enviarle enviarles enviarme enviarnos mandar mandarle mandarles \
    mandarme llamar llamarle llamarla llamarlo llamarles llamarme contactar preparar escribir \
    escribirle responder revisar confirmar verificar reenviar programar agendar organizar reservar \
    firmar facturar pedir pagar entregar redactar terminar compartir invitar informar preguntar \
    completar presentar negociar corregir actualizar concertar";
const SPANISH_ORDER: &str = "envia enviale enviales enviame envianos envie enviele envieme manda \
    mandale mandame mandanos mande llama llamale llamala llamalo llamame llame prepara prepare revisa \
    revise confirma confirme responde escribe escribele reenvia reserva agenda firma";
/// "te envío", with a day.
const SPANISH_FIRST: &str = "envio mando llamo contacto preparo escribo respondo reviso confirmo \
    reenvio organizo reservo firmo comparto enviare mandare llamare preparare escribire revisare \
    confirmare contactare";
const POLISH_VERBS: &str = "wyslac przeslac podeslac zadzwonic oddzwonic przygotowac napisac \
    odpisac odpowiedziec sprawdzic potwierdzic umowic zamowic zaplacic podpisac skontaktowac \
    przekazac zaprosic dostarczyc dokonczyc zaktualizowac uzupelnic wystawic zorganizowac \
    zarezerwowac przypomniec omowic wyslanie przeslanie przygotowanie potwierdzenie podpisanie \
    sprawdzenie wyslij przeslij podeslij zadzwon oddzwon przygotuj napisz odpisz sprawdz potwierdz \
    umow zamow podpisz przekaz";
/// "wyślę", in lower case as it is written.
const POLISH_FIRST: &str = "wyślę prześlę podeślę zadzwonię oddzwonię przygotuję napiszę odpiszę \
    sprawdzę potwierdzę umówię zamówię zapłacę podpiszę przekażę dokończę zaktualizuję odezwę wystawię \
    zorganizuję zarezerwuję";

fn set(words: &'static str) -> HashSet<&'static str> {
    words.split_whitespace().collect()
}

macro_rules! sets {
    ($($name:ident = $words:ident;)*) => {
        $(static $name: LazyLock<HashSet<&str>> = LazyLock::new(|| set($words));)*
    };
}

sets! {
    EN_STRONG = ENGLISH_STRONG;
    EN_WEAK = ENGLISH_WEAK;
    DE_STRONG = GERMAN_STRONG;
    DE_WEAK = GERMAN_WEAK;
    DE_FIRST = GERMAN_FIRST;
    DE_SENDS = GERMAN_SENDS;
    DE_ORDER = GERMAN_ORDER;
    DE_THIRD = GERMAN_THIRD;
    FR = FRENCH_VERBS;
    FR_FIRST = FRENCH_FIRST;
    ES = SPANISH_VERBS;
    ES_ORDER = SPANISH_ORDER;
    ES_FIRST = SPANISH_FIRST;
    PL = POLISH_VERBS;
    PL_FIRST = POLISH_FIRST;
}

/// How much a verb tells that follows what opens an ask or a promise; None when it is none.
pub(super) fn verb(language: Language, word: &str) -> Option<Verb> {
    let strong = |is: bool| is.then_some(Verb::Strong);
    match language {
        Language::English if EN_WEAK.contains(word) => Some(Verb::Weak),
        Language::English => strong(EN_STRONG.contains(word)),
        Language::German => german(word),
        Language::French => strong(FR.contains(bare(word))),
        Language::Spanish => strong(ES.contains(word) || ES_ORDER.contains(word)),
        Language::Polish => strong(PL.contains(word)),
    }
}

/// A French word without what is drawn to it: `m'envoyer`, `l'appeler`, `d'envoyer`.
pub(super) fn bare(word: &str) -> &str {
    match word.split_once('\'') {
        Some((drawn, rest)) if drawn.len() == 1 => rest,
        _ => word,
    }
}

/// A German infinitive, also `anzurufen` and `nachfragen` from its parts.
fn german(word: &str) -> Option<Verb> {
    if DE_STRONG.contains(word) {
        return Some(Verb::Strong);
    }
    if DE_WEAK.contains(word) {
        return Some(Verb::Weak);
    }
    for prefix in GERMAN_PREFIXES {
        let Some(rest) = word.strip_prefix(prefix) else { continue };
        let rest = rest.strip_prefix("zu").unwrap_or(rest);
        if DE_STRONG.contains(rest) || DE_WEAK.contains(rest) {
            return Some(Verb::Strong);
        }
    }
    None
}

/// What somebody says of themselves without more words: "(ich) schicke", "je vous envoie", "te
/// envío", "wyślę".
pub(super) fn said_of_oneself(lower: &str, folded: &str) -> Option<(Language, Verb)> {
    if DE_FIRST.contains(folded) {
        let strength = if DE_SENDS.contains(folded) { Verb::Strong } else { Verb::Weak };
        return Some((Language::German, strength));
    }
    if PL_FIRST.contains(lower) {
        return Some((Language::Polish, Verb::Strong));
    }
    if FR_FIRST.contains(bare(folded)) {
        return Some((Language::French, Verb::Weak));
    }
    ES_FIRST.contains(folded).then_some((Language::Spanish, Verb::Weak))
}

/// Whether a German verb gives an order.
pub(super) fn is_german_order(folded: &str) -> bool {
    DE_ORDER.contains(folded)
}

/// Whether a German verb tells of another.
pub(super) fn is_german_third(folded: &str) -> bool {
    DE_THIRD.contains(folded)
}
