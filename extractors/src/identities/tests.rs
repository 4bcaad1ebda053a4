//! Stories of merging, as people would tell them.

use super::*;

fn person(name: &str, email: &str) -> Identity {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Identity { name: some(name), emails: some(email).into_iter().collect(), ..Identity::default() }
}

/// Whether two records become one without asking, and how sure a suggestion is.
fn pair(one: Identity, other: Identity) -> (bool, f32) {
    let merged = merge(&[one, other]);
    let score = merged.suggestions.first().map_or(0.0, |suggestion| suggestion.score);
    (merged.groups[0] == merged.groups[1], score)
}

#[test]
fn an_address_of_ones_own_merges() {
    assert!(pair(person("Jane", "jane.doe+crm@gmail.com"), person("", "janedoe@googlemail.com")).0);
    assert!(
        pair(
            person("octo", "7+octo@users.noreply.github.com"),
            person("Kim", "octo@users.noreply.github.com")
        )
        .0
    );
}

#[test]
fn a_mailbox_of_many_never_merges() {
    for mailbox in ["info@acme.io", "sales@acme.io", "devnull@localhost", "?@?"] {
        assert!(!pair(person("Jane", mailbox), person("Bob", mailbox)).0, "{mailbox}");
    }
}

#[test]
fn an_address_with_three_names_is_a_mailbox_of_many() {
    let names = ["Jane Roe", "Bob Moss", "Kim Poe", "Jane Roe"];
    let records: Vec<Identity> = names.iter().map(|name| person(name, "desk@acme.io")).collect();
    let merged = merge(&records);
    assert_eq!(merged.groups, [0, 1, 2, 3]);
}

#[test]
fn a_name_alone_is_only_suggested() {
    let (is_one, score) =
        pair(person("Jane Roe", "jane@acme.io"), person("Roe, Jane", "jr@web.de"));
    assert!(!is_one && score > Suggestion::LIKELY);
}

#[test]
fn what_may_be_is_asked_about() {
    let account =
        |handle: &str| Identity { handles: vec![handle.to_owned()], ..Identity::default() };
    let maybes = [
        (person("", "jane@acme.io"), person("", "jane@acme.com")),
        (person("J. Roe", ""), person("Jane Roe", "")),
        (person("ann", ""), person("Anna", "")),
        (account("telegram:jroe"), account("x:jroe")),
    ];
    for (one, other) in maybes {
        let names = format!("{:?} {:?}", one.name, one.emails);
        let (is_one, score) = pair(one, other);
        assert!(!is_one && score > 0.0, "{names}: {score}");
    }
}

#[test]
fn namesakes_in_two_companies_stay_two() {
    let at =
        |company: &str| Identity { company: Some(company.to_owned()), ..person("Jane Roe", "") };
    let (is_one, _) = pair(at("Acme Inc."), at("Globex Ltd"));
    assert!(!is_one);
}

#[test]
fn look_alike_letters_are_never_merged() {
    let (is_one, score) = pair(person("Jаne Roe", ""), person("Jane Roe", ""));
    assert!(!is_one && score < Suggestion::LIKELY);
}

#[test]
fn every_suggestion_says_why() {
    let merged = merge(&[person("Jane Roe", "jane@acme.io"), person("Jane Roe", "jane@web.de")]);
    let suggestion = &merged.suggestions[0];
    assert!(suggestion.why.iter().any(|reason| reason.text.contains("Jane Roe")), "{suggestion:?}");
    assert_eq!(with_suggestions(&merged), [0, 0]);
}

#[test]
fn likely_suggestions_join_what_they_name() {
    let merged = Merged {
        groups: vec![0, 1, 2],
        suggestions: vec![
            Suggestion { one: 0, other: 1, score: 0.9, why: Vec::new() },
            Suggestion { one: 1, other: 2, score: 0.2, why: Vec::new() },
        ],
    };
    assert_eq!(with_suggestions(&merged), [0, 0, 2]);
}

#[test]
fn nothing_comes_of_nothing() {
    assert_eq!(merge(&[]), Merged::default());
    let merged = merge(&[Identity::default(), Identity::default()]);
    assert_eq!(merged.groups, [0, 1]);
    assert!(merged.suggestions.is_empty());
}
