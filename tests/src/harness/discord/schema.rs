//! Discord's own description of its API, against which every request is checked, and every answer
//! that this Discord gives. It is in `tests/specs/discord.json`; `trim_discord.py` beside it says
//! where from. It says nothing of the gateway's events, so those are left out.
//!
//! Where Discord does more than it describes, its documentation counts, as the description itself
//! asks for: a command's `default_member_permissions` may be a number in a string, and a message
//! may refer to another to forward it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, JsonType, ValidationError, Validator};
use serde_json::{Value, json};

use super::refusal::FormError;

/// What Discord says of the operations that are served here.
pub(super) struct Schema {
    description: Value,
    /// Made when they are first asked for, by the place in the description.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Schema {
    /// The one that there is.
    pub(super) fn of_discord() -> &'static Self {
        static SCHEMA: OnceLock<Schema> = OnceLock::new();
        SCHEMA.get_or_init(|| {
            let text = include_str!("../../../specs/discord.json");
            let description = serde_json::from_str(text);
            let mut description: Value = description.expect("tests/specs/discord.json is JSON");
            let forward = json!({ "title": "FORWARD", "const": 1 });
            let kinds = "/components/schemas/MessageReferenceType/oneOf";
            let kinds = description.pointer_mut(kinds).and_then(Value::as_array_mut);
            kinds.expect("messages refer in one way or another").push(forward);
            Schema { description, validators: Mutex::default() }
        })
    }

    /// Every operation that is described, as a method and a path.
    #[cfg(test)]
    pub(super) fn operations(&self) -> Vec<(String, String)> {
        let paths = self.description["paths"].as_object();
        let each = paths.into_iter().flatten().flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            let methods = methods.filter(|(method, _)| *method != "parameters");
            methods.map(move |(method, _)| (method.to_uppercase(), path.clone()))
        });
        each.collect()
    }

    fn operation(&self, method: &str, path: &str) -> &Value {
        &self.description["paths"][path][method.to_lowercase()]
    }

    /// What is wrong with what stands in the path and the query.
    pub(super) fn parameter_errors(
        &self,
        method: &str,
        path: &str,
        in_path: &[(&str, String)],
        in_query: &[(String, String)],
    ) -> Vec<FormError> {
        let own = self.operation(method, path)["parameters"].as_array();
        let shared = self.description["paths"][path]["parameters"].as_array();
        let described: Vec<_> = own.into_iter().chain(shared).flatten().collect();
        let in_path = in_path.iter().map(|(name, text)| (*name, text.as_str(), "path"));
        let in_query = in_query.iter().map(|(name, text)| (name.as_str(), text.as_str(), "query"));
        let mut errors = Vec::new();
        for (name, text, place) in in_path.chain(in_query) {
            let parameter = described.iter().find(|p| p["name"] == name && p["in"] == place);
            let Some(parameter) = parameter else {
                let message = format!("Discord describes no such parameter in the {place}");
                errors.push(FormError::new(name, "UNKNOWN_PARAMETER", message));
                continue;
            };
            let schema = &parameter["schema"];
            let value = match schema["type"].as_str() {
                Some("integer") => text.parse::<i64>().map_or(json!(text), Value::from),
                Some("boolean") => text.parse::<bool>().map_or(json!(text), Value::from),
                _ => json!(text),
            };
            let key = format!("{method} {path} {place} {name}");
            let found = self.errors(&key, schema, &value);
            errors
                .extend(found.into_iter().map(|error| FormError { at: name.to_owned(), ..error }));
        }
        errors
    }

    /// What is wrong with a body.
    pub(super) fn body_errors(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Vec<FormError> {
        let described = &self.operation(method, path)["requestBody"];
        let schema = &described["content"]["application/json"]["schema"];
        match body {
            Some(_) if schema.is_null() => {
                vec![FormError::new("", "UNEXPECTED_BODY", "Discord describes no body here")]
            }
            Some(body) => {
                let key = format!("{method} {path} body");
                self.errors(&key, schema, &as_described(body))
            }
            None if described["required"] == true => vec![FormError::required("")],
            None => Vec::new(),
        }
    }

    /// What is wrong with an answer that says yes.
    pub(super) fn answer_errors(
        &self,
        method: &str,
        path: &str,
        status: u16,
        body: &Value,
    ) -> Vec<FormError> {
        let described = &self.operation(method, path)["responses"][status.to_string()];
        if described.is_null() {
            return vec![FormError::new("", "STATUS", format!("{status} is not described"))];
        }
        let schema = &described["content"]["application/json"]["schema"];
        if schema.is_null() {
            let message = "Discord describes no body here";
            let error = FormError::new("", "UNEXPECTED_BODY", message);
            return if body.is_null() { Vec::new() } else { vec![error] };
        }
        let key = format!("{method} {path} {status}");
        self.errors(&key, schema, body)
    }

    fn errors(&self, key: &str, schema: &Value, value: &Value) -> Vec<FormError> {
        let validator = self.validator(key, schema);
        let mut errors = Vec::new();
        for error in validator.iter_errors(value) {
            explain(&error, &mut errors);
        }
        errors
    }

    fn validator(&self, key: &str, schema: &Value) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = validators.get(key) {
            return validator.clone();
        }
        // The components stand beside what refers to them, so nothing is looked up elsewhere.
        let whole = json!({ "allOf": [schema], "components": self.description["components"] });
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .build(&whole);
        let validator = match validator {
            Ok(validator) => Arc::new(validator),
            Err(error) => panic!("what Discord says of {key} is no schema: {error}"),
        };
        validators.insert(key.to_owned(), validator.clone());
        validator
    }
}

/// The body with numbers where Discord's documentation lets them be strings.
fn as_described(body: &Value) -> Value {
    let mut body = body.clone();
    for command in body.as_array_mut().into_iter().flatten() {
        let permissions = command.get_mut("default_member_permissions");
        if let Some(permissions) = permissions
            && let Some(number) = permissions.as_str().and_then(|text| text.parse::<i64>().ok())
        {
            *permissions = json!(number);
        }
    }
    body
}

/// Says where the error is and what is wrong there, as Discord does. Of several forms that a part
/// may have, the one counts that it says it is, or else the one that it misses least.
fn explain(error: &ValidationError<'_>, errors: &mut Vec<FormError>) {
    let at = error.instance_path().as_str().trim_start_matches('/');
    let mut say =
        |code: &'static str, message: String| errors.push(FormError::new(at, code, message));
    match error.kind() {
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => {
            let here = error.instance_path().as_str();
            let kind = format!("{here}/type");
            let is_null = |branch: &&Vec<ValidationError<'_>>| {
                branch.len() == 1
                    && branch[0].instance_path().as_str() == here
                    && matches!(
                        branch[0].kind(),
                        ValidationErrorKind::Type { kind: TypeKind::Single(JsonType::Null) }
                    )
            };
            let is_meant = |branch: &&Vec<ValidationError<'_>>| {
                branch.iter().all(|error| {
                    let at = error.instance_path().as_str();
                    let wrong_type = matches!(error.kind(), ValidationErrorKind::Type { .. });
                    at != kind && !(wrong_type && at == here)
                })
            };
            let forms: Vec<_> = context.iter().filter(|branch| !is_null(branch)).collect();
            let meant = forms.iter().copied().filter(is_meant).min_by_key(|branch| branch.len());
            match meant {
                Some(branch) if !branch.is_empty() => {
                    branch.iter().for_each(|error| explain(error, errors));
                }
                _ => say("UNION_TYPE_CHOICES", error.to_string()),
            }
        }
        ValidationErrorKind::MaxLength { limit } | ValidationErrorKind::MaxItems { limit } => {
            errors.push(FormError::too_long(at, *limit));
        }
        ValidationErrorKind::MinLength { limit } | ValidationErrorKind::MinItems { limit } => {
            let message = format!("Must be at least {limit} in length.");
            say("BASE_TYPE_BAD_LENGTH", message);
        }
        ValidationErrorKind::Required { property } => {
            let property = property.as_str().unwrap_or_default();
            let at = if at.is_empty() { property.to_owned() } else { format!("{at}/{property}") };
            errors.push(FormError::required(&at));
        }
        ValidationErrorKind::Type { .. } => say("BASE_TYPE_CONVERT", error.to_string()),
        ValidationErrorKind::Enum { .. } | ValidationErrorKind::Constant { .. } => {
            say("BASE_TYPE_CHOICES", error.to_string());
        }
        ValidationErrorKind::Pattern { .. } => say("NUMBER_TYPE_COERCE", error.to_string()),
        _ => say("BASE_TYPE_INVALID", error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEND: (&str, &str) = ("POST", "/channels/{channel_id}/messages");

    fn complaints(body: &Value) -> Vec<(String, &'static str)> {
        let errors = Schema::of_discord().body_errors(SEND.0, SEND.1, Some(body));
        errors.into_iter().map(|error| (error.at, error.code)).collect()
    }

    #[test]
    fn a_body_as_described_is_fine() {
        let button = json!({ "type": 2, "style": 1, "custom_id": "a", "label": "A" });
        let body = json!({
            "content": "hello", "tts": false, "nonce": "abc", "enforce_nonce": true,
            "allowed_mentions": { "parse": [], "users": [], "roles": [] },
            "embeds": [{ "title": "Acme", "url": "https://crm.example/r/1", "color": 1 }],
            "components": [{ "type": 1, "components": [button] }],
            "message_reference": { "message_id": "1", "fail_if_not_exists": false, "type": 0 },
            "sticker_ids": [], "attachments": [],
        });
        assert_eq!(complaints(&body), []);
    }

    #[test]
    fn what_is_wrong_is_said_where_it_is() {
        let at = |at: &str, code| (at.to_owned(), code);
        assert_eq!(complaints(&json!({ "content": 5 })), [at("content", "BASE_TYPE_CONVERT")]);
        let long = json!({ "embeds": [{ "title": "x".repeat(257) }] });
        assert_eq!(complaints(&long), [at("embeds/0/title", "BASE_TYPE_MAX_LENGTH")]);
        let many = json!({ "embeds": vec![json!({ "title": "x" }); 11] });
        assert_eq!(complaints(&many), [at("embeds", "BASE_TYPE_MAX_LENGTH")]);
        let nonce = json!({ "nonce": "x".repeat(26) });
        assert_eq!(complaints(&nonce), [at("nonce", "BASE_TYPE_MAX_LENGTH")]);
        let reference = json!({ "message_reference": { "channel_id": "7" } });
        let missing = at("message_reference/message_id", "BASE_TYPE_REQUIRED");
        assert_eq!(complaints(&reference), [missing]);
        let url = json!({ "embeds": [{ "url": "no url" }] });
        assert_eq!(complaints(&url), [at("embeds/0/url", "BASE_TYPE_INVALID")]);
    }

    #[test]
    fn a_component_is_judged_as_what_it_says_it_is() {
        let button = json!({ "type": 2, "style": 1, "custom_id": "x".repeat(101), "label": "A" });
        let body = json!({ "components": [{ "type": 1, "components": [button] }] });
        let place = "components/0/components/0/custom_id".to_owned();
        assert_eq!(complaints(&body), [(place, "BASE_TYPE_MAX_LENGTH")]);
        let unknown = json!({ "components": [{ "type": 99 }] });
        assert_eq!(complaints(&unknown), [("components/0".to_owned(), "UNION_TYPE_CHOICES")]);
    }

    #[test]
    fn parameters_are_checked_too() {
        let path = "/channels/{channel_id}/messages";
        let errors = |id: &str, query: &[(&str, &str)]| {
            let query: Vec<_> =
                query.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            let params = [("channel_id", id.to_owned())];
            Schema::of_discord().parameter_errors("GET", path, &params, &query)
        };
        assert_eq!(errors("12", &[("limit", "50"), ("after", "7")]), []);
        assert_eq!(errors("12", &[("limit", "101")]).len(), 1);
        assert_eq!(errors("12", &[("limit", "many")]).len(), 1);
        assert_eq!(errors("12", &[("since", "7")])[0].code, "UNKNOWN_PARAMETER");
        assert_eq!(errors("sales", &[])[0].code, "NUMBER_TYPE_COERCE");
    }
}
