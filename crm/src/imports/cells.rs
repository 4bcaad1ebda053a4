//! Cells of CSV files, as exports and error files write them and imports read them.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a line end for a
//! formula. Such a cell is written behind an apostrophe, as OWASP advises, and so is one that
//! begins with apostrophes and then one of these; reading takes one apostrophe off just those.
//! What was written is therefore always read back as it was.

/// What a spreadsheet takes for a formula.
fn acts(text: &str) -> bool {
    let rest = text.trim_start_matches('\'');
    // Spreadsheets fold the full-width forms.
    rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// The cell as it is written.
pub fn guarded(text: &str) -> std::borrow::Cow<'_, str> {
    if acts(text) { format!("'{text}").into() } else { text.into() }
}

/// The cell as it was meant.
pub fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if acts(rest) => rest,
        _ => text,
    }
}

/// Adds a cell as it is written, guarded and in quotation marks where it needs them.
pub fn write_cell(out: &mut String, text: &str) {
    let text = guarded(text);
    if text.contains(['"', ',', ';', '\t', '\n', '\r']) || text.trim() != text {
        out.push('"');
        out.push_str(&text.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(&text);
    }
}

/// Adds a row of CSV.
pub fn write_row<'t>(out: &mut String, cells: impl IntoIterator<Item = &'t str>) {
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        write_cell(out, cell);
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_spreadsheet_would_run_stands_behind_an_apostrophe() {
        for text in ["=1+1", "+49 30", "-5", "@sum", "\tx", "\rx", "'=1", "''@x"] {
            assert_eq!(guarded(text), format!("'{text}"));
            assert_eq!(unguarded(&guarded(text)), text);
        }
        for text in ["", "Anna", "'Anna", "1+1", "O'Neill"] {
            assert_eq!(guarded(text), text);
            assert_eq!(unguarded(text), text);
        }
        let mut row = String::new();
        write_row(&mut row, ["a", "b,c", "say \"x\"", "=1"]);
        assert_eq!(row, "a,\"b,c\",\"say \"\"x\"\"\",'=1\r\n");
    }

    proptest! {
        #[test]
        fn every_text_is_read_back_as_it_was(text in "['=+@\t\r\n a-c-]{0,8}") {
            let written = guarded(&text).into_owned();
            prop_assert_eq!(unguarded(&written), text.as_str());
            let rest = written.trim_start_matches('\'');
            prop_assert!(rest == written || written.starts_with('\''));
        }
    }
}
