//! A post in the words of Matrix: a plain `body`, and the same as HTML. Everything that comes
//! from a record is escaped; the only tags are those written here (`a` to the web, `strong`,
//! `em`, `br`, `ul`, `li`); and nobody is ever mentioned, because `m.mentions` is always there
//! and always empty.

use crm::chat::{Card, Choice, Content, plain_symbol};
use serde_json::{Value, json};

use crate::plain;

/// The most that an event's content may weigh: an event ends at 64 KiB, encryption adds a third,
/// and signatures want their room.
const CONTENT_BYTES_MAX: usize = 32_000;
/// How much of an edit goes to clients that know no edits.
const FALLBACK_CHARS_MAX: usize = 500;
const CUT: &str = "\n… (cut)";

/// A post, ready to become an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Formatted {
    /// Plain text.
    pub body: String,
    /// The same in HTML; left out when there would be too much of it.
    pub formatted_body: Option<String>,
}

/// What stands around a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing<'a> {
    /// By itself.
    Alone,
    /// In the thread of this root, answering that message.
    InThread {
        /// The thread's root.
        root: &'a str,
        /// The message that is answered.
        answers: &'a str,
    },
    /// Instead of this message.
    Replaces(&'a str),
}

/// The post as text.
pub(super) fn post_to_matrix(content: &Content) -> Formatted {
    let mut lines = plain::lines(content);
    let mut html = html(content);
    if let Some(legend) = legend(&content.choices) {
        let hint = hint(&content.choices);
        html.push(format!("{}<br><em>{hint}</em>", escaped(&legend)));
        lines.push(legend);
        lines.push(hint.to_owned());
    }
    Formatted { body: lines.join("\n"), formatted_body: Some(joined(&html)) }
}

/// The content of the event that shows it, cut so that a server takes it.
pub(super) fn message_content(post: &Formatted, standing: Standing<'_>) -> Value {
    let content = event_content(post, standing);
    if weight(&content) <= CONTENT_BYTES_MAX {
        return content;
    }
    let mut post = Formatted { body: post.body.clone(), formatted_body: None };
    let mut chars = post.body.chars().count();
    loop {
        let content = event_content(&post, standing);
        if weight(&content) <= CONTENT_BYTES_MAX || chars < 100 {
            return content;
        }
        chars = chars * 3 / 4;
        post.body = post.body.chars().take(chars).collect::<String>() + CUT;
    }
}

fn event_content(post: &Formatted, standing: Standing<'_>) -> Value {
    let mut content = words(post);
    match standing {
        Standing::Alone => {}
        Standing::InThread { root, answers } => {
            content["m.relates_to"] = json!({
                "rel_type": "m.thread",
                "event_id": root,
                "is_falling_back": true,
                "m.in_reply_to": {"event_id": answers},
            });
        }
        Standing::Replaces(message) => {
            let shown = post.body.chars().take(FALLBACK_CHARS_MAX).collect::<String>();
            let fallback = Formatted { body: format!("* {shown}"), formatted_body: None };
            let new = std::mem::replace(&mut content, words(&fallback));
            content["m.new_content"] = new;
            content["m.relates_to"] = json!({"rel_type": "m.replace", "event_id": message});
        }
    }
    content
}

fn words(post: &Formatted) -> Value {
    let mut content = json!({"msgtype": "m.notice", "body": post.body, "m.mentions": {}});
    if let Some(html) = &post.formatted_body {
        content["format"] = json!("org.matrix.custom.html");
        content["formatted_body"] = json!(html);
    }
    content
}

fn weight(content: &Value) -> usize {
    content.to_string().len()
}

/// The post in pieces of HTML, each of which stands on its own line.
fn html(content: &Content) -> Vec<String> {
    let mut html: Vec<String> = Vec::new();
    if !content.text.is_empty() {
        html.extend(plain::harmless(&content.text).lines().map(escaped));
    }
    html.extend(content.cards.iter().map(card));
    if !content.items.is_empty() {
        let items = content.items.iter().map(|item| {
            let details = list(item.details.iter().map(|detail| escaped(&plain::one_line(detail))));
            format!("{}{details}", escaped(&plain::one_line(&item.text)))
        });
        html.push(list(items));
    }
    let opens = content.opens.iter().filter_map(|one| {
        let url = escaped(&plain::web_link(&one.url)?);
        Some(format!("<a href=\"{url}\">{}</a>", escaped(&plain::one_line(&one.label))))
    });
    html.extend(opens);
    let notice = content.notice.iter();
    html.extend(notice.map(|notice| format!("<em>{}</em>", escaped(&plain::one_line(notice)))));
    html
}

/// A list; nothing when it is empty.
fn list(items: impl Iterator<Item = String>) -> String {
    let items = items.map(|item| format!("<li>{item}</li>")).collect::<String>();
    if items.is_empty() { items } else { format!("<ul>{items}</ul>") }
}

fn card(card: &Card) -> String {
    let title = escaped(&plain::one_line(&card.title));
    let mut html = match card.url.as_deref().and_then(plain::web_link) {
        Some(url) => format!("<strong><a href=\"{}\">{title}</a></strong>", escaped(&url)),
        None => format!("<strong>{title}</strong>"),
    };
    if !card.kind.is_empty() {
        html.push_str(&format!(" <em>{}</em>", escaped(&plain::one_line(&card.kind))));
    }
    let facts = card.facts.iter().map(|fact| {
        let (name, value) = (plain::one_line(&fact.name), plain::one_line(&fact.value));
        format!("{}: <strong>{}</strong>", escaped(&name), escaped(&value))
    });
    let facts = facts.collect::<Vec<_>>();
    if !facts.is_empty() {
        html.push_str("<br>");
        html.push_str(&facts.join(" · "));
    }
    html
}

/// The choices on one line, each with its symbol.
fn legend(choices: &[Choice]) -> Option<String> {
    let choices = choices.iter().map(|choice| {
        let (symbol, label) = (plain::one_line(&choice.symbol), plain::one_line(&choice.label));
        format!("{symbol} {label}")
    });
    let legend = choices.collect::<Vec<_>>().join(" · ");
    (!legend.is_empty()).then_some(legend)
}

/// What to do with a legend.
fn hint(choices: &[Choice]) -> &'static str {
    let is_number = |choice: &Choice| plain_symbol(&choice.symbol).parse::<u8>().is_ok();
    if choices.iter().any(is_number) {
        "React, or answer with the number."
    } else {
        "React to choose."
    }
}

/// Lines, with breaks between them; a list breaks lines by itself.
fn joined(pieces: &[String]) -> String {
    let mut html = String::new();
    for piece in pieces {
        let breaks_by_itself = html.ends_with("</ul>") || piece.starts_with("<ul>");
        if !html.is_empty() && !breaks_by_itself {
            html.push_str("<br>");
        }
        html.push_str(piece);
    }
    html
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
#[path = "format_test.rs"]
mod tests;
