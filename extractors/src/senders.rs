//! Who stands behind an address, and whether a mail from somebody unknown is worth a person's time.
//! What is held is kept with its reason; nothing is thrown away here.
//!
//! Left out: whether a sender is known, which only the records tell.

use serde::{Deserialize, Serialize};

use crate::mail::{Parts, ZoneKind};

/// Mailboxes of a role rather than of a person: they belong to the company.
const ROLE_MAILBOXES: [&str; 52] = [
    "info",
    "sales",
    "support",
    "hello",
    "hi",
    "contact",
    "contacto",
    "contato",
    "contatti",
    "office",
    "admin",
    "administration",
    "administracion",
    "billing",
    "invoice",
    "invoices",
    "finance",
    "legal",
    "privacy",
    "security",
    "abuse",
    "webmaster",
    "hostmaster",
    "team",
    "help",
    "helpdesk",
    "service",
    "services",
    "customerservice",
    "accounts",
    "accounting",
    "marketing",
    "press",
    "presse",
    "media",
    "jobs",
    "careers",
    "karriere",
    "hr",
    "mail",
    "post",
    "orders",
    "order",
    "ventas",
    "kontakt",
    "vertrieb",
    "einkauf",
    "buchhaltung",
    "rechnung",
    "empfang",
    "enquiries",
    "inquiries",
];

/// Mailboxes that nobody reads or writes, whatever follows: `bounces+12@…`.
const MACHINE_BEGINNINGS: [&str; 9] = [
    "noreply",
    "donotreply",
    "dontreply",
    "nichtantworten",
    "mailerdaemon",
    "bounce",
    "notification",
    "newsletter",
    "unsubscribe",
];

/// Words of a mailbox that nobody writes from.
const MACHINE_WORDS: [&str; 17] = [
    "noreply",
    "newsletter",
    "newsletters",
    "notification",
    "notifications",
    "notify",
    "bounce",
    "bounces",
    "postmaster",
    "daemon",
    "alerts",
    "automated",
    "autoreply",
    "mailing",
    "mailings",
    "digest",
    "unsubscribe",
];

/// Header lines that say that a mail is no letter from one to another.
const TELLING_HEADERS: [&str; 8] = [
    "list-unsubscribe",
    "list-id",
    "precedence",
    "auto-submitted",
    "x-autoreply",
    "x-autorespond",
    "x-auto-response-suppress",
    "return-path",
];

/// Who stands behind a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mailbox {
    /// A person, as far as one can tell.
    Person,
    /// Whoever has the role: `sales@…`.
    Role,
    /// Nobody: `no-reply@…`.
    Machine,
}

/// Who stands behind an address, by what stands before its at sign.
pub fn mailbox(address: &str) -> Mailbox {
    let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
    let joined = local.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let mut words = local.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    if MACHINE_BEGINNINGS.iter().any(|beginning| joined.starts_with(beginning))
        || joined.contains("noreply")
        || words.clone().any(|word| MACHINE_WORDS.contains(&word))
    {
        return Mailbox::Machine;
    }
    let is_role = ROLE_MAILBOXES.contains(&joined.as_str())
        || words.next().is_some_and(|word| ROLE_MAILBOXES.contains(&word));
    if is_role { Mailbox::Role } else { Mailbox::Person }
}

/// What the head of a mail says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head<'a> {
    /// The address of the sender.
    pub from: &'a str,
    /// Header lines, by name; the case of names does not matter.
    pub headers: &'a [(String, String)],
}

/// What a team decided about senders: addresses (`anna@acme.io`) and domains (`acme.io`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lists {
    /// The team's own domains.
    pub own: Vec<String>,
    /// These pass, whatever their mails look like.
    pub allow: Vec<String>,
    /// These are held, always.
    pub deny: Vec<String>,
}

/// Why a mail from somebody unknown waits instead of being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// The team does not want mails from there.
    Denied,
    /// It comes from the team itself.
    Own,
    /// A machine wrote it: an automatic answer, a delivery report.
    Automatic,
    /// It went to a list: a newsletter, a mailing list.
    List,
    /// Nobody reads what is sent there.
    NoReply,
    /// A mailbox that several people share.
    Role,
}

impl Held {
    /// The reason in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "your team does not want mails from this sender",
            Self::Own => "it comes from your own team",
            Self::Automatic => "it was written by a machine",
            Self::List => "it went to a mailing list",
            Self::NoReply => "nobody reads the mailbox it came from",
            Self::Role => "it came from a mailbox that several people share",
        }
    }
}

/// Why a mail from somebody unknown should wait, the weightiest reason first; none when it should be
/// read. Who is allowed passes, and who is denied is held, before anything else is asked.
///
/// ```
/// use extractors::senders::{Head, Held, Lists, gate};
/// let list = [("List-Unsubscribe".to_owned(), "<https://acme.io/u>".to_owned())];
/// let head = Head { from: "anna@acme.io", headers: &list };
/// assert_eq!(gate(&head, &Lists::default()), [Held::List]);
/// let lists = Lists { allow: vec!["acme.io".to_owned()], ..Lists::default() };
/// assert_eq!(gate(&head, &lists), []);
/// ```
pub fn gate(head: &Head<'_>, lists: &Lists) -> Vec<Held> {
    let from = head.from.trim().trim_matches(['<', '>']).to_lowercase();
    if is_listed(&from, &lists.deny) {
        return vec![Held::Denied];
    }
    if is_listed(&from, &lists.allow) {
        return Vec::new();
    }
    let mut reasons = Vec::new();
    if is_listed(&from, &lists.own) {
        reasons.push(Held::Own);
    }
    let value = |name: &str| {
        let found = head.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_lowercase())
    };
    let is_automatic = value("auto-submitted").is_some_and(|how| how != "no")
        || value("x-autoreply").is_some()
        || value("x-autorespond").is_some()
        || value("x-auto-response-suppress").is_some_and(|what| what.contains("all"))
        || value("precedence").is_some_and(|what| what == "auto_reply" || what == "junk")
        || value("return-path").is_some_and(|path| path == "<>");
    if is_automatic {
        reasons.push(Held::Automatic);
    }
    let is_list = value("list-unsubscribe").is_some()
        || value("list-id").is_some()
        || value("precedence").is_some_and(|what| what == "bulk" || what == "list");
    if is_list {
        reasons.push(Held::List);
    }
    match mailbox(&from) {
        Mailbox::Machine => reasons.push(Held::NoReply),
        Mailbox::Role => reasons.push(Held::Role),
        Mailbox::Person => {}
    }
    reasons
}

/// What a mail that was passed on or pasted into a text says of its head: who wrote it, and the
/// header lines that tell of machines and lists. None when no mail is in the text.
///
/// ```
/// use extractors::senders::pasted;
/// let text = "---------- Forwarded message ---------\nFrom: Acme News <news@acme.io>\n\
///             Subject: Spring\nList-Unsubscribe: <https://acme.io/u>\n\nTen tips.";
/// let (from, headers) = pasted(text).expect("a mail");
/// assert_eq!((from.as_str(), headers.len()), ("news@acme.io", 1));
/// ```
pub fn pasted(text: &str) -> Option<(String, Vec<(String, String)>)> {
    let parts = Parts::of(text, None);
    let sender = parts.correspondence.iter().find(|field| field.is_sender)?;
    let address = text[sender.range.clone()].split(['<', '>', ' ', '[', ']', ':', '"']);
    let from = address.map(str::trim).find(|word| word.contains('@'))?.to_lowercase();
    let headers = parts.of_kinds(&[ZoneKind::ForwardHeader]);
    let head = headers.iter().find(|zone| zone.contains(&sender.range.start))?;
    let lines = text[head.clone()].lines().filter_map(|line| line.split_once(':'));
    let telling = lines.filter(|(name, _)| {
        TELLING_HEADERS.iter().any(|known| name.trim().eq_ignore_ascii_case(known))
    });
    let telling = telling.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    Some((from, telling.collect()))
}

/// Whether an address, its domain or a domain above it stands on a list.
fn is_listed(address: &str, list: &[String]) -> bool {
    let domain = address.rsplit_once('@').map_or(address, |(_, domain)| domain);
    list.iter().map(|entry| entry.trim().trim_start_matches('@').to_lowercase()).any(|entry| {
        !entry.is_empty()
            && (entry == address
                || entry == domain
                || domain.strip_suffix(entry.as_str()).is_some_and(|rest| rest.ends_with('.')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_a_persons_a_roles_or_nobodys() {
        let check = |address: &str, expected: Mailbox| {
            assert_eq!(mailbox(address), expected, "{address}");
        };
        check("info@acme.io", Mailbox::Role);
        check("sales-emea@acme.io", Mailbox::Role);
        check("no-reply@acme.io", Mailbox::Machine);
        check("do_not_reply@acme.io", Mailbox::Machine);
        check("github-noreply@acme.io", Mailbox::Machine);
        check("mailer-daemon@acme.io", Mailbox::Machine);
        check("bounces+12@acme.io", Mailbox::Machine);
        check("news.newsletter@acme.io", Mailbox::Machine);
        check("anna.schmidt@acme.io", Mailbox::Person);
    }

    #[test]
    fn who_is_unknown_is_held_for_a_reason() {
        fn check(from: &str, headers: &[(&str, &str)], expected: &[Held]) {
            let headers: Vec<(String, String)> = headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            let lists = Lists {
                own: vec!["northwind.example".to_owned()],
                allow: vec!["news@globex.example".to_owned()],
                deny: vec!["@spam.example".to_owned()],
            };
            let head = Head { from, headers: &headers };
            assert_eq!(gate(&head, &lists), expected, "{from} {headers:?}");
        }
        let list = [("list-unsubscribe", "<mailto:u@globex.example>")];
        check("anna@acme.example", &[], &[]);
        check("anna@acme.example", &[("Auto-Submitted", "no")], &[]);
        check("anna@acme.example", &[("AUTO-SUBMITTED", "auto-replied")], &[Held::Automatic]);
        check("anna@acme.example", &[("Return-Path", "<>")], &[Held::Automatic]);
        check("anna@acme.example", &[("Precedence", "bulk")], &[Held::List]);
        check("anna@acme.example", &list, &[Held::List]);
        check("news@globex.example", &list, &[]);
        check("no-reply@acme.example", &[], &[Held::NoReply]);
        check("sales@acme.example", &[], &[Held::Role]);
        check("rosa@northwind.example", &[], &[Held::Own]);
        check("rosa@mail.northwind.example", &[], &[Held::Own]);
        let both = [("Auto-Submitted", "auto-generated"), ("Precedence", "bulk")];
        let reasons = [Held::Own, Held::Automatic, Held::List, Held::Role];
        check("info@northwind.example", &both, &reasons);
        check("rosa@notnorthwind.example", &[], &[]);
        check("anna@spam.example", &[], &[Held::Denied]);
    }

    #[test]
    fn a_mail_in_a_text_says_who_wrote_it() {
        let check = |text: &str, expected: Option<(&str, usize)>| {
            let found = pasted(text);
            let told = found.as_ref().map(|(from, headers)| (from.as_str(), headers.len()));
            assert_eq!(told, expected, "{text}");
        };
        let head = "From: Kim Roe <Kim@Acme.example>\nDate: Mon, 11 Jan 2027\nSubject: Seats\n";
        check(
            &format!("FYI\n\n---- Forwarded message ----\n{head}\nHi"),
            Some(("kim@acme.example", 0)),
        );
        check(&format!("{head}To: rosa@northwind.example\n\nHi"), Some(("kim@acme.example", 0)));
        let list = "List-Id: <news.acme.example>\nPrecedence: bulk\n";
        check(&format!("{head}{list}\nPrecedence: none of it"), Some(("kim@acme.example", 2)));
        check("From: here to there is far\nkim@acme.example", None);
        check("talked to Kim Roe <kim@acme.example>", None);
        check("", None);
    }
}
