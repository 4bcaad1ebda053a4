//! Improving proposals: what a language model found beside what is proposed already. It only adds,
//! to a proposal that nobody has decided, and every value says that it is the model's; a person
//! still accepts. What breaks one of these rules is left out, whoever asked for it. A proposal that
//! was waiting for the model alone, and gets nothing, is discarded.

use super::{Done, Work};
use crate::commands::ImproveProposal;
use crate::errors::Result;
use crate::facts::FactBody;
use crate::proposals::{
    FieldEffect, Proposal, ProposalStatus, ProposedField, ProposedLink, ProposedRecord,
    ProposedTask, Slot, SourceSpan,
};

/// The most records that a model adds to one proposal.
const FURTHER_RECORDS_MAX: usize = 20;
/// The most things to do that a model adds to one proposal.
const FURTHER_TASKS_MAX: usize = 10;
/// The most values that a record of a proposal has with what a model adds.
const FIELDS_MAX: usize = 24;

impl Work<'_> {
    pub(super) async fn improve_proposal(&mut self, input: ImproveProposal) -> Result<Done> {
        let question = self.tx.question(&input.proposal).await?;
        let is_awaited =
            |q: &crate::questions::Question| q.round == input.round && q.ended_at.is_none();
        // More was captured, or it was answered: then this answers nothing any more.
        if !question.is_some_and(|q| is_awaited(&q)) {
            return Ok(Done::default());
        }
        let open = self.tx.proposal(&input.proposal).await?;
        let Some(mut proposal) = open.filter(|one| one.status == ProposalStatus::Open) else {
            let why = "there is nothing to add to any more";
            self.tx.end_question(&input.proposal, why, self.now).await?;
            return Ok(Done::default());
        };
        let given_up = input.given_up.clone();
        let added = add(&mut proposal, input);
        let why = given_up.unwrap_or_else(|| format!("answered; values added: {added}"));
        self.tx.end_question(&proposal.id, &why, self.now).await?;
        if added > 0 {
            self.tx.update_proposal(&proposal).await?;
            self.facts.push(FactBody::ProposalImproved { proposal: proposal.id.clone() });
        } else if proposal.is_empty() {
            proposal.status = ProposalStatus::Discarded;
            proposal.decided_at = Some(self.now);
            self.tx.update_proposal(&proposal).await?;
            self.facts.push(FactBody::ProposalDecided {
                proposal: proposal.id.clone(),
                accepted: false,
                records: Vec::new(),
            });
        } else {
            return Ok(Done::default());
        }
        self.refresh_proposal(&proposal.id, None, false).await?;
        Ok(Done::default())
    }
}

/// Adds to a proposal what may be added, and gives how many values and relations that are.
fn add(proposal: &mut Proposal, input: ImproveProposal) -> usize {
    let mut added = 0;
    for (place, field) in input.fields {
        if field.slot != Slot::Title && may_add(proposal, place, &field) {
            proposal.records[place].fields.push(field);
            added += 1;
        }
    }
    // Where each further record came to stand, for the relations.
    let known = proposal.records.len();
    let mut places = (0..known).map(Some).collect::<Vec<_>>();
    for record in input.records {
        let room = proposal.records.len() - known < FURTHER_RECORDS_MAX;
        let further = if room { further_record(proposal, record) } else { None };
        places.push(further.map(|record| {
            added += record.fields.len();
            proposal.records.push(record);
            proposal.records.len() - 1
        }));
    }
    for link in input.links {
        let end = |at: usize| places.get(at).copied().flatten();
        let (Some(from), Some(to)) = (end(link.from), end(link.to)) else { continue };
        // A deal may have several contacts; somebody works at one company.
        let is_one_of_several = link.kind == "contact";
        let is_said = |known: &ProposedLink| {
            known.from == from && known.kind == link.kind && (known.to == to || !is_one_of_several)
        };
        if from != to && !proposal.links.iter().any(is_said) {
            proposal.links.push(ProposedLink { from, to, kind: link.kind, by_model: true });
            added += 1;
        }
    }
    let tasks = proposal.tasks.len();
    for mut task in input.tasks {
        let end = |at: usize| places.get(at).copied().flatten();
        task.about = task.about.into_iter().filter_map(end).collect();
        if proposal.tasks.len() - tasks < FURTHER_TASKS_MAX && may_do(proposal, &task) {
            // Who does it is for people to say.
            proposal.tasks.push(ProposedTask { assignee: None, ..task });
            added += 1;
        }
    }
    added
}

/// Whether something may join what there is to do: it stands there, and nothing that was found
/// before says the same.
fn may_do(proposal: &Proposal, task: &ProposedTask) -> bool {
    let is_said = |known: &ProposedTask| {
        let (at, other) = (&task.source, &known.source);
        let overlaps = at.message == other.message && at.start < other.end && other.start < at.end;
        overlaps || crate::folding::fold(&known.title) == crate::folding::fold(&task.title)
    };
    task.effect == FieldEffect::Create
        && !task.title.trim().is_empty()
        && !task.source.inferred
        && !proposal.tasks.iter().any(is_said)
        && stands(proposal, &task.source)
        && task.due_on.is_some() == task.due_source.is_some()
        && task.due_source.as_ref().is_none_or(|day| stands(proposal, day))
}

/// Whether a value may join a record that is proposed already.
fn may_add(proposal: &Proposal, place: usize, field: &ProposedField) -> bool {
    let Some(record) = proposal.records.get(place) else { return false };
    let is_free = match &field.slot {
        Slot::Title => false,
        Slot::Column(_) => !record.fields.iter().any(|known| known.slot == field.slot),
        Slot::Identity(_) => !is_taken(proposal, field),
    };
    let fits = match field.effect {
        FieldEffect::Create => record.existing.is_none(),
        FieldEffect::Attach => record.existing.is_some(),
        FieldEffect::Same | FieldEffect::Conflict => false,
    };
    is_free
        && fits
        && record.fields.len() < FIELDS_MAX
        && !field.value.is_null()
        && !field.source.inferred
        && stands(proposal, &field.source)
}

/// Whether a channel is somebody's already; it stays theirs.
fn is_taken(proposal: &Proposal, field: &ProposedField) -> bool {
    let fields = proposal.records.iter().flat_map(|record| &record.fields);
    fields.into_iter().any(|known| known.slot == field.slot && known.value == field.value)
}

/// A further record without what it may not have. It never takes a record that exists for granted.
fn further_record(proposal: &Proposal, mut record: ProposedRecord) -> Option<ProposedRecord> {
    let is_known = proposal.records.iter().any(|known| {
        known.blueprint == record.blueprint
            && crate::folding::fold(&known.title) == crate::folding::fold(&record.title)
    });
    if is_known || record.title.trim().is_empty() {
        return None;
    }
    if let Some(found) = &mut record.existing {
        found.certain = false;
    }
    record.fields.retain(|field| {
        let is_title = field.slot == Slot::Title;
        let is_channel = matches!(field.slot, Slot::Identity(_));
        (is_title || !field.source.inferred)
            && !(is_channel && is_taken(proposal, field))
            && stands(proposal, &field.source)
    });
    record.fields.truncate(FIELDS_MAX);
    let title = record.fields.iter().find(|field| field.slot == Slot::Title)?;
    (title.value.as_str() == Some(record.title.as_str())).then_some(record)
}

/// Whether a source is the model's and names words that are still there: somebody may have taken
/// the message back since.
fn stands(proposal: &Proposal, source: &SourceSpan) -> bool {
    let message = proposal.messages.get(source.message);
    let length = message.map_or(0, |message| message.text.chars().count());
    source.is_by_model() && source.start < source.end && source.end <= length
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::chat::{Author, Place};
    use crate::proposals::{CapturedMessage, MODEL, Match};
    use crate::records::IdentityKind;

    const TEXT: &str = "Ola Berg runs IT at Initech, +46 8 123 456 78";

    fn field(slot: Slot, value: &str, extractor: &str) -> ProposedField {
        let source = SourceSpan {
            message: 0,
            start: 0,
            end: 8,
            sentence: TEXT.to_owned(),
            extractor: extractor.to_owned(),
            confidence: 60,
            inferred: false,
        };
        ProposedField { slot, value: value.into(), source, effect: FieldEffect::Create }
    }

    fn record(blueprint: &str, title: &str, extractor: &str) -> ProposedRecord {
        ProposedRecord {
            blueprint: blueprint.to_owned(),
            title: title.to_owned(),
            fields: vec![field(Slot::Title, title, extractor)],
            existing: None,
            warning: None,
            left_out: false,
        }
    }

    fn phone(extractor: &str) -> ProposedField {
        field(Slot::Identity(IdentityKind::Phone), "+46812345678", extractor)
    }

    fn column(id: &str, value: &str, extractor: &str) -> ProposedField {
        field(Slot::Column(id.to_owned()), value, extractor)
    }

    fn proposal() -> Proposal {
        let author = Author { network: "x".into(), id: "1".into(), name: "Rosa".into() };
        let message = CapturedMessage {
            place: Place::new("console", "sales"),
            message: "1".to_owned(),
            author,
            text: TEXT.to_owned(),
            at: DateTime::UNIX_EPOCH,
            permalink: None,
        };
        let mut ola = record("person", "Ola Berg", "name");
        ola.fields.push(phone("phone"));
        Proposal {
            id: "prp_06cq3m5v9k2f8h1t".parse().expect("an id"),
            status: ProposalStatus::Open,
            messages: vec![message],
            records: vec![ola, record("company", "Initech", "organisation")],
            links: Vec::new(),
            tasks: Vec::new(),
            summary: None,
            created_by: None,
            created_at: DateTime::UNIX_EPOCH,
            decided_by: None,
            decided_at: None,
            made: Vec::new(),
            made_tasks: Vec::new(),
        }
    }

    fn improvement(
        fields: Vec<(usize, ProposedField)>,
        records: Vec<ProposedRecord>,
        links: Vec<ProposedLink>,
    ) -> ImproveProposal {
        let proposal = proposal().id;
        ImproveProposal {
            proposal,
            round: 1,
            fields,
            records,
            links,
            tasks: Vec::new(),
            given_up: None,
        }
    }

    fn task(title: &str, extractor: &str) -> ProposedTask {
        ProposedTask {
            title: title.to_owned(),
            due_on: None,
            due_at: None,
            assignee: Some("mem_06cq3m5v9k2f8h1t".parse().expect("an id")),
            about: vec![0, 9],
            effect: FieldEffect::Create,
            source: field(Slot::Title, title, extractor).source,
            due_source: None,
        }
    }

    fn link(from: usize, to: usize) -> ProposedLink {
        ProposedLink { from, to, kind: "works_at".to_owned(), by_model: false }
    }

    #[test]
    fn what_was_not_found_before_is_added_as_the_models() {
        let mut improved = proposal();
        let further = record("person", "Kim Roe", MODEL);
        let fields = vec![(0, column("job_title", "runs IT", MODEL))];
        let added = add(&mut improved, improvement(fields, vec![further], vec![link(2, 1)]));
        assert_eq!(added, 3);
        assert_eq!(improved.records.len(), 3);
        assert_eq!(improved.records[0].fields.len(), 3);
        assert_eq!(improved.links, [ProposedLink { by_model: true, ..link(2, 1) }]);
    }

    #[test]
    fn what_was_found_before_is_never_changed_replaced_or_given_to_another() {
        let mut before = proposal();
        before.records[0].fields.push(column("job_title", "CTO", "title"));
        before.links.push(link(0, 1));
        let mut after = before.clone();
        let fields = vec![
            (0, field(Slot::Title, "Somebody Else", MODEL)),
            (0, column("job_title", "runs IT", MODEL)),
            (1, phone(MODEL)),
            (7, column("job_title", "runs IT", MODEL)),
        ];
        let again = record("person", "OLA BERG", MODEL);
        let elsewhere = vec![link(0, 2), link(0, 9)];
        assert_eq!(add(&mut after, improvement(fields, vec![again], elsewhere)), 0);
        assert_eq!(after, before);
    }

    #[test]
    fn a_record_that_exists_is_never_taken_for_granted() {
        let mut improved = proposal();
        let mut kim = record("person", "Kim Roe", MODEL);
        let record = "rec_06cq3m5v9k2f8h1t".parse().expect("an id");
        kim.existing = Some(Match { record, reason: "is called so".into(), certain: true });
        add(&mut improved, improvement(Vec::new(), vec![kim], Vec::new()));
        let found = improved.records[2].existing.as_ref().expect("a question");
        assert!(!found.certain);
    }

    #[test]
    fn values_that_stand_nowhere_or_are_not_said_to_be_the_models_are_left_out() {
        let mut improved = proposal();
        let beyond = |mut field: ProposedField| {
            field.source.end = TEXT.chars().count() + 1;
            field
        };
        let concluded = |mut field: ProposedField| {
            field.source.inferred = true;
            field
        };
        let fields = vec![
            (0, column("job_title", "runs IT", "title")),
            (0, beyond(column("job_title", "runs IT", MODEL))),
            (0, concluded(column("job_title", "runs IT", MODEL))),
        ];
        let mut kim = record("person", "Kim Roe", MODEL);
        kim.fields.push(beyond(column("job_title", "CTO", MODEL)));
        let nobody = record("person", "Nobody", "name");
        add(&mut improved, improvement(fields, vec![kim, nobody], Vec::new()));
        assert_eq!(improved.records[0], proposal().records[0]);
        assert_eq!(improved.records.len(), 3);
        assert_eq!(improved.records[2].fields.len(), 1);

        // What was taken back is not read any more.
        let mut taken_back = proposal();
        taken_back.messages[0].text = String::new();
        let fields = vec![(0, column("job_title", "runs IT", MODEL))];
        assert_eq!(add(&mut taken_back, improvement(fields, Vec::new(), Vec::new())), 0);
    }

    #[test]
    fn what_there_is_to_do_joins_the_pool_once_and_only_where_it_stands() {
        let mut improved = proposal();
        let with = |tasks: Vec<ProposedTask>| ImproveProposal {
            tasks,
            ..improvement(Vec::new(), Vec::new(), Vec::new())
        };
        let unfounded = ProposedTask {
            due_on: DateTime::UNIX_EPOCH.date_naive().into(),
            ..task("ring Ola", MODEL)
        };
        let by_a_rule = task("ring Ola", "task");
        assert_eq!(add(&mut improved, with(vec![unfounded, by_a_rule])), 0);
        let twice = vec![task("ring Ola", MODEL), task("RING ola", MODEL)];
        assert_eq!(add(&mut improved, with(twice)), 1);
        assert_eq!(
            (improved.tasks[0].assignee.as_ref(), &improved.tasks[0].about),
            (None, &vec![0])
        );
        assert_eq!(add(&mut improved, with(vec![task("ring her", MODEL)])), 0, "the same words");
    }

    #[test]
    fn a_flood_of_records_makes_a_list_that_can_be_reviewed() {
        let mut improved = proposal();
        let flood = (0..500).map(|n| record("person", &format!("Kim {n}"), MODEL)).collect();
        add(&mut improved, improvement(Vec::new(), flood, Vec::new()));
        assert_eq!(improved.records.len(), 2 + FURTHER_RECORDS_MAX);
    }
}
