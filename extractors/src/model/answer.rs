//! Reads what a language model answered. Models talk around their JSON, break off, and mix up
//! lists and single values; whatever they write, this reads what it can, in bounded time, and
//! takes nothing of it for more than text.

use serde_json::{Map, Value};

use crate::folding::is_ignorable;

/// How much of an answer is read, in bytes.
const BYTES_MAX: usize = 64 * 1024;
/// How many beginnings of an object are tried.
const BEGINNINGS_MAX: usize = 16;
/// How many entries of a list are read.
const ENTRIES_MAX: usize = 30;
/// How long a value may be.
const VALUE_CHARS_MAX: usize = 160;

/// What a model says the messages tell of. Nothing of it is known to be true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// People.
    pub people: Vec<NamedPerson>,
    /// Companies.
    pub companies: Vec<NamedCompany>,
    /// Sales.
    pub deals: Vec<NamedDeal>,
    /// What somebody is to do.
    pub tasks: Vec<NamedTask>,
}

/// A person that a model names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedPerson {
    /// The name.
    pub name: String,
    /// The position.
    pub title: Option<String>,
    /// Where they work.
    pub company: Option<String>,
    /// Addresses.
    pub emails: Vec<String>,
    /// Numbers.
    pub phones: Vec<String>,
}

/// A company that a model names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedCompany {
    /// The name.
    pub name: String,
    /// Its domain.
    pub domain: Option<String>,
}

/// A sale that a model names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedDeal {
    /// What is sold.
    pub title: Option<String>,
    /// For how much.
    pub amount: Option<String>,
    /// In which currency.
    pub currency: Option<String>,
    /// The last day.
    pub close_on: Option<String>,
}

/// Something to do that a model names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedTask {
    /// What.
    pub what: String,
    /// Until when.
    pub due: Option<String>,
}

/// The lists and values that an answer has.
const KEYS: [&str; 4] = ["people", "companies", "deals", "tasks"];

/// Reads an answer; None when there is none in it.
///
/// ```
/// let said = "Sure! ```json\n{\"people\": [{\"name\": \"Ola Berg\", \"emails\": \"\"}]}\n```";
/// let answer = extractors::model::read(said).unwrap();
/// assert_eq!(answer.people[0].name, "Ola Berg");
/// assert!(answer.people[0].emails.is_empty());
/// ```
pub fn read(text: &str) -> Option<Answer> {
    let mut end = text.len().min(BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    let beginnings = text.match_indices('{').map(|(at, _)| at).take(BEGINNINGS_MAX);
    beginnings.into_iter().find_map(|at| object_at(&text[at..])).map(|object| answer(&object))
}

/// The object that a text begins with, if it is an answer. One that breaks off is read as far as
/// it goes.
fn object_at(text: &str) -> Option<Map<String, Value>> {
    let read = |text: &str| {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        match values.next() {
            Some(Ok(Value::Object(object))) => Some(object),
            _ => None,
        }
    };
    let object = read(text).or_else(|| read(&closed(text)?))?;
    KEYS.iter().any(|key| object.contains_key(*key)).then_some(object)
}

/// An object that breaks off, ended behind the last entry that is whole.
fn closed(text: &str) -> Option<String> {
    let mut open: Vec<char> = Vec::new();
    let (mut in_string, mut escaped) = (false, false);
    let mut whole: Option<(usize, Vec<char>)> = None;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            _ if in_string => {}
            '{' => open.push('}'),
            '[' => open.push(']'),
            '}' | ']' => {
                if open.pop() != Some(c) {
                    return None;
                }
                whole = Some((at + 1, open.clone()));
            }
            _ => {}
        }
        // Deeper than any answer, and each step would copy it all.
        if open.len() > KEYS.len() {
            return None;
        }
    }
    let (end, open) = whole?;
    Some(text[..end].chars().chain(open.into_iter().rev()).collect())
}

fn answer(object: &Map<String, Value>) -> Answer {
    let people = entries(object, "people").filter_map(|entry| {
        Some(NamedPerson {
            name: value(entry, "name")?,
            title: value(entry, "title"),
            company: value(entry, "company"),
            emails: values(entry, "emails"),
            phones: values(entry, "phones"),
        })
    });
    let companies = entries(object, "companies").filter_map(|entry| {
        Some(NamedCompany { name: value(entry, "name")?, domain: value(entry, "domain") })
    });
    let deals = entries(object, "deals").map(|entry| NamedDeal {
        title: value(entry, "title"),
        amount: value(entry, "amount"),
        currency: value(entry, "currency"),
        close_on: value(entry, "close_on"),
    });
    let tasks = entries(object, "tasks").filter_map(|entry| {
        Some(NamedTask { what: value(entry, "what")?, due: value(entry, "due") })
    });
    Answer {
        people: people.collect(),
        companies: companies.collect(),
        deals: deals.filter(|deal| *deal != NamedDeal::default()).collect(),
        tasks: tasks.collect(),
    }
}

/// The objects of a list, or the one that stands in its place.
fn entries<'v>(
    object: &'v Map<String, Value>,
    key: &str,
) -> impl Iterator<Item = &'v Map<String, Value>> {
    let all = match object.get(key) {
        Some(Value::Array(all)) => all.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    all.iter().filter_map(Value::as_object).take(ENTRIES_MAX)
}

fn value(entry: &Map<String, Value>, key: &str) -> Option<String> {
    written(entry.get(key)?)
}

fn values(entry: &Map<String, Value>, key: &str) -> Vec<String> {
    match entry.get(key) {
        Some(Value::Array(all)) => all.iter().take(ENTRIES_MAX).filter_map(written).collect(),
        Some(one) => written(one).into_iter().collect(),
        None => Vec::new(),
    }
}

fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => tidy(text, VALUE_CHARS_MAX),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A text on one line without what nobody sees; None when nothing is left of it, or too much.
pub fn tidy(text: &str, chars_max: usize) -> Option<String> {
    let shown = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let shown = shown.filter(|c| !is_ignorable(*c)).collect::<String>();
    let line = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = line.chars().nth(chars_max).is_none();
    let says_something = line.contains(char::is_alphanumeric);
    (fits && says_something).then_some(line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(text: &str) -> Vec<String> {
        read(text).unwrap_or_default().people.into_iter().map(|person| person.name).collect()
    }

    #[test]
    fn an_answer_is_found_in_whatever_a_model_writes_around_it() {
        let plain = r#"{"people":[{"name":"Ola Berg"}],"mood":"good"}"#;
        for text in [
            plain.to_owned(),
            format!("```json\n{plain}\n```"),
            format!("<think>maybe {{ or not</think> Here you are: {plain} Anything else?"),
            format!("{{\"thought\": 1}}\n{plain}"),
        ] {
            assert_eq!(names(&text), ["Ola Berg"], "{text}");
        }
        for text in ["", "no JSON", "[]", "{}", "{\"people\":", "null", "{\"a\": {\"b\": 1}}"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn an_answer_that_breaks_off_is_read_as_far_as_it_goes() {
        let text = r#"{"people":[{"name":"Ola \"{\" Berg","emails":[]},{"name":"Kim R"#;
        assert_eq!(names(text), ["Ola \"{\" Berg"]);
        assert_eq!(names(r#"{"people":[{"name":"Ola"}],"companies":[{"name":"#), ["Ola"]);
    }

    #[test]
    fn single_values_lists_numbers_and_nonsense_are_taken_for_what_they_are() {
        let answer = read(
            r#"{"people": {"name": " Ola\n Berg ", "emails": "a@b.io", "phones": [1, null, {}]},
                "companies": ["Acme", {"name": null}, {"name": "Initech", "domain": ""}],
                "deals": [{}, {"amount": 24000, "title": "\u0000"}], "tasks": 7}"#,
        );
        let answer = answer.expect("an answer");
        let ola = &answer.people[0];
        assert_eq!((ola.name.as_str(), &ola.title), ("Ola Berg", &None));
        assert_eq!((&ola.emails[..], &ola.phones[..]), (&["a@b.io".into()][..], &["1".into()][..]));
        assert_eq!(answer.companies, [NamedCompany { name: "Initech".into(), domain: None }]);
        assert_eq!(answer.deals.len(), 1);
        assert_eq!(answer.deals[0].amount.as_deref(), Some("24000"));
        assert_eq!(answer.tasks, []);
    }

    #[test]
    fn a_flood_is_read_up_to_its_bounds() {
        let flood = (0..500).map(|n| format!("{{\"name\":\"Kim {n}\"}}")).collect::<Vec<_>>();
        assert_eq!(names(&format!("{{\"people\":[{}]}}", flood.join(","))).len(), ENTRIES_MAX);
        assert_eq!(
            names(&format!("{{\"people\":[{{\"name\":\"{}\"}}]}}", "x".repeat(500))).len(),
            0
        );
        read(&"{".repeat(1_000_000));
        read(&"[{\"people\":".repeat(100_000));
        assert_eq!(read(&format!("{}{{\"people\":[]}}", " ".repeat(BYTES_MAX))), None);
    }

    #[test]
    fn what_nobody_sees_is_taken_out() {
        assert_eq!(tidy("Ola\u{202e}\u{200b} \u{7}Berg", 20).as_deref(), Some("Ola Berg"));
        assert_eq!(tidy("\u{200b}…", 20), None);
        assert_eq!(tidy("four", 3), None);
    }

    proptest! {
        #[test]
        fn nothing_that_a_model_writes_makes_reading_fail(text in "[\\[\\]{}\",:a-zü\\\\ 0]{0,80}") {
            read(&text);
            read(&format!("{{\"people\":[{text}"));
        }
    }
}
