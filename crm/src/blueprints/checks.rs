//! Whether a blueprint is fit for use, said in sentences before anything is stored. Ids are made
//! of names where they were left out.

use std::collections::BTreeSet;

use super::{Blueprint, Column, ColumnType};
use crate::errors::Refusal;

/// The most columns a blueprint has.
const COLUMNS_MAX: usize = 200;
/// The most options a select has.
const OPTIONS_MAX: usize = 200;
/// The longest name of a blueprint, a column or an option, in characters.
const NAME_CHARS_MAX: usize = 60;
/// The longest key or column id, in bytes.
const KEY_BYTES_MAX: usize = 40;
/// The longest prefix of record keys, in bytes.
const PREFIX_BYTES_MAX: usize = 10;

impl Blueprint {
    /// A blueprint without columns.
    pub fn named(key: &str, name: &str, plural: &str) -> Self {
        Self {
            id: None,
            version: 1,
            key: key.to_owned(),
            name: name.to_owned(),
            plural: plural.to_owned(),
            prefix: key
                .bytes()
                .filter(u8::is_ascii_alphanumeric)
                .map(char::from)
                .collect::<String>()
                .to_uppercase()
                .chars()
                .take(PREFIX_BYTES_MAX)
                .collect(),
            title: "Title".to_owned(),
            mentionable: false,
            identities: false,
            people: false,
            columns: Vec::new(),
            flows: Vec::new(),
            shelved: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// The blueprint in its normal form.
    ///
    /// # Errors
    /// A refusal naming the first thing that does not fit, and what would.
    pub fn sound(mut self) -> Result<Self, Refusal> {
        if !is_key(&self.key) {
            return Err(Refusal::invalid(format!(
                "“{}” is no key. A key begins with a letter and has at most {KEY_BYTES_MAX} small \
                 letters, digits and underscores, like “delivery_note”.",
                self.key.chars().take(60).collect::<String>()
            )));
        }
        for name in [&mut self.name, &mut self.plural, &mut self.title] {
            *name = checked_name(name, "A blueprint and its title")?;
        }
        let prefix = &self.prefix;
        let fits = prefix.starts_with(|c: char| c.is_ascii_uppercase())
            && prefix.len() <= PREFIX_BYTES_MAX
            && prefix.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !fits {
            return Err(Refusal::invalid(format!(
                "Record keys cannot start with “{}”. Take 1 to {PREFIX_BYTES_MAX} capital letters \
                 and digits, like DEAL.",
                prefix.chars().take(60).collect::<String>()
            )));
        }
        if self.columns.len() > COLUMNS_MAX {
            return Err(Refusal::invalid(format!(
                "A blueprint has at most {COLUMNS_MAX} columns. Shelve some that nobody uses."
            )));
        }
        let (mut ids, mut names) = (BTreeSet::new(), BTreeSet::new());
        let shelved = self.shelved.iter().map(|column| column.id.clone());
        ids.extend(shelved);
        for column in &mut self.columns {
            *column = column.clone().sound(&ids)?;
            if !ids.insert(column.id.clone()) {
                return Err(Refusal::invalid(format!(
                    "There are two columns with the id “{}”, perhaps one on the shelf. Give one of \
                     them another.",
                    column.id
                )));
            }
            if !names.insert(column.name.to_lowercase()) {
                return Err(Refusal::invalid(format!(
                    "There are two columns called “{}”. Rename one.",
                    column.name
                )));
            }
        }
        Ok(self)
    }
}

impl Column {
    /// The column in its normal form; an id that was left out is made of the name, unlike those
    /// taken.
    pub(super) fn sound(mut self, taken: &BTreeSet<String>) -> Result<Self, Refusal> {
        self.name = checked_name(&self.name, "A column")?;
        if self.id.is_empty() {
            self.id = id_of(&self.name, taken);
        }
        if !is_key(&self.id) || self.id == "title" {
            return Err(Refusal::invalid(format!(
                "“{}” cannot be the id of a column. An id begins with a letter and has at most \
                 {KEY_BYTES_MAX} small letters, digits and underscores, like “started_at”; “title” \
                 is taken.",
                self.id.chars().take(60).collect::<String>()
            )));
        }
        let selects = matches!(self.kind, ColumnType::Select | ColumnType::MultiSelect);
        if selects == self.options.is_empty() {
            return Err(Refusal::invalid(if selects {
                format!("{} needs options to select from. List them.", self.name)
            } else {
                format!("{} has options, but selects nothing. Make it a select.", self.name)
            }));
        }
        if self.options.len() > OPTIONS_MAX {
            return Err(Refusal::invalid(format!(
                "{} has more than {OPTIONS_MAX} options. Make it a reference to records instead.",
                self.name
            )));
        }
        let mut seen = BTreeSet::new();
        for option in &mut self.options {
            *option = checked_name(option, "An option")?;
            if !seen.insert(option.to_lowercase()) {
                return Err(Refusal::invalid(format!(
                    "{} has the option “{option}” twice. Take one out.",
                    self.name
                )));
            }
        }
        let refers = self.kind == ColumnType::Reference;
        if !refers && (self.many || !self.references.is_empty()) {
            return Err(Refusal::invalid(format!(
                "{} says to which records it refers, but refers to none. Make it a reference.",
                self.name
            )));
        }
        self.default = self.checked_default()?;
        Ok(self)
    }
}

fn is_key(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= KEY_BYTES_MAX
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn checked_name(given: &str, what: &str) -> Result<String, Refusal> {
    let name = given.split_whitespace().collect::<Vec<_>>().join(" ");
    if (1..=NAME_CHARS_MAX).contains(&name.chars().count()) {
        return Ok(name);
    }
    Err(Refusal::invalid(format!("{what} needs a name of 1 to {NAME_CHARS_MAX} characters.")))
}

/// An id that reads like the name and is not taken.
fn id_of(name: &str, taken: &BTreeSet<String>) -> String {
    let mut id = String::new();
    for c in name.to_lowercase().chars() {
        match c {
            'a'..='z' => id.push(c),
            '0'..='9' if !id.is_empty() => id.push(c),
            _ if !id.is_empty() && !id.ends_with('_') => id.push('_'),
            _ => {}
        }
    }
    id.truncate(KEY_BYTES_MAX - 4);
    let id = match id.trim_end_matches('_') {
        "" | "title" => "column",
        id => id,
    };
    let fresh = |id: &String| !taken.contains(id);
    let numbered = (2..).map(|n| format!("{id}_{n}"));
    std::iter::once(id.to_owned()).chain(numbered).find(fresh).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_made_of_the_name_and_never_taken_twice() {
        let check = |name: &str, expected: &str| {
            let taken = BTreeSet::from(["started_at".to_owned(), "column".to_owned()]);
            assert_eq!(id_of(name, &taken), expected, "{name}");
        };
        check("Delivered at", "delivered_at");
        check("Started at", "started_at_2");
        check("Größe (cm)", "gr_e_cm");
        check("数量", "column_2");
        check("3 days", "days");
    }

    #[test]
    fn a_blueprint_that_cannot_work_is_refused_with_what_would() {
        let check = |change: fn(&mut Blueprint), part: &str| {
            let mut blueprint = Blueprint::named("delivery", "Delivery", "Deliveries");
            blueprint.columns.push(Column::new("cargo", "Cargo", ColumnType::Text));
            change(&mut blueprint);
            let refusal = blueprint.sound().expect_err(part).message;
            assert!(refusal.contains(part), "{refusal}");
        };
        check(|b| b.key = "Delivery".into(), "is no key");
        check(|b| b.name = "  ".into(), "needs a name");
        check(|b| b.prefix = "del".into(), "capital letters");
        check(|b| b.columns[0].kind = ColumnType::Select, "needs options");
        check(|b| b.columns[0].options = vec!["a".into()], "Make it a select");
        check(|b| b.columns[0].many = true, "Make it a reference");
        check(|b| b.columns[0].id = "title".into(), "is taken");
        check(|b| b.columns[0].default = Some(3.into()), "Cargo takes text");
        check(
            |b| b.columns.push(Column::new("cargo", "Other", ColumnType::Text)),
            "two columns with the id “cargo”",
        );
        check(
            |b| b.columns.push(Column::new("other", "CARGO", ColumnType::Text)),
            "two columns called “CARGO”",
        );
    }
}
