//! What a post looks like, and what it can never be made to look like.

use crm::chat::{CardFact, Choice, Item, Opens};

use super::*;

fn choice(symbol: &str, label: &str) -> Choice {
    let owned = |text: &str| text.to_owned();
    Choice {
        token: owned("secret"),
        symbol: owned(symbol),
        label: owned(label),
        is_stage: false,
        asks: None,
    }
}

fn full() -> Content {
    let fact =
        |name: &str, value: &str| CardFact { name: name.to_owned(), value: value.to_owned() };
    Content {
        text: "Two of them:\nlook".to_owned(),
        cards: vec![
            Card {
                title: "Acme & Sons".to_owned(),
                url: Some("https://crm.example/r/1?a=1&b=2".to_owned()),
                kind: "Deal · DEAL-12".to_owned(),
                facts: vec![fact("Stage", "Negotiating"), fact("Value", "€ 5,000")],
            },
            Card { title: "Zenith".to_owned(), url: None, kind: String::new(), facts: Vec::new() },
        ],
        items: vec![
            Item { text: "Rosa <rosa@acme.example>".to_owned(), details: Vec::new() },
            Item { text: "new".to_owned(), details: Vec::new() },
        ],
        notice: Some("moved to Won by Rosa".to_owned()),
        choices: vec![choice("1️⃣", "Negotiating"), choice("3️⃣", "Won"), choice("↩️", "Undo")],
        opens: vec![Opens {
            label: "Last thread".to_owned(),
            url: "https://chat.example/7".to_owned(),
        }],
    }
}

/// A post whose every text is this one.
fn all(text: &str) -> Content {
    let text = || text.to_owned();
    Content {
        text: text(),
        cards: vec![Card {
            title: text(),
            url: Some(text()),
            kind: text(),
            facts: vec![CardFact { name: text(), value: text() }],
        }],
        items: vec![Item { text: text(), details: vec![text()] }],
        notice: Some(text()),
        choices: vec![choice(&text(), &text())],
        opens: vec![Opens { label: text(), url: text() }],
    }
}

#[test]
fn a_card_reads_well_in_both_forms() {
    let post = post_to_matrix(&full());
    assert_eq!(
        post.body,
        "Two of them:\nlook\nAcme & Sons (Deal · DEAL-12)\nhttps://crm.example/r/1?a=1&b=2\n\
         Stage: Negotiating · Value: € 5,000\nZenith\n• Rosa <rosa@acme.example>\n• new\n\
         Last thread: https://chat.example/7\nmoved to Won by Rosa\n\
         1️⃣ Negotiating · 3️⃣ Won · ↩️ Undo\nReact, or answer with the number."
    );
    assert_eq!(
        post.formatted_body.as_deref(),
        Some(
            "Two of them:<br>look<br>\
             <strong><a href=\"https://crm.example/r/1?a=1&amp;b=2\">Acme &amp; Sons</a></strong> \
             <em>Deal · DEAL-12</em><br>\
             Stage: <strong>Negotiating</strong> · Value: <strong>€ 5,000</strong><br>\
             <strong>Zenith</strong>\
             <ul><li>Rosa &lt;rosa@acme.example&gt;</li><li>new</li></ul>\
             <a href=\"https://chat.example/7\">Last thread</a><br><em>moved to Won by Rosa</em><br>\
             1️⃣ Negotiating · 3️⃣ Won · ↩️ Undo<br><em>React, or answer with the number.</em>"
        )
    );
    assert!(!post.body.contains("secret"), "a button's token is nobody's business");
}

#[test]
fn a_post_mentions_nobody_and_bots_do_not_answer_it() {
    let post = post_to_matrix(&all("@room @alice:example.org"));
    for standing in [
        Standing::Alone,
        Standing::InThread { root: "$root", answers: "$x" },
        Standing::Replaces("$old"),
    ] {
        let content = message_content(&post, standing);
        assert_eq!(content["m.mentions"], json!({}));
        assert_eq!(content["msgtype"], "m.notice");
        if let Standing::Replaces(_) = standing {
            assert_eq!(content["m.new_content"]["m.mentions"], json!({}));
            assert_eq!(content["m.new_content"]["msgtype"], "m.notice");
        }
    }
}

#[test]
fn a_post_in_a_thread_looks_like_an_answer_where_there_are_no_threads() {
    let post = post_to_matrix(&full());
    let content = message_content(&post, Standing::InThread { root: "$root", answers: "$asked" });
    assert_eq!(
        content["m.relates_to"],
        json!({
            "rel_type": "m.thread",
            "event_id": "$root",
            "is_falling_back": true,
            "m.in_reply_to": {"event_id": "$asked"},
        })
    );
    assert_eq!(content["format"], "org.matrix.custom.html");
    assert!(message_content(&post, Standing::Alone).get("m.relates_to").is_none());
}

#[test]
fn an_edit_replaces_the_post_and_keeps_out_of_its_thread() {
    let post = post_to_matrix(&full());
    let content = message_content(&post, Standing::Replaces("$old"));
    assert_eq!(content["m.relates_to"], json!({"rel_type": "m.replace", "event_id": "$old"}));
    assert_eq!(content["m.new_content"]["body"], *post.body);
    assert!(content["m.new_content"].get("m.relates_to").is_none());
    assert!(content["body"].as_str().unwrap().starts_with("* Two of them:"));
}

#[test]
fn a_post_that_is_too_long_is_cut_and_says_so() {
    for filler in ["word ", "\"", "é", "🦀", "<", "&\n", "\u{1}x"] {
        let content = all(&filler.repeat(30_000));
        let post = post_to_matrix(&content);
        for standing in [Standing::Alone, Standing::Replaces("$old")] {
            let content = message_content(&post, standing);
            assert!(weight(&content) <= CONTENT_BYTES_MAX, "{filler:?}: {}", weight(&content));
            let shown = content.get("m.new_content").unwrap_or(&content);
            let body = shown["body"].as_str().unwrap();
            assert!(body.ends_with("(cut)") && body.len() > 1_000, "{filler:?}");
        }
    }
}

#[test]
fn a_post_of_the_longest_text_keeps_all_of_it() {
    let content = Content { text: "x".repeat(20_000), ..Content::default() };
    let content = message_content(&post_to_matrix(&content), Standing::Alone);
    assert_eq!(content["body"].as_str().unwrap().len(), 20_000);
}

#[test]
fn a_legend_without_numbers_asks_for_none() {
    assert_eq!(
        hint(&[choice("1️⃣", "Won"), choice("↩️", "Undo")]),
        "React, or answer with the number."
    );
    assert_eq!(hint(&[choice("↩️", "Undo")]), "React to choose.");
    assert_eq!(legend(&[]), None);
}

#[test]
fn an_empty_post_is_empty() {
    let post = post_to_matrix(&Content::default());
    assert_eq!(post, Formatted { body: String::new(), formatted_body: Some(String::new()) });
}

#[test]
fn a_link_that_leads_elsewhere_is_no_link() {
    for url in ["javascript:alert(1)", "data:text/html,x", "matrix:u/a:b", "x", "", " https:"] {
        let mut content = full();
        content.cards[0].url = Some(url.to_owned());
        content.opens[0].url = url.to_owned();
        let html = post_to_matrix(&content).formatted_body.unwrap();
        assert!(!html.contains("<a"), "{url}: {html}");
    }
}

/// The tags of some HTML, and its text with the entities resolved.
fn parsed(html: &str) -> (Vec<String>, String) {
    let (mut tags, mut text) = (Vec::new(), String::new());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        let end = rest[start..].find('>').expect("a tag that ends") + start;
        tags.push(rest[start + 1..end].to_owned());
        rest = &rest[end + 1..];
    }
    text.push_str(rest);
    for (entity, c) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    {
        text = text.replace(entity, c);
    }
    (tags, text)
}

/// Fails unless the tags are ours, and close what they open.
fn assert_only_our_tags(html: &str) {
    let (tags, _) = parsed(html);
    let mut open: Vec<String> = Vec::new();
    for tag in tags {
        match tag.as_str() {
            "br" => {}
            "strong" | "em" | "ul" | "li" => open.push(tag),
            _ => match tag.strip_prefix('/') {
                Some(closed) => assert_eq!(open.pop().as_deref(), Some(closed), "{html}"),
                None => {
                    let href = tag.strip_prefix("a href=\"").and_then(|tag| tag.strip_suffix('"'));
                    let href = href.unwrap_or_else(|| panic!("<{tag}> in {html}"));
                    assert!(href.starts_with("http://") || href.starts_with("https://"), "{html}");
                    assert!(!href.contains(['"', '\'', '<', '>', ' ']), "{html}");
                    open.push("a".to_owned());
                }
            },
        }
    }
    assert!(open.is_empty(), "{html}");
}

const NASTY: &[&str] = &[
    "@room",
    "<img src=x onerror=alert(1)>",
    "</a><script>alert(1)</script>",
    "\"><b>",
    "' onmouseover='x",
    "&lt;b&gt; &amp;amp; &#60;",
    "**bold** [link](https://evil.example) `code` ~~no~~ <@&1>",
    "\u{202e}desrever\u{202c}",
    "\u{2066}\u{2069}\0\u{7}",
    "<mx-reply>x</mx-reply>",
    "https://evil.example/\"><script>",
    "https://evil.example/'onclick='x",
    "http://[::1]/<x>",
    "😀👩‍👩‍👧‍👦",
    "<",
    ">",
    "&",
    "\"",
    "'",
    "\n",
    "\r\n",
    "<!--",
    "]]>",
    "%3Cscript%3E",
];

#[test]
fn nothing_in_a_record_becomes_markup() {
    for nasty in NASTY {
        let post = post_to_matrix(&all(nasty));
        let html = post.formatted_body.unwrap();
        assert_only_our_tags(&html);
        assert!(!html.contains(['\u{202e}', '\0', '\u{2066}']), "{nasty}");
        assert!(!post.body.contains(['\u{202e}', '\0', '\u{2066}']), "{nasty}");
    }
    let mut content = full();
    content.cards[0].title = "<img src=x> & co".to_owned();
    let (_, text) = parsed(&post_to_matrix(&content).formatted_body.unwrap());
    assert!(text.contains("<img src=x> & co"), "what a person sees is what was written: {text}");
}

#[test]
fn no_mixture_of_nasty_text_becomes_markup() {
    // A small generator of its own, always the same.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut draw = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below).unwrap()).unwrap()
    };
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..draw(6) {
            match draw(4) {
                0 => text.extend(char::from_u32(u32::try_from(draw(0x3000)).unwrap())),
                1 => text.push_str("https://x.example/"),
                _ => text.push_str(NASTY[draw(NASTY.len())]),
            }
        }
        let content = all(&text);
        let post = post_to_matrix(&content);
        assert_only_our_tags(post.formatted_body.as_deref().unwrap());
        let event = message_content(&post, Standing::Alone);
        assert_eq!(event["m.mentions"], json!({}));
        let (_, shown) = parsed(post.formatted_body.as_deref().unwrap());
        let title = plain::one_line(&text);
        assert!(shown.contains(&title), "{text:?} became {shown:?}");
        assert!(post.body.contains(&title), "{text:?} became {:?}", post.body);
    }
}
