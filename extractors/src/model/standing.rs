//! Where a value stands in messages. What is taken are the words of the message, never those of
//! the model: the same words in another spelling, an address without its disguise, a number or an
//! amount in its normal form.

use chrono::NaiveDate;

use super::answer::tidy;
use crate::amounts::{Amount, parse_amount};
use crate::contacts::{Options, Span, SpanKind, extract};
use crate::folding::{continues_letter, fold_into};
use crate::when::parse_due;

/// Where words stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// In which text, from 0.
    pub text: usize,
    /// The first character.
    pub start: usize,
    /// The character after the last.
    pub end: usize,
    /// The words, on one line.
    pub words: String,
}

/// One text: its letters, the same folded, and what has a form of its own in it.
struct Text {
    letters: Vec<char>,
    folded: String,
    /// The letter that each byte of the folded text comes from.
    from: Vec<usize>,
    finds: Vec<Span>,
    today: NaiveDate,
}

/// The texts that values are looked for in.
pub struct Texts {
    texts: Vec<Text>,
    options: Options,
}

impl Texts {
    /// These texts, with the day that each was written on. `options` say how numbers are read.
    pub fn new<'t>(texts: impl Iterator<Item = (&'t str, NaiveDate)>, options: &Options) -> Self {
        let options = Options { without_tagger: true, ..options.clone() };
        let texts = texts.map(|(text, today)| {
            let letters = text.chars().collect::<Vec<_>>();
            let (folded, from) = folded(&letters);
            Text { letters, folded, from, finds: extract(text, &options).spans, today }
        });
        Self { texts: texts.collect(), options }
    }

    /// Where these words stand, as whole words; case, accents and white space do not count.
    pub fn words(&self, words: &str) -> Option<Place> {
        let (wanted, _) = folded(&words.trim().chars().collect::<Vec<_>>());
        if wanted.is_empty() {
            return None;
        }
        self.texts.iter().enumerate().find_map(|(at, text)| {
            let mut found = text.folded.match_indices(&wanted);
            let (start, _) = found.find(|(start, _)| is_whole(&text.folded, *start, &wanted))?;
            let first = *text.from.get(start)?;
            let mut end = *text.from.get(start + wanted.len() - 1)? + 1;
            while text.letters.get(end).is_some_and(|c| continues_letter(*c)) {
                end += 1;
            }
            self.place(at, first, end)
        })
    }

    /// The normal form of an address that stands there, and where.
    pub fn email(&self, address: &str) -> Option<(String, Place)> {
        let value = self.normal(SpanKind::Email, address)?;
        let found = self.find(SpanKind::Email, |_, found| found.value == value);
        let place = found.or_else(|| self.words(address))?;
        Some((value, place))
    }

    /// The normal form of a phone number that stands there, and where. Digits that are not read
    /// as a number where they stand are none.
    pub fn phone(&self, number: &str) -> Option<(String, Place)> {
        let bare = |value: &str| value.split(';').next().unwrap_or_default().to_owned();
        let value = bare(&self.normal(SpanKind::Phone, number)?);
        let place = self.find(SpanKind::Phone, |_, found| bare(&found.value) == value)?;
        Some((value, place))
    }

    /// The amount and its currency that stand there, and where.
    pub fn amount(&self, amount: &str, currency: Option<&str>) -> Option<(Amount, Place)> {
        let named = parse_amount(amount)?;
        let currency = named.currency.or_else(|| currency.map(str::to_uppercase));
        let read = |found: &Span| parse_amount(&found.value);
        let is_it = |found: &Span| {
            read(found).is_some_and(|read| {
                read.value == named.value && (currency.is_none() || read.currency == currency)
            })
        };
        let (at, span) = self.span(SpanKind::Amount, |_, found| is_it(found))?;
        Some((read(span)?, self.place(at, span.start, span.end)?))
    }

    /// The day that stands there, and where.
    pub fn day(&self, day: &str) -> Option<(NaiveDate, Place)> {
        let day = day.trim().parse::<NaiveDate>().ok()?;
        let is_it = |text: &Text, found: &Span| {
            found.value.parse() == Ok(day) || parse_due(&found.value, text.today) == Some(day)
        };
        Some((day, self.find(SpanKind::Date, is_it)?))
    }

    /// The day that these words are, or that this day is called where it stands, and where.
    pub fn due(&self, due: &str) -> Option<(NaiveDate, Place)> {
        self.day(due).or_else(|| {
            let place = self.words(due)?;
            let day = parse_due(&place.words, self.texts.get(place.text)?.today)?;
            Some((day, place))
        })
    }

    /// The normal form of something that is of this kind and nothing besides.
    fn normal(&self, kind: SpanKind, text: &str) -> Option<String> {
        let text = text.trim();
        let options = Options { leniency: None, ..self.options.clone() };
        let length = text.chars().count();
        let spans = extract(text, &options).spans;
        let is_all = |span: &Span| span.kind == kind && span.start == 0 && span.end == length;
        spans.into_iter().find(is_all).map(|span| span.value)
    }

    fn find(&self, kind: SpanKind, is_it: impl Fn(&Text, &Span) -> bool) -> Option<Place> {
        let (at, span) = self.span(kind, is_it)?;
        self.place(at, span.start, span.end)
    }

    fn span(&self, kind: SpanKind, is_it: impl Fn(&Text, &Span) -> bool) -> Option<(usize, &Span)> {
        self.texts.iter().enumerate().find_map(|(at, text)| {
            let found = text.finds.iter().find(|span| span.kind == kind && is_it(text, span))?;
            Some((at, found))
        })
    }

    fn place(&self, text: usize, start: usize, end: usize) -> Option<Place> {
        let letters = self.texts.get(text)?.letters.get(start..end)?;
        let words = tidy(&letters.iter().collect::<String>(), usize::MAX)?;
        Some(Place { text, start, end, words })
    }
}

/// A text as it is compared: folded, with one blank for all white space; and the letter that each
/// of its bytes comes from.
fn folded(letters: &[char]) -> (String, Vec<usize>) {
    let mut folded = String::with_capacity(letters.len());
    let mut from = Vec::with_capacity(letters.len());
    let mut letter = [0; 4];
    for (at, c) in letters.iter().enumerate() {
        if c.is_whitespace() {
            if !folded.ends_with(' ') {
                folded.push(' ');
            }
        } else {
            fold_into(c.encode_utf8(&mut letter), &mut folded);
        }
        from.resize(folded.len(), at);
    }
    (folded, from)
}

/// Whether what stands at a place does not go on as a word on either side.
fn is_whole(text: &str, start: usize, wanted: &str) -> bool {
    let goes_on = |outside: Option<char>, inside: Option<char>| {
        let is_of_word =
            |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !stands_alone(c));
        is_of_word(outside) && is_of_word(inside)
    };
    let before = text[..start].chars().next_back();
    let after = text[start + wanted.len()..].chars().next();
    !goes_on(before, wanted.chars().next()) && !goes_on(after, wanted.chars().next_back())
}

/// Letters of scripts that write without blanks between words.
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Texts {
        let today = NaiveDate::from_ymd_opt(2027, 1, 10).expect("a day");
        let options = Options { region: Some("DE".into()), ..Options::default() };
        Texts::new(texts.iter().map(|text| (*text, today)), &options)
    }

    fn words(text: &str, wanted: &str) -> Option<String> {
        texts(&["nothing", text]).words(wanted).map(|place| {
            assert_eq!(place.text, 1);
            text.chars().skip(place.start).take(place.end - place.start).collect()
        })
    }

    #[test]
    fn words_are_found_in_any_spelling_and_given_as_they_stand_there() {
        let check = |text: &str, wanted: &str, stands: &str| {
            assert_eq!(words(text, wanted).as_deref(), Some(stands), "{wanted} in {text}");
        };
        check("with ZOË  Weiß, today", "zoe weiss", "ZOË  Weiß");
        check("with Zoe\u{308} here", "zoë", "Zoe\u{308}");
        check("talk to Ola\nBerg.", "Ola Berg", "Ola\nBerg");
        check("(O’Brien)", "o'brien", "O’Brien");
        check("昨日田中さんと話した", "田中", "田中");
        let place = texts(&["Ola\n \u{200b}Berg"]).words("ola berg").expect("a place");
        assert_eq!(place.words, "Ola Berg");
    }

    #[test]
    fn parts_of_words_and_look_alikes_are_not_found() {
        for (text, wanted) in [
            ("Anna called", "Ann"),
            ("Hanna called", "anna"),
            ("J\u{430}ne Doe", "Jane Doe"),
            ("Straße", "tras"),
            ("Straße", "Stras"),
            ("anything", " "),
            ("anything", "\u{200b}"),
        ] {
            assert_eq!(words(text, wanted), None, "{wanted} in {text}");
        }
    }

    #[test]
    fn addresses_and_numbers_stand_there_in_their_normal_form() {
        let texts =
            texts(&["Ola.Berg (at) initech (dot) example, 0151 23456789; order 4915123456788"]);
        let (value, place) = texts.email("ola.berg@initech.example").expect("it stands there");
        assert_eq!((value.as_str(), place.start), ("ola.berg@initech.example", 0));
        assert_eq!(texts.email("kim@initech.example"), None);
        assert_eq!(texts.email("not an address"), None);
        let (value, place) = texts.phone("+49 151 23456789").expect("it stands there");
        assert_eq!((value.as_str(), place.words.as_str()), ("+4915123456789", "0151 23456789"));
        assert_eq!(texts.phone("+4915123456700"), None);
        assert_eq!(texts.phone("23456789"), None);
    }

    #[test]
    fn amounts_and_days_stand_there_in_their_normal_form() {
        let texts = texts(&["they pay 24k EUR by 12 March 2027, or $500 next Friday"]);
        let (amount, place) = texts.amount("24000", Some("eur")).expect("it stands there");
        assert_eq!(
            (amount.to_string().as_str(), place.words.as_str()),
            ("EUR 24000.00", "24k EUR")
        );
        assert!(texts.amount("€24,000", None).is_some());
        assert!(texts.amount("24,000", Some("USD")).is_none());
        assert!(texts.amount("25000", None).is_none());
        let day = texts.day("2027-03-12").map(|(_, place)| place.words);
        assert_eq!(day.as_deref(), Some("12 March 2027"));
        assert_eq!(texts.day("2027-03-13"), None);
        assert_eq!(texts.day("soon"), None);
    }
}
