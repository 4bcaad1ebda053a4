//! The command grammar: text in, intent out. Pure: no network, no database, no clock.
//!
//! One grammar serves every place; a network only decides how a command begins (`!t` here).
//! Names are left as they stand, since only the tenant's index knows where a name ends and
//! the rest begins. A command that is not understood is answered with the nearest ones.

use crm::places::Level;

/// One command, as help shows it and as it is parsed.
#[derive(Debug)]
pub struct Form {
    /// The words it begins with.
    pub words: &'static [&'static str],
    /// How it is written.
    pub usage: &'static str,
    /// What it does, for people.
    pub help: &'static str,
    read: fn(&str) -> Option<Intent>,
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// Show the card of a record.
    Who {
        /// Its name.
        name: String,
    },
    /// List records whose title begins like this.
    Find {
        /// The beginning.
        query: String,
    },
    /// Move a record; the name and the stage stand in one text.
    Move {
        /// "acme negotiating".
        rest: String,
    },
    /// Make a record.
    New {
        /// The blueprint, as typed.
        blueprint: String,
        /// The title.
        title: String,
        /// `name:value` pairs, in order.
        fields: Vec<(String, String)>,
    },
    /// Set columns of a record.
    Set {
        /// The name.
        name: String,
        /// `column:value` pairs, in order.
        fields: Vec<(String, String)>,
    },
    /// Write a note; the name and the words stand in one text.
    Note {
        /// "acme wants the annual plan".
        rest: String,
    },
    /// Make a task.
    Task {
        /// What to do.
        title: String,
        /// `for`, `due` and `to`, in order.
        fields: Vec<(String, String)>,
    },
    /// List open tasks.
    Tasks,
    /// Say that a task is done.
    Done {
        /// Its id, or the beginning of its title.
        task: String,
    },
    /// Take a record.
    Claim {
        /// Its name.
        name: String,
    },
    /// Give a record back to the pool.
    Release {
        /// Its name.
        name: String,
    },
    /// Capture messages.
    Capture(Capture),
    /// Accept the newest proposal here.
    Accept {
        /// Add to the records that probably fit.
        using_existing: bool,
        /// The stage for new deals.
        stage: Option<String>,
    },
    /// Discard the newest proposal here.
    Discard,
    /// Undo one's own last change.
    Undo,
    /// Redeem a code that binds this place.
    Bind {
        /// The code.
        code: String,
    },
    /// Make this place mute again.
    Unbind,
    /// Act as oneself.
    Link,
    /// Make this place louder or quieter.
    Quiet {
        /// How loud.
        level: Option<Level>,
        /// Silent for so long.
        minutes: Option<i64>,
    },
    /// What can be said here.
    Help,
}

/// Which messages to capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Capture {
    /// The newest ones here.
    Last(i64),
    /// These.
    These(Vec<String>),
    /// The one that is answered, or the thread that it stands in.
    Here,
}

/// What a text came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// A command.
    Intent(Intent),
    /// A command that lacks something: how it is written.
    Incomplete {
        /// How it is written.
        usage: &'static str,
    },
    /// No command: what was understood, and the nearest ones.
    Unknown {
        /// The words that were taken for the command.
        given: String,
        /// How the nearest are written.
        nearest: Vec<&'static str>,
    },
}

/// Every command there is, in the order of help.
pub const FORMS: &[Form] = &[
    Form {
        words: &["who"],
        usage: "who <name>",
        help: "show the card of a customer, person or deal",
        read: |rest| some(rest).map(|name| Intent::Who { name }),
    },
    Form {
        words: &["card"],
        usage: "card <name>",
        help: "the same as who",
        read: |rest| some(rest).map(|name| Intent::Who { name }),
    },
    Form {
        words: &["find"],
        usage: "find <beginning of a title>",
        help: "list what begins like this",
        read: |rest| some(rest).map(|query| Intent::Find { query }),
    },
    Form {
        words: &["deal", "move"],
        usage: "deal move <deal> <stage>",
        help: "move a deal to another stage",
        read: |rest| some(rest).map(|rest| Intent::Move { rest }),
    },
    Form {
        words: &["deal", "new"],
        usage: "deal new <title> value:12000EUR for:<company>",
        help: "make a deal",
        read: |rest| new("deal", rest),
    },
    Form {
        words: &["deal", "show"],
        usage: "deal show <deal>",
        help: "show a deal's card",
        read: |rest| some(rest).map(|name| Intent::Who { name }),
    },
    Form {
        words: &["move"],
        usage: "move <name> <stage>",
        help: "the same as deal move, for anything with stages",
        read: |rest| some(rest).map(|rest| Intent::Move { rest }),
    },
    Form {
        words: &["new"],
        usage: "new <person|company|deal> <title> email:… phone:… domain:… at:<company>",
        help: "make a record",
        read: |rest| {
            let (blueprint, rest) = rest.split_once(char::is_whitespace)?;
            new(blueprint, rest)
        },
    },
    Form {
        words: &["set"],
        usage: "set <name> <column>:<value>",
        help: "change columns of a record",
        read: |rest| {
            let (name, fields) = fields(rest);
            (!name.is_empty() && !fields.is_empty()).then_some(Intent::Set { name, fields })
        },
    },
    Form {
        words: &["note"],
        usage: "note <name> <words>",
        help: "write a note on a record",
        read: |rest| some(rest).map(|rest| Intent::Note { rest }),
    },
    Form {
        words: &["task"],
        usage: "task <what to do> for:<name> due:friday to:<member>",
        help: "make a task; without to: it waits in the pool",
        read: |rest| {
            let (title, fields) = fields(rest);
            (!title.is_empty()).then_some(Intent::Task { title, fields })
        },
    },
    Form {
        words: &["tasks"],
        usage: "tasks",
        help: "list open tasks",
        read: |_| Some(Intent::Tasks),
    },
    Form {
        words: &["done"],
        usage: "done <task>",
        help: "say that a task is done",
        read: |rest| some(rest).map(|task| Intent::Done { task }),
    },
    Form {
        words: &["claim"],
        usage: "claim <name>",
        help: "take a record that is nobody's",
        read: |rest| some(rest).map(|name| Intent::Claim { name }),
    },
    Form {
        words: &["release"],
        usage: "release <name>",
        help: "give a record back to the pool",
        read: |rest| some(rest).map(|name| Intent::Release { name }),
    },
    Form {
        words: &["capture"],
        usage: "capture last <number>",
        help: "propose records from messages; or react with 📇 to them",
        read: capture,
    },
    Form {
        words: &["accept"],
        usage: "accept [using existing] [stage:<stage>]",
        help: "accept the newest proposal here",
        read: |rest| {
            let (words, fields) = fields(rest);
            let stage = fields.into_iter().find(|(name, _)| name == "stage").map(|(_, v)| v);
            match words.to_lowercase().as_str() {
                "" => Some(Intent::Accept { using_existing: false, stage }),
                "using existing" | "existing" => {
                    Some(Intent::Accept { using_existing: true, stage })
                }
                _ => None,
            }
        },
    },
    Form {
        words: &["discard"],
        usage: "discard",
        help: "discard the newest proposal here",
        read: |_| Some(Intent::Discard),
    },
    Form {
        words: &["undo"],
        usage: "undo",
        help: "undo your last change",
        read: |_| Some(Intent::Undo),
    },
    Form {
        words: &["quiet"],
        usage: "quiet <off|button|name|full|8h|30m|end>",
        help: "how much I say here by myself",
        read: quiet,
    },
    Form {
        words: &["link"],
        usage: "link",
        help: "let your chat account act as you",
        read: |_| Some(Intent::Link),
    },
    Form {
        words: &["bind"],
        usage: "bind <code>",
        help: "give this room to your team's Tieline",
        read: |rest| some(rest).map(|code| Intent::Bind { code }),
    },
    Form {
        words: &["unbind"],
        usage: "unbind",
        help: "make this room mute again",
        read: |_| Some(Intent::Unbind),
    },
    Form { words: &["help"], usage: "help", help: "show this", read: |_| Some(Intent::Help) },
];

/// The command in a message that begins with `prefix`; none when it is no command at all.
pub fn command<'t>(prefix: &str, text: &'t str) -> Option<&'t str> {
    let text = text.trim_start();
    let head = text.get(..prefix.len())?;
    let rest = &text[prefix.len()..];
    let ends = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (head.eq_ignore_ascii_case(prefix) && ends).then(|| rest.trim())
}

/// What a command says. Only its first line counts, but for notes, which keep their lines.
pub fn parse(text: &str) -> Parsed {
    let text = text.trim();
    if text.is_empty() {
        return Parsed::Intent(Intent::Help);
    }
    let mut best: Option<(&Form, &str)> = None;
    for form in FORMS {
        if let Some(rest) = after_words(form.words, text)
            && best.as_ref().is_none_or(|(known, _)| known.words.len() < form.words.len())
        {
            best = Some((form, rest));
        }
    }
    let Some((form, rest)) = best else {
        return unknown(text);
    };
    match (form.read)(rest.trim()) {
        Some(intent) => Parsed::Intent(intent),
        None => Parsed::Incomplete { usage: form.usage },
    }
}

fn after_words<'t>(words: &[&str], text: &'t str) -> Option<&'t str> {
    let mut rest = text;
    for word in words {
        rest = rest.trim_start();
        let head = rest.get(..word.len())?;
        if !head.eq_ignore_ascii_case(word) {
            return None;
        }
        rest = &rest[word.len()..];
        if !(rest.is_empty() || rest.starts_with(char::is_whitespace)) {
            return None;
        }
    }
    Some(rest)
}

fn unknown(text: &str) -> Parsed {
    let mut words = text.split_whitespace().map(str::to_lowercase);
    let first = words.next().unwrap_or_default();
    let two = words.next().map_or_else(|| first.clone(), |second| format!("{first} {second}"));
    let mut scored = FORMS
        .iter()
        .map(|form| {
            let name = form.words.join(" ");
            let given = if form.words.len() == 2 { &two } else { &first };
            (strsim::damerau_levenshtein(&name, given), form)
        })
        .filter(|(distance, form)| {
            let length = form.words.iter().map(|w| w.len()).sum::<usize>();
            *distance <= 1 + length / 4
        })
        .collect::<Vec<_>>();
    scored.sort_by_key(|(distance, form)| (*distance, std::cmp::Reverse(form.words.len())));
    let best = scored.first().map_or(0, |(distance, _)| *distance);
    let nearest = scored
        .into_iter()
        .filter(|(distance, _)| *distance <= best + 1)
        .map(|(_, form)| form.usage)
        .take(3)
        .collect();
    Parsed::Unknown { given: first.chars().take(40).collect(), nearest }
}

fn some(rest: &str) -> Option<String> {
    let rest = rest.trim();
    (!rest.is_empty()).then(|| rest.to_owned())
}

fn new(blueprint: &str, rest: &str) -> Option<Intent> {
    let (title, fields) = fields(rest);
    (!title.is_empty()).then(|| Intent::New { blueprint: blueprint.to_lowercase(), title, fields })
}

fn capture(rest: &str) -> Option<Intent> {
    let rest = rest.trim();
    let lower = rest.to_lowercase();
    if rest.is_empty() || lower == "this" || lower == "thread" {
        return Some(Intent::Capture(Capture::Here));
    }
    let count = lower.strip_prefix("last").map_or(lower.as_str(), str::trim);
    if let Ok(count) = count.parse::<i64>() {
        return (1..=50).contains(&count).then_some(Intent::Capture(Capture::Last(count)));
    }
    if lower == "last" {
        return Some(Intent::Capture(Capture::Last(1)));
    }
    // Ids of messages, as the built-in chat and permalinks give them.
    let ids = rest.split_whitespace().map(message_id).collect::<Option<Vec<_>>>()?;
    (ids.len() <= 50).then_some(Intent::Capture(Capture::These(ids)))
}

/// The id of a message in what a person pasted: the id itself, or a link that ends in it.
fn message_id(given: &str) -> Option<String> {
    let id = match given.rsplit_once(['/', '#']) {
        Some((before, last)) if before.contains("://") => last.split('?').next().unwrap_or(last),
        _ => given,
    };
    let plausible = id.len() >= 6 && id.chars().any(|c| c.is_ascii_digit() || c == '$');
    plausible.then(|| id.to_owned())
}

fn quiet(rest: &str) -> Option<Intent> {
    let rest = rest.trim().to_lowercase();
    if rest.is_empty() {
        return Some(Intent::Quiet { level: None, minutes: Some(8 * 60) });
    }
    if rest == "end" || rest == "stop" {
        return Some(Intent::Quiet { level: None, minutes: Some(0) });
    }
    if let Some(level) = Level::parse(&rest) {
        return Some(Intent::Quiet { level: Some(level), minutes: None });
    }
    let (number, unit) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
    let number = number.parse::<i64>().ok()?;
    let minutes = match unit.trim() {
        "m" | "min" | "minutes" => number,
        "h" | "hour" | "hours" => number.checked_mul(60)?,
        "d" | "day" | "days" => number.checked_mul(24 * 60)?,
        _ => return None,
    };
    Some(Intent::Quiet { level: None, minutes: Some(minutes) })
}

/// Takes `name:value` pairs out of a text; a value with spaces stands in quotes. What is left
/// is the title.
fn fields(text: &str) -> (String, Vec<(String, String)>) {
    let mut title = Vec::new();
    let mut fields = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let word = &rest[..end];
        match word.split_once(':') {
            Some((name, value)) if is_field(name) && !value.starts_with("//") => {
                let after = &rest[name.len() + 1..];
                let (value, left) = value_of(after);
                fields.push((name.to_lowercase(), value));
                rest = left.trim_start();
            }
            _ => {
                title.push(word);
                rest = rest[end..].trim_start();
            }
        }
    }
    (title.join(" "), fields)
}

fn is_field(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// The value at the beginning of a text, and what follows it.
fn value_of(text: &str) -> (String, &str) {
    for (open, close) in [('"', '"'), ('“', '”'), ('„', '“'), ('\'', '\'')] {
        if let Some(inner) = text.strip_prefix(open)
            && let Some(end) = inner.find(close)
        {
            return (inner[..end].trim().to_owned(), &inner[end + close.len_utf8()..]);
        }
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (text[..end].to_owned(), &text[end..])
}

/// All commands, for people.
pub fn help(prefix: &str) -> String {
    let mut text = String::from("Name a customer and I show a card. You can also say:\n");
    for form in FORMS {
        text.push_str(&format!("{prefix} {} — {}\n", form.usage, form.help));
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Intent) {
        assert_eq!(parse(text), Parsed::Intent(expected), "{text}");
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn a_message_is_a_command_only_behind_its_prefix() {
        assert_eq!(command("!t", "!t who acme"), Some("who acme"));
        assert_eq!(command("!t", "  !T  help"), Some("help"));
        assert_eq!(command("!t", "!t"), Some(""));
        assert_eq!(command("!t", "!tell me"), None);
        assert_eq!(command("!t", "I said !t who acme"), None);
        assert_eq!(command("!t", "ü"), None);
    }

    #[test]
    fn each_command_reads_as_people_write_it() {
        check("who acme", Intent::Who { name: "acme".into() });
        check("WHO  Acme Inc.", Intent::Who { name: "Acme Inc.".into() });
        check("deal move acme negotiating", Intent::Move { rest: "acme negotiating".into() });
        check("move DEAL-12 won", Intent::Move { rest: "DEAL-12 won".into() });
        check("deal show acme", Intent::Who { name: "acme".into() });
        check(
            "note acme wants the annual plan",
            Intent::Note { rest: "acme wants the annual plan".into() },
        );
        check("find an", Intent::Find { query: "an".into() });
        check("undo", Intent::Undo);
        check("", Intent::Help);
        check("bind abcdef", Intent::Bind { code: "abcdef".into() });
        check("accept", Intent::Accept { using_existing: false, stage: None });
        check(
            "accept using existing stage:won",
            Intent::Accept { using_existing: true, stage: Some("won".into()) },
        );
    }

    #[test]
    fn a_note_keeps_its_lines() {
        check("note acme first\nsecond", Intent::Note { rest: "acme first\nsecond".into() });
    }

    #[test]
    fn fields_are_taken_out_wherever_they_stand() {
        check(
            "task call Anna for:acme due:friday",
            Intent::Task {
                title: "call Anna".into(),
                fields: vec![pair("for", "acme"), pair("due", "friday")],
            },
        );
        check(
            "task due:\"next friday\" call for:“Acme Inc” at 10:30",
            Intent::Task {
                title: "call at".into(),
                fields: vec![pair("due", "next friday"), pair("for", "Acme Inc"), pair("10", "30")],
            },
        );
        check(
            "deal new Annual plan value:12000EUR",
            Intent::New {
                blueprint: "deal".into(),
                title: "Annual plan".into(),
                fields: vec![pair("value", "12000EUR")],
            },
        );
        check(
            "new person Anna Schmidt email:anna@acme.io",
            Intent::New {
                blueprint: "person".into(),
                title: "Anna Schmidt".into(),
                fields: vec![pair("email", "anna@acme.io")],
            },
        );
    }

    #[test]
    fn capture_takes_a_number_ids_links_or_what_is_answered() {
        check("capture last 3", Intent::Capture(Capture::Last(3)));
        check("capture 3", Intent::Capture(Capture::Last(3)));
        check("capture", Intent::Capture(Capture::Here));
        check(
            "capture msg-0001 msg-0002",
            Intent::Capture(Capture::These(vec!["msg-0001".into(), "msg-0002".into()])),
        );
        check(
            "capture https://matrix.to/#/!r:s/$abcdef?via=s",
            Intent::Capture(Capture::These(vec!["$abcdef".into()])),
        );
        assert_eq!(
            parse("capture last 500"),
            Parsed::Incomplete { usage: "capture last <number>" }
        );
    }

    #[test]
    fn quiet_takes_a_level_or_a_time() {
        check("quiet", Intent::Quiet { level: None, minutes: Some(480) });
        check("quiet off", Intent::Quiet { level: Some(Level::Off), minutes: None });
        check("quiet 30m", Intent::Quiet { level: None, minutes: Some(30) });
        check("quiet 2h", Intent::Quiet { level: None, minutes: Some(120) });
        check("quiet end", Intent::Quiet { level: None, minutes: Some(0) });
        assert!(matches!(parse("quiet loud"), Parsed::Incomplete { .. }));
        assert!(matches!(parse("quiet 99999999999999999999h"), Parsed::Incomplete { .. }));
    }

    #[test]
    fn a_typo_is_answered_with_the_nearest_commands() {
        let nearest = |text: &str| match parse(text) {
            Parsed::Unknown { nearest, .. } => nearest,
            other => panic!("{text} came to {other:?}"),
        };
        assert_eq!(nearest("dael move acme won")[0], "deal move <deal> <stage>");
        assert_eq!(nearest("whoo acme")[0], "who <name>");
        assert_eq!(nearest("taks call")[0], "task <what to do> for:<name> due:friday to:<member>");
        assert!(nearest("xyzzyplugh").is_empty());
    }

    #[test]
    fn a_command_that_lacks_something_says_how_it_is_written() {
        assert_eq!(parse("who"), Parsed::Incomplete { usage: "who <name>" });
        assert_eq!(
            parse("new person"),
            Parsed::Incomplete {
                usage: "new <person|company|deal> <title> email:… phone:… domain:… at:<company>"
            }
        );
    }

    #[test]
    fn no_text_makes_the_parser_stumble() {
        for text in [
            "\u{202e}",
            "who \u{202e}acme",
            "🙂",
            "note 🙂🙂",
            ":",
            "::",
            "a:b:c",
            "\"",
            "task \"",
            "new : :",
        ] {
            let _ = parse(text);
            let _ = command("!t", text);
        }
        let long = "x:\"".repeat(20_000);
        let _ = parse(&format!("task {long}"));
    }
}
