//! How Discord says no: a status, a code, a sentence, and for a form that is wrong an error beside
//! each field. Left out: the refusals of what is not served here.

use serde_json::{Map, Value, json};

/// An answer that says no.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl Refusal {
    pub(super) fn new(status: u16, code: u32, message: &str) -> Self {
        let body = json!({ "message": message, "code": code });
        Self { status, body, headers: Vec::new() }
    }

    /// An answer that is a page, as what stands before Discord gives when Discord does not answer.
    pub(super) fn page(status: u16, title: &str) -> Self {
        let page = format!("<html><head><title>{status} {title}</title></head></html>");
        Self { status, body: Value::String(page), headers: Vec::new() }
    }

    /// A form with errors, each beside its field.
    pub(super) fn form(errors: &[FormError]) -> Self {
        let mut tree = Map::new();
        for error in errors {
            plant(&mut tree, &error.at, &json!({ "code": error.code, "message": error.message }));
        }
        let body = json!({ "message": "Invalid Form Body", "code": 50035, "errors": tree });
        Self { status: 400, body, headers: Vec::new() }
    }

    /// A form with one error.
    pub(super) fn field(at: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self::form(&[FormError::new(at, code, message)])
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(401, 0, "401: Unauthorized")
    }

    pub(super) fn no_such_route() -> Self {
        Self::new(404, 0, "404: Not Found")
    }

    pub(super) fn unknown_channel() -> Self {
        Self::new(404, 10003, "Unknown Channel")
    }

    pub(super) fn unknown_guild() -> Self {
        Self::new(404, 10004, "Unknown Guild")
    }

    pub(super) fn unknown_member() -> Self {
        Self::new(404, 10007, "Unknown Member")
    }

    pub(super) fn unknown_message() -> Self {
        Self::new(404, 10008, "Unknown Message")
    }

    pub(super) fn unknown_user() -> Self {
        Self::new(404, 10013, "Unknown User")
    }

    pub(super) fn unknown_webhook() -> Self {
        Self::new(404, 10015, "Unknown Webhook")
    }

    pub(super) fn unknown_interaction() -> Self {
        Self::new(404, 10062, "Unknown interaction")
    }

    pub(super) fn acknowledged_before() -> Self {
        Self::new(400, 40060, "Interaction has already been acknowledged.")
    }

    pub(super) fn missing_access() -> Self {
        Self::new(403, 50001, "Missing Access")
    }

    pub(super) fn edits_another() -> Self {
        Self::new(403, 50005, "Cannot edit a message authored by another user")
    }

    pub(super) fn empty_message() -> Self {
        Self::new(400, 50006, "Cannot send an empty message")
    }

    pub(super) fn closed_to_you() -> Self {
        Self::new(403, 50007, "Cannot send messages to this user")
    }

    pub(super) fn missing_permissions() -> Self {
        Self::new(403, 50013, "Missing Permissions")
    }

    pub(super) fn invalid_webhook_token() -> Self {
        Self::new(401, 50027, "Invalid Webhook Token")
    }

    pub(super) fn archived_thread() -> Self {
        Self::new(400, 50083, "Thread is archived")
    }

    pub(super) fn no_json() -> Self {
        Self::new(400, 50109, "The request body contains invalid JSON.")
    }

    pub(super) fn nobody_in_common() -> Self {
        Self::new(403, 50278, "Cannot send messages to this user")
    }

    pub(super) fn history_unreadable() -> Self {
        Self::new(400, 160_002, "Cannot reply without permission to read message history")
    }

    pub(super) fn thread_exists() -> Self {
        Self::new(400, 160_004, "A thread has already been created for this message")
    }
}

/// What is wrong with one field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FormError {
    /// Where it is: names and numbers with slashes between, as `embeds/0/title`.
    pub(super) at: String,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl FormError {
    pub(super) fn new(at: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self { at: at.to_owned(), code, message: message.into() }
    }

    pub(super) fn too_long(at: &str, limit: u64) -> Self {
        let message = format!("Must be {limit} or fewer in length.");
        Self::new(at, "BASE_TYPE_MAX_LENGTH", message)
    }

    pub(super) fn required(at: &str) -> Self {
        Self::new(at, "BASE_TYPE_REQUIRED", "This field is required")
    }
}

fn plant(tree: &mut Map<String, Value>, at: &str, error: &Value) {
    let mut here = tree;
    for step in at.split('/').filter(|step| !step.is_empty()) {
        let next = here.entry(step).or_insert_with(|| json!({}));
        match next {
            Value::Object(map) => here = map,
            // Never: every entry on the way is an object, as the line above makes it.
            _ => return,
        }
    }
    let errors = here.entry("_errors").or_insert_with(|| json!([]));
    if let Value::Array(errors) = errors {
        errors.push(error.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_stand_beside_their_fields() {
        let refusal = Refusal::form(&[
            FormError::too_long("embeds/0/title", 256),
            FormError::too_long("embeds/0/footer/text", 2048),
            FormError::required("content"),
        ]);
        let errors = &refusal.body["errors"];
        let title = &errors["embeds"]["0"]["title"]["_errors"][0];
        assert_eq!(title["code"], "BASE_TYPE_MAX_LENGTH");
        assert_eq!(title["message"], "Must be 256 or fewer in length.");
        assert_eq!(errors["content"]["_errors"][0]["code"], "BASE_TYPE_REQUIRED");
        assert!(errors["embeds"]["0"]["footer"]["text"]["_errors"].is_array());
    }
}
