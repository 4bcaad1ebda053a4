//! The capture engine as a program: `tieline extract`, `scan`, `match` and `names` read JSON
//! lines and write JSON lines, in the same order and with the same ids, so that anybody can see
//! and score what the engine finds. A line that cannot be read is named, and the others are
//! answered all the same. What is found is decided in `extractors`; nothing is kept here.

pub mod extract;
pub mod matching;
pub mod names;
pub mod scan;

use std::fmt;
use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde::de::{DeserializeOwned, Deserializer, Visitor};

/// What a run cost, as `--stats` prints it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Stats {
    /// How many items were answered.
    pub items: usize,
    /// How long their lines were.
    pub bytes: usize,
    /// How long the engine worked, without start-up, reading and writing.
    pub seconds: f64,
    /// The most memory the program ever had; 0 where the system does not tell.
    pub peak_rss_bytes: u64,
}

/// The id of an item, given back as it came.
pub type Id = serde_json::Value;

/// Answers each line as it comes.
///
/// # Errors
/// When lines were no items, with the number of the first, after all others were answered; and
/// when the input ends in a failure or the output is closed.
pub fn each<T: DeserializeOwned, A: Serialize>(
    mut input: impl BufRead,
    mut output: impl Write,
    mut answer: impl FnMut(T) -> A,
) -> Result<Stats> {
    let mut stats = Stats::default();
    let mut worked = Duration::ZERO;
    let mut unread = Unread::default();
    let mut line = Vec::new();
    for number in 1.. {
        let Some(item) = next(&mut input, &mut line, number, &mut unread)? else {
            if line.is_empty() {
                break;
            }
            continue;
        };
        stats.items += 1;
        stats.bytes += line.len();
        let began = Instant::now();
        let answer = answer(item);
        worked += began.elapsed();
        serde_json::to_writer(&mut output, &answer)?;
        output.write_all(b"\n")?;
    }
    output.flush()?;
    stats.seconds = worked.as_secs_f64();
    stats.peak_rss_bytes = peak_memory();
    unread.told()?;
    Ok(stats)
}

/// Answers all lines together.
///
/// # Errors
/// As [`each`].
pub fn together<T: DeserializeOwned, A: Serialize>(
    mut input: impl BufRead,
    mut output: impl Write,
    answer: impl FnOnce(Vec<T>) -> Vec<A>,
) -> Result<Stats> {
    let mut stats = Stats::default();
    let mut unread = Unread::default();
    let mut line = Vec::new();
    let mut items = Vec::new();
    for number in 1.. {
        match next(&mut input, &mut line, number, &mut unread)? {
            Some(item) => items.push(item),
            None if line.is_empty() => break,
            None => continue,
        }
        stats.bytes += line.len();
    }
    stats.items = items.len();
    let began = Instant::now();
    let answers = answer(items);
    stats.seconds = began.elapsed().as_secs_f64();
    for answer in answers {
        serde_json::to_writer(&mut output, &answer)?;
        output.write_all(b"\n")?;
    }
    output.flush()?;
    stats.peak_rss_bytes = peak_memory();
    unread.told()?;
    Ok(stats)
}

/// The lines that were no items.
#[derive(Default)]
struct Unread {
    count: usize,
    first: Option<String>,
}

impl Unread {
    fn told(self) -> Result<()> {
        match self.first {
            None => Ok(()),
            Some(first) if self.count == 1 => bail!("{first}; all other lines are answered"),
            Some(first) => {
                bail!("{} lines are not answered, all others are; {first}", self.count)
            }
        }
    }
}

/// The item of the next line. Without one, `line` is empty at the end of the input.
fn next<T: DeserializeOwned>(
    input: &mut impl BufRead,
    line: &mut Vec<u8>,
    number: usize,
    unread: &mut Unread,
) -> Result<Option<T>> {
    line.clear();
    if input.read_until(b'\n', line).context("failed to read the input")? == 0 {
        return Ok(None);
    }
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    match serde_json::from_slice(line) {
        Ok(item) => Ok(Some(item)),
        Err(error) => {
            unread.count += 1;
            unread.first.get_or_insert_with(|| {
                format!("line {number} is no item like {{\"id\": 1, \"text\": \"…\"}}: {error}")
            });
            Ok(None)
        }
    }
}

/// Reads a text. Half a surrogate pair, which JSON can hold and text cannot, becomes `\u{fffd}`.
///
/// # Errors
/// When it is no text.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    struct Text;
    impl Visitor<'_> for Text {
        type Value = String;
        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a text")
        }
        fn visit_str<E>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }
        fn visit_bytes<E>(self, bytes: &[u8]) -> Result<String, E> {
            // Each half is three bytes that are no UTF-8, and is one character.
            let mut text = String::with_capacity(bytes.len());
            let mut rest = bytes;
            while !rest.is_empty() {
                match std::str::from_utf8(rest) {
                    Ok(sound) => {
                        text.push_str(sound);
                        break;
                    }
                    Err(error) => {
                        let (sound, unsound) = rest.split_at(error.valid_up_to());
                        text.push_str(&String::from_utf8_lossy(sound));
                        text.push('\u{fffd}');
                        rest = unsound.get(3..).unwrap_or_default();
                    }
                }
            }
            Ok(text)
        }
    }
    deserializer.deserialize_bytes(Text)
}

/// The most memory this program ever had, in bytes.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Item {
        id: Id,
        #[serde(deserialize_with = "text")]
        text: String,
    }

    fn answered(input: &str) -> (String, Result<Stats>) {
        let mut output = Vec::new();
        let done =
            each(input.as_bytes(), &mut output, |item: Item| (item.id, item.text.chars().count()));
        (String::from_utf8(output).expect("text"), done)
    }

    #[test]
    fn every_line_is_answered_in_order() {
        let (output, done) =
            answered("{\"id\":\"a\",\"text\":\"żół\"}\n\n{\"id\":7,\"text\":\"\"}");
        assert_eq!(output, "[\"a\",3]\n[7,0]\n");
        assert_eq!(done.expect("stats").items, 2);
    }

    #[test]
    fn a_line_that_is_no_item_is_named_and_the_others_are_answered() {
        let (output, done) =
            answered("{\"id\":1,\"text\":\"a\"}\nnothing\n{\"id\":3,\"text\":\"b\"}\n");
        assert_eq!(output, "[1,1]\n[3,1]\n");
        let error = done.expect_err("a bad line").to_string();
        assert!(error.starts_with("line 2 is no item"), "{error}");
    }

    #[test]
    fn half_a_surrogate_pair_is_one_character() {
        let (output, done) = answered(r#"{"id":1,"text":"a\ud83dé\ude00"}"#);
        assert_eq!(output, "[1,4]\n");
        done.expect("stats");
    }
}
