//! Mails: what a program or a connection hands in, checked before it is kept. A mail reads as it
//! would if somebody had passed it on into a room, so that there is one way of reading mails.
//! Left out: MIME, HTML and attachments; whoever hands a mail in gives its plain text.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::chat::{Author, Place};
use crate::errors::Refusal;
use crate::proposals::CapturedMessage;

/// The connection that mails come through, which no chat has.
pub const MAIL: &str = "mail";
/// The network of those who write mails.
pub const EMAIL: &str = "email";

/// The longest text, in bytes.
const TEXT_BYTES_MAX: usize = 200 * 1024;
/// The longest subject, name or id, in characters.
const LINE_CHARS_MAX: usize = 500;
/// The longest value of a header line, in bytes.
const HEADER_BYTES_MAX: usize = 8 * 1024;
/// The most header lines, and the most recipients.
const MANY_MAX: usize = 200;
/// The longest address, in bytes.
const ADDRESS_BYTES_MAX: usize = 320;
/// How far ahead of this machine's clock another one may be.
const AHEAD_HOURS: i64 = 24;

/// Who wrote a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Correspondent {
    /// The name, as the mail claims it.
    pub name: Option<String>,
    /// The address, in lower case.
    pub address: String,
}

impl Correspondent {
    /// Reads `Anna Schmidt <anna@acme.io>`, or an address alone.
    ///
    /// # Errors
    /// When there is no address in it.
    pub fn parse(given: &str) -> Result<Self, Refusal> {
        let line = one_line(given);
        let (name, address) = match line.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
            Some((name, address)) => (name.trim().trim_matches('"').trim(), address.trim()),
            None => ("", line.as_str()),
        };
        let name: String = name.chars().filter(|c| !matches!(c, '<' | '>')).collect();
        let address = normal_address(address)?;
        let fits = !name.is_empty() && name.chars().count() <= LINE_CHARS_MAX;
        Ok(Self { name: fits.then_some(name), address })
    }
}

impl std::fmt::Display for Correspondent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => f.write_str(&self.address),
        }
    }
}

/// A line of a mail's header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderLine {
    /// Its name (`List-Unsubscribe`), in any case.
    pub name: String,
    /// What stands behind the colon.
    pub value: String,
}

/// A mail as it came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// What makes it one of a kind: its Message-ID.
    pub id: String,
    /// Who wrote it.
    pub from: Correspondent,
    /// To whom.
    pub to: Vec<String>,
    /// What it is about.
    pub subject: String,
    /// The lines of its header.
    pub headers: Vec<HeaderLine>,
    /// What it says, as plain text.
    pub text: String,
    /// When it arrived.
    pub received_at: DateTime<Utc>,
}

impl Mail {
    /// The mail as it is kept, when it is fit to be.
    ///
    /// # Errors
    /// What is wrong with it, and the way out.
    pub fn checked(self, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let id = self.id.trim().trim_matches(['<', '>']).to_owned();
        let is_odd = |c: char| c.is_whitespace() || c.is_control();
        if id.is_empty() || id.chars().count() > LINE_CHARS_MAX || id.contains(is_odd) {
            return Err(Refusal::invalid(format!(
                "A mail needs its Message-ID, so that the same mail counts once: one word of at \
                 most {LINE_CHARS_MAX} characters. Give it as `message_id`."
            )));
        }
        if self.text.len() > TEXT_BYTES_MAX {
            return Err(Refusal::invalid(format!(
                "The text of a mail has at most {} KiB. Send its beginning, without attachments.",
                TEXT_BYTES_MAX / 1024
            )));
        }
        if self.headers.len() > MANY_MAX || self.to.len() > MANY_MAX {
            return Err(Refusal::invalid(format!(
                "A mail has at most {MANY_MAX} header lines and {MANY_MAX} recipients. Leave out \
                 those that say how it travelled."
            )));
        }
        let unfit = self.headers.iter().find(|line| {
            let name = line.name.trim();
            name.is_empty()
                || name.len() > 100
                || !name.bytes().all(|b| b.is_ascii_graphic() && b != b':')
                || line.value.len() > HEADER_BYTES_MAX
        });
        if let Some(unfit) = unfit {
            return Err(Refusal::invalid(format!(
                "“{}” is no header line: its name is one word, and its value has at most {} KiB. \
                 Correct it or leave it out.",
                short(&unfit.name, 60),
                HEADER_BYTES_MAX / 1024
            )));
        }
        if self.received_at > now + Duration::hours(AHEAD_HOURS) {
            return Err(Refusal::invalid(
                "This mail would have arrived in the future. Correct `received_at`, or leave it \
                 out for now.",
            ));
        }
        Ok(Self {
            id,
            to: self.to.iter().map(|to| short(&one_line(to), LINE_CHARS_MAX)).collect(),
            subject: short(&one_line(&self.subject), LINE_CHARS_MAX),
            ..self
        })
    }

    /// The conversation it belongs to, by the mail that it began with.
    pub fn place(&self) -> Place {
        let first = |name: &str| {
            let line = self.headers.iter().find(|line| line.name.eq_ignore_ascii_case(name))?;
            let id = line.value.split_whitespace().next()?.trim_matches(['<', '>']);
            (!id.is_empty()).then(|| short(id, LINE_CHARS_MAX))
        };
        let began = first("References").or_else(|| first("In-Reply-To"));
        Place::new(MAIL, began.unwrap_or_else(|| self.id.clone()))
    }

    /// The mail as a message, which reads as if it had been passed on.
    pub fn as_message(&self) -> CapturedMessage {
        let mut text = format!(
            "---------- Forwarded message ---------\nFrom: {}\nDate: {}\nSubject: {}\n",
            self.from,
            self.received_at.format("%a, %-d %b %Y %H:%M"),
            self.subject
        );
        if !self.to.is_empty() {
            text.push_str(&format!("To: {}\n", self.to.join(", ")));
        }
        text.push('\n');
        text.push_str(&self.text);
        CapturedMessage {
            place: self.place(),
            message: self.id.clone(),
            author: Author {
                network: EMAIL.to_owned(),
                id: self.from.address.clone(),
                name: self.from.name.clone().unwrap_or_else(|| self.from.address.clone()),
            },
            text,
            at: self.received_at,
            permalink: None,
        }
    }
}

/// What a mail itself says, without the lines that tell who passed it on.
pub fn words_of(message: &CapturedMessage) -> &str {
    let whole = message.text.as_str();
    match whole.split_once("\n\n") {
        Some((_, words)) if message.place.connection == MAIL => words,
        _ => whole,
    }
}

/// What a mail is about and how it begins, in one line.
pub fn in_short(subject: &str, message: &CapturedMessage) -> String {
    let words = words_of(message).split_whitespace().take(80).collect::<Vec<_>>().join(" ");
    match (subject.is_empty(), words.is_empty()) {
        (false, false) => format!("{subject}: {words}"),
        (false, true) => subject.to_owned(),
        (true, false) => words,
        (true, true) => "a mail without words".to_owned(),
    }
}

/// An address in the form in which addresses are compared.
///
/// # Errors
/// When it is none.
pub fn normal_address(given: &str) -> Result<String, Refusal> {
    let given = given.trim();
    let is_odd = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';' | '"' | '(' | ')')
    };
    let parts = given.rsplit_once('@');
    let fits = given.len() <= ADDRESS_BYTES_MAX
        && !given.contains(is_odd)
        && parts.is_some_and(|(local, domain)| !local.is_empty() && is_domain(domain));
    if !fits {
        return Err(Refusal::invalid(format!(
            "“{}” is no e-mail address. Give one like anna@acme.io, or Anna <anna@acme.io>.",
            short(given, 80)
        )));
    }
    Ok(given.to_lowercase())
}

/// Whether this is the name of a domain with at least two parts.
pub(crate) fn is_domain(given: &str) -> bool {
    given.contains('.')
        && given.split('.').all(|part| {
            !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
        })
}

/// Words on one line.
pub fn one_line(given: &str) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    let text = given.chars().map(shown).collect::<String>();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn short(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            id: "<1@acme.io>".to_owned(),
            from: Correspondent::parse("Anna Schmidt <Anna@Acme.io>").expect("a sender"),
            to: vec!["rosa@northwind.example".to_owned()],
            subject: "Forty\r\nFrom: somebody else".to_owned(),
            headers: Vec::new(),
            text: "We want forty.".to_owned(),
            received_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_sender_is_read_as_mail_programs_write_them() {
        let check = |given: &str, name: Option<&str>, address: &str| {
            let expected =
                Correspondent { name: name.map(str::to_owned), address: address.to_owned() };
            assert_eq!(Correspondent::parse(given), Ok(expected), "{given}");
        };
        check("anna@acme.io", None, "anna@acme.io");
        check("<Anna@ACME.io>", None, "anna@acme.io");
        check("\"Schmidt, Anna\" <anna@acme.io>", Some("Schmidt, Anna"), "anna@acme.io");
        check("Anna\r\nBcc: x <anna@acme.io>", Some("Anna Bcc: x"), "anna@acme.io");
        check("Ann <a@b.c> <anna@acme.io>", Some("Ann a@b.c"), "anna@acme.io");
        for given in ["", "anna", "anna@acme", "anna@acme.io, bob@acme.io", "@acme.io", "a b@c.d"] {
            let refusal = Correspondent::parse(given).expect_err(given);
            assert!(refusal.message.contains("anna@acme.io"), "{refusal}");
        }
    }

    #[test]
    fn a_mail_is_kept_once_and_its_header_stays_a_header() {
        let kept = mail().checked(DateTime::UNIX_EPOCH).expect("it is fit");
        assert_eq!(kept.id, "1@acme.io");
        let message = kept.as_message();
        let lines = message.text.lines().collect::<Vec<_>>();
        assert_eq!(lines[1], "From: Anna Schmidt <anna@acme.io>");
        assert_eq!(lines[3], "Subject: Forty From: somebody else");
        assert_eq!(message.place, Place::new(MAIL, "1@acme.io"));
        assert_eq!(words_of(&message), "We want forty.");
        assert_eq!(in_short("Forty", &message), "Forty: We want forty.");
        let answer = HeaderLine { name: "references".into(), value: "<0@x.y> <1@x.y>".into() };
        assert_eq!(Mail { headers: vec![answer], ..mail() }.place().room, "0@x.y");
    }

    #[test]
    fn what_cannot_be_a_mail_is_refused_with_the_way_out() {
        let line = |name: &str, value: &str| HeaderLine { name: name.into(), value: value.into() };
        let check = |mail: Mail, part: &str| {
            let refusal = mail.checked(DateTime::UNIX_EPOCH).expect_err(part);
            assert!(refusal.message.contains(part), "{refusal}");
        };
        check(Mail { id: " <> ".into(), ..mail() }, "Message-ID");
        check(Mail { id: "a b".into(), ..mail() }, "Message-ID");
        check(Mail { text: "a".repeat(TEXT_BYTES_MAX + 1), ..mail() }, "200 KiB");
        check(Mail { headers: vec![line("a", "b"); MANY_MAX + 1], ..mail() }, "header lines");
        check(Mail { headers: vec![line("List Id", "b")], ..mail() }, "“List Id”");
        let late = DateTime::UNIX_EPOCH + Duration::hours(AHEAD_HOURS + 1);
        check(Mail { received_at: late, ..mail() }, "future");
    }
}
