//! The word lists behind the guesses: host endings, free mail providers, words
//! for positions, words that open sentences, and given names.

use std::sync::LazyLock;

use hashbrown::HashMap;

use super::given_names::GIVEN_NAMES;
use crate::legal_forms;
use crate::mentions::FUNCTION_WORDS;

const HOST_ENDINGS: &str = "\
com org net edu gov mil int info biz name pro io ai app dev co me tv cc gg xyz online site store shop \
tech cloud agency digital studio design media news blog page link live space website world group team \
company business consulting solutions systems software services support email events finance capital \
ventures partners legal health care academy school university global international network works tools \
build run sh so to fm ly tel jobs life zone today one plus art eco energy green bio farm food cafe bar \
hotel travel tours house homes land realty immo haus bank money fund insure tax law \
ac ad ae af ag al am ao ar as at au aw az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cd \
cf cg ch ci ck cl cm cn cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fo fr ga gd \
ge gf gh gi gl gm gn gp gq gr gt gu gw gy hk hm hn hr ht hu id ie il im in iq ir is it je jm jo jp ke kg \
kh ki km kn kr kw ky kz la lb lc li lk lr ls lt lu lv ma mc md mg mh mk ml mm mn mo mp mq mr ms mt mu mv \
mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs \
ru rw sa sb sc sd se sg si sk sl sm sn sr st su sv sy sz tc td tf tg th tj tk tl tm tn tr tt tw tz ua ug \
uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw berlin london wien hamburg koeln paris nyc tokyo \
example test invalid xn--p1ai рф";

const FILE_ENDINGS: &str = "\
rs py md sh pl so cc js ts tsx jsx json yaml yml toml txt csv pdf png jpg jpeg gif svg webp zip gz tar \
html htm css php rb java kt go c h cpp hpp exe dll log lock xml doc docx xls xlsx ppt pptx mp3 mp4 mov \
sql ini cfg conf env bak tmp ps am vi as id st";

const FREE_MAIL: &str = "\
gmail.com googlemail.com yahoo.com yahoo.de yahoo.co.uk yahoo.fr ymail.com hotmail.com hotmail.de \
hotmail.co.uk hotmail.fr outlook.com outlook.de live.com msn.com icloud.com me.com mac.com aol.com gmx.de \
gmx.net gmx.at gmx.ch gmx.com web.de t-online.de freenet.de posteo.de mailbox.org proton.me protonmail.com \
pm.me tutanota.com tuta.io fastmail.com hey.com zoho.com mail.ru yandex.ru yandex.com ya.ru qq.com 163.com \
126.com sina.com naver.com daum.net orange.fr free.fr laposte.net wanadoo.fr libero.it virgilio.it wp.pl \
o2.pl onet.pl interia.pl seznam.cz centrum.cz bluewin.ch comcast.net verizon.net att.net btinternet.com \
rediffmail.com uol.com.br bol.com.br example.com example.org";

/// Words that make a phrase a position in a company.
pub(crate) const TITLE_WORDS: &str = "\
ceo cto cfo coo cmo cio cpo cro cso ciso vp svp evp avp md president chairman chairwoman chair founder \
cofounder co-founder director manager head lead leader chief officer engineer developer programmer \
designer architect consultant analyst partner owner principal executive recruiter buyer purchaser \
assistant coordinator specialist advisor adviser counsel lawyer attorney professor scientist researcher \
supervisor administrator secretary treasurer controller accountant bookkeeper planner strategist \
representative rep salesperson technician editor producer investor associate intern trainee foreman \
geschäftsführer geschäftsführerin leiter leiterin vertriebsleiter vertriebsleiterin einkäufer einkäuferin \
einkaufsleiter prokurist prokuristin referent referentin inhaber inhaberin vorstand entwickler \
entwicklerin berater beraterin assistentin sachbearbeiter sachbearbeiterin teamleiter teamleiterin \
directeur directrice responsable gérant gérante directora gerente jefe jefa direttore direttrice pdg \
présidente presidente vorsitzender vorsitzende gesellschafter gesellschafterin einkaufsleiterin encargado \
encargada responsabile titolare amministratore";

/// Capitalised words that are not parts of people's names.
const NOT_NAMES: &str = "\
hi hello hey dear thanks thank thx best kind regards cheers sincerely greetings good great nice please just \
let welcome congrats congratulations sorry yes ok okay update reminder note fyi re fwd fw subject sent cc \
bcc from to date on at by meeting call calls demo deal deals invoice order contract proposal quote offer \
plan plans annual monthly yearly price pricing budget sales marketing support finance legal engineering \
product products customer customers client clients account accounts team teams company business office \
project projects task tasks ticket issue bug feature release version launch roadmap board pipeline stage \
\
center centre committee administration association council agency department ministry foundation federation \
union group holding services systems solutions technologies industries insurance tech law offices discount \
doctor captain capt senator minister direct dial cell \
afghanistan argentina bangladesh bulgaria canada chile colombia croatia cuba cyprus denmark egypt estonia \
ethiopia georgia ghana hungary iceland indonesia iran iraq israel jordan kenya kuwait latvia lebanon libya \
lithuania luxembourg malaysia malta morocco nepal nigeria norway pakistan palestine peru philippines romania \
rwanda serbia slovakia slovenia syria taiwan tanzania thailand tunisia uganda uruguay venezuela vietnam wales \
yemen california florida texas virginia washington arizona ohio michigan oregon delhi mumbai bangalore \
karachi istanbul ankara moscow kyiv lagos nairobi cairo athens budapest bucharest belgrade zagreb sofia \
brussels geneva basel frankfurt köln cologne stuttgart düsseldorf leipzig dresden hannover bremen lyon \
marseille barcelona lisbon porto manchester birmingham edinburgh glasgow philadelphia atlanta denver miami \
phoenix detroit minneapolis portland manhattan brooklyn \
complete completed done resolved paid read unread done won lost closed open new next last first second third final north south east west central united states \
kingdom europe asia africa america germany france spain italy england ireland scotland austria switzerland \
poland netherlands belgium sweden norway denmark finland portugal greece turkey russia ukraine china japan \
korea india brazil mexico canada australia berlin london munich münchen hamburg vienna wien zurich zürich \
paris madrid rome milan amsterdam brussels dublin warsaw prague lisbon oslo stockholm copenhagen helsinki \
york francisco angeles boston chicago seattle austin dallas houston tokyo beijing shanghai singapore dubai \
sydney melbourne toronto montreal monday tuesday wednesday thursday friday saturday sunday january february \
march april june july august september october november december christmas easter montag dienstag mittwoch \
donnerstag freitag samstag sonntag januar februar märz mai juni juli oktober dezember google microsoft \
windows linux macos android iphone ipad slack discord telegram matrix github gitlab gmail outlook zoom \
teams notion jira excel word powerpoint linkedin twitter facebook instagram whatsapp youtube internet web \
wifi api crm erp saas ui ux qa hr it pr pdf sql html css json url http https id faq roi kpi okr eta asap \
street avenue road platz straße strasse allee floor suite room building hotel airport station university \
school college institute bank hospital church museum park phone mobile tel fax email mail website address \
hallo guten sehr geehrte geehrter liebe lieber danke viele grüße mit freundlichen grüßen bitte gruß \
bonjour merci cordialement hola gracias saludos ciao grazie saluti mr mrs ms miss dr prof herr frau sir \
madam everyone all somebody nobody today tomorrow yesterday morning afternoon evening night week month year \
happy birthday black big small quick question questions signed off wants want wanted asks asked says said \
see via about using used user users admin bot server data cloud app apps code docs link file files page \
ansprechpartner ansprechpartnerin ansprechperson kontakt kontaktperson kontaktdaten kontaktiere kollege \
kollegin kunde kundin chef chefin herrn hr fr contact contacts contacto contactos contatto interlocuteur \
interlocutrice referente sr sra srta señor señora señorita monsieur madame mademoiselle mme mlle signor \
signora sig dott dipl ing mag";

/// Capitalised words that sentences use as they use people's names.
const OTHER_NAMES: &str = "\
god santa roman catholic sunni shia shiite arab muslim christian jewish hindu books gardens motors \
motorsports online hurricane storm";

const VERBS_OF_PEOPLE: &str = "\
wants wanted asks asked says said told tells called calls wrote writes replied replies confirmed confirms \
mentioned needs needed thinks thought agreed agrees signed approves rejected declined joined joins sent sends \
requested prefers likes liked loves expects decided promised emailed mailed pinged introduced suggested \
suggests proposed complained wonders hopes möchte sagt sagte fragt fragte schrieb braucht wünscht";

/// Verbs beside the name of whoever said what stands in the sentence.
const SAYING: &str = "\
said says told tells added adds replied replies explained explains admitted admits insisted insists \
recalled argued joked sagte schrieb";

/// Verbs of people that companies and things share.
const VERBS_OF_ALL: &str = "\
left will would is was has had can could reached met worked works runs leads manages owns handles offers \
offered approved reported plans will hat ist";

/// Words that stand before "at ... dot ..." in sentences, not in addresses.
const NEVER_A_MAILBOX: &str = "\
meet meeting met look looked looking looks be is was were are am been i you he she it we they me us them \
this that here there work works worked working live lives lived stay stayed arrive arrived find found see \
seen stop start started lunch dinner breakfast call talk talked hosted host available out up down back \
in on off over not only just now then still also and or but if when where who what how all one two some \
look point good bad best better aim laugh shop buy bought sell sold online site page website domain not \
team people everyone someone anyone data server servers mail event events conference party";

/// One function for each list of words in one line.
macro_rules! word_lists {
    ($($(#[$doc:meta])* $name:ident = $words:ident;)*) => {$(
        $(#[$doc])*
        pub(crate) fn $name(word: &str) -> bool {
            static WORDS: std::sync::LazyLock<hashbrown::HashSet<&str>> =
                std::sync::LazyLock::new(|| $words.split_ascii_whitespace().collect());
            WORDS.contains(word)
        }
    )*};
}
pub(crate) use word_lists;

word_lists! {
    /// Whether hosts may end like this (`io`, `com`, `de`).
    is_host_ending = HOST_ENDINGS;
    /// Whether files end like this, so that `main.rs` is no host.
    is_file_ending = FILE_ENDINGS;
    /// Whether anyone can have a mailbox at this host.
    is_free_mail = FREE_MAIL;
    /// Whether a lower-case word names a position.
    is_title_word = TITLE_WORDS;
    /// Whether a lower-case word is no part of a person's name.
    is_not_a_name = NOT_NAMES;
    /// Whether a lower-case word is in names that are easily taken for people's.
    is_of_another_name = OTHER_NAMES;
    /// Whether a lower-case word is what people do.
    is_verb_of_people = VERBS_OF_PEOPLE;
    /// Whether a lower-case word tells who said something.
    is_saying = SAYING;
    /// Whether a lower-case word is what people, companies and things do.
    is_verb_of_all = VERBS_OF_ALL;
    /// Whether "word at host dot com" is surely a sentence.
    is_never_a_mailbox = NEVER_A_MAILBOX;
    /// Whether a folded word is a frequent given name somewhere.
    is_given_name = GIVEN_NAMES;
}

/// What the lists say of a word with a capital, as bits.
pub(crate) mod fact {
    /// A frequent given name.
    pub(crate) const GIVEN: u8 = 1;
    /// A word with a job in the sentence.
    pub(crate) const FUNCTION: u8 = 1 << 1;
    /// The legal form of a company.
    pub(crate) const FORM: u8 = 1 << 2;
    /// What is asked of the folded word; the rest, of the word in lower case.
    pub(super) const OF_FOLDED: u8 = GIVEN | FUNCTION | FORM;
    /// No part of a person's name.
    pub(crate) const NOT_A_NAME: u8 = 1 << 3;
    /// A position.
    pub(crate) const TITLE: u8 = 1 << 4;
}

/// All that is asked of every word with a capital, in one look-up.
pub(crate) fn facts(lower: &str, folded: &str) -> u8 {
    static FACTS: LazyLock<HashMap<&str, u8>> = LazyLock::new(|| {
        let mut facts = HashMap::new();
        let lists = [
            (GIVEN_NAMES, fact::GIVEN),
            (FUNCTION_WORDS, fact::FUNCTION),
            (NOT_NAMES, fact::NOT_A_NAME),
            (TITLE_WORDS, fact::TITLE),
        ];
        let listed = lists
            .iter()
            .flat_map(|(words, fact)| words.split_ascii_whitespace().map(|word| (word, *fact)));
        for (word, fact) in listed.chain(legal_forms::single_words().map(|word| (word, fact::FORM)))
        {
            *facts.entry(word).or_default() |= fact;
        }
        facts
    });
    let of = |word: &str| FACTS.get(word).copied().unwrap_or_default();
    if lower == folded {
        of(lower)
    } else {
        (of(folded) & fact::OF_FOLDED) | (of(lower) & !fact::OF_FOLDED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folding::fold;

    #[test]
    fn given_names_are_kept_folded() {
        for name in GIVEN_NAMES.split_ascii_whitespace() {
            assert_eq!(fold(name), name);
        }
        assert!(is_given_name("anna") && is_given_name("mehmet") && is_given_name("priya"));
    }

    #[test]
    fn a_free_mail_host_says_nothing_about_the_company() {
        assert!(is_free_mail("gmail.com"));
        assert!(!is_free_mail("acme.io"));
    }
}
