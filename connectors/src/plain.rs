//! A post in plain text, for networks that show nothing else, for notifications and for the
//! built-in chat's search. It says everything that the post says; how it is laid out is up to
//! each network's own formatting. Choices are left out: they are buttons, or what a network has
//! in their place.

use crm::chat::{Card, Content};

/// Text without what no post may carry: control characters, and marks that reverse the
/// direction of everything after them. Line ends stay.
pub(crate) fn harmless(text: &str) -> String {
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    unified.chars().filter(|c| *c == '\n' || !is_harmful(*c)).collect()
}

/// The same in one line.
pub(crate) fn one_line(text: &str) -> String {
    harmless(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_harmful(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A link that may be offered, spelt out safely: to the web, and nowhere else.
pub(crate) fn web_link(link: &str) -> Option<String> {
    let link = url::Url::parse(link).ok()?;
    matches!(link.scheme(), "http" | "https").then(|| link.to_string())
}

/// The post in lines of plain text, without its choices.
pub(crate) fn lines(content: &Content) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if !content.text.is_empty() {
        lines.extend(harmless(&content.text).lines().map(str::to_owned));
    }
    for card in &content.cards {
        lines.push(heading(card));
        lines.extend(card.url.as_deref().and_then(web_link));
        if !card.facts.is_empty() {
            lines.push(facts(card));
        }
    }
    for item in &content.items {
        lines.push(format!("• {}", one_line(&item.text)));
        lines.extend(item.details.iter().map(|detail| format!("   – {}", one_line(detail))));
    }
    let opens =
        content.opens.iter().filter_map(|one| Some((one_line(&one.label), web_link(&one.url)?)));
    lines.extend(opens.map(|(label, url)| format!("{label}: {url}")));
    lines.extend(content.notice.iter().map(|notice| one_line(notice)));
    lines
}

fn heading(card: &Card) -> String {
    match one_line(&card.kind).as_str() {
        "" => one_line(&card.title),
        kind => format!("{} ({kind})", one_line(&card.title)),
    }
}

fn facts(card: &Card) -> String {
    let facts = card.facts.iter();
    let facts = facts.map(|fact| format!("{}: {}", one_line(&fact.name), one_line(&fact.value)));
    facts.collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crm::chat::CardFact;

    #[test]
    fn a_post_says_in_plain_text_all_that_it_says() {
        let content = Content {
            text: "Two things:\nhere".to_owned(),
            cards: vec![Card {
                title: "Acme".to_owned(),
                url: Some("https://crm.example/r/1".to_owned()),
                kind: "Deal · DEAL-12".to_owned(),
                facts: vec![
                    CardFact { name: "Stage".to_owned(), value: "Won".to_owned() },
                    CardFact { name: "Owner".to_owned(), value: "Rosa".to_owned() },
                ],
            }],
            items: vec![crm::chat::Item {
                text: "one".to_owned(),
                details: vec!["of it".to_owned()],
            }],
            notice: Some("moved to Won by Rosa".to_owned()),
            choices: Vec::new(),
            opens: vec![crm::chat::Opens {
                label: "Last thread".to_owned(),
                url: "https://chat.example/7".to_owned(),
            }],
        };
        assert_eq!(
            lines(&content),
            [
                "Two things:",
                "here",
                "Acme (Deal · DEAL-12)",
                "https://crm.example/r/1",
                "Stage: Won · Owner: Rosa",
                "• one",
                "   – of it",
                "Last thread: https://chat.example/7",
                "moved to Won by Rosa",
            ]
        );
    }

    #[test]
    fn a_title_cannot_break_its_line_or_turn_the_text_around() {
        assert_eq!(one_line("Ac\u{202e}me\r\nand\tsons\0 "), "Acme andsons");
        assert_eq!(harmless("a\r\nb\rc"), "a\nb\nc");
    }

    #[test]
    fn only_links_to_the_web_are_links() {
        assert_eq!(
            web_link("https://crm.example/r 1\"").as_deref(),
            Some("https://crm.example/r%201%22")
        );
        for bad in ["javascript:alert(1)", "data:text/html,x", "//crm.example", "", "mailto:a@b.c"]
        {
            assert_eq!(web_link(bad), None, "{bad}");
        }
    }
}
