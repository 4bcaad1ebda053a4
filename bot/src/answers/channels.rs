//! Addresses, numbers and accounts as people type them, in the form that is compared.

use crm::Refusal;
use crm::records::IdentityKind;
use extractors::contacts::{Options, SpanKind, extract};

/// A channel in the form that is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Channel {
    /// What kind.
    pub kind: IdentityKind,
    /// Its normal form.
    pub value: String,
}

/// The kind of channel that a key names.
pub(super) fn kind_named(key: &str) -> Option<IdentityKind> {
    match key {
        "e-mail" | "mail" => Some(IdentityKind::Email),
        "tel" | "mobile" => Some(IdentityKind::Phone),
        "web" => Some(IdentityKind::Domain),
        other => IdentityKind::parse(other),
    }
}

/// Every channel that a name may be; none when it looks like no channel.
pub(super) fn looks_like(name: &str, region: Option<String>) -> Vec<Channel> {
    let name = name.trim().trim_matches(['<', '>']);
    let of = |kind, value: &str| Channel { kind, value: value.to_owned() };
    let lower = name.to_lowercase();
    if name.is_empty() || name.len() > 320 {
        return Vec::new();
    }
    if !name.contains(char::is_alphabetic) {
        return phone(name, region).map(|n| of(IdentityKind::Phone, &n)).into_iter().collect();
    }
    if name.contains(char::is_whitespace) {
        return Vec::new();
    }
    if let Some(account) = lower.strip_prefix('@') {
        if account.contains(':') {
            return vec![of(IdentityKind::Matrix, name)];
        }
        return [
            IdentityKind::Telegram,
            IdentityKind::Discord,
            IdentityKind::Github,
            IdentityKind::Linkedin,
            IdentityKind::Twitter,
        ]
        .map(|kind| of(kind, account))
        .into();
    }
    if lower.contains('@') {
        let address = lower.strip_prefix("mailto:").unwrap_or(&lower);
        return vec![of(IdentityKind::Email, address)];
    }
    if lower.contains('.') {
        let host = lower.split_once("://").map_or(lower.as_str(), |(_, host)| host);
        let host = host.strip_prefix("www.").unwrap_or(host).trim_end_matches('/');
        return vec![of(IdentityKind::Domain, host)];
    }
    Vec::new()
}

/// An account that is named by its network and its id there, as networks with menus on people name
/// it: `discord:80351110224678912`.
pub(super) fn account(name: &str) -> Option<(IdentityKind, &str)> {
    let (network, id) = name.trim().split_once(':')?;
    let kind = IdentityKind::parse(network)?;
    let is_network = matches!(
        kind,
        IdentityKind::Discord
            | IdentityKind::Telegram
            | IdentityKind::Matrix
            | IdentityKind::Github
    );
    (is_network && !id.is_empty() && !id.contains(char::is_whitespace)).then_some((kind, id))
}

/// A phone number in E.164; a national one is read as one of the region.
pub(super) fn phone(given: &str, region: Option<String>) -> Option<String> {
    let given = given.trim();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let all = digits(given);
    // The word before it says that the digits are no date and no price.
    let found = extract(&format!("phone {given}"), &Options { region, ..Options::default() });
    let whole = found.spans.iter().find(|span| {
        matches!(span.kind, SpanKind::Phone | SpanKind::Fax) && digits(&span.text) == all
    });
    if let Some(span) = whole {
        return Some(span.value.split(';').next().unwrap_or_default().to_owned());
    }
    // A number that no plan knows of, but that is written with its country.
    let is_plain = |c: char| c.is_ascii_digit() || " ()-./\u{a0}".contains(c);
    let rest = given.strip_prefix('+')?;
    ((7..=15).contains(&all.len()) && rest.chars().all(is_plain)).then(|| format!("+{all}"))
}

/// The value of a new channel, in the form that is compared where that takes more than the
/// door knows.
///
/// # Errors
/// A refusal when a phone number cannot be read.
pub(super) fn value_for(
    kind: IdentityKind,
    given: &str,
    region: Option<String>,
) -> Result<String, Refusal> {
    if kind != IdentityKind::Phone {
        return Ok(given.to_owned());
    }
    phone(given, region).ok_or_else(|| {
        let shown = given.chars().take(60).collect::<String>();
        Refusal::invalid(format!(
            "“{shown}” is no phone number that I can read. Write it with its country code, like \
             phone:+49 30 901820."
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_read_with_its_country_or_as_one_of_the_region() {
        let check = |given: &str, region: Option<&str>, expected: Option<&str>| {
            assert_eq!(phone(given, region.map(str::to_owned)).as_deref(), expected, "{given}");
        };
        check("+49 151 23456789", None, Some("+4915123456789"));
        check("+49 (0)30 901820", Some("DE"), Some("+4930901820"));
        check("+49 30 901820", None, Some("+4930901820"));
        check("+4930901820", None, Some("+4930901820"));
        check("0151/23456789", Some("DE"), Some("+4915123456789"));
        check("0151 23456789", Some("de"), Some("+4915123456789"));
        check("030 901820", Some("DE"), Some("+4930901820"));
        check("0049 151 23456789", Some("DE"), Some("+4915123456789"));
        check("0151/23456789", None, None);
        check("12", Some("DE"), None);
        check("call me", Some("DE"), None);
    }

    #[test]
    fn the_example_of_a_refused_number_is_taken() {
        let refusal = value_for(IdentityKind::Phone, "soon", None).expect_err("no number");
        let example = refusal.message.rsplit_once("phone:").map(|(_, e)| e.trim_end_matches('.'));
        assert_eq!(phone(example.expect("an example"), None).as_deref(), Some("+4930901820"));
    }

    #[test]
    fn a_name_that_looks_like_a_channel_is_one() {
        let check = |given: &str, kind: IdentityKind, value: &str| {
            let found = looks_like(given, Some("DE".to_owned()));
            let expected = Channel { kind, value: value.to_owned() };
            assert!(found.contains(&expected), "{given}: {found:?}");
        };
        check("Hans@Globex.example", IdentityKind::Email, "hans@globex.example");
        check("+4930901820", IdentityKind::Phone, "+4930901820");
        check("030 901820", IdentityKind::Phone, "+4930901820");
        check("https://www.globex.example/", IdentityKind::Domain, "globex.example");
        check("@Octo", IdentityKind::Github, "octo");
        check("@anna:acme.io", IdentityKind::Matrix, "@anna:acme.io");
        for name in ["Acme Inc.", "acme", "", "12", "Hans Meier"] {
            assert_eq!(looks_like(name, Some("DE".to_owned())), [], "{name}");
        }
    }
}
