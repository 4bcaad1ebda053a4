//! An upload on its way: cut into pieces of one size, and turned into UTF-8 where it is UTF-16,
//! so that whatever is kept has ASCII where files have their commas and line ends. Windows-1252
//! and UTF-8 are kept as they came.

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_16BE, UTF_16LE};
use sha2::{Digest, Sha256};

use super::{CHUNK_BYTES, Upload};

/// An upload on its way.
pub struct Uploading {
    held: Vec<u8>,
    /// The first bytes, until it is known whether they are UTF-16.
    first: Option<Vec<u8>>,
    decoder: Option<(Decoder, &'static Encoding)>,
    hash: Sha256,
    bytes: i64,
    /// The beginning of a character at the end of what was seen; none once it is no UTF-8.
    utf8_tail: Option<Vec<u8>>,
}

/// As many bytes decide whether it is UTF-16.
const FIRST_BYTES: usize = 64;

impl Default for Uploading {
    fn default() -> Self {
        Self {
            held: Vec::new(),
            first: Some(Vec::new()),
            decoder: None,
            hash: Sha256::new(),
            bytes: 0,
            utf8_tail: Some(Vec::new()),
        }
    }
}

impl Uploading {
    /// Takes bytes as they come, and gives the pieces that are full.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.hash.update(bytes);
        match &mut self.first {
            Some(first) => {
                first.extend_from_slice(bytes);
                if first.len() >= FIRST_BYTES {
                    self.begin();
                }
            }
            None => self.decode(bytes, false),
        }
        self.full()
    }

    /// The last piece, if there is any, and what the upload is.
    pub fn finish(mut self) -> (Vec<Vec<u8>>, Upload) {
        self.begin();
        if self.decoder.is_some() {
            self.decode(&[], true);
        }
        let mut last = self.full();
        if !self.held.is_empty() {
            last.push(std::mem::take(&mut self.held));
        }
        let upload = Upload {
            bytes: self.bytes,
            sha256: data_encoding::HEXLOWER.encode(&self.hash.finalize()),
            is_utf8: self.utf8_tail.is_some_and(|tail| tail.is_empty()),
            converted_from: self.decoder.map(|(_, encoding)| encoding.name().to_owned()),
        };
        (last, upload)
    }

    fn begin(&mut self) {
        let Some(first) = self.first.take() else { return };
        self.decoder = utf16(&first).map(|encoding| (encoding.new_decoder(), encoding));
        self.decode(&first, false);
    }

    fn decode(&mut self, mut bytes: &[u8], is_last: bool) {
        let Some((decoder, _)) = &mut self.decoder else {
            self.keep(bytes);
            return;
        };
        let mut decoded = Vec::new();
        let mut buffer = [0u8; 16 * 1024];
        loop {
            let (result, read, written, _) = decoder.decode_to_utf8(bytes, &mut buffer, is_last);
            decoded.extend_from_slice(&buffer[..written]);
            bytes = &bytes[read..];
            if result == CoderResult::InputEmpty {
                break;
            }
        }
        self.keep(&decoded);
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.bytes += i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        self.held.extend_from_slice(bytes);
        let Some(mut tail) = self.utf8_tail.take() else { return };
        tail.extend_from_slice(bytes);
        self.utf8_tail = match std::str::from_utf8(&tail) {
            Ok(_) => Some(Vec::new()),
            Err(error) if error.error_len().is_none() => Some(tail.split_off(error.valid_up_to())),
            Err(_) => None,
        };
    }

    fn full(&mut self) -> Vec<Vec<u8>> {
        let mut full = Vec::new();
        while self.held.len() >= CHUNK_BYTES {
            let rest = self.held.split_off(CHUNK_BYTES);
            full.push(std::mem::replace(&mut self.held, rest));
        }
        full
    }
}

/// Which UTF-16 it is: by its mark, or because every other byte of its beginning is nothing.
fn utf16(first: &[u8]) -> Option<&'static Encoding> {
    match first {
        [0xff, 0xfe, ..] => return Some(UTF_16LE),
        [0xfe, 0xff, ..] => return Some(UTF_16BE),
        _ => {}
    }
    let pairs = first.chunks_exact(2).take(FIRST_BYTES / 2).collect::<Vec<_>>();
    let nothing = |place: usize| pairs.iter().filter(|pair| pair[place] == 0).count();
    // Commas, line ends and Latin letters have it; no other text holds a nothing at all.
    let (high, low) = (nothing(0), nothing(1));
    match pairs.len() >= 4 && (high + low) * 4 >= pairs.len() {
        true if high == 0 => Some(UTF_16LE),
        true if low == 0 => Some(UTF_16BE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(bytes: &[u8], by: usize) -> (Vec<u8>, Upload) {
        let mut uploading = Uploading::default();
        let mut kept = Vec::new();
        for part in bytes.chunks(by) {
            kept.extend(uploading.push(part).concat());
        }
        let (last, upload) = uploading.finish();
        kept.extend(last.concat());
        (kept, upload)
    }

    #[test]
    fn what_is_kept_has_ascii_where_files_have_commas() {
        let text = "Name,Ort\nJürgen,Köln\nЖанна,Київ\n".repeat(20);
        let le = text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let be = text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
        let marked = [&[0xff, 0xfe][..], &le].concat();
        for by in [1, 7, 4096] {
            for (bytes, name) in [(&marked, "UTF-16LE"), (&le, "UTF-16LE"), (&be, "UTF-16BE")] {
                let (kept, upload) = upload(bytes, by);
                assert_eq!(String::from_utf8(kept).as_deref(), Ok(text.as_str()));
                assert_eq!(upload.converted_from.as_deref(), Some(name));
                assert!(upload.is_utf8);
            }
            let (kept, utf8) = upload(text.as_bytes(), by);
            assert!(utf8.is_utf8 && kept == text.as_bytes() && utf8.converted_from.is_none());
            let (kept, latin) = upload(b"Name\nJ\xfcrgen\n", by);
            assert!(!latin.is_utf8 && kept == b"Name\nJ\xfcrgen\n");
            assert_eq!(latin.bytes, 12);
        }
    }

    #[test]
    fn pieces_are_of_one_size_but_the_last() {
        let mut uploading = Uploading::default();
        let full = uploading.push(&vec![b'x'; 2 * CHUNK_BYTES + 1]);
        assert!(full.len() == 2 && full.iter().all(|chunk| chunk.len() == CHUNK_BYTES));
        assert_eq!(uploading.finish().0, [b"x".to_vec()]);
    }
}
