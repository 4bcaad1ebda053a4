//! Many short texts in one piece of memory. A place that becomes free is used
//! again for a text of about its size, so that changing a record costs the same
//! however many there are.

use std::collections::HashMap;
use std::ops::Range;

/// Places are multiples of this, in bytes.
const GRAIN: usize = 2;

/// The texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    bytes: Vec<u8>,
    free: HashMap<usize, Vec<u32>>,
}

impl Texts {
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes);
    }

    /// Where the text of these two parts now stands; `None` when there is no room for it.
    pub(crate) fn insert(&mut self, head: &str, tail: &str) -> Option<u32> {
        let room = (head.len() + tail.len()).div_ceil(GRAIN);
        if let Some(at) = self.free.get_mut(&room).and_then(Vec::pop) {
            let start = at as usize * GRAIN;
            let (head_end, end) = (start + head.len(), start + head.len() + tail.len());
            self.bytes[start..head_end].copy_from_slice(head.as_bytes());
            self.bytes[head_end..end].copy_from_slice(tail.as_bytes());
            return Some(at);
        }
        let at = u32::try_from(self.bytes.len() / GRAIN).ok()?;
        self.bytes.extend_from_slice(head.as_bytes());
        self.bytes.extend_from_slice(tail.as_bytes());
        self.bytes.resize((at as usize + room) * GRAIN, 0);
        Some(at)
    }

    /// Frees the place of a text of `length` bytes.
    pub(crate) fn remove(&mut self, at: u32, length: usize) {
        let room = length.div_ceil(GRAIN);
        if room > 0 {
            self.free.entry(room).or_default().push(at);
        }
    }

    /// The part of the text at `at`.
    pub(crate) fn get(&self, at: u32, part: Range<usize>) -> &str {
        let start = at as usize * GRAIN;
        let bytes = self.bytes.get(start + part.start..start + part.end).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freed_place_is_used_again() {
        let mut texts = Texts::default();
        let first = texts.insert("jane", " doe").expect("room");
        let second = texts.insert("acme", "").expect("room");
        assert_eq!(texts.get(first, 5..8), "doe");
        texts.remove(first, 8);
        assert_eq!(texts.insert("john ", "roe"), Some(first));
        assert_eq!((texts.get(first, 0..8), texts.get(second, 0..4)), ("john roe", "acme"));
    }
}
