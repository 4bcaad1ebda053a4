//! Turns byte offsets into character offsets, in one walk for many spans.

/// Counts characters up to byte offsets asked for in rising order; going back
/// is allowed and starts the count again.
pub(crate) struct CharOffsets<'t> {
    text: &'t str,
    byte: usize,
    chars: usize,
}

impl<'t> CharOffsets<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, byte: 0, chars: 0 }
    }

    /// The number of characters before `byte`, which must be a boundary.
    pub(crate) fn at(&mut self, byte: usize) -> usize {
        if byte < self.byte {
            self.byte = 0;
            self.chars = 0;
        }
        let between = &self.text.as_bytes()[self.byte..byte];
        self.chars += between.iter().filter(|&&b| (b & 0xC0) != 0x80).count();
        self.byte = byte;
        self.chars
    }
}

/// The character that ends at `byte`.
pub(crate) fn char_before(text: &str, byte: usize) -> Option<char> {
    text[..byte].chars().next_back()
}

/// The character that starts at `byte`.
pub(crate) fn char_at(text: &str, byte: usize) -> Option<char> {
    text[byte..].chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_not_bytes() {
        let mut offsets = CharOffsets::new("a🚀é b");
        assert_eq!(offsets.at(1), 1);
        assert_eq!(offsets.at(5), 2);
        assert_eq!(offsets.at(8), 4);
        assert_eq!(offsets.at(0), 0);
        assert_eq!(char_before("aé", 3), Some('é'));
        assert_eq!(char_at("aé", 1), Some('é'));
    }
}
