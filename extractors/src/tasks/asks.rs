//! What opens an ask or a promise, and whom it names: "I'll", "can you", "schick bitte", "Imre
//! will".

use super::Doer;
use super::lists::NO_NAMES;
use super::words::{
    Kind, Language, OPENINGS, Verb, is_german_order, is_german_third, said_of_oneself,
};
use crate::sentences::Word;

/// What opens an ask or a promise, and what follows.
pub(super) struct Ask {
    pub(super) kind: Kind,
    pub(super) language: Language,
    /// The first word of the opening.
    pub(super) start: usize,
    /// The first word behind it.
    pub(super) body: usize,
    /// Where what is to be done begins, when that is not the body.
    pub(super) from: Option<usize>,
    pub(super) doer: Doer,
    pub(super) form: Form,
}

/// Where the verb stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// First: "send the quote".
    First,
    /// Last: "das Angebot schicken".
    Last,
    /// It is the opening itself: "schicke ich", "wyślę".
    Said(Verb),
}

/// What may be asked or promised from a word on.
pub(super) fn ask_at(words: &[Word<'_>], at: usize, is_question: bool) -> Option<Ask> {
    opened(words, at, is_question)
        .or_else(|| of_oneself(words, at))
        .or_else(|| ordered(words, at))
        .or_else(|| of_another(words, at))
}

/// "I'll", "please", "can you" and their like.
pub(super) fn opened(words: &[Word<'_>], at: usize, is_question: bool) -> Option<Ask> {
    let openings = OPENINGS.get(words[at].folded.as_str())?;
    let opening = openings.iter().find(|opening| {
        let there = words.get(at..at + opening.words.len());
        there.is_some_and(|there| there.iter().map(|word| &word.folded).eq(opening.words.iter()))
    })?;
    let mut there = words[at..at + opening.words.len()].iter();
    // "konnten" tells of what was; "könnten" asks.
    if opening.language == Language::German && there.any(|word| word.lower.starts_with("konnt")) {
        return None;
    }
    // "They need to …" is their business.
    let first = opening.words[0];
    if matches!(first, "need" | "let" | "remember" | "be") && !words[at].after_pause {
        return None;
    }
    let is_romance = matches!(opening.language, Language::French | Language::Spanish);
    if opening.kind == Kind::Question && is_romance && !is_question {
        return None;
    }
    const SPEAKER: [&str; 16] = [
        "i",
        "i'm",
        "i've",
        "i'd",
        "ich",
        "je",
        "voy",
        "tengo",
        "debo",
        "quiero",
        "musze",
        "chce",
        "powinienem",
        "powinnam",
        "i'll",
        "ill",
    ];
    let is_speaker =
        opening.kind == Kind::Promise || opening.words.iter().any(|word| SPEAKER.contains(word));
    let doer = if is_speaker { Doer::Speaker } else { addressed(words, at) };
    let form = if opening.language == Language::German { Form::Last } else { Form::First };
    let body = at + opening.words.len();
    let (kind, language) = (opening.kind, opening.language);
    Some(Ask { kind, language, start: at, body, from: None, doer, form })
}

/// "Ich schicke", "schicke ich", "je vous envoie", "te envío", "wyślę".
fn of_oneself(words: &[Word<'_>], at: usize) -> Option<Ask> {
    let word = &words[at];
    let (language, strength) = said_of_oneself(&word.lower, &word.folded)?;
    let before = |back: usize| at.checked_sub(back).map_or("", |at| words[at].folded.as_str());
    let next = words.get(at + 1).map_or("", |word| word.folded.as_str());
    let says_so = match language {
        Language::German => before(1) == "ich" || next == "ich",
        Language::French => {
            word.folded.starts_with("j'")
                || (1..=3).any(|back| before(back) == "je" || before(back).starts_with("j'"))
        }
        Language::Spanish => !matches!(before(1), "el" | "un" | "del" | "de" | "este" | "por"),
        _ => true,
    };
    // "Das Angebot schicke ich morgen" has what is sent in front.
    let is_inverted = language == Language::German && next == "ich";
    let start = if is_inverted { clause_start(words, at) } else { at };
    says_so.then_some(Ask {
        kind: Kind::Promise,
        language,
        start,
        body: at,
        from: Some(start),
        doer: Doer::Speaker,
        form: Form::Said(strength),
    })
}

/// "Schick Clara bitte das Angebot".
fn ordered(words: &[Word<'_>], at: usize) -> Option<Ask> {
    let word = &words[at];
    let asks = words[at + 1..].iter().take(4).any(|word| word.folded == "bitte");
    let begins = word.after_pause || at <= 1;
    (asks && begins && is_german_order(&word.folded)).then(|| Ask {
        kind: Kind::Request,
        language: Language::German,
        start: at,
        body: at,
        from: None,
        doer: addressed(words, at),
        form: Form::Said(Verb::Strong),
    })
}

/// "Imre will send", "can Imre send", "Imre schickt", "kann Imre … schicken".
fn of_another(words: &[Word<'_>], at: usize) -> Option<Ask> {
    let word = &words[at];
    let folded = |at: usize| words.get(at).map_or("", |word| word.folded.as_str());
    let asks =
        word.after_pause && matches!(word.folded.as_str(), "can" | "could" | "kann" | "konnte");
    let first = if asks { at + 1 } else { at };
    let is_name =
        |word: &&Word<'_>| word.is_capitalised() && !NO_NAMES.contains(&word.folded.as_str());
    let name = words.get(first).filter(is_name)?;
    let second = words.get(first + 1).filter(is_name).filter(|word| !word.after_pause);
    let (name, next) = match second {
        Some(second) => (format!("{} {}", name.text, second.text), first + 2),
        None => (name.text.to_string(), first + 1),
    };
    let name = name.trim_start_matches('@').to_string();
    let ask = |kind, language, body, form| Ask {
        kind,
        language,
        start: at,
        body,
        from: None,
        doer: Doer::Named(name.clone()),
        form,
    };
    use Form::{First, Last, Said};
    use Language::{English, German};
    if asks {
        return Some(match word.folded.as_str() {
            "can" | "could" => ask(Kind::Question, English, next, First),
            _ => ask(Kind::Question, German, next, Last),
        });
    }
    Some(match (folded(next), folded(next + 1)) {
        ("will", _) => ask(Kind::Common, English, next + 1, First),
        ("needs" | "has", "to") => ask(Kind::Duty, English, next + 2, First),
        ("should" | "must", _) => ask(Kind::Duty, English, next + 1, First),
        ("wird" | "soll" | "muss", _) => ask(Kind::Common, German, next + 1, Last),
        ("sollte" | "kann", _) => ask(Kind::Wish, German, next + 1, Last),
        (verb, _) if is_german_third(verb) => ask(Kind::Common, German, next, Said(Verb::Weak)),
        _ => return None,
    })
}

/// Who is spoken to right before a word: "Imre, can you …".
fn addressed(words: &[Word<'_>], at: usize) -> Doer {
    const POSITION_MAX: usize = 3;
    if at > POSITION_MAX {
        return Doer::Anybody;
    }
    let is_name = |word: &&Word<'_>| {
        (word.is_capitalised() || word.text.starts_with('@'))
            && !word.is_label
            && !NO_NAMES.contains(&word.folded.as_str())
    };
    let Some(name) = at.checked_sub(1).map(|at| &words[at]).filter(is_name) else {
        return Doer::Anybody;
    };
    let first = at.checked_sub(2).map(|at| &words[at]).filter(is_name);
    let first = first.filter(|_| !name.after_pause);
    let text = match first {
        Some(first) => format!("{} {}", first.text, name.text),
        None => name.text.to_string(),
    };
    Doer::Addressed(text.trim_start_matches('@').to_string())
}

/// Where the clause of a word begins.
fn clause_start(words: &[Word<'_>], at: usize) -> usize {
    (0..=at).rev().find(|at| words[*at].after_pause).unwrap_or(0)
}
