//! Makes `data/tagger.bin` from labelled texts and from the sentences of `data/sentences.txt`,
//! which are written for this.
//!
//! `cargo run --release --example train_tagger FOLDER OUT` reads every `train.jsonl` in the sets
//! `wnut17`, `broad_twitter` and `tweebank_ner` of FOLDER and writes the model to OUT. Run
//! `list_words` first when the texts have changed.

use std::error::Error;
use std::fs;

use extractors::tagger::training::{Settings, train, written_example};

#[path = "labelled/mod.rs"]
mod labelled;

const SENTENCES: &str = include_str!("../data/sentences.txt");
/// How often each of the sentences counts.
const SENTENCE_WEIGHT: usize = 2;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err("usage: train_tagger FOLDER OUT".into());
    };
    let mut examples = labelled::examples(&folder, "train")?;
    for line in SENTENCES.lines().cycle().take(SENTENCE_WEIGHT * SENTENCES.lines().count()) {
        let sentence = written_example(line)
            .ok_or_else(|| format!("this sentence has brackets without a kind of name: {line}"))?;
        examples.push(sentence);
    }
    fs::write(out, train(&examples, &Settings::default()))?;
    Ok(())
}
