//! Which sorts of characters a text holds. Most messages hold few, and what looks for addresses,
//! links, amounts or numbers need not read them at all.

/// The sorts of characters of one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Marks(u16);

impl Marks {
    pub(crate) const DIGIT: u16 = 1;
    pub(crate) const CAPITAL: u16 = 1 << 1;
    /// A character beyond ASCII.
    pub(crate) const OTHER: u16 = 1 << 2;
    pub(crate) const AT: u16 = 1 << 3;
    pub(crate) const COLON: u16 = 1 << 4;
    pub(crate) const DOT: u16 = 1 << 5;
    pub(crate) const NUMBER_SIGN: u16 = 1 << 6;
    pub(crate) const BACKTICK: u16 = 1 << 7;
    pub(crate) const LESS: u16 = 1 << 8;
    pub(crate) const GREATER: u16 = 1 << 9;

    /// Reads a text once.
    pub(crate) fn of(text: &str) -> Self {
        Self(text.bytes().fold(0, |marks, byte| marks | OF_BYTE[usize::from(byte)]))
    }

    /// Whether the text holds one of these.
    pub(crate) fn any(self, marks: u16) -> bool {
        self.0 & marks != 0
    }
}

static OF_BYTE: [u16; 256] = {
    let mut marks = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        marks[byte] = match byte as u8 {
            b'0'..=b'9' => Marks::DIGIT,
            b'A'..=b'Z' => Marks::CAPITAL,
            0x80.. => Marks::OTHER,
            b'@' => Marks::AT,
            b':' => Marks::COLON,
            b'.' => Marks::DOT,
            b'#' => Marks::NUMBER_SIGN,
            b'`' => Marks::BACKTICK,
            b'<' => Marks::LESS,
            b'>' => Marks::GREATER,
            _ => 0,
        };
        byte += 1;
    }
    marks
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_tells_what_it_holds() {
        let marks = Marks::of("ask kim@acme.io");
        assert!(marks.any(Marks::AT) && marks.any(Marks::DOT | Marks::COLON));
        assert!(!marks.any(Marks::CAPITAL | Marks::DIGIT | Marks::OTHER | Marks::GREATER));
        assert!(Marks::of("Żółw").any(Marks::OTHER));
        assert_eq!(Marks::of(""), Marks(0));
    }
}
