//! Reads money: `$12k`, `€ 4.500,00`, `10,000 USD`, `1,5 Mio. EUR`.
//!
//! Both ways of writing thousands are understood: what stands last decides.
//! `$` alone is taken for US dollars and `¥` for yen. Left out: amounts in
//! words and ranges.

use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::offsets::{char_at, char_before};

/// An amount, with its currency if one was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// The ISO 4217 code.
    pub currency: Option<String>,
    /// How much.
    pub value: Decimal,
}

impl fmt::Display for Amount {
    /// `EUR 4500.00`, with two decimals or as many as were written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(currency) = &self.currency {
            write!(f, "{currency} ")?;
        }
        let mut value = self.value.normalize();
        if value.scale() < 2 {
            value.rescale(2);
        }
        write!(f, "{value}")
    }
}

const CODES: &str = "USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|TRY|\
    BRL|MXN|ZAR|SGD|HKD|KRW|ILS|AED|SAR|THB|RUB|UAH|PHP|IDR|MYR|VND|NGN|KES|EGP|ARS|CLP|COP|PEN|\
    ISK|TWD|(?i:usd|eur|gbp|chf)";
const SYMBOLS: &str = r"US\$|CA\$|AU\$|NZ\$|HK\$|A\$|C\$|S\$|R\$|[$€£¥₹₽₺₩₪₫₴₦₱฿＄￥]";
const WORDS: &str = "(?i:euros?|dollars?|pounds?|francs|rupees|yen|bucks|złoty|zł)";
const DIGITS: &str = r"[0-9]{1,3}(?:[.,'’\u{a0}\u{202f} ][0-9]{3})+(?:[.,][0-9]{1,2})?|[0-9]{1,15}(?:[.,][0-9]{1,4})?";
const MAGNITUDES: &str =
    r"[ \u{a0}]?(?i:thousand|million|billion|tsd\.?|mio\.?|mrd\.?|bn|mn)|[kKmMbB]";

/// A number with whatever currency stands at either side of it.
static MONEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?:(?P<before>{SYMBOLS}|{CODES})[ \u{{a0}}\u{{202f}}]?)?(?P<number>{DIGITS})(?P<magnitude>{MAGNITUDES})?(?:[ \u{{a0}}\u{{202f}}]?(?P<after>{SYMBOLS}|{WORDS}|{CODES}))?"
    ))
    .ok()
});

/// A currency beside a digit: where there is none, there is no need to read the number.
static CURRENCY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?:{SYMBOLS}|{CODES})[ \u{{a0}}\u{{202f}}]?[0-9]|[0-9](?:{MAGNITUDES})?[ \u{{a0}}\u{{202f}}]?(?:{SYMBOLS}|{WORDS}|{CODES})"
    ))
    .ok()
});

/// Reads one amount, with or without a currency; `None` when anything else
/// stands beside it.
///
/// ```
/// let amount = extractors::amounts::parse_amount("€ 4.500,00").unwrap();
/// assert_eq!(amount.to_string(), "EUR 4500.00");
/// ```
pub fn parse_amount(text: &str) -> Option<Amount> {
    let text = text.trim();
    let captures = MONEY.as_ref()?.captures(text)?;
    if captures.get(0)?.as_str() != text {
        return None;
    }
    amount_of(&captures)
}

/// Every amount with a currency in `text`, in order, as byte ranges.
pub(crate) fn find(text: &str) -> Vec<(Range<usize>, Amount)> {
    let mut found = Vec::new();
    let (Some(money), Some(currency)) = (MONEY.as_ref(), CURRENCY.as_ref()) else {
        return found;
    };
    if !text.bytes().any(|b| b.is_ascii_digit()) {
        return found;
    }
    let mut read_to = 0;
    // No amount goes on in the next line, so that only lines with a currency are read.
    while let Some(hint) = currency.find_at(text, read_to) {
        let start = text[..hint.start()].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[hint.end()..].find('\n').map_or(text.len(), |line| hint.end() + line);
        amounts_of_line(money, text, start.max(read_to)..end, &mut found);
        read_to = end;
    }
    found
}

fn amounts_of_line(
    money: &Regex,
    text: &str,
    line: Range<usize>,
    found: &mut Vec<(Range<usize>, Amount)>,
) {
    let mut at = line.start;
    while let Some(captures) = money.captures_at(&text[..line.end], at) {
        let (Some(whole), Some(number)) = (captures.get(0), captures.name("number")) else {
            break;
        };
        let before = captures.name("before");
        let after = captures.name("after");
        let end = match (before, after) {
            // `EUR 5 USD 6`: the second currency belongs to the second number.
            (Some(_), Some(_)) => captures.name("magnitude").unwrap_or(number).end(),
            _ => whole.end(),
        };
        at = end.max(whole.start() + 1);
        if before.or(after).is_none() {
            continue;
        }
        let range = whole.start()..end;
        if stands_free(text, &range)
            && let Some(amount) = amount_of(&captures)
        {
            found.push((range, amount));
        }
    }
}

fn stands_free(text: &str, range: &Range<usize>) -> bool {
    let glues = |c: char| c.is_alphanumeric() || c == '_';
    let before_is_free = char_before(text, range.start).is_none_or(|c| {
        let first = char_at(text, range.start).unwrap_or(' ');
        !glues(c) && !matches!(c, '.' | ',' | '@' | '#')
            || (!first.is_ascii() && !c.is_ascii_digit())
    });
    let mut after = text[range.end..].chars();
    let after_is_free = match after.next() {
        Some(c) if glues(c) => {
            text[..range.end].ends_with(|c: char| !c.is_alphanumeric()) && !c.is_numeric()
        }
        Some('%') => false,
        Some('.' | ',') => !after.next().is_some_and(|c| c.is_ascii_digit()),
        _ => true,
    };
    before_is_free && after_is_free
}

fn amount_of(captures: &regex::Captures<'_>) -> Option<Amount> {
    let magnitude = captures.name("magnitude").map(|m| m.as_str().trim().to_lowercase());
    let value = value_of(captures.name("number")?.as_str(), magnitude.is_some())?;
    let factor: i64 = match magnitude.as_deref().map(|m| m.trim_end_matches('.')) {
        None => 1,
        Some("k" | "thousand" | "tsd") => 1_000,
        Some("m" | "mn" | "mio" | "million") => 1_000_000,
        Some(_) => 1_000_000_000,
    };
    let currency = captures.name("before").or_else(|| captures.name("after"));
    Some(Amount {
        currency: currency.map(|written| code_of(written.as_str())),
        value: value.checked_mul(Decimal::from(factor))?,
    })
}

fn value_of(written: &str, has_magnitude: bool) -> Option<Decimal> {
    let last = written.rfind(|c: char| !c.is_ascii_digit());
    let separators = written.chars().filter(|c| !c.is_ascii_digit()).count();
    let mut plain: String = written.chars().filter(char::is_ascii_digit).collect();
    if let Some(at) = last {
        let separator = char_at(written, at)?;
        let decimals = written.len() - at - separator.len_utf8();
        let is_repeated = written.matches(separator).count() > 1;
        let is_decimal = matches!(separator, '.' | ',')
            && !is_repeated
            && (decimals != 3 || (separators == 1 && (has_magnitude || written.starts_with('0'))));
        if is_decimal {
            plain.insert(plain.len() - decimals, '.');
        }
    }
    plain.parse().ok()
}

fn code_of(written: &str) -> String {
    let lower = written.to_lowercase();
    match lower.as_str() {
        "$" | "us$" | "＄" | "dollar" | "dollars" | "buck" | "bucks" => "USD",
        "€" | "euro" | "euros" => "EUR",
        "£" | "pound" | "pounds" => "GBP",
        "¥" | "￥" | "yen" => "JPY",
        "ca$" | "c$" => "CAD",
        "au$" | "a$" => "AUD",
        "nz$" => "NZD",
        "hk$" => "HKD",
        "s$" => "SGD",
        "r$" => "BRL",
        "₹" | "rupees" => "INR",
        "₽" => "RUB",
        "₺" => "TRY",
        "₩" => "KRW",
        "₪" => "ILS",
        "₫" => "VND",
        "₴" => "UAH",
        "₦" => "NGN",
        "₱" => "PHP",
        "฿" => "THB",
        "francs" => "CHF",
        "złoty" | "zł" => "PLN",
        _ => return written.to_uppercase(),
    }
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_amount_is_read_however_it_is_written() {
        fn check(text: &str, expected: &str) {
            let read = parse_amount(text).map(|amount| amount.to_string());
            assert_eq!(read.unwrap_or_default(), expected, "{text:?}");
        }
        check("$12k", "USD 12000.00");
        check("€ 4.500,00", "EUR 4500.00");
        check("10,000 USD", "USD 10000.00");
        check("EUR 4500", "EUR 4500.00");
        check("1,5 Mio. EUR", "EUR 1500000.00");
        check("$1.25m", "USD 1250000.00");
        check("CHF 1'250.50", "CHF 1250.50");
        check("1 234 567 €", "EUR 1234567.00");
        check("$2,125,551,234", "USD 2125551234.00");
        check("£3 million", "GBP 3000000.00");
        check("€0.125", "EUR 0.125");
        check("250 euros", "EUR 250.00");
        check("12k", "12000.00");
        check("4500", "4500.00");
        check("4.5", "4.50");
        check("-5", "");
        check("12 apples", "");
        check("", "");
    }

    #[test]
    fn amounts_are_found_in_prose() {
        fn check(text: &str, expected: &[(&str, &str)]) {
            let found: Vec<(&str, String)> = find(text)
                .into_iter()
                .map(|(range, amount)| (&text[range], amount.to_string()))
                .collect();
            let found: Vec<(&str, &str)> = found.iter().map(|(t, v)| (*t, v.as_str())).collect();
            assert_eq!(found, expected, "{text:?}");
        }
        check("it is $12k a year, or €900.", &[("$12k", "USD 12000.00"), ("€900", "EUR 900.00")]);
        check("EUR 5 USD 6", &[("EUR 5", "EUR 5.00"), ("USD 6", "USD 6.00")]);
        check("budget 10,000 USD, not 12 kg", &[("10,000 USD", "USD 10000.00")]);
        check("in 2027 100 EUR", &[("100 EUR", "EUR 100.00")]);
        check("$5kg and x$5 and $5% and 5 EURO2024", &[]);
        check("no money, 12.5 and 3k", &[]);
    }
}
