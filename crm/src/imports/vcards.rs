//! A vCard (3.0 and 4.0, and what older programs write) as a row of a table. Pictures, postal
//! addresses and keys are left out.

use calcard::vcard::{VCard, VCardEntry, VCardProperty, VCardValue};

/// The columns that every card becomes, and those that [`super::mapping`] knows by name.
pub(super) const COLUMNS: [&str; 11] = [
    "Name", "E-mail", "Phone", "Company", "Job title", "Website", "Birthday", "Note", "Nickname",
    "Key", "Categories",
];

/// The cells of a card; none when it does not read as one.
pub(super) fn cells(text: &str) -> Option<Vec<String>> {
    let card = VCard::parse(text).ok()?;
    let mut cells = vec![String::new(); COLUMNS.len()];
    let mut structured = String::new();
    for entry in &card.entries {
        let (place, joined) = match &entry.name {
            VCardProperty::Fn => (0, " "),
            VCardProperty::N => {
                structured = name_in_order(entry);
                continue;
            }
            VCardProperty::Email => (1, "; "),
            VCardProperty::Tel => (2, "; "),
            VCardProperty::Org => (3, " "),
            VCardProperty::Title => (4, ", "),
            VCardProperty::Url => (5, " "),
            VCardProperty::Bday => (6, " "),
            VCardProperty::Note => (7, "\n"),
            VCardProperty::Nickname => (8, "; "),
            VCardProperty::Categories => (10, "; "),
            VCardProperty::Other(name) if name.eq_ignore_ascii_case("X-TIELINE-KEY") => (9, " "),
            _ => continue,
        };
        // A second website or title has no place of its own.
        if joined == " " && !cells[place].is_empty() {
            continue;
        }
        // Of an organisation the units behind it are left out.
        let most = if place == 3 { 1 } else { usize::MAX };
        for text in texts(entry).into_iter().filter(|text| !text.is_empty()).take(most) {
            let text = match place {
                2 => text.trim_start_matches("tel:").to_owned(),
                _ => text,
            };
            if !cells[place].is_empty() {
                cells[place].push_str(joined);
            }
            cells[place].push_str(&text);
        }
    }
    if cells[0].is_empty() {
        cells[0] = structured;
    }
    Some(cells)
}

fn texts(entry: &VCardEntry) -> Vec<String> {
    let mut texts = Vec::new();
    for value in &entry.values {
        match value {
            VCardValue::Text(text) => texts.push(text.trim().to_owned()),
            VCardValue::Component(parts) => {
                texts.extend(parts.iter().map(|part| part.trim().to_owned()));
            }
            VCardValue::PartialDateTime(day) => {
                if let (Some(year), Some(month), Some(day)) = (day.year, day.month, day.day) {
                    texts.push(format!("{year:04}-{month:02}-{day:02}"));
                }
            }
            VCardValue::Integer(number) => texts.push(number.to_string()),
            _ => {}
        }
    }
    texts
}

/// Family; given; additional; before; after, as people say it.
fn name_in_order(entry: &VCardEntry) -> String {
    let parts = texts(entry);
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
    }
}
