//! Posts as Discord gets them.

use crm::chat::CardFact;

use super::*;

fn choice(token: &str, symbol: &str, label: &str, is_stage: bool) -> Choice {
    let owned = |text: &str| text.to_owned();
    Choice { token: owned(token), symbol: owned(symbol), label: owned(label), is_stage, asks: None }
}

fn card(title: &str) -> Card {
    Card {
        title: title.to_owned(),
        url: Some("https://crm.example/r/DEAL-12".to_owned()),
        kind: "Deal · DEAL-12".to_owned(),
        facts: vec![
            CardFact { name: "Stage".to_owned(), value: "Open".to_owned() },
            CardFact { name: "Owner".to_owned(), value: "Rosa".to_owned() },
        ],
    }
}

#[test]
fn a_card_is_an_embed_with_a_menu_of_stages_and_a_row_of_buttons() {
    let content = Content {
        cards: vec![card("Acme annual plan")],
        notice: Some("Moved to Won by Rosa".to_owned()),
        choices: vec![
            choice("t1", "1️⃣", "Open", true),
            choice("t2", "2️⃣", "Won", true),
            choice("t3", "↩️", "Undo", false),
            choice("t4", "🔕", "Quiet for 8 hours", false),
        ],
        ..Content::default()
    };
    assert_eq!(
        body(&content),
        json!({
            "content": "-# Moved to Won by Rosa",
            "embeds": [{
                "title": "Acme annual plan",
                "url": "https://crm.example/r/DEAL-12",
                "color": COLOUR,
                "footer": { "text": "Deal · DEAL-12" },
                "fields": [
                    { "name": "Stage", "value": "Open", "inline": true },
                    { "name": "Owner", "value": "Rosa", "inline": true },
                ],
            }],
            "components": [
                { "type": 1, "components": [{
                    "type": 3, "custom_id": "stages", "placeholder": "Move to…",
                    "options": [
                        { "label": "Open", "value": "t1" },
                        { "label": "Won", "value": "t2" },
                    ],
                }] },
                { "type": 1, "components": [
                    { "type": 2, "style": 2, "label": "Undo", "custom_id": "t3",
                      "emoji": { "name": "↩️" } },
                    { "type": 2, "style": 2, "label": "Quiet for 8 hours", "custom_id": "t4",
                      "emoji": { "name": "🔕" } },
                ] },
            ],
            "allowed_mentions": { "parse": [] },
            "flags": 0,
        })
    );
}

#[test]
fn a_text_is_shown_as_it_stands_and_its_links_do_not_unfold() {
    let content = Content {
        text: "**Ac_me** <@1> @everyone [x](https://evil.example)\n# no heading\n- no list\n\
               see https://crm.example/link/a_b*c"
            .to_owned(),
        ..Content::default()
    };
    let body = body(&content);
    assert_eq!(
        body["content"],
        "\\*\\*Ac\\_me\\*\\* \\<\\@1\\> \\@everyone \\[x\\](<https://evil.example/>)\n\
         \\# no heading\n\\- no list\nsee <https://crm.example/link/a_b*c>"
    );
    assert_eq!(body["flags"], SUPPRESS_EMBEDS);
    assert_eq!(body["embeds"], json!([]), "an edit takes away what was there");
    assert_eq!(body["components"], json!([]));
}

#[test]
fn what_is_proposed_is_a_list() {
    let content = Content {
        text: "From 1 message I would make:".to_owned(),
        items: vec![Item {
            text: "Person: Anna (new)".to_owned(),
            details: vec!["e-mail: anna@acme.example".to_owned()],
        }],
        choices: vec![choice("t1", "✅", "Accept", false), choice("t2", "❌", "Discard", false)],
        ..Content::default()
    };
    let body = body(&content);
    let list = body["embeds"][0]["description"].as_str().unwrap();
    assert_eq!(list, "- **Person: Anna (new)**\n  - e-mail: anna\\@acme.example");
    let styles = body["components"][0]["components"].as_array().unwrap();
    assert_eq!(styles.iter().map(|b| b["style"].clone()).collect::<Vec<_>>(), [3, 4]);
}

#[test]
fn whatever_is_said_discord_takes_it() {
    let long = "*é𝄞_".repeat(9_000);
    let fact = CardFact { name: long.clone(), value: long.clone() };
    let content = Content {
        text: format!("{long}\n{long}"),
        cards: vec![Card { facts: vec![fact; 30], ..card(&long) }; 3],
        items: vec![Item { text: long.clone(), details: vec![long.clone(); 3] }; 3],
        notice: Some(long.clone()),
        choices: (0..60).map(|n| choice(&format!("t{n}"), "1️⃣", &long, n < 30)).collect(),
        opens: vec![Opens { label: long.clone(), url: "https://chat.example/7".to_owned() }; 9],
    };
    let body = body(&content);
    let weight_of = |value: &Value| value.as_str().map_or(0, weight);
    assert!(weight_of(&body["content"]) <= CONTENT_MAX);
    let mut all = 0;
    for embed in body["embeds"].as_array().unwrap() {
        let (title, description) = (weight_of(&embed["title"]), weight_of(&embed["description"]));
        assert!(title <= TITLE_MAX && description <= DESCRIPTION_MAX);
        assert!(title + description > 0, "an embed of nothing is refused: {embed}");
        assert!(embed["footer"].is_null() || weight_of(&embed["footer"]["text"]) > 0);
        all += title + description + weight_of(&embed["footer"]["text"]);
        let fields = embed["fields"].as_array().cloned().unwrap_or_default();
        assert!(fields.len() <= FIELDS_MAX);
        for field in fields {
            let (name, value) = (weight_of(&field["name"]), weight_of(&field["value"]));
            assert!((1..=FIELD_NAME_MAX).contains(&name) && (1..=FIELD_VALUE_MAX).contains(&value));
            all += name + value;
        }
    }
    assert!(all <= EMBEDS_CHARS_MAX, "{all}");
    let rows = body["components"].as_array().unwrap();
    assert_eq!(rows.len(), ROWS_MAX);
    assert_eq!(rows[0]["components"][0]["options"].as_array().unwrap().len(), IN_MENU_MAX);
    assert!(rows[1..].iter().all(|row| row["components"].as_array().unwrap().len() <= IN_ROW_MAX));
}

#[test]
fn a_list_of_any_length_keeps_within_what_discord_takes() {
    for lines in 1..40 {
        for width in [90, 151, 299, 400] {
            let item = Item { text: "x".repeat(width), details: Vec::new() };
            let content = Content { items: vec![item; lines], ..Content::default() };
            let body = body(&content);
            let embeds = body["embeds"].as_array().unwrap().iter();
            let weights = embeds.map(|embed| weight(embed["description"].as_str().unwrap()));
            let weights = weights.collect::<Vec<_>>();
            assert!(weights.iter().all(|one| (1..=DESCRIPTION_MAX).contains(one)), "{weights:?}");
            assert!(weights.iter().sum::<usize>() <= EMBEDS_CHARS_MAX, "{weights:?}");
        }
    }
}

#[test]
fn many_cards_are_as_many_as_discord_takes_and_the_rest_is_counted() {
    let content = Content { cards: vec![card("Acme"); 40], ..Content::default() };
    let body = body(&content);
    let embeds = body["embeds"].as_array().unwrap();
    assert_eq!(embeds.len(), EMBEDS_MAX);
    assert_eq!(embeds[9]["description"], "… and 31 more");
    assert!(embeds[..9].iter().all(|embed| embed["title"] == "Acme"));
}

#[test]
fn a_button_that_asks_carries_its_question_and_one_that_opens_a_page_its_address() {
    let asks = Choice {
        asks: Some("What to say".to_owned()),
        ..choice("token-1", "💬", "Message Anna", false)
    };
    let opens = |url: &str| Opens { label: "Last thread".to_owned(), url: url.to_owned() };
    let opens = vec![opens("https://chat.example/7"), opens("javascript:alert(1)")];
    let body = body(&Content { choices: vec![asks], opens, ..Content::default() });
    assert_eq!(
        body["components"],
        json!([{ "type": 1, "components": [
            {
                "type": 2, "style": 2, "label": "Message Anna",
                "custom_id": "ask:token-1:What to say", "emoji": { "name": "💬" },
            },
            { "type": 2, "style": 5, "label": "Last thread", "url": "https://chat.example/7" },
        ] }])
    );
}

#[test]
fn a_text_that_is_too_long_goes_on_below() {
    let lines = (0..120).map(|n| format!("line {n} {}", "x".repeat(40))).collect::<Vec<_>>();
    let notice = Some("Moved by Rosa".to_owned());
    let body = body(&Content { text: lines.join("\n"), notice, ..Content::default() });
    let content = body["content"].as_str().unwrap();
    assert!(content.ends_with("-# Moved by Rosa") && weight(content) <= CONTENT_MAX);
    let below = body["embeds"].as_array().unwrap().iter();
    let below = below.map(|embed| embed["description"].as_str().unwrap()).collect::<Vec<_>>();
    let all = format!("{content}\n{}", below.join("\n"));
    assert!(lines.iter().all(|line| all.contains(line.as_str())), "{all}");
}

#[test]
fn no_cut_leaves_half_of_a_link() {
    let text = escaped("see https://crm.example/link/abcdefghijklmnopqrstuvwxyz now");
    for most in 1..weight(&text) {
        let cut = cut(&text, most);
        assert_eq!(cut.matches('<').count(), cut.matches('>').count(), "{cut}");
    }
}

#[test]
fn no_cut_leaves_half_of_an_escape() {
    for most in 1..40 {
        let cut = cut(&escaped("a*b*c*d*e*f*g*h*"), most);
        assert!(weight(&cut) <= most, "{cut}");
        let bare = cut.trim_end_matches(CUT);
        let escapes = bare.chars().rev().take_while(|c| *c == '\\').count();
        assert_eq!(escapes % 2, 0, "{cut}");
    }
}
