//! What answers come to.

use serde_json::json;

use super::*;
use crate::env::Env;

fn criterion(env: &Env, weight: i64, scale: Scale) -> Criterion {
    Criterion {
        id: CriterionId::fresh(env),
        product: ProductId::fresh(env),
        name: "Budget".into(),
        question: String::new(),
        weight,
        assessor: Assessor::Hand,
        scale,
        position: 0,
        archived: false,
        version: 1,
    }
}

fn answered(env: &Env, criterion: &Criterion, value: Option<i64>) -> Assessment {
    Assessment {
        id: AssessmentId::fresh(env),
        record: RecordId::fresh(env),
        criterion: criterion.id.clone(),
        number: 1,
        value,
        by_rule: false,
        member: None,
        reason: None,
        evidence: Vec::new(),
        undoes: None,
        at: env.now(),
    }
}

#[test]
fn a_score_is_the_weighted_mean_of_what_is_known_and_says_how_much_that_is() {
    let env = Env::system();
    let all = [
        criterion(&env, 1, Scale::Percent),
        criterion(&env, 2, Scale::YesNo),
        criterion(&env, 5, Scale::YesNo),
    ];
    let live = all.iter().collect::<Vec<_>>();
    let mut latest = Latest::new();
    assert_eq!(score_of(&live, &latest), None, "nothing is known");
    latest.insert(all[0].id.clone(), answered(&env, &all[0], Some(50)));
    assert_eq!(score_of(&live, &latest), Some((50, 12)));
    latest.insert(all[1].id.clone(), answered(&env, &all[1], Some(100)));
    assert_eq!(score_of(&live, &latest), Some((83, 37)));
    let lines = explained(&live, &latest);
    let adds = lines.iter().map(|line| (line.answer.as_str(), line.adds)).collect::<Vec<_>>();
    assert_eq!(adds, [("50 of 100", Some(16.7)), ("yes", Some(66.7)), ("not known", None)]);
    // What is taken back is known no more; what is archived counts no more.
    latest.insert(all[0].id.clone(), answered(&env, &all[0], None));
    assert_eq!(score_of(&live, &latest), Some((100, 25)));
    let mut archived = all.clone();
    archived[2].archived = true;
    assert_eq!(score_of(&archived.iter().collect::<Vec<_>>(), &latest), Some((100, 66)));
}

#[test]
fn an_answer_is_read_as_its_scale_wants_it() {
    let env = Env::system();
    let yes_no = criterion(&env, 1, Scale::YesNo);
    let percent = criterion(&env, 1, Scale::Percent);
    for (given, read) in [
        (json!("Yes"), Some(100)),
        (json!(false), Some(0)),
        (json!(null), None),
        (json!(0), Some(0)),
    ] {
        assert_eq!(yes_no.answer(&given), Ok(read), "{given}");
    }
    assert_eq!(percent.answer(&json!("70 %")), Ok(Some(70)));
    assert_eq!(percent.answer(&json!(100)), Ok(Some(100)));
    for (criterion, given) in [(&yes_no, json!(70)), (&percent, json!(101)), (&percent, json!("x"))]
    {
        let refusal = criterion.answer(&given).expect_err("it is refused").message;
        assert!(refusal.starts_with("Budget takes "), "{refusal}");
    }
    assert_eq!(percent.shown(Some(70)), "70 of 100");
    assert_eq!(yes_no.shown(Some(100)), "yes");
}
