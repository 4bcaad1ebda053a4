//! The command grammar: text in, intent out. Pure: no network, no database, no clock.
//!
//! One grammar serves every place; a network only decides how a command begins (`!t` here).
//! Names are left as they stand, since only the tenant's index knows where a name ends and
//! the rest begins. A command that is not understood is answered with the nearest ones.
//! A value runs from its `key:` to the next one or the end.

mod fields;
mod forms;
mod intents;
mod offers;
mod readers;

pub use self::forms::FORMS;
pub use self::intents::{Capture, Intent, LeadStep};
pub use self::offers::OFFERS;

/// What a command is for, as help groups it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// It shows something.
    LookUp,
    /// It changes records.
    Change,
    /// It is about the place, or about oneself in it.
    Room,
}

/// One command, as help shows it and as it is parsed.
#[derive(Debug)]
pub struct Form {
    /// The words it begins with.
    pub words: &'static [&'static str],
    /// How it is written.
    pub usage: &'static str,
    /// What it does, for people.
    pub help: &'static str,
    /// Where help shows it.
    pub group: Group,
    read: fn(&str) -> Option<Intent>,
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
    let is_family = |form: &Form| form.words.len() == 2 && form.words[0] == first;
    let is_half = FORMS.iter().any(is_family);
    let mut scored = FORMS
        .iter()
        .map(|form| {
            let name = form.words.join(" ");
            let given = if form.words.len() == 2 { &two } else { &first };
            (strsim::damerau_levenshtein(&name, given), form)
        })
        .filter(|(distance, form)| {
            let length = form.words.iter().map(|w| w.len()).sum::<usize>();
            if is_half { is_family(form) } else { *distance <= 1 + length / 4 }
        })
        .collect::<Vec<_>>();
    scored.sort_by_key(|(distance, form)| (*distance, std::cmp::Reverse(form.words.len())));
    let best = scored.first().map_or(0, |(distance, _)| *distance);
    let nearest = scored
        .into_iter()
        .filter(|(distance, _)| is_half || *distance <= best + 1)
        .map(|(_, form)| form.usage)
        .take(3)
        .collect();
    let given = if is_half { two } else { first };
    Parsed::Unknown { given: given.chars().take(40).collect(), nearest }
}

/// All commands, for people.
pub fn help(prefix: &str) -> String {
    let mut text = String::from("Name a customer and I show a card. You can also say:\n");
    let groups =
        [(Group::LookUp, "Look up"), (Group::Change, "Change"), (Group::Room, "This room")];
    for (group, title) in groups {
        text.push_str(&format!("\n{title}:\n"));
        for form in FORMS.iter().filter(|form| form.group == group) {
            text.push_str(&format!("{prefix} {} — {}\n", form.usage, form.help));
        }
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests;
