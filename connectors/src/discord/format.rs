//! A post in the words of Discord: text, one embed for each card, buttons, and a menu for the
//! stages. Everything that comes from a record is escaped; nobody is ever mentioned, because
//! `allowed_mentions` is always there and allows none; and no link but the title of a card unfolds.
//!
//! What is too long for a message's text goes on in embeds; what finds no room there is cut. Discord's
//! limits count characters; they
//! are counted here as UTF-16 does, which is never less.

use crm::chat::{Card, Choice, Content, Item, Opens};
use linkify::{LinkFinder, LinkKind};
use serde_json::{Value, json};

use crate::plain;

/// Discord's limits: <https://discord.com/developers/docs/resources/message>.
const CONTENT_MAX: usize = 2_000;
const EMBEDS_MAX: usize = 10;
const EMBEDS_CHARS_MAX: usize = 6_000;
const TITLE_MAX: usize = 256;
const DESCRIPTION_MAX: usize = 4_096;
const FIELDS_MAX: usize = 25;
const FIELD_NAME_MAX: usize = 256;
const FIELD_VALUE_MAX: usize = 1_024;
const FOOTER_MAX: usize = 2_048;
const LABEL_MAX: usize = 80;
const MENU_LABEL_MAX: usize = 100;
const IN_ROW_MAX: usize = 5;
const ROWS_MAX: usize = 5;
const IN_MENU_MAX: usize = 25;
const URL_MAX: usize = 512;

/// The blue of the console.
const COLOUR: u32 = 0x2f_6f_ed;
/// What a message shows nobody but the person whom it answers.
pub(super) const EPHEMERAL: u64 = 1 << 6;
/// What keeps links in a text from unfolding. It would hide our own embeds, too.
const SUPPRESS_EMBEDS: u64 = 1 << 2;
/// What marks the menu of stages; a choice in it carries a token of its own.
pub(super) const MENU: &str = "stages";
/// What marks a button that asks for words; its token and the question come behind it.
pub(super) const ASKS: &str = "ask";
const CUT: &str = "…";
/// How long what just happened may be, and how much room is kept for the title of each further card.
const NOTICE_MAX: usize = 300;
const RESERVED: usize = 60;

/// Symbols that Discord takes for the emoji of a button. A button needs no number.
const EMOJI: [&str; 9] = ["✅", "❌", "↩️", "🔕", "🔗", "📇", "⏰", "➕", "💬"];
const YES: &str = "✅";
const NO: &str = "❌";

/// The body of a message that shows a post. All of it is always there, so that an edit takes away
/// what is not shown any more.
pub(super) fn body(content: &Content) -> Value {
    let (text, rest) = text(content);
    let embeds = embeds(content, rest);
    let flags = if embeds.is_empty() { SUPPRESS_EMBEDS } else { 0 };
    json!({
        "content": text,
        "embeds": embeds,
        "components": components(content),
        "allowed_mentions": { "parse": [] },
        "flags": flags,
    })
}

/// The text above the cards and what just happened below it; and the lines of the text that find no
/// room there.
fn text(content: &Content) -> (String, Vec<String>) {
    let notice = content.notice.as_ref().map(|notice| escaped(&plain::one_line(notice)));
    let notice = notice.map(|notice| format!("-# {}", cut(&notice, NOTICE_MAX)));
    let room = CONTENT_MAX - notice.as_ref().map_or(0, |notice| weight(notice) + 1);
    let lines = plain::harmless(&content.text).lines().map(escaped).collect::<Vec<_>>();
    let (mut said, rest) = filled(lines, room);
    if let Some(notice) = notice {
        if !said.is_empty() {
            said.push('\n');
        }
        said.push_str(&notice);
    }
    (said, rest)
}

fn embeds(content: &Content, rest: Vec<String>) -> Vec<Value> {
    let mut left = EMBEDS_CHARS_MAX;
    let mut embeds = Vec::new();
    let mut lines = rest;
    lines.extend(content.items.iter().flat_map(item));
    let for_lines = usize::from(!lines.is_empty());
    let shown = content.cards.len().min(EMBEDS_MAX - 1 - for_lines);
    for (at, card) in content.cards.iter().take(shown).enumerate() {
        // Each has its title, whatever the one before it has to say.
        let others = (shown - at - 1) * RESERVED;
        let mut own = left.saturating_sub(others);
        let before = own;
        embeds.push(embed(card, &mut own));
        left -= before - own;
    }
    let more = content.cards.len() - shown;
    if more > 0 {
        lines.push(format!("{CUT} and {more} more"));
    }
    while !lines.is_empty() && left > 2 * RESERVED && embeds.len() < EMBEDS_MAX {
        // With room for the mark that more was cut.
        let mark = weight(CUT) + 1;
        let (description, rest) = filled(lines, DESCRIPTION_MAX.min(left) - mark);
        left -= weight(&description) + mark;
        let is_cut = !rest.is_empty() && left <= 2 * RESERVED;
        lines = rest;
        let description = if is_cut { format!("{description}\n{CUT}") } else { description };
        embeds.push(json!({ "description": description, "color": COLOUR }));
    }
    embeds
}

/// A card, as far as there is room left.
fn embed(card: &Card, left: &mut usize) -> Value {
    let mut take = |text: &str, most: usize| {
        let cut = cut(text, most.min(*left));
        *left -= weight(&cut);
        cut
    };
    let title = take(&escaped(&plain::one_line(&card.title)), TITLE_MAX);
    let footer = take(&plain::one_line(&card.kind), FOOTER_MAX);
    let mut embed = json!({ "title": title, "color": COLOUR });
    if !footer.is_empty() {
        embed["footer"] = json!({ "text": footer });
    }
    if let Some(url) = card.url.as_deref().and_then(plain::web_link) {
        embed["url"] = url.into();
    }
    let mut fields = Vec::new();
    for fact in card.facts.iter().take(FIELDS_MAX) {
        let name = take(&escaped(&plain::one_line(&fact.name)), FIELD_NAME_MAX);
        let value = take(&escaped(&plain::one_line(&fact.value)), FIELD_VALUE_MAX);
        if !name.is_empty() && !value.is_empty() {
            fields.push(json!({ "name": name, "value": value, "inline": true }));
        }
    }
    embed["fields"] = fields.into();
    embed
}

fn item(item: &Item) -> Vec<String> {
    let mut lines = vec![format!("- **{}**", escaped(&plain::one_line(&item.text)))];
    let details = item.details.iter().map(|detail| escaped(&plain::one_line(detail)));
    lines.extend(details.map(|detail| format!("  - {detail}")));
    lines
}

/// The stages as a menu, all else as buttons, those that open a page last.
fn components(content: &Content) -> Vec<Value> {
    let choices = &content.choices;
    let (stages, others): (Vec<_>, Vec<_>) = choices.iter().partition(|choice| choice.is_stage);
    // A menu of one is a button that takes two presses.
    let (stages, others) =
        if stages.len() > 1 { (stages, others) } else { (vec![], choices.iter().collect()) };
    let mut rows = Vec::new();
    if !stages.is_empty() {
        let options = stages.iter().take(IN_MENU_MAX).map(|choice| {
            let label = cut(&plain::one_line(&choice.label), MENU_LABEL_MAX);
            json!({ "label": label, "value": choice.token })
        });
        rows.push(row(vec![json!({
            "type": 3,
            "custom_id": MENU,
            "placeholder": "Move to…",
            "options": options.collect::<Vec<_>>(),
        })]));
    }
    let mut buttons = others.into_iter().map(button).collect::<Vec<_>>();
    buttons.extend(content.opens.iter().filter_map(opens));
    for buttons in buttons.chunks(IN_ROW_MAX).take(ROWS_MAX - rows.len()) {
        rows.push(row(buttons.to_vec()));
    }
    rows
}

fn row(components: Vec<Value>) -> Value {
    json!({ "type": 1, "components": components })
}

fn button(choice: &Choice) -> Value {
    let style = match choice.symbol.as_str() {
        YES => 3,
        NO => 4,
        _ => 2,
    };
    let label = cut(&plain::one_line(&choice.label), LABEL_MAX);
    let id = match &choice.asks {
        Some(asks) => format!("{ASKS}:{}:{}", choice.token, plain::one_line(asks)),
        None => choice.token.clone(),
    };
    let mut button = json!({ "type": 2, "style": style, "label": label, "custom_id": id });
    if EMOJI.contains(&choice.symbol.as_str()) {
        button["emoji"] = json!({ "name": choice.symbol });
    }
    button
}

/// A button that opens a page.
fn opens(one: &Opens) -> Option<Value> {
    let url = plain::web_link(&one.url).filter(|url| weight(url) <= URL_MAX)?;
    let label = cut(&plain::one_line(&one.label), LABEL_MAX);
    Some(json!({ "type": 2, "style": 5, "label": label, "url": url }))
}

/// Text that Discord shows as it stands. Links stay links, and do not unfold.
fn escaped(text: &str) -> String {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let mut out = String::with_capacity(text.len());
    for span in finder.spans(text) {
        let is_link = span.kind() == Some(&LinkKind::Url);
        match plain::web_link(span.as_str()).filter(|_| is_link) {
            Some(link) => {
                out.push('<');
                out.push_str(&link);
                out.push('>');
            }
            None => escape_into(&mut out, span.as_str()),
        }
    }
    out
}

fn escape_into(out: &mut String, text: &str) {
    for c in text.chars() {
        let is_at_start = out.is_empty() || out.ends_with('\n');
        let is_markup = matches!(c, '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '>' | '[' | ']' | '@')
            // Headings, lists and small print begin lines.
            || (is_at_start && matches!(c, '#' | '-' | '+'));
        if is_markup {
            out.push('\\');
        }
        out.push(c);
    }
}

/// As many lines as there is room for, and those for which there is none. A line that is longer than
/// all the room is cut.
fn filled(lines: Vec<String>, most: usize) -> (String, Vec<String>) {
    let mut out = String::new();
    let mut rest = lines.into_iter();
    while let Some(line) = rest.next() {
        let needed = weight(&line) + usize::from(!out.is_empty());
        if weight(&out) + needed <= most {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&line);
        } else if out.is_empty() {
            return (cut(&line, most), rest.collect());
        } else {
            return (out, std::iter::once(line).chain(rest).collect());
        }
    }
    (out, Vec::new())
}

/// As much of a text as there is room for, without half of an escape at its end.
fn cut(text: &str, most: usize) -> String {
    if weight(text) <= most {
        return text.to_owned();
    }
    let room = most.saturating_sub(weight(CUT));
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.len_utf16();
        if used > room {
            break;
        }
        out.push(c);
    }
    let escapes = out.chars().rev().take_while(|c| *c == '\\').count();
    if escapes % 2 == 1 {
        out.pop();
    }
    // A link that lost its end is none.
    if let Some(link) = out.rfind('<')
        && !out[..link].ends_with('\\')
        && !out[link..].contains('>')
    {
        out.truncate(link);
    }
    if most >= weight(CUT) {
        out.push_str(CUT);
    }
    out
}

fn weight(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

#[cfg(test)]
#[path = "format_test.rs"]
mod tests;
