//! A vCard (3.0 and 4.0) as a row of a table. Pictures, postal addresses and keys are left out,
//! and so is the quoted-printable of version 2.1. The few rules that this needs are written here:
//! the libraries for it bring calendars and their own features of crates that the SDKs share.

/// The columns that every card becomes, and those that [`super::mapping`] knows by name.
pub(super) const COLUMNS: [&str; 11] = [
    "Name",
    "E-mail",
    "Phone",
    "Company",
    "Job title",
    "Website",
    "Birthday",
    "Note",
    "Nickname",
    "Key",
    "Categories",
];

/// The cells of a card; none when it does not read as one.
pub(super) fn cells(text: &str) -> Option<Vec<String>> {
    let lines = unfolded(text);
    let is = |line: &String, what: &str| line.trim().eq_ignore_ascii_case(what);
    if !is(lines.first()?, "BEGIN:VCARD") || !is(lines.last()?, "END:VCARD") {
        return None;
    }
    let mut cells = vec![String::new(); COLUMNS.len()];
    let mut structured = String::new();
    for line in &lines {
        let Some((name, value)) = property(line) else { continue };
        let (place, joined) = match name.as_str() {
            "FN" => (0, " "),
            "N" => {
                structured = name_in_order(&parts(value, ';'));
                continue;
            }
            "EMAIL" => (1, "; "),
            "TEL" => (2, "; "),
            "ORG" => (3, " "),
            "TITLE" => (4, ", "),
            "URL" => (5, " "),
            "BDAY" => (6, " "),
            "NOTE" => (7, "\n"),
            "NICKNAME" => (8, "; "),
            "X-TIELINE-KEY" => (9, " "),
            "CATEGORIES" => (10, ", "),
            _ => continue,
        };
        // A second website or title has no place of its own.
        if joined == " " && !cells[place].is_empty() {
            continue;
        }
        let texts = match place {
            // Of an organisation the units behind it are left out.
            3 => parts(value, ';').into_iter().take(1).collect(),
            8 | 10 => parts(value, ','),
            _ => vec![unescaped(value)],
        };
        for text in texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
            if !cells[place].is_empty() {
                cells[place].push_str(joined);
            }
            match place {
                2 => cells[place].push_str(text.strip_prefix("tel:").unwrap_or(text)),
                6 => cells[place].push_str(&day(text)),
                _ => cells[place].push_str(text),
            }
        }
    }
    if cells[0].is_empty() {
        cells[0] = structured;
    }
    Some(cells)
}

/// The lines of a card; one that begins with a space goes on the line before.
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ if line.trim().is_empty() => {}
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// The name of a property in capitals, without its group and parameters, and its value.
fn property(line: &str) -> Option<(String, &str)> {
    let mut quoted = false;
    let colon = line.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == ':' && !quoted).then_some(at)
    })?;
    let name = line[..colon].split(';').next()?;
    let name = name.rsplit('.').next()?;
    Some((name.trim().to_uppercase(), &line[colon + 1..]))
}

/// What stands between separators, but for those behind a backslash.
fn parts(value: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        let Some(last) = parts.last_mut() else { break };
        match c {
            '\\' => {
                last.push(c);
                last.extend(chars.next());
            }
            c if c == separator => parts.push(String::new()),
            c => last.push(c),
        }
    }
    parts.iter().map(|part| unescaped(part).trim().to_owned()).collect()
}

fn unescaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => text.push('\n'),
                Some(other) => text.push(other),
                None => text.push('\\'),
            },
            c => text.push(c),
        }
    }
    text
}

/// A day, which version 4.0 writes without signs between.
fn day(text: &str) -> String {
    match text.get(..8) {
        Some(plain) if plain.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{}-{}-{}", &plain[..4], &plain[4..6], &plain[6..])
        }
        _ => text.to_owned(),
    }
}

/// Family; given; additional; before; after, as people say it.
fn name_in_order(parts: &[String]) -> String {
    let part = |place: usize| parts.get(place).map_or("", String::as_str);
    let all = [part(3), part(1), part(2), part(0), part(4)];
    all.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_of_both_versions_become_the_same_row() {
        let three = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Nagy;Imre;;;\r\nFN:Imre Nagy\r\n\
            EMAIL;TYPE=INTERNET:imre@acme.example\r\nTEL;TYPE=CELL:+36 30 1234567\r\n\
            ORG:Acme Inc.;Sales\r\nTITLE:Buyer\r\nBDAY:1980-03-31\r\n\
            NOTE:likes\\ntea\\, green\r\nEND:VCARD\r\n";
        let four = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Imre Nagy\r\nN:Nagy;Imre;;;\r\n\
            EMAIL:imre@acme.example\r\nTEL;VALUE=uri:tel:+36 30 1234567\r\n\
            ORG:Acme Inc.;Sales\r\nTITLE:Buyer\r\nBDAY:19800331\r\n\
            NOTE:likes\\ntea\\, green\r\nEND:VCARD\r\n";
        for card in [three, four] {
            let cells = cells(card).expect("a card");
            assert_eq!(cells[0], "Imre Nagy");
            assert_eq!(cells[1], "imre@acme.example");
            assert_eq!(cells[2], "+36 30 1234567");
            assert_eq!(cells[3], "Acme Inc.");
            assert_eq!(cells[4], "Buyer");
            assert_eq!(cells[6], "1980-03-31");
            assert_eq!(cells[7], "likes\ntea, green");
        }
        assert_eq!(cells("FN:nobody"), None);
        let folded = "BEGIN:VCARD\nitem1.ORG;X=\"a:b\":Big\\; \n Co;Unit\nN:Nagy;Imre\nEND:VCARD";
        let cells = cells(folded).expect("a card");
        assert_eq!((cells[0].as_str(), cells[3].as_str()), ("Imre Nagy", "Big; Co"));
    }
}
