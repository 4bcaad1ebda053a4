//! What stages and transitions are called, and which flows are fit for use.

use super::*;

fn sales() -> Flow {
    let stage = |key: &str, name: &str, kind| Stage {
        key: key.into(),
        name: name.into(),
        kind,
        ..Stage::default()
    };
    Flow {
        key: "sales".into(),
        name: "Sales".into(),
        stages: vec![
            stage("open", "Open", StageKind::Open),
            stage("negotiating", "Negotiating", StageKind::Open),
            stage("won", "Won", StageKind::Won),
        ],
        transitions: Vec::new(),
        owner: None,
        shared_with: Vec::new(),
    }
}

#[test]
fn a_stage_is_found_by_name_key_or_a_clear_beginning() {
    let flow = sales();
    assert_eq!(flow.named(" NEGOTIATING ").map(|s| s.key.as_str()), Ok("negotiating"));
    assert_eq!(flow.named("neg").map(|s| s.key.as_str()), Ok("negotiating"));
}

#[test]
fn an_unknown_stage_is_answered_with_the_nearest_and_the_whole_list() {
    let refusal = sales().named("negociating").expect_err("no such stage");
    assert_eq!(
        refusal.message,
        "Sales has no stage called “negociating”. Did you mean Negotiating? \
         Its stages are Open, Negotiating and Won."
    );
}

#[test]
fn without_transitions_every_other_stage_can_be_reached() {
    let flow = sales();
    let ways = flow.ways_from("open");
    assert_eq!(
        ways.iter().map(|(s, _)| s.key.as_str()).collect::<Vec<_>>(),
        ["negotiating", "won"]
    );
}

#[test]
fn a_transition_to_nowhere_is_refused() {
    let mut flow = sales();
    flow.transitions.push(Transition {
        key: "ship".into(),
        name: "Ship".into(),
        from: vec![],
        to: "shipped".into(),
        set: Values::new(),
    });
    assert!(flow.check().expect_err("no such stage").message.contains("shipped"));
}

fn delivery() -> Flow {
    let template = crate::templates::template("delivery").expect("shipped");
    template.blueprints[0].flows[0].clone()
}

#[test]
fn a_stage_and_a_transition_are_both_understood_by_name() {
    let flow = delivery();
    let meant = |from: &str, given: &str| {
        let (stage, transition) = flow.meant(from, given)?;
        Ok::<_, Refusal>((stage.key.clone(), transition.map(|t| t.name.clone())))
    };
    let started = Some("Delivery started".to_owned());
    assert_eq!(meant("pending", "delivery STARTED"), Ok(("in_progress".into(), started)));
    assert_eq!(meant("in_progress", "Delivered"), Ok(("delivered".into(), None)));
    assert_eq!(meant("pending", "in prog"), Ok(("in_progress".into(), None)));
    let refusal = meant("pending", "shipped").expect_err("no such word");
    assert!(refusal.message.contains("Delivery started and Delivered"), "{refusal}");
    let early = flow.transition_from("pending", "delivered").expect_err("not yet");
    assert_eq!(
        early.message,
        "“delivered” cannot be done from PENDING. What can be is Delivery started."
    );
}

#[test]
fn a_flow_that_does_not_hold_together_is_refused() {
    let check = |change: fn(&mut Flow), words: &str| {
        let mut flow = sales();
        change(&mut flow);
        let refusal = flow.check().expect_err(words);
        assert!(refusal.message.contains(words), "{refusal}");
    };
    check(|f| f.stages.clear(), "no stages");
    check(|f| f.stages[1].key = "open".into(), "two stages with the key");
    check(|f| f.stages[1].name = "OPEN".into(), "two stages called");
    check(|f| f.stages[0].probability = 101, "above 100 percent");
    check(|f| f.stages[0].colour = Some("red".into()), "like #2f855a");
    check(|f| f.stages[0].days = Some(0), "allows days");
    check(|f| f.stages[0].rules.activities.push(" ".into()), "without words");
}

#[test]
fn a_rule_sets_only_what_its_column_takes() {
    let deal = crate::templates::template("crm").expect("shipped").blueprints[2].clone();
    let mut flow = deal.flows[0].clone();
    flow.stages[0].rules.set.insert("close_on".into(), "now()".into());
    assert_eq!(flow.check_columns(&deal), Ok(()));
    flow.stages[0].rules.set.insert("close_on".into(), "soon".into());
    assert!(flow.check_columns(&deal).is_err());
    flow.stages[0].rules.set.clear();
    flow.stages[0].requires.push("budget".into());
    assert!(flow.check_columns(&deal).expect_err("no such column").message.contains("budget"));
}

#[test]
fn a_key_is_made_of_a_name_and_never_given_twice() {
    assert_eq!(key_of("Sales (EU)", |_| false), "sales_eu");
    assert_eq!(key_of("Sales", |taken| taken == "sales"), "sales_2");
    assert_eq!(key_of("—", |_| false), "stage");
}
