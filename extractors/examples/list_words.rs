//! Makes `data/words.txt`: the words that texts use in lower case and not as names, those that
//! stand in most places first.
//!
//! `cargo run --release --example list_words FOLDER > data/words.txt` reads what `train_tagger`
//! reads. The list is a hint for the tagger, so it is made before the tagger is trained.

use std::collections::HashMap;
use std::error::Error;

#[path = "labelled/mod.rs"]
mod labelled;

/// In how many places a word must be seen.
const SEEN_MIN: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: list_words FOLDER")?;
    let mut seen: HashMap<String, usize> = HashMap::new();
    for example in labelled::examples(&folder, "train")? {
        let mut text = example.text.into_bytes();
        for (range, _) in example.names {
            text[range].fill(b' ');
        }
        let text = String::from_utf8(text)?;
        let mut before = "";
        for piece in text.split_whitespace() {
            let is_plain = !piece.starts_with(['@', '#'])
                && !piece.contains("://")
                && !matches!(before, "@" | "#");
            let word = piece.trim_matches(|c: char| !c.is_alphanumeric());
            if is_plain && word.len() > 1 && word.chars().all(char::is_lowercase) {
                *seen.entry(word.to_owned()).or_default() += 1;
            }
            before = piece;
        }
    }
    let mut words: Vec<(String, usize)> =
        seen.into_iter().filter(|&(_, count)| count >= SEEN_MIN).collect();
    words.sort_by(|(a, more), (b, fewer)| fewer.cmp(more).then_with(|| a.cmp(b)));
    for (word, _) in words {
        println!("{word}");
    }
    Ok(())
}
