//! The filter language: text to [`Filter`] and back. It knows how a filter is written and nothing
//! of what there is to filter; which columns exist is asked when it is bound.
//!
//! ```text
//! stage:negotiating owner:me value>10000 close_on<2027-04-01 -city:Berlin has:phone
//! industry:(software|retail) created:-7d..today (value>5k or name:"Acme Ltd") annual plan
//! ```
//!
//! A term is a column, an operator and a value; words that are no term are looked for in titles.
//! All must hold; `or` and parentheses choose; `-` negates, and so does `!=`.

use std::fmt;

use crate::errors::Refusal;

/// The longest filter, in characters.
pub const FILTER_CHARS_MAX: usize = 2_000;
/// The most values and words that a filter holds.
pub const FILTER_TERMS_MAX: usize = 40;
/// How deep parentheses may stand in each other.
pub const FILTER_DEPTH_MAX: usize = 5;

const EXAMPLE: &str = "For example: stage:negotiating owner:me value>10000.";

/// What was asked for, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// All of these hold; none asks for everything.
    Every(Vec<Filter>),
    /// One of these holds.
    Any(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// A column and what it is compared with.
    Term(Term),
    /// Words to look for in titles.
    Words(String),
}

/// A column and what it is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The column, as typed.
    pub column: String,
    /// How it is compared.
    pub operator: Operator,
    /// What with; one of these is enough. Never empty.
    pub values: Vec<Given>,
}

/// How a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `:` is, or begins with where the column holds text.
    Is,
    /// `=` is exactly.
    Equals,
    /// `>`.
    Above,
    /// `>=`.
    AtLeast,
    /// `<`.
    Below,
    /// `<=`.
    AtMost,
}

/// A value as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// One value.
    One(String),
    /// From here to there, both included; an empty end is open.
    Range(String, String),
}

impl Operator {
    /// All, the longer ones first.
    const ALL: [Self; 6] =
        [Self::AtLeast, Self::AtMost, Self::Above, Self::Below, Self::Equals, Self::Is];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Is => ":",
            Self::Equals => "=",
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::AtMost => "<=",
        }
    }
}

impl Filter {
    /// Reads a filter. Empty text asks for everything.
    ///
    /// # Errors
    /// A refusal that names the part that does not read, with an example.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.chars().count() > FILTER_CHARS_MAX {
            return Err(Refusal::invalid(format!(
                "A filter has at most {FILTER_CHARS_MAX} characters. Leave some of its terms out."
            )));
        }
        let mut reader = Reader { rest: text.trim_start(), terms: 0 };
        let filter = reader.any(0)?;
        match reader.rest {
            "" => Ok(filter),
            rest => Err(wrong(rest, "closes what was never opened", "(owner:me or no:owner)")),
        }
    }

    /// The same filter with other terms in the place of its terms.
    pub fn with_terms(&self, change: &dyn Fn(&Term) -> Term) -> Self {
        let all =
            |parts: &[Self]| parts.iter().map(|part| part.with_terms(change)).collect::<Vec<_>>();
        match self {
            Self::Every(parts) => Self::Every(all(parts)),
            Self::Any(parts) => Self::Any(all(parts)),
            Self::Not(inner) => Self::Not(Box::new(inner.with_terms(change))),
            Self::Term(term) => Self::Term(change(term)),
            Self::Words(words) => Self::Words(words.clone()),
        }
    }

    /// The same filter for the records of one blueprint.
    pub fn of_blueprint(self, key: &str) -> Self {
        let term = Self::Term(Term {
            column: "blueprint".to_owned(),
            operator: Operator::Is,
            values: vec![Given::One(key.to_owned())],
        });
        self.and(term)
    }

    /// What both of two filters ask for, the other one first.
    pub fn and(self, other: Self) -> Self {
        let parts = |filter: Self| match filter {
            Self::Every(parts) => parts,
            one => vec![one],
        };
        let mut all = parts(other);
        all.extend(parts(self));
        Self::Every(all)
    }

    /// Whether it holds words to look for and no term.
    pub fn is_words(&self) -> bool {
        match self {
            Self::Every(all) => all.iter().all(Self::is_words),
            Self::Words(_) => true,
            _ => false,
        }
    }
}

fn wrong(rest: &str, what: &str, example: &str) -> Refusal {
    let shown = rest.chars().take(40).collect::<String>();
    Refusal::invalid(format!("In the filter, “{shown}” {what}. Write it like {example}."))
}

struct Reader<'t> {
    rest: &'t str,
    terms: usize,
}

impl<'t> Reader<'t> {
    fn any(&mut self, depth: usize) -> Result<Filter, Refusal> {
        let mut all = vec![self.every(depth)?];
        while self.takes_or() {
            if all.last() == Some(&Filter::Every(vec![])) {
                return Err(wrong("or", "has nothing before it", "owner:me or no:owner"));
            }
            all.push(self.every(depth)?);
            if all.last() == Some(&Filter::Every(vec![])) {
                return Err(wrong("or", "has nothing behind it", "owner:me or no:owner"));
            }
        }
        Ok(joined(all, Filter::Any, |filter| match filter {
            Filter::Any(inner) => Ok(inner),
            other => Err(other),
        }))
    }

    fn every(&mut self, depth: usize) -> Result<Filter, Refusal> {
        let mut all = Vec::new();
        while !self.rest.is_empty() && !self.rest.starts_with(')') && !self.at_or() {
            all.push(self.one(depth)?);
            self.rest = self.rest.trim_start();
        }
        Ok(joined(all, Filter::Every, |filter| match filter {
            Filter::Every(inner) => Ok(inner),
            other => Err(other),
        }))
    }

    fn one(&mut self, depth: usize) -> Result<Filter, Refusal> {
        let start = self.rest;
        if let Some(rest) = start.strip_prefix('-')
            && !rest.is_empty()
            && !rest.starts_with(char::is_whitespace)
        {
            self.deeper(depth)?;
            self.rest = rest;
            return Ok(match self.one(depth + 1)? {
                Filter::Not(inner) => *inner,
                inner => Filter::Not(Box::new(inner)),
            });
        }
        if let Some(rest) = start.strip_prefix('(') {
            self.deeper(depth)?;
            self.rest = rest.trim_start();
            let inner = self.any(depth + 1)?;
            let Some(rest) = self.rest.strip_prefix(')') else {
                return Err(wrong(start, "is never closed", "(owner:me or no:owner)"));
            };
            if inner == Filter::Every(vec![]) {
                return Err(wrong(start, "holds nothing", "(owner:me or no:owner)"));
            }
            self.rest = rest;
            return Ok(inner);
        }
        let quoted = quote_at(start).is_some();
        let name = if quoted { self.quoted()? } else { self.name().to_owned() };
        // `city!=Berlin` is `-city=Berlin`.
        if let Some(rest) = self.rest.strip_prefix("!=")
            && (quoted || name.starts_with(char::is_alphabetic))
        {
            self.rest = rest;
            let is = self.term(name, Operator::Equals, start)?;
            return Ok(Filter::Not(Box::new(is)));
        }
        if let Some(operator) = self.operator()
            && (quoted || name.starts_with(char::is_alphabetic))
            && !self.rest[operator.as_str().len()..].starts_with("//")
        {
            self.rest = &self.rest[operator.as_str().len()..];
            return self.term(name, operator, start);
        }
        self.counted(1)?;
        if quoted {
            return Ok(Filter::Words(name));
        }
        self.rest = start;
        match self.bare(|c| c.is_whitespace() || "()\"“”„".contains(c)) {
            "" => Err(wrong(start, "stands alone", "(owner:me or no:owner)")),
            word => Ok(Filter::Words(word.to_owned())),
        }
    }

    fn term(&mut self, column: String, operator: Operator, start: &str) -> Result<Filter, Refusal> {
        let mut values = Vec::new();
        if let Some(rest) = self.rest.strip_prefix('(') {
            self.rest = rest;
            loop {
                self.rest = self.rest.trim_start();
                values.push(self.value(start)?);
                self.rest = self.rest.trim_start();
                if let Some(rest) = self.rest.strip_prefix('|') {
                    self.rest = rest;
                } else if let Some(rest) = self.rest.strip_prefix(')') {
                    self.rest = rest;
                    break;
                } else {
                    return Err(wrong(start, "is never closed", "industry:(software|retail)"));
                }
            }
        } else {
            values.push(self.value(start)?);
        }
        self.counted(values.len())?;
        Ok(Filter::Term(Term { column, operator, values }))
    }

    fn value(&mut self, start: &str) -> Result<Given, Refusal> {
        if quote_at(self.rest).is_some() {
            return self.quoted().map(Given::One);
        }
        let text = self.bare(|c| c.is_whitespace() || "()|\"“”„".contains(c));
        match text.split_once("..") {
            _ if text.is_empty() => {
                Err(wrong(start, "has an operator and no value", "stage:negotiating"))
            }
            Some((low, high)) if !low.is_empty() || !high.is_empty() => {
                Ok(Given::Range(low.to_owned(), high.to_owned()))
            }
            _ => Ok(Given::One(text.to_owned())),
        }
    }

    /// The letters, digits, dots, dashes and underscores that come next.
    fn name(&mut self) -> &'t str {
        self.bare(|c| !(c.is_alphanumeric() || "_-.".contains(c)))
    }

    fn bare(&mut self, ends: impl Fn(char) -> bool) -> &'t str {
        let (taken, rest) = self.rest.split_at(self.rest.find(ends).unwrap_or(self.rest.len()));
        self.rest = rest;
        taken
    }

    fn operator(&self) -> Option<Operator> {
        Operator::ALL.into_iter().find(|operator| self.rest.starts_with(operator.as_str()))
    }

    /// What stands in quotes; a backslash takes the next character as it is.
    fn quoted(&mut self) -> Result<String, Refusal> {
        let start = self.rest;
        let closing = quote_at(start).unwrap_or("\"");
        let mut text = String::new();
        let mut chars = start.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            if closing.contains(c) {
                self.rest = &start[at + c.len_utf8()..];
                return Ok(text);
            }
            let kept = if c == '\\' { chars.next().map(|(_, next)| next) } else { Some(c) };
            text.extend(kept);
        }
        Err(wrong(start, "begins a quotation that never ends", "name:\"Acme Ltd\""))
    }

    fn at_or(&self) -> bool {
        self.after_or().is_some()
    }

    fn after_or(&self) -> Option<&'t str> {
        let head = self.rest.get(..2)?;
        let rest = &self.rest[2..];
        let ends = rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || c == '(');
        (head.eq_ignore_ascii_case("or") && ends).then(|| rest.trim_start())
    }

    fn takes_or(&mut self) -> bool {
        let after = self.after_or();
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn counted(&mut self, more: usize) -> Result<(), Refusal> {
        self.terms += more;
        if self.terms <= FILTER_TERMS_MAX {
            return Ok(());
        }
        Err(Refusal::invalid(format!(
            "A filter has at most {FILTER_TERMS_MAX} values and words. Leave some out."
        )))
    }

    fn deeper(&self, depth: usize) -> Result<(), Refusal> {
        if depth < FILTER_DEPTH_MAX {
            return Ok(());
        }
        Err(Refusal::invalid(format!(
            "Parentheses stand in each other at most {FILTER_DEPTH_MAX} deep. Write the filter \
             flatter. {EXAMPLE}"
        )))
    }
}

/// The characters that close the quotation that begins here.
fn quote_at(text: &str) -> Option<&'static str> {
    match text.chars().next()? {
        '"' => Some("\""),
        '“' | '„' | '”' => Some("“”\""),
        _ => None,
    }
}

/// One list out of lists of the same kind; a list of one is that one.
fn joined(
    parts: Vec<Filter>,
    list: fn(Vec<Filter>) -> Filter,
    inner: fn(Filter) -> Result<Vec<Filter>, Filter>,
) -> Filter {
    let mut flat = Vec::new();
    for part in parts {
        match inner(part) {
            Ok(parts) => flat.extend(parts),
            Err(part) => flat.push(part),
        }
    }
    match (flat.pop(), flat.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            flat.extend(last);
            // Only "every" can be empty: "any" always holds what "every" gave.
            list(flat)
        }
    }
}

/// As text that reads back as the same filter.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, all: &[Self], between: &str| {
            for (place, part) in all.iter().enumerate() {
                if place > 0 {
                    f.write_str(between)?;
                }
                match part {
                    Self::Any(_) => write!(f, "({part})")?,
                    _ => write!(f, "{part}")?,
                }
            }
            Ok(())
        };
        match self {
            Self::Every(all) => list(f, all, " "),
            Self::Any(all) => list(f, all, " or "),
            Self::Not(inner) => match **inner {
                Self::Any(_) | Self::Every(_) => write!(f, "-({inner})"),
                _ => write!(f, "-{inner}"),
            },
            Self::Term(term) => write!(f, "{term}"),
            Self::Words(words) => {
                let reads_back = Self::parse(words).as_ref() == Ok(self);
                if reads_back { f.write_str(words) } else { write_quoted(f, words) }
            }
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.column.starts_with(char::is_alphabetic)
            && self.column.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
        match plain {
            true => f.write_str(&self.column)?,
            false => write_quoted(f, &self.column)?,
        }
        f.write_str(self.operator.as_str())?;
        if let [one] = self.values.as_slice() {
            return write!(f, "{one}");
        }
        for (place, value) in self.values.iter().enumerate() {
            write!(f, "{}{value}", if place == 0 { '(' } else { '|' })?;
        }
        f.write_str(")")
    }
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(text) => {
                let special = |c: char| c.is_whitespace() || "()|\"“”„".contains(c);
                // A value that begins like an operator or an address would be read with it.
                let joins = text.starts_with(['=', '/']);
                match text.is_empty() || text.contains("..") || joins || text.contains(special) {
                    true => write_quoted(f, text),
                    false => f.write_str(text),
                }
            }
            Self::Range(low, high) => write!(f, "{low}..{high}"),
        }
    }
}

fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
