//! What a message and a modal may hold, beyond what Discord's description of its API says: how many
//! characters all embeds have together, what a button needs, that no two components share an id.
//! Left out: whether a picture can be fetched and an emoji exists.

use std::collections::BTreeSet;

use serde_json::Value;

use super::refusal::FormError;

/// The most characters of a message.
pub(super) const CONTENT_CHARS_MAX: usize = 2_000;
/// The most characters of all embeds of a message together.
pub(super) const EMBED_CHARS_MAX: usize = 6_000;
/// The most rows of components.
const ROWS_MAX: usize = 5;
/// The most components of a message that consists of them, at any depth.
const COMPONENTS_MAX: usize = 40;
/// The most characters of all text in such a message.
const TEXT_CHARS_MAX: usize = 4_000;

/// What is wrong with a message; `of_components` is whether it consists of components alone.
pub(super) fn message_errors(body: &Value, of_components: bool) -> Vec<FormError> {
    let mut errors = Vec::new();
    let content = body["content"].as_str().unwrap_or_default();
    if content.trim().chars().count() > CONTENT_CHARS_MAX {
        errors.push(FormError::too_long("content", 2_000));
    }
    check_mentions(&body["allowed_mentions"], &mut errors);
    let embeds = list(&body["embeds"]);
    let mut embed_chars = 0;
    for (index, embed) in embeds.iter().enumerate() {
        check_embed(embed, &format!("embeds/{index}"), &mut errors);
        embed_chars += chars_of(embed);
    }
    if embed_chars > EMBED_CHARS_MAX {
        let message = format!("Embed size exceeds maximum size of {EMBED_CHARS_MAX}");
        errors.push(FormError::new("embeds", "MAX_EMBED_SIZE_EXCEEDED", message));
    }
    let components = list(&body["components"]);
    if of_components {
        for (field, used) in [("content", !content.is_empty()), ("embeds", !embeds.is_empty())] {
            if used {
                let code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2";
                let message = format!("The '{field}' field cannot be used with components v2");
                errors.push(FormError::new(field, code, message));
            }
        }
        if count(components) > COMPONENTS_MAX {
            errors.push(FormError::too_long("components", 40));
        }
        if text_chars(components) > TEXT_CHARS_MAX {
            errors.push(FormError::too_long("components", 4_000));
        }
    } else {
        for (index, row) in components.iter().enumerate() {
            if row["type"] != 1 {
                let message = "Value of field \"type\" must be one of (1,).";
                let at = format!("components/{index}/type");
                errors.push(FormError::new(&at, "UNION_TYPE_CHOICES", message));
            }
        }
        if components.len() > ROWS_MAX {
            errors.push(FormError::too_long("components", 5));
        }
    }
    check_components(components, &mut errors);
    errors
}

/// What is wrong with a modal.
pub(super) fn modal_errors(modal: &Value) -> Vec<FormError> {
    let mut errors = Vec::new();
    let components = list(&modal["components"]);
    if components.is_empty() || components.len() > ROWS_MAX {
        let message = "Must be between 1 and 5 in length.";
        errors.push(FormError::new("data/components", "BASE_TYPE_BAD_LENGTH", message));
    }
    for (index, row) in components.iter().enumerate() {
        for (inner, input) in list(&row["components"]).iter().enumerate() {
            let at = format!("data/components/{index}/components/{inner}");
            if input["label"].as_str().unwrap_or_default().is_empty() {
                errors.push(FormError::required(&format!("{at}/label")));
            }
            let bound = |name: &str| input[name].as_u64();
            if let (Some(min), Some(max)) = (bound("min_length"), bound("max_length"))
                && min > max
            {
                let message = "min_length must be less than or equal to max_length";
                errors.push(FormError::new(&at, "TEXT_INPUT_COMPONENT_BAD_BOUNDS", message));
            }
        }
    }
    let mut ids = BTreeSet::new();
    for (index, component) in components.iter().enumerate() {
        let at = format!("data/components/{index}");
        unique_ids(component, &at, &mut ids, &mut errors);
    }
    errors
}

fn check_mentions(allowed: &Value, errors: &mut Vec<FormError>) {
    for kind in ["users", "roles"] {
        let parsed = list(&allowed["parse"]).iter().any(|one| one == kind);
        if parsed && !list(&allowed[kind]).is_empty() {
            let code = "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE";
            let message =
                format!("parse:[\"{kind}\"] and {kind}: [ids...] are mutually exclusive.");
            errors.push(FormError::new("allowed_mentions", code, message));
        }
    }
}

fn check_embed(embed: &Value, at: &str, errors: &mut Vec<FormError>) {
    for (path, url) in [
        ("url", &embed["url"]),
        ("image/url", &embed["image"]["url"]),
        ("thumbnail/url", &embed["thumbnail"]["url"]),
        ("author/url", &embed["author"]["url"]),
        ("author/icon_url", &embed["author"]["icon_url"]),
        ("footer/icon_url", &embed["footer"]["icon_url"]),
    ] {
        check_url(url, &format!("{at}/{path}"), errors);
    }
    for (index, field) in list(&embed["fields"]).iter().enumerate() {
        for part in ["name", "value"] {
            if is_blank(&field[part]) {
                errors.push(FormError::required(&format!("{at}/fields/{index}/{part}")));
            }
        }
    }
    for (part, text) in [("author", "name"), ("footer", "text")] {
        if embed[part].is_object() && is_blank(&embed[part][text]) {
            errors.push(FormError::required(&format!("{at}/{part}/{text}")));
        }
    }
    let holds = ["title", "description", "url", "fields", "image", "thumbnail", "author", "footer"];
    let is_empty = |value: &Value| is_blank(value) && list(value).is_empty() && !value.is_object();
    if holds.iter().all(|part| is_empty(&embed[*part])) {
        errors.push(FormError::required(&format!("{at}/description")));
    }
}

fn check_url(url: &Value, at: &str, errors: &mut Vec<FormError>) {
    let Some(url) = url.as_str().filter(|url| !url.is_empty()) else {
        return;
    };
    let Some((scheme, rest)) = url.split_once("://") else {
        errors.push(FormError::new(at, "URL_TYPE_INVALID_URL", "Not a well formed URL."));
        return;
    };
    if !matches!(scheme, "http" | "https" | "attachment") {
        let message = "Scheme must be one of ('http', 'https').";
        errors.push(FormError::new(at, "URL_TYPE_INVALID_SCHEME", message));
    } else if rest.is_empty() || url.contains(char::is_whitespace) {
        errors.push(FormError::new(at, "URL_TYPE_INVALID_URL", "Not a well formed URL."));
    }
}

fn check_components(components: &[Value], errors: &mut Vec<FormError>) {
    let mut ids = BTreeSet::new();
    for (index, component) in components.iter().enumerate() {
        let at = format!("components/{index}");
        unique_ids(component, &at, &mut ids, errors);
        check_component(component, &at, errors);
    }
}

fn check_component(component: &Value, at: &str, errors: &mut Vec<FormError>) {
    let inner = list(&component["components"]);
    match component["type"].as_u64() {
        Some(1) => {
            let selects = inner.iter().filter(|c| c["type"].as_u64() != Some(2)).count();
            if selects > 0 && inner.len() > 1 {
                let message = "A select fills its row.";
                errors.push(FormError::new(at, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message));
            }
        }
        Some(2) => check_button(component, at, errors),
        Some(3) => check_select(component, at, errors),
        _ => {}
    }
    for (index, inner) in inner.iter().enumerate() {
        check_component(inner, &format!("{at}/components/{index}"), errors);
    }
    if component["accessory"].is_object() {
        check_component(&component["accessory"], &format!("{at}/accessory"), errors);
    }
}

fn check_button(button: &Value, at: &str, errors: &mut Vec<FormError>) {
    let has = |field: &str| !is_blank(&button[field]);
    if button["style"] == 5 {
        if !has("url") {
            let message = "A url is required";
            let at = format!("{at}/url");
            errors.push(FormError::new(&at, "BUTTON_COMPONENT_URL_REQUIRED", message));
        }
        check_url(&button["url"], &format!("{at}/url"), errors);
    } else if !has("custom_id") {
        let message = "A custom id is required";
        let at = format!("{at}/custom_id");
        errors.push(FormError::new(&at, "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED", message));
    }
    if has("url") && has("custom_id") {
        let message = "A custom id and url cannot both be specified";
        errors.push(FormError::new(
            at,
            "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
            message,
        ));
    }
    if !has("label") && !button["emoji"].is_object() {
        let message = "A label or an emoji is required";
        errors.push(FormError::new(at, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", message));
    }
    check_emoji(&button["emoji"], at, errors);
}

fn check_select(select: &Value, at: &str, errors: &mut Vec<FormError>) {
    let options = list(&select["options"]);
    let mut values = BTreeSet::new();
    for (index, option) in options.iter().enumerate() {
        let at = format!("{at}/options/{index}");
        if !values.insert(option["value"].as_str().unwrap_or_default()) {
            let message = "The specified option value is already used";
            let at = format!("{at}/value");
            errors.push(FormError::new(&at, "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message));
        }
        check_emoji(&option["emoji"], &at, errors);
    }
    let most = select["max_values"].as_u64().unwrap_or(1);
    let least = select["min_values"].as_u64().unwrap_or(1);
    if most > options.len() as u64 || least > most {
        let message = "No more can be chosen than there are options, and no fewer than the least.";
        errors.push(FormError::new(at, "SELECT_COMPONENT_MAX_VALUES_TOO_MANY", message));
    }
}

/// An emoji is one of a guild, with an id, or a sign that Unicode has.
fn check_emoji(emoji: &Value, at: &str, errors: &mut Vec<FormError>) {
    let name = emoji["name"].as_str().unwrap_or_default();
    if emoji.is_object() && emoji["id"].is_null() && name.is_ascii() {
        let at = format!("{at}/emoji/name");
        errors.push(FormError::new(&at, "COMPONENT_INVALID_EMOJI", "Invalid emoji"));
    }
}

/// Also what is wrong when two share one, which is said of the second.
fn unique_ids<'a>(
    component: &'a Value,
    at: &str,
    ids: &mut BTreeSet<&'a str>,
    errors: &mut Vec<FormError>,
) {
    if let Some(id) = component["custom_id"].as_str()
        && !ids.insert(id)
    {
        let message = "Component custom id cannot be duplicated";
        let at = format!("{at}/custom_id");
        errors.push(FormError::new(&at, "COMPONENT_CUSTOM_ID_DUPLICATED", message));
    }
    for (index, inner) in list(&component["components"]).iter().enumerate() {
        unique_ids(inner, &format!("{at}/components/{index}"), ids, errors);
    }
    for single in ["component", "accessory"] {
        if component[single].is_object() {
            unique_ids(&component[single], &format!("{at}/{single}"), ids, errors);
        }
    }
}

/// The characters of an embed that count.
fn chars_of(embed: &Value) -> usize {
    let chars = |value: &Value| value.as_str().map_or(0, |text| text.trim().chars().count());
    let fields = list(&embed["fields"]);
    let of_fields: usize = fields.iter().map(|f| chars(&f["name"]) + chars(&f["value"])).sum();
    let of_others = [
        &embed["title"],
        &embed["description"],
        &embed["footer"]["text"],
        &embed["author"]["name"],
    ];
    of_fields + of_others.into_iter().map(chars).sum::<usize>()
}

fn count(components: &[Value]) -> usize {
    let each = |component: &Value| {
        let accessory = usize::from(component["accessory"].is_object());
        1 + accessory + count(list(&component["components"]))
    };
    components.iter().map(each).sum()
}

/// The characters of all text that stands in components.
fn text_chars(components: &[Value]) -> usize {
    texts(components).map(|text| text.chars().count()).sum()
}

/// All text that stands in components.
pub(super) fn texts(components: &[Value]) -> impl Iterator<Item = &str> {
    let mut found = Vec::new();
    let mut ahead: Vec<&Value> = components.iter().collect();
    while let Some(component) = ahead.pop() {
        if component["type"] == 10 {
            found.extend(component["content"].as_str());
        }
        ahead.extend(list(&component["components"]));
    }
    found.into_iter()
}

fn is_blank(value: &Value) -> bool {
    value.as_str().is_none_or(|text| text.trim().is_empty())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn codes(body: &Value) -> Vec<(String, &'static str)> {
        let errors = message_errors(body, body["flags"] == 1 << 15);
        errors.into_iter().map(|error| (error.at, error.code)).collect()
    }

    fn complains(body: &Value, at: &str, code: &str) {
        let codes = codes(body);
        assert!(codes.iter().any(|(a, c)| a == at && *c == code), "{codes:?}");
    }

    #[test]
    fn a_usual_card_is_fine() {
        let card = json!({
            "content": "",
            "embeds": [{
                "title": "Acme annual plan", "url": "http://127.0.0.1:8080/r/1", "author": null,
                "fields": [{ "name": "Stage", "value": "Open", "inline": true }],
            }],
            "components": [
                { "type": 1, "components": [
                    { "type": 2, "style": 1, "custom_id": "a", "label": "Won" },
                    { "type": 2, "style": 2, "custom_id": "b", "emoji": { "name": "↩️" } },
                    { "type": 2, "style": 5, "url": "https://crm.example/r/1", "label": "Open" },
                ]},
                { "type": 1, "components": [
                    { "type": 3, "custom_id": "c", "options": [{ "label": "Won", "value": "w" }] },
                ]},
            ],
            "allowed_mentions": { "parse": [], "users": [], "roles": [] },
        });
        assert_eq!(codes(&card), []);
    }

    #[test]
    fn texts_have_limits() {
        complains(&json!({ "content": "x".repeat(2_001) }), "content", "BASE_TYPE_MAX_LENGTH");
        assert_eq!(codes(&json!({ "content": "ü".repeat(2_000) })), []);
        let embed = json!({ "description": "x".repeat(3_001) });
        complains(&json!({ "embeds": [embed, embed] }), "embeds", "MAX_EMBED_SIZE_EXCEEDED");
    }

    #[test]
    fn embeds_hold_something_and_link_to_the_web() {
        let body = json!({ "embeds": [
            { "title": "a", "url": "javascript:alert(1)" },
            { "title": "b", "url": "ftp://x" },
            { "title": "c", "fields": [{ "name": " ", "value": "v" }] },
            { "color": 1 },
        ]});
        complains(&body, "embeds/0/url", "URL_TYPE_INVALID_URL");
        complains(&body, "embeds/1/url", "URL_TYPE_INVALID_SCHEME");
        complains(&body, "embeds/2/fields/0/name", "BASE_TYPE_REQUIRED");
        complains(&body, "embeds/3/description", "BASE_TYPE_REQUIRED");
    }

    #[test]
    fn components_are_whole_and_differ() {
        let body = json!({ "components": [{ "type": 1, "components": [
            { "type": 2, "style": 1, "custom_id": "a", "label": "A" },
            { "type": 2, "style": 1, "custom_id": "a", "label": "B" },
            { "type": 2, "style": 5, "label": "C" },
            { "type": 2, "style": 1, "label": "D", "emoji": { "name": "smile" } },
            { "type": 3, "custom_id": "s", "max_values": 2, "options": [
                { "label": "1", "value": "v" },
            ]},
        ]}]});
        let at = |button: usize, field: &str| format!("components/0/components/{button}{field}");
        complains(&body, &at(1, "/custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED");
        complains(&body, &at(2, "/url"), "BUTTON_COMPONENT_URL_REQUIRED");
        complains(&body, &at(3, "/custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED");
        complains(&body, &at(3, "/emoji/name"), "COMPONENT_INVALID_EMOJI");
        complains(&body, &at(4, ""), "SELECT_COMPONENT_MAX_VALUES_TOO_MANY");
        complains(&body, "components/0", "COMPONENT_LAYOUT_WIDTH_EXCEEDED");
    }

    #[test]
    fn a_message_of_components_holds_nothing_else() {
        let text = json!({ "type": 10, "content": "x".repeat(2_100) });
        complains(&json!({ "components": [text] }), "components/0/type", "UNION_TYPE_CHOICES");
        let flags = 1 << 15;
        let both = json!({ "flags": flags, "content": "x", "components": [text, text] });
        complains(&both, "content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2");
        complains(&both, "components", "BASE_TYPE_MAX_LENGTH");
        let many = vec![json!({ "type": 14 }); 41];
        let many = json!({ "flags": flags, "components": many });
        complains(&many, "components", "BASE_TYPE_MAX_LENGTH");
    }

    #[test]
    fn a_modal_has_labels_and_room_for_five() {
        let input = json!({ "type": 4, "custom_id": "a", "style": 1, "label": "" });
        let row = json!({ "type": 1, "components": [input] });
        let errors = modal_errors(&json!({ "components": vec![row; 6] }));
        let codes: Vec<_> = errors.iter().map(|error| error.code).collect();
        for code in ["BASE_TYPE_BAD_LENGTH", "BASE_TYPE_REQUIRED", "COMPONENT_CUSTOM_ID_DUPLICATED"]
        {
            assert!(codes.contains(&code), "{code} in {codes:?}");
        }
    }
}
