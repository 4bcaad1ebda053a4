//! Typed ids. An id is a short prefix and sixteen characters that sort by the time they
//! were made (`rec_06cq3m5v9k2f8h1t`), so that a pasted id says what it is, and an index
//! on ids is an index on time. People in chat use the shorter record key (`DEAL-12`).

use std::fmt;
use std::str::FromStr;

use data_encoding::Encoding;
use serde::{Deserialize, Serialize};

use crate::env::Env;

/// Text that is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not an id that starts with `{prefix}_`")]
pub struct NotAnId {
    /// What was given.
    pub given: String,
    /// The prefix that was expected.
    pub prefix: &'static str,
}

/// Ten bytes in sixteen characters of Crockford's base 32, in lower case.
fn encoding() -> &'static Encoding {
    use std::sync::OnceLock;
    static ENCODING: OnceLock<Encoding> = OnceLock::new();
    ENCODING.get_or_init(|| {
        let mut spec = data_encoding::Specification::new();
        spec.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
        match spec.encoding() {
            Ok(encoding) => encoding,
            Err(error) => unreachable!("the alphabet has 32 distinct characters: {error}"),
        }
    })
}

/// Forty-eight bits of milliseconds, then thirty-two of chance.
fn fresh(prefix: &str, env: &Env) -> String {
    let mut bytes = [0u8; 10];
    let millis = u64::try_from(env.now().timestamp_millis()).unwrap_or(0);
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    env.random.fill(&mut bytes[6..]);
    format!("{prefix}_{}", encoding().encode(&bytes))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schema(value_type = String)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// The prefix of every id of this kind.
            pub const PREFIX: &'static str = $prefix;

            /// A new id, made of the time and chance.
            pub fn fresh(env: &Env) -> Self {
                Self(fresh($prefix, env).into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(given: &str) -> Result<Self, NotAnId> {
                let rest = given.strip_prefix($prefix).and_then(|r| r.strip_prefix('_'));
                match rest {
                    Some(rest) if rest.len() == 16 && rest.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                        Ok(Self(given.into()))
                    }
                    _ => Err(NotAnId { given: given.chars().take(60).collect(), prefix: $prefix }),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAnId;
            fn try_from(given: String) -> Result<Self, NotAnId> {
                given.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// One organisation's Tieline.
    TenantId = "ten";
    /// A person who works in a tenant.
    MemberId = "mem";
    /// A named container of tables and boards inside a tenant.
    SpaceId = "spc";
    /// A blueprint, over all of its versions.
    BlueprintId = "bpt";
    /// A record of any blueprint.
    RecordId = "rec";
    /// A channel of a person or company.
    IdentityId = "idn";
    /// A relation between two records.
    LinkId = "lnk";
    /// One thing that happened with or about a record.
    InteractionId = "int";
    /// A note on a record.
    NoteId = "not";
    /// A task.
    TaskId = "tsk";
    /// Something to say to one member.
    NotificationId = "ntf";
    /// A proposal made of captured messages.
    ProposalId = "prp";
    /// A mail in the quarantine.
    HeldId = "hld";
    /// One accepted command, with what undoes it.
    EntryId = "ent";
    /// Something Tieline posted in a place, over all of its edits.
    PostId = "pst";
    /// One effect that waits in the outbox.
    OutboxId = "out";
    /// A token of the API.
    ApiTokenId = "tok";
    /// Work that goes on in the background.
    JobId = "job";
    /// A tag.
    TagId = "tag";
    /// A segment.
    SegmentId = "seg";
    /// A saved view.
    ViewId = "viw";
    /// What a team sells, as far as scoring goes.
    ProductId = "prd";
    /// One thing to find out about a record for a product.
    CriterionId = "crt";
    /// What was found out, once.
    AssessmentId = "asm";
    /// A record that waits for review for a product.
    LeadId = "led";
    /// An uploaded file that becomes records.
    ImportId = "imp";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_itself_and_as_nothing_else() {
        let env = Env::system();
        let id = RecordId::fresh(&env);
        assert_eq!(id.as_str().parse::<RecordId>(), Ok(id.clone()));
        assert!(id.as_str().parse::<TaskId>().is_err());
        assert!("rec_short".parse::<RecordId>().is_err());
        assert!("rec_0000000000'; --".parse::<RecordId>().is_err());
    }

    #[test]
    fn ids_made_later_sort_later() {
        let env = Env::system();
        let early = RecordId::fresh(&env);
        std::thread::sleep(std::time::Duration::from_millis(3));
        assert!(early < RecordId::fresh(&env));
    }
}
