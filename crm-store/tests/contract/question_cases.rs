//! Questions to a language model: asked until they are answered, and answered once.

use chrono::TimeDelta;
use crm::chat::{Author, Place};
use crm::commands::{
    AcceptProposal, DiscardProposal, ImproveProposal, LeftOut, ProposeRecords, ReopenProposal,
};
use crm::facts::FactBody;
use crm::ids::ProposalId;
use crm::proposals::{
    CapturedMessage, FieldEffect, MODEL, Proposal, ProposedField, ProposedRecord, Slot, SourceSpan,
};
use crm::questions::{ClaimedQuestion, Question};
use crm::{Cause, Command};
use serde_json::json;

use crate::ground::Ground;
use crate::team::Team;

const TEXT: &str = "Ola Berg runs the warehouse";

fn field(slot: Slot, value: &str, extractor: &str) -> ProposedField {
    let source = SourceSpan {
        message: 0,
        start: 0,
        end: 8,
        sentence: TEXT.into(),
        extractor: extractor.into(),
        confidence: 60,
        inferred: false,
    };
    ProposedField { slot, value: json!(value), source, effect: FieldEffect::Create }
}

fn proposed(text: &str, instead_of: Option<ProposalId>) -> Command {
    let message = CapturedMessage {
        place: Place::new("console", "sales"),
        message: "1".into(),
        author: Author { network: "console".into(), id: "1".into(), name: "Rosa".into() },
        text: text.into(),
        at: chrono::DateTime::UNIX_EPOCH,
        permalink: None,
    };
    Command::ProposeRecords(ProposeRecords {
        messages: vec![message],
        records: vec![ProposedRecord {
            blueprint: "person".into(),
            title: "Ola Berg".into(),
            fields: vec![field(Slot::Title, "Ola Berg", "name")],
            existing: None,
            warning: None,
            left_out: false,
        }],
        links: Vec::new(),
        tasks: Vec::new(),
        summary: None,
        instead_of,
        ask_model: true,
    })
}

async fn propose(team: &Team) -> ProposalId {
    let outcome = team.run(&team.rosa, proposed(TEXT, None)).await;
    serde_json::from_value(outcome.data["proposal"].clone()).expect("an id")
}

async fn claim(team: &Team) -> Option<ClaimedQuestion> {
    team.crm.hub().claim_question("worker", team.now(), 30).await.expect("asked")
}

async fn question(team: &Team, proposal: &ProposalId) -> Question {
    team.read().await.question(proposal).await.expect("read").expect("it is there")
}

async fn proposal(team: &Team, id: &ProposalId) -> Proposal {
    team.read().await.proposal(id).await.expect("read").expect("it is there")
}

/// Answers a round with a position for Ola.
async fn answer(team: &Team, proposal: &ProposalId, round: i64) {
    let position = field(Slot::Column("job_title".into()), "runs the warehouse", MODEL);
    end(team, proposal, round, vec![(0, position)], None).await;
}

/// Ends a round: with what was found, or with the reason why nothing comes of it.
async fn end(
    team: &Team,
    proposal: &ProposalId,
    round: i64,
    fields: Vec<(usize, ProposedField)>,
    given_up: Option<&str>,
) {
    let improve = ImproveProposal {
        proposal: proposal.clone(),
        round,
        fields,
        records: Vec::new(),
        links: Vec::new(),
        tasks: Vec::new(),
        given_up: given_up.map(str::to_owned),
    };
    team.run(&team.system(), Command::ImproveProposal(improve)).await;
}

pub async fn a_question_is_asked_by_one_worker_until_it_is_answered(ground: Ground) {
    let team = Team::start(&ground).await;
    assert_eq!(claim(&team).await, None);
    let id = propose(&team).await;
    let first = claim(&team).await.expect("a question");
    assert_eq!((&first.proposal, first.round, first.attempts), (&id, 1, 0));
    assert_eq!(claim(&team).await, None, "it is leased");
    team.pass(TimeDelta::seconds(31));
    assert_eq!(claim(&team).await.as_ref(), Some(&first), "its worker died");
    team.crm.hub().release_leases("worker").await.expect("freed");
    assert_eq!(claim(&team).await.as_ref(), Some(&first), "its worker came back");

    let at = team.now() + TimeDelta::seconds(5);
    team.crm.hub().retry_question(&first, at, "no answer").await.expect("noted");
    assert_eq!(claim(&team).await, None, "it waits for its next try");
    team.pass(TimeDelta::seconds(6));
    let second = claim(&team).await.expect("a question");
    assert_eq!(second.attempts, 1);
    assert_eq!(question(&team, &id).await.why.as_deref(), Some("no answer"));
    end(&team, &id, second.round, Vec::new(), Some("no answer at all")).await;
    team.pass(TimeDelta::days(1));
    assert_eq!(claim(&team).await, None, "it was given up");
    let kept = question(&team, &id).await;
    assert_eq!((kept.attempts, kept.why.as_deref()), (1, Some("no answer at all")));
    assert!(kept.ended_at.is_some());
}

pub async fn an_answer_adds_once_to_what_it_was_asked_about(ground: Ground) {
    let team = Team::start(&ground).await;
    let id = propose(&team).await;
    let asked = claim(&team).await.expect("a question");
    assert_eq!(asked.cause(), format!("model:{id}:1"));

    // More was captured while the model thought: that is another question.
    team.run(&team.rosa, proposed(&format!("{TEXT}, she says"), Some(id.clone()))).await;
    answer(&team, &id, asked.round).await;
    assert_eq!(proposal(&team, &id).await.records[0].fields.len(), 1);
    let late = team.now() + TimeDelta::seconds(5);
    team.crm.hub().retry_question(&asked, late, "too late").await.expect("noted");
    let again = claim(&team).await.expect("the second question");
    assert_eq!((again.round, again.attempts), (2, 0));

    let mut before = proposal(&team, &id).await;
    answer(&team, &id, again.round).await;
    let after = proposal(&team, &id).await;
    assert_eq!(after.records[0].fields.len(), 2);
    assert!(after.records[0].fields[1].source.is_by_model());
    before.records[0].fields.push(after.records[0].fields[1].clone());
    assert_eq!(after, before, "nothing else is changed");
    let facts = team.read().await.newest_facts(10).await.expect("read");
    let is_told = |body: &FactBody| *body == FactBody::ProposalImproved { proposal: id.clone() };
    assert!(facts.iter().any(|fact| is_told(&fact.body)));
    assert_eq!(question(&team, &id).await.why.as_deref(), Some("answered; values added: 1"));
    answer(&team, &id, again.round).await;
    assert_eq!(proposal(&team, &id).await, after, "a second answer adds nothing");
    assert_eq!(claim(&team).await, None);
}

pub async fn what_somebody_decided_is_not_improved_any_more(ground: Ground) {
    let team = Team::start(&ground).await;
    for accepts in [true, false] {
        let id = propose(&team).await;
        let asked = claim(&team).await.expect("a question");
        let proposal_id = id.clone();
        let decide = if accepts {
            Command::AcceptProposal(AcceptProposal {
                proposal: proposal_id,
                use_probable: false,
                without: Vec::new(),
                changes: Vec::new(),
                stage: None,
                without_tasks: LeftOut::default(),
                task_changes: Vec::new(),
                summary: None,
            })
        } else {
            Command::DiscardProposal(DiscardProposal { proposal: proposal_id })
        };
        team.run(&team.rosa, decide).await;
        answer(&team, &id, asked.round).await;
        // Also when it is open again: they know it as it was.
        let reopen = ReopenProposal { proposal: id.clone() };
        team.run(&team.rosa, Command::ReopenProposal(reopen)).await;
        answer(&team, &id, asked.round).await;
        assert_eq!(proposal(&team, &id).await.records[0].fields.len(), 1);
        assert_eq!(question(&team, &id).await.why.as_deref(), Some("it was decided"));
        assert_eq!(claim(&team).await, None);
    }
}

pub async fn nobody_is_asked_about_what_was_never_committed(ground: Ground) {
    let team = Team::start(&ground).await;
    let cause = || Cause::new("chat:1");
    let outcome = team.crm.run(&team.viewer, cause(), proposed(TEXT, None)).await;
    assert!(outcome.is_err(), "a viewer proposes nothing");
    assert_eq!(claim(&team).await, None);
    let Command::ProposeRecords(input) = proposed(TEXT, None) else { panic!("another command") };
    let unasked = Command::ProposeRecords(ProposeRecords { ask_model: false, ..input });
    team.run(&team.rosa, unasked).await;
    assert_eq!(claim(&team).await, None, "there is no model");
    for _ in 0..2 {
        team.crm.run(&team.rosa, cause(), proposed(TEXT, None)).await.expect("proposed");
    }
    assert!(claim(&team).await.is_some());
    assert_eq!(claim(&team).await, None, "one cause asks once");
}
