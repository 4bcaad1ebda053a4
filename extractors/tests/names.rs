//! Whatever the text is: names, records and sentences are read without a panic, and what is found
//! lies in the text.

use extractors::identities::{Identity, Kind, merge, with_suggestions};
use extractors::naming::{compare_organisations, compare_other, compare_people, kind_of, parts_of};
use extractors::tagger;
use proptest::prelude::*;

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[A-Za-z'’(\",.@+& -]{0,30}",
        prop::sample::select(vec![
            "Dr.",
            "von",
            "Jr.",
            "Jane",
            "王小明",
            "Юлия",
            "🚀",
            "GmbH",
            "at law"
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_name_comes_apart_and_compares(one in text(), other in text()) {
        kind_of(&one);
        parts_of(&one);
        for compare in [compare_people, compare_organisations, compare_other] {
            let score = compare(&one, &other).score;
            prop_assert!((0.0..=1.0).contains(&score));
        }
    }

    #[test]
    fn any_records_are_merged(names in prop::collection::vec((text(), text(), any::<bool>()), 0..8)) {
        let records: Vec<Identity> = names
            .into_iter()
            .map(|(name, email, is_company)| Identity {
                kind: if is_company { Kind::Organisation } else { Kind::Person },
                name: Some(name),
                phones: vec![email.clone()],
                handles: vec![email.clone()],
                birth_date: Some(email.clone()),
                address: Some(email.clone()),
                emails: vec![email],
                ..Identity::default()
            })
            .collect();
        let merged = merge(&records);
        prop_assert_eq!(merged.groups.len(), records.len());
        prop_assert_eq!(with_suggestions(&merged).len(), records.len());
        prop_assert!(merged.suggestions.iter().all(|s| s.one < s.other && s.other < records.len()));
    }

    #[test]
    fn tagged_names_lie_in_the_text(text in text()) {
        for name in tagger::tag(&text) {
            prop_assert!(text.get(name.range.clone()).is_some_and(|name| !name.is_empty()));
            prop_assert!((0.0..=1.0).contains(&name.probability));
        }
    }
}
