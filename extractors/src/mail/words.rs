//! The words by which mail programs and their users mark the parts of a mail,
//! in the languages mail programs speak. All in lower case.

use std::sync::LazyLock;

use hashbrown::{HashMap, HashSet};

/// What a line of a mail header tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Field {
    From,
    To,
    Date,
    Subject,
    Other,
}

/// The header field a lower-case name stands for.
pub(crate) fn field(name: &str) -> Option<Field> {
    static FIELDS: LazyLock<HashMap<&str, Field>> = LazyLock::new(|| {
        let fields = [
            (Field::From, FROM_NAMES),
            (Field::To, TO_NAMES),
            (Field::Date, DATE_NAMES),
            (Field::Subject, SUBJECT_NAMES),
            (Field::Other, OTHER_NAMES),
        ];
        let names = fields.iter().rev();
        names.flat_map(|(field, names)| names.split('|').map(|name| (name, *field))).collect()
    });
    FIELDS.get(name).copied()
}

const WROTE: &str = "\
wrote pisze píše writes schrieb schreef geschreven écrit scritto escribió escribio escrito escreveu \
napisał napisała napisał(a) napisal napsal napsal(a) napsala napísal написал написала \
написал(а) написав написала(а) пише пишет писал skrev kirjoitti írta yazdı scris escriure \
escrigué έγραψε viết rašė rakstīja kirjutas написа napisao napisala skrifaði כתב כתבה كتب \
menulis schrieben idatzi scrisse rispose responded";
const FROM_NAMES: &str = "\
from|von|de|da|van|från|fra|lähettäjä|od|от|від|от кого|差出人|发件人|寄件者|寄件人|kimden|feladó|de la|保存者|\
보낸 사람|expéditeur|remitente|mittente|sent by|please respond to|reply-to|reply to|από|מאת|\
gönderen|nadawca|absender";
const TO_NAMES: &str = "\
to|an|à|para|aan|till|til|vastaanottaja|do|komu|кому|宛先|收件人|收件者|kime|címzett|받는 사람|cc|bcc|kopie|\
copie|kopia|kopi|kopio|копия|копія|抄送|副本|destinataire|destinatario|a|către|cci|ccn|προς|אל|\
alıcı|adresat|empfänger|antwort an";
const DATE_NAMES: &str = "\
sent|date|gesendet|datum|envoyé|envoyé le|enviado|enviado el|enviada em|enviado em|fecha|\
inviato|inviato il|data|verzonden|skickat|sendt|dato|lähetetty|päivämäärä|wysłano|wysłane|\
отправлено|дата|надіслано|日付|日時|送信日時|发送时间|日期|寄件日期|tarih|gönderilme|elküldve|dátum|odesláno|\
trimis|보낸 날짜|gesendet am|date d'envoi|ημερομηνία";
const SUBJECT_NAMES: &str = "\
subject|betreff|objet|asunto|oggetto|assunto|onderwerp|ämne|emne|aihe|temat|тема|předmět|\
predmet|件名|主题|主旨|konu|tárgy|subiect|제목|θέμα|re|sujet";
const OTHER_NAMES: &str = "\
importance|priority|received|return-path|delivered-to|mime-version|content-type|x-authentication-warning|x-sender|x-mozilla-status|attachments|attachment|sensitivity|wichtigkeit|anlagen|pièces jointes|\
organization|newsgroups|message-id|importancia|auto forwarded by|mailed-by|list-id|x-mailer|\
expires|list-unsubscribe|list-unsubscribe-post|precedence|auto-submitted|x-autoreply|x-autorespond|\
x-auto-response-suppress";

/// Phrases, by their first byte.
pub(crate) struct Phrases {
    phrases: Vec<&'static str>,
    /// Where those begin that open with a byte.
    starts: [usize; 257],
}

impl Phrases {
    fn of(words: &'static str) -> Self {
        let first = |phrase: &str| phrase.bytes().next().map_or(0, usize::from);
        let mut phrases: Vec<&str> = words.split('|').collect();
        phrases.sort_by_key(|phrase| first(phrase));
        let starts = std::array::from_fn(|byte| phrases.partition_point(|p| first(p) < byte));
        Self { phrases, starts }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.phrases.iter().copied()
    }

    /// The longest phrase that a lower-case line begins with, as whole words; its length in bytes.
    pub(crate) fn open(&self, line: &str) -> Option<usize> {
        let first = usize::from(*line.as_bytes().first()?);
        let same_first = &self.phrases[self.starts[first]..self.starts[first + 1]];
        opens_with(line, same_first)
    }
}

macro_rules! phrases {
    ($($(#[$doc:meta])* $name:ident = $words:literal;)*) => {$(
        $(#[$doc])*
        pub(crate) static $name: LazyLock<Phrases> = LazyLock::new(|| Phrases::of($words));
    )*};
}

phrases! {
    /// The same in scripts that leave no space between words.
    WROTE_WITHIN = "写道|寫道|书き込みました|書きました|작성";
    /// Words that begin it.
    ON = "\
on|at|le|am|il|el|em|op|den|dnia|w|pe|dne|dňa|в|у|a|på|vào|στις|on:|el:|du|lørdag|pada|\
tarihinde|ngày|בתאריך|في|在|於";
    /// Lines between dashes above a message that is passed on or answered.
    ORIGINAL = "\
original message|original email|original appointment|original e-mail|reply separator|\
reply message|ursprüngliche nachricht|originalnachricht|original-nachricht|message d'origine|\
message original|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht|\
ursprungligt meddelande|originalmeddelande|oprindelig meddelelse|original meddelelse|\
opprinnelig melding|alkuperäinen viesti|wiadomość oryginalna|oryginalna wiadomość|\
původní zpráva|pôvodná správa|eredeti üzenet|orijinal mesaj|özgün ileti|исходное сообщение|\
оригінальне повідомлення|оригинальное сообщение|mesaj original|mesajul original|原始邮件|原始郵件|原邮件|\
元のメッセージ|original message follows|inline attachment follows|원본 메시지|αρχικό μήνυμα|message";
    /// The same for messages passed on to somebody else.
    FORWARDED = "\
forwarded message|forwarded by|begin forwarded message|forwarded|weitergeleitete nachricht|\
anfang der weitergeleiteten nachricht|weitergeleitet von|message transféré|message transmis|\
début du message transféré|début du message réexpédié|mensaje reenviado|\
inicio del mensaje reenviado|mensagem encaminhada|início da mensagem encaminhada|\
messaggio inoltrato|inizio messaggio inoltrato|doorgestuurd bericht|begin doorgestuurd bericht|\
vidarebefordrat meddelande|vidarebefordrat brev|vidaresänt meddelande|videresendt meddelelse|\
videresendt melding|välitetty viesti|przekazana wiadomość|treść przekazanej wiadomości|\
přeposlaná zpráva|továbbított üzenet|iletilen mesaj|iletilmiş mesaj|пересылаемое сообщение|\
переслане повідомлення|пересланное сообщение|начало переадресованного сообщения|\
mesaj redirecționat|转发邮件|转发的邮件|轉寄郵件|転送メッセージ|전달된 메시지|προωθημένο μήνυμα|\
start of forwarded message";
    /// How mail programs and telephones sign.
    SENT_FROM = "\
sent from|sent via|sent with|sent using|sent by|(sent from|get outlook for|get [outlook|\
download outlook|envoyé de|envoyé depuis|envoyé à partir|von meinem|gesendet von|gesendet mit|\
von meiner|diese nachricht wurde von|enviado desde|enviado de|enviado do|enviado a partir|\
enviado por|inviato da|inviato dal|verzonden vanaf|verzonden met|verstuurd vanaf|verzonden via|\
skickat från|sendt fra|lähetetty|wysłano z|wysłane z|отправлено с|отправлено из|надіслано з|\
iphoneから送信|发自我的|發自我的|從我的|从我的|trimis de pe|odesláno z|küldve|via mobile|from my iphone|\
from my ipad|from my mobile|from my phone|from mobile|get your free|do you yahoo|\
learn more about|posted via|sendt med|skickat via|iphone'umdan gönderildi|отправлено через";
    /// Words that tell a legal notice, at least two of which must stand in it.
    NOTICE = "\
confidential|privileged|intended recipient|intended only|intended solely|in error|unauthorized|\
unauthorised|disclosure|recipient|notify the sender|sender immediately|dissemination|prohibited|\
disclaimer|proprietary|virus|vertraulich|empfänger|irrtümlich|confidentiel|destinataire|\
confidencial|destinatario|riservat|vertrouwelijk|solely for|delete this|delete the|delete it|\
binding|legal notice|copying";
    /// Words of the lists, shops and programs that put a line under every mail.
    FOOTER = "\
unsubscribe|mailing list|mailman/listinfo|to post to this group|you received this message|\
you are receiving this|subscription|manage your|yahoo!|msn |hotmail|free email|yahoogroups|\
google groups|listinfo|to reply to this|view this message|view it on github|\
reply to this email directly|mailing-list|abmelden|abbestellen|désabonner|additional commands|\
scanned|antivirus|avast|think before you print|consider the environment|powered by";
    /// What people write above their name.
    CLOSING = "\
thanks|thank you|thanx|thx|tia|regards|rgds|best|cheers|sincerely|cordially|yours|respectfully|\
love|take care|warmly|cu|see you|talk soon|many thanks|kind|warm|warmest|kindest|with best|\
with kind|with warm|ciao|later|ttyl|br|hth|bye|your|mit freundlichen|freundliche|viele grüße|\
viele gruesse|beste grüße|liebe grüße|lg|vg|mfg|gruß|gruss|grüße|gruesse|schöne grüße|herzliche|\
danke|vielen dank|besten dank|cordialement|bien à vous|bien cordialement|amicalement|merci|\
salutations|bonne journée|saludos|un saludo|atentamente|atte|gracias|un abrazo|abrazo|\
cordialmente|cordiali|distinti|saluti|grazie|a presto|atenciosamente|obrigado|obrigada|abraço|\
abraços|att|met vriendelijke|vriendelijke|groeten|groet|mvg|bedankt|dank|med vänliga|vänliga|\
hälsningar|mvh|med vennlig|med venlig|hilsen|vh|tack|takk|tak|terveisin|ystävällisin|kiitos|\
pozdrawiam|z poważaniem|dziękuję|pozdrowienia|s pozdravem|děkuji|üdvözlettel|köszönöm|\
saygılarımla|teşekkürler|с уважением|спасибо|всего доброго|з повагою|дякую|よろしく|敬具|此致|谢谢|祝好|\
감사합니다|happy|have a|enjoy|greetings|greets|peace|god bless|all the best|looking forward|\
faithfully|hope this helps|hope that helps|in advance|xoxo";
    /// What people write above their message.
    GREETING = "\
hi|hello|hey|dear|good morning|good afternoon|good evening|greetings|howdy|yo|hiya|hallo|\
guten tag|guten morgen|liebe|lieber|sehr geehrte|sehr geehrter|moin|servus|bonjour|salut|cher|\
chère|bonsoir|madame|monsieur|hola|estimado|estimada|querido|buenos días|buenas tardes|ciao|\
gentile|buongiorno|salve|caro|cara|olá|oi|prezado|prezada|bom dia|boa tarde|beste|geachte|\
goedemorgen|dag|hej|hei|god morgen|kjære|kära|kære|moi|cześć|dzień dobry|witam|szanowny|\
szanowna|ahoj|dobrý den|szia|tisztelt|merhaba|selam|sayın|привет|здравствуйте|добрый день|\
уважаемый|уважаемая|привіт|добрий день|こんにちは|お世話に|你好|您好|안녕하세요|to whom|folks|team|all|gentlemen|\
guys|everyone|sir";
}

/// Whether a word ends "On Monday, Kim Roe wrote:".
pub(crate) fn is_wrote(word: &str) -> bool {
    static VERBS: LazyLock<HashSet<&str>> = LazyLock::new(|| WROTE.split(' ').collect());
    let is_plain = word.bytes().all(|b| b.is_ascii_lowercase());
    VERBS.contains(word) || (!is_plain && VERBS.contains(word.to_lowercase().as_str()))
}

/// The longest of `phrases` that a lower-case line begins with, as whole words; its length in
/// bytes.
pub(crate) fn opens_with(line: &str, phrases: &[&str]) -> Option<usize> {
    phrases
        .iter()
        .filter(|phrase| {
            line.strip_prefix(**phrase)
                .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric) || !phrase.is_ascii())
        })
        .map(|phrase| phrase.len())
        .max()
}
