//! Turns away most words of a text without touching the tables: says of a run
//! of words whether it may be a name, and whether a name may go on after it.

/// How many bits there are for each bit that is set, at least.
const BITS_PER_RUN: usize = 8;

/// Both answers for a run stand in one machine word.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bloom {
    words: Vec<u64>,
    set: usize,
}

/// What is known of a run of words. A `true` may be wrong, a `false` never is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MayBe {
    pub(crate) whole: bool,
    pub(crate) begun: bool,
}

impl Bloom {
    /// Empty, with room for so many runs.
    pub(crate) fn with_room(runs: usize) -> Self {
        let bits = (runs * BITS_PER_RUN).next_power_of_two().max(1024);
        Self { words: vec![0; bits / 64], set: 0 }
    }

    /// Whether more runs would make too many wrong answers.
    pub(crate) fn is_full(&self) -> bool {
        self.set * BITS_PER_RUN >= self.words.len() * 64
    }

    /// How many runs it has room for.
    pub(crate) fn room(&self) -> usize {
        self.words.len() * 64 / BITS_PER_RUN
    }

    pub(crate) fn get(&self, run: u64) -> MayBe {
        let Some(word) = self.words.get(self.word_of(run)) else {
            return MayBe::default();
        };
        MayBe { whole: word & whole_bit(run) != 0, begun: word & begun_bit(run) != 0 }
    }

    pub(crate) fn insert_whole(&mut self, run: u64) {
        self.insert(run, whole_bit(run));
    }

    pub(crate) fn insert_begun(&mut self, run: u64) {
        self.insert(run, begun_bit(run));
    }

    fn insert(&mut self, run: u64, bit: u64) {
        let at = self.word_of(run);
        // Without a branch, so that nothing waits for the memory.
        if let Some(word) = self.words.get_mut(at) {
            self.set += usize::from(*word & bit == 0);
            *word |= bit;
        }
    }

    fn word_of(&self, run: u64) -> usize {
        (run >> 12) as usize & self.words.len().wrapping_sub(1)
    }
}

fn whole_bit(run: u64) -> u64 {
    1 << (run & 63)
}

fn begun_bit(run: u64) -> u64 {
    1 << ((run >> 6) & 63)
}
