//! Where the plain words of a text stand: runs of ASCII letters and digits. Sixty-four bytes are
//! looked at together, so that the length of a word costs nothing.

use std::ops::Range;

/// How many bytes are looked at together.
const BLOCK: usize = 64;

/// The runs of ASCII letters and digits in `bytes`, each as long as it can be, in order.
pub(crate) fn plain_words(bytes: &[u8]) -> PlainWords<'_> {
    PlainWords { bytes, block: 0, bits: bits(bytes.get(..BLOCK).unwrap_or(bytes)) }
}

pub(crate) struct PlainWords<'t> {
    bytes: &'t [u8],
    /// Where the block begins.
    block: usize,
    /// A bit for each letter and digit of the block that is not handed over yet.
    bits: u64,
}

impl PlainWords<'_> {
    /// Goes on to the next block, unless this was the last.
    fn advance(&mut self) -> bool {
        let rest = self.bytes.get(self.block + BLOCK..).unwrap_or_default();
        if !rest.is_empty() {
            self.block += BLOCK;
            self.bits = bits(rest.get(..BLOCK).unwrap_or(rest));
        }
        !rest.is_empty()
    }

    /// Takes the letters and digits that the rest of the block begins with at `from`, and says
    /// where they end in the block.
    fn take(&mut self, from: u32) -> u32 {
        let end = from + (self.bits >> from).trailing_ones();
        self.bits &= u64::MAX.checked_shl(end).unwrap_or_default();
        end
    }
}

impl Iterator for PlainWords<'_> {
    type Item = Range<usize>;

    #[inline]
    fn next(&mut self) -> Option<Range<usize>> {
        while self.bits == 0 {
            if !self.advance() {
                return None;
            }
        }
        let from = self.bits.trailing_zeros();
        let start = self.block + from as usize;
        let mut end = self.take(from);
        while end as usize == BLOCK && self.advance() {
            end = self.take(0);
        }
        Some(start..self.block + end as usize)
    }
}

/// A bit for each letter and digit, the first byte's lowest.
fn bits(block: &[u8]) -> u64 {
    let (eights, rest) = block.as_chunks::<8>();
    let mut bits = 0;
    for (number, &eight) in eights.iter().enumerate() {
        bits |= bits_of(eight) << (8 * number);
    }
    if !rest.is_empty() {
        let mut eight = [0; 8];
        eight[..rest.len()].copy_from_slice(rest);
        bits |= bits_of(eight) << (8 * eights.len());
    }
    bits
}

fn bits_of(eight: [u8; 8]) -> u64 {
    const fn all(byte: u8) -> u64 {
        u64::from_ne_bytes([byte; 8])
    }
    let bytes = u64::from_le_bytes(eight);
    // The top bit of each byte tells whether a sum has reached it.
    let plain = bytes & all(0x7f);
    let lower = plain | all(0x20);
    let letters = (lower + all(0x80 - b'a')) & !(lower + all(0x7f - b'z'));
    let digits = (plain + all(0x80 - b'0')) & !(plain + all(0x7f - b'9'));
    let tops = (letters | digits) & !bytes & all(0x80);
    // Brings the eight top bits together.
    (tops >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_byte_counts_as_it_should() {
        for byte in 0..=u8::MAX {
            let is_plain = byte.is_ascii_alphanumeric();
            for place in 0..8 {
                let mut eight = [b' '; 8];
                eight[place] = byte;
                assert_eq!(bits_of(eight), u64::from(is_plain) << place, "{byte} at {place}");
            }
        }
    }

    #[test]
    fn long_words_reach_over_blocks() {
        for length in 0..200 {
            let text = format!("-{} b", "a".repeat(length));
            let words: Vec<Range<usize>> = plain_words(text.as_bytes()).collect();
            let all = [1..length + 1, length + 2..length + 3];
            assert_eq!(words, all[usize::from(length == 0)..], "{length}");
        }
    }

    proptest! {
        #[test]
        fn words_are_where_the_letters_are(text in "([a-z]{0,70}[ .é_]){0,9}[A-Z0-9]{0,70}") {
            let bytes = text.as_bytes();
            let mut slowly = Vec::new();
            let mut start = 0;
            for part in bytes.chunk_by(|a, b| a.is_ascii_alphanumeric() == b.is_ascii_alphanumeric()) {
                if part[0].is_ascii_alphanumeric() {
                    slowly.push(start..start + part.len());
                }
                start += part.len();
            }
            prop_assert_eq!(plain_words(bytes).collect::<Vec<_>>(), slowly);
        }
    }
}
