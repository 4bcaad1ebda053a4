//! Which company a domain or an e-mail address speaks for: the domain that can be registered
//! (`mail.shop.acme.co.uk` is Acme's `acme.co.uk`), by the Public Suffix List. Addresses at
//! providers where anybody gets one speak for nobody.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Providers of mail for everybody, by the domain that can be registered. We compiled the list
/// ourselves from what the providers say of their own addresses; it is under this project's
/// licence.
const FREE_MAIL: &str = include_str!("domains/free_mail.txt");

/// The site that a domain, address or host belongs to, in ASCII and lower case (`acme.co.uk`).
/// None for what can belong to no company: a public suffix itself, a bare name, a number, and
/// free mail.
pub fn site_of(domain_or_address: &str) -> Option<String> {
    let host = domain_or_address.rsplit('@').next()?.trim().trim_end_matches('.');
    let host = idna::domain_to_ascii(host).ok()?;
    let is_address = host.parse::<std::net::Ipv4Addr>().is_ok() || host.contains(':');
    let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    if is_address || !plain {
        return None;
    }
    let site = psl::domain_str(&host)?;
    (!is_free_mail(site)).then(|| site.to_owned())
}

/// Whether anybody gets an address at this site.
pub fn is_free_mail(site: &str) -> bool {
    static SITES: LazyLock<HashSet<&str>> = LazyLock::new(|| FREE_MAIL.lines().collect());
    SITES.contains(site)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_belongs_to_the_domain_that_can_be_registered() {
        let check = |given: &str, site: Option<&str>| {
            assert_eq!(site_of(given).as_deref(), site, "{given}");
        };
        check("anna@acme.io", Some("acme.io"));
        check("Anna@Mail.Shop.ACME.co.uk", Some("acme.co.uk"));
        check("acme.co.uk.", Some("acme.co.uk"));
        check("anna@müller.de", Some("xn--mller-kva.de"));
        check("xn--mller-kva.de", Some("xn--mller-kva.de"));
        // Whoever has a page there is not the one who has the next.
        check("anna.github.io", Some("anna.github.io"));
        check("co.uk", None);
        check("localhost", None);
        check("anna@127.0.0.1", None);
        check("anna@[::1]", None);
        check("", None);
    }

    #[test]
    fn free_mail_speaks_for_no_company() {
        for address in ["a@gmail.com", "a@GMX.de", "a@yahoo.co.uk", "a@proton.me", "a@qq.com"] {
            assert_eq!(site_of(address), None, "{address}");
        }
    }

    #[test]
    fn each_provider_is_listed_once_by_its_registrable_domain() {
        let lines = FREE_MAIL.lines().collect::<Vec<_>>();
        assert!(lines.len() > 100);
        assert!(lines.is_sorted_by(|a, b| a < b), "in order and each once");
        for line in lines {
            assert_eq!(psl::domain_str(line), Some(line));
        }
    }
}
