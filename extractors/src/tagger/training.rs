//! Makes the model of the tagger from labelled texts: stochastic gradient descent on the
//! likelihood of the labels. Names are swapped for others of the same shape while it learns, so
//! that it learns how names stand in a sentence and not which ones it has seen.
//!
//! The same texts and seed give the same model. Nothing is read or written here; the program
//! around it is `examples/train_tagger.rs`.

use std::collections::HashMap;
use std::ops::Range;

use super::Kind;
use super::decode::{Lattice, begin, inside, may_follow, moves};
use super::features::Line;
use super::lists;
use super::model::{LABELS, OUTSIDE, Scores, WEIGHTED, written};
use super::tokens::{Class, Token, tokens};
use crate::census;

/// A text and its names, by bytes, in the order of the text and without overlaps.
#[derive(Clone, Debug)]
pub struct Example {
    /// The text, one line.
    pub text: String,
    /// The names.
    pub names: Vec<(Range<usize>, Kind)>,
}

/// How the model is trained.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many models are trained, of which the mean is taken.
    pub models: usize,
    /// How often each example is seen.
    pub rounds: usize,
    /// How many of a hundred names are swapped for others, each time they are seen.
    pub swapped_percent: u64,
    /// How many of a hundred texts are read in lower case, and how many in capitals.
    pub lowered_percent: u64,
    /// As `lowered_percent`.
    pub raised_percent: u64,
    /// How many of a hundred swapped words are made up of the halves of two names.
    pub spliced_percent: u64,
    /// How many of a hundred features are hidden each time they are seen, so that none is relied
    /// on alone.
    pub dropped_percent: u64,
    /// How fast it learns.
    pub rate: f32,
    /// What holds back the first steps of each weight.
    pub caution: f32,
    /// How much a weight is held back each time it is used.
    pub decay: f32,
    /// In how many places a feature must be seen to count.
    pub seen_min: u32,
    /// What chance begins with.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            models: 4,
            rounds: 12,
            swapped_percent: 60,
            lowered_percent: 5,
            raised_percent: 3,
            spliced_percent: 10,
            dropped_percent: 35,
            rate: 0.4,
            caution: 30.0,
            decay: 0.02,
            seen_min: 1,
            seed: 1,
        }
    }
}

/// Reads a sentence that is written for training, with its names in brackets: `lunch with
/// [Jane Roe|person] of [Acme|organisation]`. Nothing when a bracket is no name.
pub fn written_example(line: &str) -> Option<Example> {
    let mut example = Example { text: String::new(), names: Vec::new() };
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('[') {
        let (marked, after) = after.split_once(']')?;
        let (name, kind) = marked.split_once('|')?;
        let kind = match kind {
            "person" => Kind::Person,
            "organisation" => Kind::Organisation,
            "place" => Kind::Place,
            _ => return None,
        };
        example.text.push_str(before);
        let start = example.text.len();
        example.text.push_str(name);
        example.names.push((start..example.text.len(), kind));
        rest = after;
    }
    example.text.push_str(rest);
    Some(example)
}

/// The model as a file: the mean of several that chance led different ways.
pub fn train(examples: &[Example], settings: &Settings) -> Vec<u8> {
    let pools = Pools::new(examples);
    let mut sums: HashMap<u64, [f32; WEIGHTED]> = HashMap::new();
    let mut transitions = [[0.0; LABELS]; LABELS];
    let share = 1.0 / settings.models as f32;
    for number in 0..settings.models as u64 {
        let mut chance = Chance(settings.seed + number);
        let learner = learnt(examples, &pools, settings, &mut chance);
        for (feature, weights) in learner.mean_weights() {
            let sums = sums.entry(feature).or_default();
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += share * weight;
            }
        }
        for (sum, weight) in transitions.iter_mut().flatten().zip(learner.mean_transitions()) {
            *sum += share * weight;
        }
    }
    written(sums.into_iter().collect(), &transitions)
}

fn learnt(
    examples: &[Example],
    pools: &Pools,
    settings: &Settings,
    chance: &mut Chance,
) -> Learner {
    let mut learner = Learner::new(settings);
    for example in examples {
        learner.count(example);
        learner.count(&swapped(example, pools, 100, settings, chance));
    }
    learner.drop_rare();
    let mut order: Vec<usize> = (0..examples.len()).collect();
    for round in 0..settings.rounds {
        for last in (1..order.len()).rev() {
            order.swap(last, chance.below(last + 1));
        }
        for &number in &order {
            let percent = settings.swapped_percent;
            let other = swapped(&examples[number], pools, percent, settings, chance);
            let other = rewritten(other, settings, chance);
            learner.learn(&other, chance);
        }
        if 2 * round >= settings.rounds {
            learner.remember();
        }
    }
    learner
}

/// Numbers by chance that are the same for the same seed (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit.max(1) as u64) as usize
    }
}

/// Words that names are swapped for.
struct Pools {
    given: Vec<String>,
    family: Vec<String>,
    /// Words of organisations, and words that could be.
    company: Vec<String>,
    /// The same of places.
    place: Vec<String>,
}

impl Pools {
    fn new(examples: &[Example]) -> Self {
        let names = |ours: &str, others: &str| -> Vec<String> {
            ours.lines().chain(others.lines()).map(str::to_owned).collect()
        };
        let mut pools = Self {
            given: names(census::GIVEN_NAMES, lists::WORLD_GIVEN_NAMES),
            family: names(census::FAMILY_NAMES, lists::WORLD_FAMILY_NAMES),
            company: Vec::new(),
            place: Vec::new(),
        };
        for example in examples {
            for (range, kind) in &example.names {
                let words: Vec<String> = tokens(&example.text[range.clone()])
                    .into_iter()
                    .filter(|token| matches!(token.class, Class::Capital | Class::Lower))
                    .map(|token| token.folded().into_owned())
                    .collect();
                match (kind, &words[..]) {
                    (Kind::Person, [given]) => pools.given.push(given.clone()),
                    (Kind::Person, [given, .., family]) => {
                        pools.given.push(given.clone());
                        pools.family.push(family.clone());
                    }
                    (Kind::Organisation, words) => pools.company.extend_from_slice(words),
                    (Kind::Place, words) => pools.place.extend_from_slice(words),
                    (Kind::Person, []) => {}
                }
            }
        }
        for pool in [&mut pools.company, &mut pools.place] {
            pool.extend(pools.family.iter().step_by(8).cloned());
        }
        pools
    }
}

/// The example with some of its people and organisations swapped for others.
fn swapped(
    example: &Example,
    pools: &Pools,
    percent: u64,
    settings: &Settings,
    chance: &mut Chance,
) -> Example {
    let mut text = String::with_capacity(example.text.len() + 16);
    let mut names = Vec::with_capacity(example.names.len());
    let mut at = 0;
    for (range, kind) in &example.names {
        text.push_str(&example.text[at..range.start]);
        let start = text.len();
        let old = &example.text[range.clone()];
        if (chance.below(100) as u64) < percent {
            push_swapped(old, *kind, pools, settings, chance, &mut text);
        } else {
            text.push_str(old);
        }
        names.push((start..text.len(), *kind));
        at = range.end;
    }
    text.push_str(&example.text[at..]);
    Example { text, names }
}

/// The example in lower case or in capitals, now and then.
fn rewritten(example: Example, settings: &Settings, chance: &mut Chance) -> Example {
    let dice = chance.below(100) as u64;
    let text = if dice < settings.lowered_percent {
        example.text.to_lowercase()
    } else if dice < settings.lowered_percent + settings.raised_percent {
        example.text.to_uppercase()
    } else {
        return example;
    };
    // A letter that changes its length would move the names.
    let keeps_places = text.len() == example.text.len()
        && example.names.iter().all(|(range, _)| {
            text.is_char_boundary(range.start) && text.is_char_boundary(range.end)
        });
    if keeps_places { Example { text, names: example.names } } else { example }
}

fn push_swapped(
    old: &str,
    kind: Kind,
    pools: &Pools,
    settings: &Settings,
    chance: &mut Chance,
    out: &mut String,
) {
    let words = tokens(old);
    let last = words.iter().rposition(|word| word.class.is_word());
    let mut at = 0;
    for (number, word) in words.iter().enumerate() {
        out.push_str(&old[at..word.range().start]);
        at = word.range().end;
        let is_plain = matches!(word.class, Class::Lower | Class::Capital | Class::Upper)
            && word.text.len() > 2
            && !crate::mentions::is_function_word(&word.folded());
        let pool = match kind {
            Kind::Person if Some(number) == last && (words.len() > 1 || chance.below(3) == 0) => {
                &pools.family
            }
            Kind::Person => &pools.given,
            // Every other word of a company, so that "Bank" and "University" remain words.
            _ if chance.below(2) == 1 => {
                out.push_str(word.text);
                continue;
            }
            Kind::Organisation => &pools.company,
            Kind::Place if word.class == Class::Upper => {
                out.push_str(word.text);
                continue;
            }
            Kind::Place => &pools.place,
        };
        let is_acronym =
            kind == Kind::Organisation && word.class == Class::Upper && word.text.len() < 6;
        if !is_plain {
            out.push_str(word.text);
        } else if is_acronym {
            out.extend(word.text.chars().map(|_| char::from(b'A' + chance.below(26) as u8)));
        } else if let Some(new) = pool.get(chance.below(pool.len())) {
            if (chance.below(100) as u64) < settings.spliced_percent {
                let other = &pool[chance.below(pool.len())];
                push_shaped(&spliced(new, other), word, out);
            } else {
                push_shaped(new, word, out);
            }
        }
    }
    out.push_str(&old[at..]);
}

/// The first half of one name and the second of another: a name that stands in no list.
fn spliced(one: &str, other: &str) -> String {
    let first = &one[..one.ceil_char_boundary(one.len().div_ceil(2))];
    let second = &other[other.ceil_char_boundary(other.len() / 2)..];
    format!("{first}{second}")
}

fn push_shaped(new: &str, old: &Token<'_>, out: &mut String) {
    match old.class {
        Class::Upper => out.push_str(&new.to_uppercase()),
        Class::Capital => {
            let mut chars = new.chars();
            out.extend(chars.next().into_iter().flat_map(char::to_uppercase));
            out.push_str(chars.as_str());
        }
        _ => out.push_str(new),
    }
}

/// The weights while they are learnt (AdaGrad).
struct Learner {
    numbers: HashMap<u64, u32>,
    seen: Vec<u32>,
    weights: Vec<[f32; WEIGHTED]>,
    squares: Vec<[f32; WEIGHTED]>,
    /// What the weights added up to each time they were remembered.
    sums: Vec<[f32; WEIGHTED]>,
    transition_sums: [Scores; LABELS],
    remembered: u16,
    transitions: [Scores; LABELS],
    transition_squares: [Scores; LABELS],
    settings: Settings,
}

impl Learner {
    fn new(settings: &Settings) -> Self {
        Self {
            numbers: HashMap::new(),
            seen: Vec::new(),
            weights: Vec::new(),
            squares: Vec::new(),
            sums: Vec::new(),
            transition_sums: [[0.0; LABELS]; LABELS],
            remembered: 0,
            transitions: [[0.0; LABELS]; LABELS],
            transition_squares: [[1e-6; LABELS]; LABELS],
            settings: *settings,
        }
    }

    fn count(&mut self, example: &Example) {
        let mut line = Line::default();
        let tokens = tokens(&example.text);
        line.read(&tokens);
        for stretch in line.stretches.clone() {
            line.each(&tokens, stretch, |features| {
                for &feature in features {
                    let next = self.seen.len() as u32;
                    let number = *self.numbers.entry(feature).or_insert(next);
                    if number == next {
                        self.seen.push(0);
                    }
                    self.seen[number as usize] += 1;
                }
            });
        }
    }

    fn drop_rare(&mut self) {
        // Each place was counted twice, as it is and with names swapped.
        let min = 2 * self.settings.seen_min;
        let mut kept: Vec<u64> = self.numbers.keys().copied().collect();
        kept.retain(|feature| self.seen[self.numbers[feature] as usize] >= min);
        kept.sort_unstable();
        self.numbers = kept.iter().zip(0..).map(|(&feature, number)| (feature, number)).collect();
        self.weights = vec![[0.0; WEIGHTED]; kept.len()];
        self.squares = vec![[self.settings.caution; WEIGHTED]; kept.len()];
        self.sums = vec![[0.0; WEIGHTED]; kept.len()];
        self.seen.clear();
    }

    fn learn(&mut self, example: &Example, chance: &mut Chance) {
        let mut line = Line::default();
        let tokens = tokens(&example.text);
        line.read(&tokens);
        let labels = labels(&tokens, &example.names);
        for stretch in line.stretches.clone() {
            let mut active: Vec<Vec<u32>> = Vec::with_capacity(stretch.len());
            line.each(&tokens, stretch.clone(), |features| {
                let known = features.iter().filter_map(|f| self.numbers.get(f).copied());
                let kept =
                    known.filter(|_| chance.below(100) as u64 >= self.settings.dropped_percent);
                active.push(kept.collect());
            });
            self.learn_stretch(&active, &labels[stretch]);
        }
    }

    fn learn_stretch(&mut self, active: &[Vec<u32>], labels: &[usize]) {
        let scores: Vec<Scores> = active.iter().map(|numbers| self.scores(numbers)).collect();
        let moves = moves(&self.transitions);
        let lattice = Lattice::new(&moves, &scores);
        let mut steps = [[0.0_f32; LABELS]; LABELS];
        for (at, numbers) in active.iter().enumerate() {
            let mut wanted = lattice.at(at).map(|share| -share);
            wanted[labels[at]] += 1.0;
            for &number in numbers {
                let (weights, squares) =
                    (&mut self.weights[number as usize], &mut self.squares[number as usize]);
                for label in 0..WEIGHTED {
                    let change = wanted[label] - self.settings.decay * weights[label];
                    squares[label] += change * change;
                    weights[label] += self.settings.rate * change / squares[label].sqrt().max(1e-3);
                }
            }
            let previous = if at == 0 { OUTSIDE } else { labels[at - 1] };
            steps[previous][labels[at]] += 1.0;
            for (before, row) in steps.iter_mut().enumerate() {
                for (label, step) in row.iter_mut().enumerate() {
                    *step -= lattice.step(at, before, label);
                }
            }
        }
        for (before, changes) in steps.into_iter().enumerate() {
            for (label, change) in changes.into_iter().enumerate() {
                if !may_follow(before, label) {
                    continue;
                }
                let square = &mut self.transition_squares[before][label];
                *square += change * change;
                self.transitions[before][label] +=
                    self.settings.rate * change / square.sqrt().max(1e-3);
            }
        }
    }

    fn scores(&self, numbers: &[u32]) -> Scores {
        let share = 100.0 / (100 - self.settings.dropped_percent) as f32;
        let mut scores = [0.0; LABELS];
        for &number in numbers {
            for (score, weight) in scores.iter_mut().zip(&self.weights[number as usize]) {
                *score += weight * share;
            }
        }
        scores
    }

    /// Keeps the weights of now for the mean.
    fn remember(&mut self) {
        let add = |sums: &mut [f32], weights: &[f32]| {
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += weight;
            }
        };
        for (sums, weights) in self.sums.iter_mut().zip(&self.weights) {
            add(sums, weights);
        }
        for (sums, row) in self.transition_sums.iter_mut().zip(&self.transitions) {
            add(sums, row);
        }
        self.remembered += 1;
    }

    /// The mean of the weights that were remembered.
    fn mean_weights(&self) -> impl Iterator<Item = (u64, [f32; WEIGHTED])> {
        let share = self.share();
        self.numbers.iter().map(move |(&feature, &number)| {
            (feature, self.sums[number as usize].map(|w| w * share))
        })
    }

    fn mean_transitions(&self) -> impl Iterator<Item = f32> {
        let share = self.share();
        self.transition_sums.iter().flatten().map(move |sum| sum * share)
    }

    fn share(&self) -> f32 {
        1.0 / f32::from(self.remembered.max(1))
    }
}

fn labels(tokens: &[Token<'_>], names: &[(Range<usize>, Kind)]) -> Vec<usize> {
    let mut labels = vec![OUTSIDE; tokens.len()];
    for (range, kind) in names {
        let kind = Kind::ALL.iter().position(|one| one == kind).unwrap_or_default();
        let mut label = begin(kind);
        for (place, token) in labels.iter_mut().zip(tokens) {
            if token.range().start >= range.start && token.range().end <= range.end {
                *place = label;
                label = inside(kind);
            }
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(text: &str, name: &str, kind: Kind) -> Example {
        let start = text.find(name).expect("the name");
        Example { text: text.to_owned(), names: vec![(start..start + name.len(), kind)] }
    }

    #[test]
    fn a_name_is_swapped_for_one_of_its_shape() {
        let pools = Pools {
            given: vec!["amy".to_owned()],
            family: vec!["poe".to_owned()],
            company: vec!["zeta".to_owned()],
            place: vec!["ulm".to_owned()],
        };
        let old = example("met Jane DOE's team", "Jane DOE", Kind::Person);
        let plain = Settings { spliced_percent: 0, ..Settings::default() };
        let new = swapped(&old, &pools, 100, &plain, &mut Chance(1));
        assert_eq!(new.text, "met Amy POE's team");
        assert_eq!(&new.text[new.names[0].0.clone()], "Amy POE");
    }

    #[test]
    fn a_name_that_stands_in_no_list_is_made_of_two() {
        assert_eq!(spliced("johnson", "smith"), "johnith");
        assert_eq!(spliced("ö", "ésa"), "ösa");
    }

    #[test]
    fn a_written_sentence_tells_where_its_names_are() {
        let read = written_example("[Jane Roe|person] of [Acme|organisation] called").expect("one");
        assert_eq!(read.text, "Jane Roe of Acme called");
        assert_eq!(read.names, [(0..8, Kind::Person), (12..16, Kind::Organisation)]);
        assert!(written_example("[Jane Roe|wizard] called").is_none());
        assert!(written_example("[Jane Roe called").is_none());
    }

    #[test]
    fn a_text_in_capitals_keeps_its_names() {
        let capitals = Settings { lowered_percent: 0, raised_percent: 100, ..Settings::default() };
        let old = example("met Jane Doe today", "Jane Doe", Kind::Person);
        let new = rewritten(old, &capitals, &mut Chance(1));
        assert_eq!(&new.text[new.names[0].0.clone()], "JANE DOE");
    }

    #[test]
    fn the_same_seed_gives_the_same_model() {
        let examples = vec![
            example("met Jane Doe today", "Jane Doe", Kind::Person),
            example("works at Acme now", "Acme", Kind::Organisation),
        ];
        let settings = Settings { rounds: 2, seen_min: 1, ..Settings::default() };
        assert!(train(&examples, &settings) == train(&examples, &settings));
    }
}
