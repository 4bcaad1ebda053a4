//! Values with an inside of their own: files that are named by what they hold, and references to
//! several records. Only their shape is checked; whether a referenced record exists is asked
//! inside the transaction, and where a file's bytes are is nobody's matter here.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Blueprint, Classification, Column, ColumnType, Values};
use crate::errors::Refusal;
use crate::ids::RecordId;

/// The most records that one reference column holds.
const REFERENCES_MAX: usize = 100;
/// The longest name of a file, in characters.
const FILE_NAME_CHARS_MAX: usize = 255;
/// The longest media type, in bytes.
const MEDIA_TYPE_BYTES_MAX: usize = 100;

/// A file, named by what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// The SHA-256 of its bytes, as 64 hexadecimal digits in lower case.
    pub sha256: String,
    /// What people call it, without a folder, at most 255 characters.
    pub name: String,
    /// What it is (`application/pdf`).
    pub media_type: String,
    /// How large it is, in bytes.
    pub bytes: u64,
}

impl Attachment {
    fn is_sound(&self) -> bool {
        let hexadecimal = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let chars = self.name.trim().chars().count();
        let is_type = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-._".contains(&b))
        };
        self.sha256.len() == 64
            && self.sha256.bytes().all(hexadecimal)
            && (1..=FILE_NAME_CHARS_MAX).contains(&chars)
            && !self.name.contains(|c: char| c.is_control() || c == '/' || c == '\\')
            && self.media_type.len() <= MEDIA_TYPE_BYTES_MAX
            && self.media_type.split_once('/').is_some_and(|(a, b)| is_type(a) && is_type(b))
    }
}

impl Column {
    pub(super) fn attachment(&self, value: Json) -> Result<Json, Refusal> {
        match serde_json::from_value::<Attachment>(value.clone()) {
            Ok(file) if file.is_sound() => Ok(value),
            _ => Err(self.takes(
                "a file like {\"sha256\": \"<64 hexadecimal digits>\", \"name\": \"offer.pdf\", \
                 \"media_type\": \"application/pdf\", \"bytes\": 18204}",
                &value,
            )),
        }
    }

    /// References to several records, each once, in the order given.
    pub(super) fn several(&self, value: Json) -> Result<Json, Refusal> {
        let wrong = || self.takes("a list of records, like [\"DEAL-12\", \"DEAL-14\"]", &value);
        let one = [value.clone()];
        let given = match &value {
            Json::Array(list) => list.as_slice(),
            Json::String(_) => &one,
            _ => return Err(wrong()),
        };
        if given.len() > REFERENCES_MAX {
            return Err(Refusal::invalid(format!(
                "{} takes at most {REFERENCES_MAX} records. Leave some out.",
                self.name
            )));
        }
        let mut kept: Vec<Json> = Vec::new();
        for item in given {
            match item.as_str().map(str::parse::<RecordId>) {
                Some(Ok(_)) if kept.contains(item) => {}
                Some(Ok(_)) => kept.push(item.clone()),
                _ => return Err(wrong()),
            }
        }
        Ok(kept.into())
    }

    /// The records that a value of this column refers to.
    pub fn referred(&self, value: &Json) -> Vec<RecordId> {
        if self.kind != ColumnType::Reference {
            return Vec::new();
        }
        let all = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
        all.iter().filter_map(|item| item.as_str()?.parse().ok()).collect()
    }

    /// The value as it may be told to everybody: what is not public is only said to be there.
    pub fn told(&self, value: &Json) -> String {
        match self.classification {
            Classification::Public => self.shown(value),
            _ => "a value that is not shown here".to_owned(),
        }
    }
}

impl Blueprint {
    /// The sensitive columns for which there is a value.
    pub fn sensitive_in(&self, values: &Values) -> Vec<String> {
        let sensitive = |column: &&Column| {
            column.classification == Classification::Sensitive && values.contains_key(&column.id)
        };
        self.columns.iter().filter(sensitive).map(|column| column.id.clone()).collect()
    }

    /// The values without those of sensitive columns.
    pub fn without_sensitive(&self, mut values: Values) -> Values {
        for id in self.sensitive_in(&values) {
            values.remove(&id);
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_file_is_taken_by_its_shape_alone() {
        let column = Column::new("offer", "Offer", ColumnType::Attachment);
        let file = |sha256: &str, name: &str, media_type: &str| json!({ "sha256": sha256, "name": name, "media_type": media_type, "bytes": 18204 });
        let sha256 = "ab".repeat(32);
        let good = file(&sha256, "offer.pdf", "application/pdf");
        assert_eq!(column.checked(good.clone()), Ok(good.clone()));
        assert_eq!(column.shown(&good), "offer.pdf");
        assert_eq!(column.index_key(&good).text.as_deref(), Some("offer.pdf"));
        let check = |bad: Json| {
            let refusal = column.checked(bad).expect_err("no file").message;
            assert!(refusal.starts_with("Offer takes a file like {\"sha256\""), "{refusal}");
        };
        check(file("AB", "offer.pdf", "application/pdf"));
        check(file(&sha256.to_uppercase(), "offer.pdf", "application/pdf"));
        check(file(&sha256, "../offer.pdf", "application/pdf"));
        check(file(&sha256, " ", "application/pdf"));
        check(file(&sha256, "offer.pdf", "pdf"));
        check(json!({ "sha256": sha256, "name": "offer.pdf" }));
        check("offer.pdf".into());
    }

    #[test]
    fn several_references_are_kept_once_each_and_in_order() {
        let column = Column { many: true, ..Column::new("with", "With", ColumnType::Reference) };
        let (a, b) = ("rec_06cq3m5v9k2f8h1t", "rec_06cq3m5v9k2f8h1u");
        assert_eq!(column.checked(json!([b, a, b])), Ok(json!([b, a])));
        assert_eq!(column.checked(json!(a)), Ok(json!([a])));
        assert_eq!(column.referred(&json!([b, a])).len(), 2);
        assert!(column.checked(json!(["acme"])).is_err());
        assert!(column.checked(json!(vec![a; 101])).is_err());
    }

    #[test]
    fn what_is_not_public_is_not_told() {
        let mut column = Column::new("pay", "Pay", ColumnType::Integer);
        assert_eq!(column.told(&json!(12)), "12");
        column.classification = Classification::Private;
        assert!(!column.told(&json!(12)).contains("12"));
    }
}
