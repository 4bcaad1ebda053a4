//! A hash table in many small ones: the memory of one is doubled when it is full, which for all of
//! a large table at once takes longer than a message may wait, and much of what it takes may never
//! be used.

use hashbrown::HashTable;

/// How many entries a small table is meant for: somewhat fewer than it holds before it grows.
const ENTRIES: usize = 112_000;

/// The small tables; there is at least one.
#[derive(Clone, Debug)]
pub(crate) struct Shards<T>(Vec<HashTable<T>>);

impl<T> Default for Shards<T> {
    fn default() -> Self {
        Self(vec![HashTable::new()])
    }
}

impl<T> Shards<T> {
    /// Empty, with room for so many entries.
    pub(crate) fn with_room(entries: usize) -> Self {
        let count = entries.div_ceil(ENTRIES).max(1);
        Self((0..count).map(|_| HashTable::with_capacity(entries / count)).collect())
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(HashTable::len).sum()
    }

    /// The table of entries with this hash.
    pub(crate) fn of(&self, hash: u64) -> &HashTable<T> {
        &self.0[self.number(hash)]
    }

    /// The same to change it.
    pub(crate) fn of_mut(&mut self, hash: u64) -> &mut HashTable<T> {
        let number = self.number(hash);
        &mut self.0[number]
    }

    /// Bits from the middle decide, since the tables go by those at the ends.
    fn number(&self, hash: u64) -> usize {
        (((hash >> 24 & 0xffff_ffff) * self.0.len() as u64) >> 32) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_spread_and_found_again() {
        let hash = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut shards = Shards::with_room(4 * ENTRIES);
        for number in 0..10_000 {
            shards.of_mut(hash(number)).insert_unique(hash(number), number, |&n| hash(n));
        }
        assert_eq!(shards.len(), 10_000);
        assert!(shards.0.iter().all(|table| (2_000..3_000).contains(&table.len())));
        assert!((0..10_000).all(|n| shards.of(hash(n)).find(hash(n), |&one| one == n).is_some()));
    }
}
