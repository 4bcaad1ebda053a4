//! Web links, and the people some of them stand for: a GitHub profile is a
//! handle, a repository is only a link.

use std::ops::Range;

use super::lexicon::{is_file_ending, is_host_ending};
use super::{Draft, SpanKind};
use crate::shelter::{self, Link};

/// First path parts of github.com that are not accounts.
const GITHUB_PAGES: &[&str] = &[
    "about",
    "account",
    "apps",
    "blog",
    "codespaces",
    "collections",
    "contact",
    "customer-stories",
    "dashboard",
    "discussions",
    "enterprise",
    "events",
    "explore",
    "features",
    "gist",
    "issues",
    "join",
    "login",
    "logout",
    "marketplace",
    "new",
    "notifications",
    "orgs",
    "organizations",
    "pricing",
    "pulls",
    "readme",
    "search",
    "security",
    "sessions",
    "settings",
    "signup",
    "site",
    "sponsors",
    "stars",
    "team",
    "teams",
    "topics",
    "trending",
    "users",
    "watching",
];
const TELEGRAM_PAGES: &[&str] = &[
    "joinchat",
    "addstickers",
    "addemoji",
    "addlist",
    "share",
    "proxy",
    "socks",
    "s",
    "c",
    "login",
    "iv",
    "bg",
    "setlanguage",
    "invoice",
    "boost",
    "giftcode",
];
const X_PAGES: &[&str] = &[
    "home",
    "i",
    "search",
    "explore",
    "settings",
    "hashtag",
    "intent",
    "share",
    "login",
    "signup",
    "notifications",
    "messages",
    "tos",
    "privacy",
    "about",
    "jobs",
    "compose",
];

/// What the links of a text are.
#[derive(Debug, Default)]
pub(crate) struct Links {
    pub(crate) drafts: Vec<Draft>,
    /// Where links stand, so that nothing reads addresses or numbers in them.
    pub(crate) ranges: Vec<Range<usize>>,
}

pub(crate) fn find(text: &str) -> Links {
    let mut links = Links { drafts: Vec::new(), ranges: Vec::new() };
    for link in shelter::links(text) {
        if link.is_email {
            continue;
        }
        let written = &text[link.range.clone()];
        let lower_head: String = written.chars().take(8).flat_map(char::to_lowercase).collect();
        // The address in a mailto: link is read as an address.
        if lower_head.starts_with("mailto:") || !is_link(text, &link) {
            continue;
        }
        let range = link.range.clone();
        links.ranges.push(range.clone());
        match profile(written) {
            Some(handle) => links.drafts.push(Draft::new(SpanKind::Handle, range, handle, 0.95)),
            None => {
                if let Some(draft) = number_link(written, range.start) {
                    links.drafts.push(draft);
                }
                let confidence = if link.has_scheme { 0.99 } else { 0.9 };
                links.drafts.push(Draft::new(
                    SpanKind::Url,
                    range,
                    normal_form(written),
                    confidence,
                ));
            }
        }
    }
    links
}

/// A link without a scheme needs a host that can exist: `acme.io` but neither
/// `e.g` nor `main.rs`.
fn is_link(text: &str, link: &Link) -> bool {
    if link.has_scheme {
        return true;
    }
    let written = text[link.range.clone()].to_lowercase();
    let host = written.split(['/', '?', '#', ':']).next().unwrap_or(&written);
    let Some((_, ending)) = host.rsplit_once('.') else {
        return false;
    };
    let stands_free = !text[..link.range.start].ends_with(['@', '/', '\\', '_', '-', '.', ':'])
        || text[..link.range.start].ends_with(": ");
    stands_free
        && is_host_ending(ending)
        && (written.contains('/') || host.starts_with("www.") || !is_file_ending(ending))
}

/// Scheme and host in lower case, the rest as it stands.
fn normal_form(written: &str) -> String {
    let host_start = written.find("://").map_or(0, |at| at + 3);
    let host_end =
        written[host_start..].find(['/', '?', '#']).map_or(written.len(), |at| host_start + at);
    format!("{}{}", written[..host_end].to_lowercase(), &written[host_end..])
}

/// The account a link is the page of.
fn profile(written: &str) -> Option<String> {
    let rest = written.split_once("://").map_or(written, |(_, rest)| rest);
    let (host, path) = rest.split_once('/')?;
    let host = host.to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    let host = host.strip_prefix("mobile.").unwrap_or(host);
    if host == "matrix.to" {
        return matrix_to(path);
    }
    let path = path.split(['?', '#']).next().unwrap_or(path).trim_end_matches('/');
    let parts: Vec<&str> = path.split('/').collect();
    let name = |user: &str, pages: &[&str]| {
        let user = user.strip_prefix('@').unwrap_or(user).to_lowercase();
        let fits = (1..=40).contains(&user.len())
            && user.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
            && user.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && !pages.contains(&user.as_str());
        fits.then_some(user)
    };
    let (network, user) = match (host, &parts[..]) {
        ("github.com", [user]) => ("github", name(user, GITHUB_PAGES)?),
        ("t.me" | "telegram.me", [user]) => ("telegram", name(user, TELEGRAM_PAGES)?),
        ("x.com" | "twitter.com", [user]) => ("x", name(user, X_PAGES)?),
        (host, ["in", user] | ["in", user, _])
            if host == "linkedin.com" || host.ends_with(".linkedin.com") =>
        {
            ("linkedin", linkedin_name(user)?)
        }
        (host, ["company", page]) if host == "linkedin.com" || host.ends_with(".linkedin.com") => {
            ("linkedin", format!("company/{}", linkedin_name(page)?))
        }
        _ => return None,
    };
    Some(format!("{network}:{user}"))
}

fn linkedin_name(user: &str) -> Option<String> {
    let fits = !user.is_empty()
        && user.len() <= 200
        && user.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '%'));
    fits.then(|| user.to_lowercase())
}

/// `matrix.to/#/@user:server`
fn matrix_to(path: &str) -> Option<String> {
    let id = path.strip_prefix("#/")?;
    let id = id.split('?').next().unwrap_or(id);
    let id = id.replace("%40", "@").replace("%3A", ":").replace("%3a", ":");
    let (user, server) = id.strip_prefix('@')?.split_once(':')?;
    let fits = !user.is_empty() && server.contains('.') && !server.contains('/');
    fits.then(|| format!("matrix:{}", id.to_lowercase()))
}

/// `https://wa.me/4915112345678` and `tel:` carry a number.
fn number_link(written: &str, start: usize) -> Option<Draft> {
    let lower = written.to_lowercase();
    let host_at = lower.find("://").map_or(0, |at| at + 3);
    let number_at = host_at + lower[host_at..].strip_prefix("wa.me/").map(|_| "wa.me/".len())?;
    let digits = lower[number_at..].split(['?', '/']).next().unwrap_or_default();
    let plain = digits.strip_prefix('+').unwrap_or(digits);
    if !(7..=15).contains(&plain.len()) || !plain.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let range = start + number_at..start + number_at + digits.len();
    Some(Draft::new(SpanKind::Phone, range, format!("+{plain}"), 0.9))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(SpanKind, &str)]) {
        let found = find(text);
        let values: Vec<(SpanKind, &str)> =
            found.drafts.iter().map(|draft| (draft.kind, draft.value.as_str())).collect();
        assert_eq!(values, expected, "{text:?}");
    }

    #[test]
    fn profiles_are_handles_and_other_pages_are_links() {
        use SpanKind::{Handle, Phone, Url};
        check("gh: github.com/Octo-Cat", &[(Handle, "github:octo-cat")]);
        check("https://github.com/acme/tool", &[(Url, "https://github.com/acme/tool")]);
        check("https://github.com/pricing", &[(Url, "https://github.com/pricing")]);
        check("https://de.linkedin.com/in/kim-roe-1/", &[(Handle, "linkedin:kim-roe-1")]);
        check("t.me/kim_roe", &[(Handle, "telegram:kim_roe")]);
        check("https://t.me/+AbC", &[(Url, "https://t.me/+AbC")]);
        check("https://t.me/joinchat/x", &[(Url, "https://t.me/joinchat/x")]);
        check("https://x.com/kimroe", &[(Handle, "x:kimroe")]);
        check("linkedin.com/company/acme", &[(Handle, "linkedin:company/acme")]);
        check("x.com/kimroe/status/1", &[(Url, "x.com/kimroe/status/1")]);
        check("https://matrix.to/#/@kim:acme.io", &[(Handle, "matrix:@kim:acme.io")]);
        check(
            "https://wa.me/14155552671",
            &[(Phone, "+14155552671"), (Url, "https://wa.me/14155552671")],
        );
    }

    #[test]
    fn links_end_where_the_sentence_goes_on() {
        use SpanKind::Url;
        check("see https://ACME.io/A_(b), ok", &[(Url, "https://acme.io/A_(b)")]);
        check("<https://globex.io>", &[(Url, "https://globex.io")]);
        check("[guide](https://globex.io/guide)", &[(Url, "https://globex.io/guide")]);
        check("acme.io!", &[(Url, "acme.io")]);
        check("e.g. main.rs, v1.2.3, node.js", &[]);
    }
}
