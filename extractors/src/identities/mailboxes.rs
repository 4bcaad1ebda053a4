//! Which address is one person's, and how it is written by all who mean it.

use std::sync::LazyLock;

use hashbrown::HashSet;

/// Local parts of mailboxes that several people read, or nobody.
const ROLES: &[&str] = &[
    "abuse",
    "accounting",
    "accounts",
    "admin",
    "administrator",
    "billing",
    "bot",
    "bounce",
    "bounces",
    "career",
    "careers",
    "contact",
    "daemon",
    "dev",
    "devnull",
    "enquiries",
    "feedback",
    "finance",
    "general",
    "git",
    "hello",
    "help",
    "helpdesk",
    "hi",
    "hostmaster",
    "hr",
    "info",
    "inquiries",
    "it",
    "jobs",
    "legal",
    "list",
    "lists",
    "localhost",
    "mail",
    "mailer-daemon",
    "marketing",
    "me",
    "media",
    "news",
    "newsletter",
    "no-reply",
    "nobody",
    "noc",
    "none",
    "noreply",
    "notifications",
    "null",
    "office",
    "orders",
    "postmaster",
    "press",
    "privacy",
    "recruiting",
    "root",
    "sales",
    "security",
    "service",
    "shop",
    "spam",
    "staff",
    "support",
    "team",
    "test",
    "ubuntu",
    "unknown",
    "user",
    "users",
    "web",
    "webmaster",
    "work",
    "kontakt",
    "buero",
    "vertrieb",
    "www",
];

static ROLE_SET: LazyLock<HashSet<&str>> = LazyLock::new(|| ROLES.iter().copied().collect());

/// An address taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mailbox {
    /// The address as all spellings of it are the same: no `+tag`, and no dots for Gmail.
    pub(super) key: String,
    /// The local part, letters and digits alone.
    pub(super) local: String,
    /// The account it stands for (`github:octocat`), when nobody reads it.
    pub(super) handle: Option<String>,
    /// Whether many read it, or nobody.
    pub(super) is_shared: bool,
}

/// The longest address there can be, and a little.
const BYTES_MAX: usize = 320;

pub(super) fn mailbox(address: &str) -> Option<Mailbox> {
    let lower = address.trim().to_lowercase();
    if lower.is_empty() || lower.len() > BYTES_MAX {
        return None;
    }
    let (local, host) = lower.split_once('@').unwrap_or((&lower, ""));
    let handle = noreply_handle(local, host);
    let untagged = local.split('+').next().filter(|plain| !plain.is_empty()).unwrap_or(local);
    let is_gmail = matches!(host, "gmail.com" | "googlemail.com");
    let plain = if is_gmail { untagged.replace('.', "") } else { untagged.to_owned() };
    let host = if is_gmail { "gmail.com" } else { host };
    let login = handle
        .as_deref()
        .and_then(|handle| handle.split_once(':'))
        .map_or(untagged, |(_, login)| login);
    let solid: String = login.chars().filter(|c| c.is_alphanumeric()).collect();
    let is_shared = solid.is_empty()
        || is_role(untagged)
        || !host.contains('.')
        || host.starts_with("localhost")
        || host.ends_with(".localdomain")
        || handle.is_none() && (local.contains("noreply") || local.contains("no-reply"));
    Some(Mailbox { key: format!("{plain}@{host}"), local: solid, handle, is_shared })
}

/// `12345+octo@users.noreply.github.com`
fn noreply_handle(local: &str, host: &str) -> Option<String> {
    let network = match host {
        "users.noreply.github.com" => "github",
        "users.noreply.gitlab.com" => "gitlab",
        _ => return None,
    };
    let login = match local.split_once(['+', '-']) {
        Some((number, login)) if number.bytes().all(|b| b.is_ascii_digit()) => login,
        _ => local,
    };
    (!login.is_empty()).then(|| format!("{network}:{login}"))
}

/// Whether a local part says nothing about who has it.
pub(super) fn is_role(local: &str) -> bool {
    ROLE_SET.contains(local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_address_have_one_key() {
        let key = |address: &str| mailbox(address).expect("a mailbox").key;
        assert_eq!(key("Jane.Doe+crm@gmail.com"), key("janedoe@googlemail.com"));
        assert_ne!(key("jane.doe@acme.io"), key("janedoe@acme.io"));
        assert_eq!(key("jane+x@acme.io"), "jane@acme.io");
    }

    #[test]
    fn mailboxes_of_many_are_known() {
        let shared = |address: &str| mailbox(address).expect("a mailbox").is_shared;
        for address in
            ["info@acme.io", "devnull@localhost", "?@?", "noreply@github.com", "sales+uk@acme.io"]
        {
            assert!(shared(address), "{address}");
        }
        assert!(!shared("jane@acme.io") && !shared("7+octo@users.noreply.github.com"));
        assert!(mailbox("").is_none());
    }

    #[test]
    fn an_address_without_a_mailbox_is_an_account() {
        let handle = |address: &str| mailbox(address).and_then(|mailbox| mailbox.handle);
        assert_eq!(handle("7+Octo@users.noreply.github.com").as_deref(), Some("github:octo"));
        assert_eq!(handle("octo@users.noreply.github.com").as_deref(), Some("github:octo"));
        assert_eq!(handle("octo@acme.io"), None);
    }
}
