//! Proposals: putting what was captured before people, and making it so when one accepts.

use serde_json::{Value as Json, json};

use super::promised::tasks_changed_before;
use super::{Done, Work, excerpt};
use crate::blueprints::Values;
use crate::commands::{
    AcceptProposal, Command, CreateRecord, DiscardProposal, FieldChange, NewIdentity,
    ProposeRecords, ReopenProposal, UpdateRecord,
};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::flows::listed;
use crate::ids::{ProposalId, RecordId};
use crate::interactions::{Interaction, Source};
use crate::mails::{MAIL, words_of};
use crate::permissions::Action;
use crate::posts::{Notice, Subject};
use crate::proposals::{FieldEffect, Proposal, ProposalStatus, ProposedRecord, Provenance, Slot};
use crate::timeline::EventType;

impl Work<'_> {
    pub(super) async fn propose_records(&mut self, input: ProposeRecords) -> Result<Done> {
        let is_empty = input.records.is_empty() && input.tasks.is_empty();
        // Who asked for it sees what the model finds; without either there is nothing to show.
        if is_empty && !(input.ask_model && self.reply.is_some()) {
            return Err(Refusal::invalid(
                "I found no person, company, contact or task in that. Capture messages that hold \
                 one, or make the record with “new”.",
            )
            .into());
        }
        if let Some(before) = &input.instead_of {
            let mut proposal = self.open_proposal(before).await?;
            proposal.messages = input.messages;
            proposal.records = input.records;
            proposal.links = input.links;
            proposal.tasks = input.tasks;
            proposal.summary = input.summary;
            self.tx.update_proposal(&proposal).await?;
            if input.ask_model {
                self.tx.ask_model(&proposal.id, self.now).await?;
            }
            self.facts.push(FactBody::ProposalMade { proposal: proposal.id.clone() });
            self.refresh_proposal(&proposal.id, None, false).await?;
            let data = json!({ "proposal": proposal.id });
            return Ok(Done { data, ..Done::default() });
        }
        let proposal = Proposal {
            id: ProposalId::fresh(self.env),
            status: ProposalStatus::Open,
            messages: input.messages,
            records: input.records,
            links: input.links,
            tasks: input.tasks,
            summary: input.summary,
            created_by: self.member.as_ref().map(|m| m.id.clone()),
            created_at: self.now,
            decided_by: None,
            decided_at: None,
            made: Vec::new(),
            made_tasks: Vec::new(),
        };
        self.tx.insert_proposal(&proposal).await?;
        if input.ask_model {
            self.tx.ask_model(&proposal.id, self.now).await?;
        }
        self.facts.push(FactBody::ProposalMade { proposal: proposal.id.clone() });
        let mut data = json!({ "proposal": proposal.id });
        if let Some(reply) = self.reply.clone() {
            let subject = Subject::Proposal { proposal: proposal.id };
            let post = self.post(&reply, subject, None).await?;
            data = self.answered_by(&post, data);
        }
        Ok(Done { data, ..Done::default() })
    }

    pub(super) async fn accept_proposal(&mut self, input: AcceptProposal) -> Result<Done> {
        let mut proposal = self.open_proposal(&input.proposal).await?;
        let told = changed_before(&mut proposal, &input.changes)?;
        tasks_changed_before(&mut proposal, &input)?;
        for (place, proposed) in proposal.records.iter_mut().enumerate() {
            proposed.left_out = input.without.contains(&place);
        }
        let mut made: Vec<Option<RecordId>> = Vec::new();
        let mut names = Vec::new();
        for (place, proposed) in proposal.records.clone().into_iter().enumerate() {
            if proposed.left_out {
                made.push(None);
                continue;
            }
            let existing = proposed
                .existing
                .as_ref()
                .filter(|found| found.certain || input.use_probable)
                .map(|found| found.record.clone());
            let record = match existing {
                Some(record) => {
                    let taken = told.iter().filter(|change| change.record == place);
                    let taken = taken.map(|change| change.field).collect::<Vec<_>>();
                    self.add_to(&record, &proposed, &taken).await?
                }
                None => self.make(&proposed, input.stage.as_deref()).await?,
            };
            names.push(proposed.title.clone());
            self.remember(&proposal, &proposed, &record).await?;
            self.log_captured(&proposal, &record).await?;
            made.push(Some(record));
        }
        for link in &proposal.links {
            let ends =
                (made.get(link.from).cloned().flatten(), made.get(link.to).cloned().flatten());
            if let (Some(from), Some(to)) = ends {
                let from = self.live_record(&from).await?;
                let to = self.live_record(&to).await?;
                // A record of somebody else's is left as it is; the link is all it would change.
                if self.may(Action::Change, &from).is_ok() {
                    self.put_link(&from, &to, &link.kind, None).await?;
                }
            }
        }
        proposal.made_tasks = self.make_tasks(&proposal, &input.without_tasks, &made).await?;
        let made = made.into_iter().flatten().collect::<Vec<_>>();
        if made.is_empty() && proposal.made_tasks.is_empty() {
            return Err(Refusal::invalid("Nothing of the proposal was left to accept.").into());
        }
        self.sum_up(&proposal, &made).await?;
        proposal.made.clone_from(&made);
        let tasks = proposal.made_tasks.clone();
        self.decide(proposal, ProposalStatus::Accepted).await?;
        // Who works where was in the proposal, or is on the card.
        self.asides.clear();
        let count = match tasks.len() {
            0 => None,
            1 => Some("1 task".to_owned()),
            more => Some(format!("{more} tasks")),
        };
        names.extend(count);
        Ok(Done {
            said: format!("Accepted: {}.", listed(&names)),
            records: made,
            data: json!({ "proposal": input.proposal, "tasks": tasks }),
        })
    }

    pub(super) async fn discard_proposal(&mut self, input: DiscardProposal) -> Result<Done> {
        let proposal = self.open_proposal(&input.proposal).await?;
        self.decide(proposal, ProposalStatus::Discarded).await?;
        Ok(Done::said("Discarded. Nothing was changed."))
    }

    pub(super) async fn reopen_proposal(&mut self, input: ReopenProposal) -> Result<Done> {
        let Some(mut proposal) = self.tx.proposal(&input.proposal).await? else {
            return Err(no_such_proposal().into());
        };
        proposal.status = ProposalStatus::Open;
        proposal.decided_by = None;
        proposal.decided_at = None;
        proposal.made = Vec::new();
        proposal.made_tasks = Vec::new();
        proposal.records.iter_mut().for_each(|proposed| proposed.left_out = false);
        self.tx.update_proposal(&proposal).await?;
        self.facts.push(FactBody::ProposalMade { proposal: proposal.id.clone() });
        self.refresh_proposal(
            &proposal.id,
            Some(format!("Undone by {}", self.actor_name())),
            false,
        )
        .await?;
        Ok(Done::said("The proposal is open again."))
    }

    async fn open_proposal(&mut self, id: &ProposalId) -> Result<Proposal> {
        let proposal = self.tx.proposal(id).await?.ok_or_else(no_such_proposal)?;
        match proposal.status {
            ProposalStatus::Open => Ok(proposal),
            ProposalStatus::Accepted => {
                Err(Refusal::gone("This proposal was accepted already.").into())
            }
            ProposalStatus::Discarded => {
                Err(Refusal::gone("This proposal was discarded. Capture the messages again.")
                    .into())
            }
        }
    }

    async fn decide(&mut self, mut proposal: Proposal, status: ProposalStatus) -> Result<()> {
        proposal.status = status;
        proposal.decided_by = self.member.as_ref().map(|m| m.id.clone());
        proposal.decided_at = Some(self.now);
        self.tx.update_proposal(&proposal).await?;
        self.tx.end_question(&proposal.id, "it was decided", self.now).await?;
        let accepted = status == ProposalStatus::Accepted;
        self.facts.push(FactBody::ProposalDecided {
            proposal: proposal.id.clone(),
            accepted,
            records: proposal.made.clone(),
        });
        self.inverses
            .push(Command::ReopenProposal(ReopenProposal { proposal: proposal.id.clone() }));
        let word = if accepted { "Accepted" } else { "Discarded" };
        let notice = format!("{word} by {}", self.actor_name());
        self.refresh_proposal(&proposal.id, Some(notice), true).await
    }

    pub(super) async fn refresh_proposal(
        &mut self,
        proposal: &ProposalId,
        notice: Option<String>,
        undo: bool,
    ) -> Result<()> {
        let undo = undo.then(|| self.entry.clone());
        for post in self.tx.posts_of_proposal(proposal).await? {
            let notice = notice.clone().map(|text| Notice { text, undo: undo.clone() });
            self.change_post(post, notice).await?;
        }
        Ok(())
    }

    async fn make(&mut self, proposed: &ProposedRecord, stage: Option<&str>) -> Result<RecordId> {
        let mut input = CreateRecord {
            blueprint: proposed.blueprint.clone(),
            title: proposed.title.clone(),
            ..CreateRecord::default()
        };
        if proposed.blueprint == "deal" {
            input.state = stage.map(str::to_owned);
        }
        for field in proposed.fields.iter().filter(|field| !field.value.is_null()) {
            match &field.slot {
                Slot::Title => {}
                Slot::Column(id) => {
                    input.values.insert(id.clone(), field.value.clone());
                }
                Slot::Identity(kind) => {
                    let value = field.value.as_str().unwrap_or_default().to_owned();
                    input.identities.push(NewIdentity { kind: *kind, value });
                }
            }
        }
        let (record, _) = self.create_record(input).await?;
        Ok(record.id)
    }

    /// Adds what is new to a record that exists, as far as it may be changed; and what somebody
    /// took although the record has another value, by place.
    async fn add_to(
        &mut self,
        id: &RecordId,
        proposed: &ProposedRecord,
        taken: &[usize],
    ) -> Result<RecordId> {
        let record = self.live_record(id).await?;
        let mut values = Values::new();
        let mut identities = Vec::new();
        for (place, field) in proposed.fields.iter().enumerate() {
            let is_taken = taken.contains(&place);
            if field.effect != FieldEffect::Attach && !is_taken {
                continue;
            }
            match &field.slot {
                Slot::Title => {}
                // Somebody may have filled it in since it was proposed; that stands.
                Slot::Column(column) if !is_taken && record.values.contains_key(column) => {}
                Slot::Column(column) => {
                    values.insert(column.clone(), field.value.clone());
                }
                Slot::Identity(kind) => {
                    identities.push((*kind, field.value.as_str().unwrap_or_default().to_owned()));
                }
            }
        }
        if !values.is_empty() || !identities.is_empty() {
            self.may(Action::Change, &record)?;
        }
        if !values.is_empty() {
            self.update_record(UpdateRecord {
                record: record.id.clone(),
                expected_version: None,
                title: None,
                values,
            })
            .await?;
        }
        let mut added = false;
        for (kind, value) in identities {
            added |= self.put_identity(&record, kind, &value).await?.is_some();
        }
        if added {
            let blueprint = self.blueprint_of(&record).await?;
            self.names_changed(&record, &blueprint).await?;
            self.card_changed(&record.id, None, false);
        }
        Ok(record.id)
    }

    /// Remembers which words each value was read from.
    async fn remember(
        &mut self,
        proposal: &Proposal,
        proposed: &ProposedRecord,
        record: &RecordId,
    ) -> Result<()> {
        for field in &proposed.fields {
            // What was left out, and what another value stands for.
            if field.effect == FieldEffect::Conflict || field.value.is_null() {
                continue;
            }
            let Some(message) = proposal.messages.get(field.source.message) else { continue };
            self.tx
                .insert_provenance(&Provenance {
                    record: record.clone(),
                    slot: field.slot.clone(),
                    value: field.value.clone(),
                    proposal: proposal.id.clone(),
                    source: field.source.clone(),
                    message: message.clone(),
                    approved_by: self.member.as_ref().map(|m| m.id.clone()),
                    at: self.now,
                    number: 0,
                    wrong_at: None,
                })
                .await?;
        }
        Ok(())
    }

    /// Puts the captured messages on the record's timeline.
    async fn log_captured(&mut self, proposal: &Proposal, record: &RecordId) -> Result<()> {
        for message in &proposal.messages {
            let (event, data) = match message.place.connection.as_str() {
                MAIL => (EventType::EmailLogged, json!({ "native": true, "direction": "in" })),
                _ => (EventType::MessageCaptured, Json::Null),
            };
            let line = self.line(record, event, excerpt(words_of(message)), data);
            self.log_interaction(Interaction {
                member: None,
                author: message.author.name.clone(),
                source: Some(Source {
                    place: message.place.clone(),
                    message: message.message.clone(),
                    permalink: message.permalink.clone(),
                }),
                at: message.at,
                ..line
            })
            .await?;
        }
        Ok(())
    }
}

/// Puts what somebody changed into a proposal; gives the changes that take a value.
fn changed_before(
    proposal: &mut Proposal,
    changes: &[FieldChange],
) -> Result<Vec<FieldChange>, Refusal> {
    for change in changes {
        let record = proposal.records.get_mut(change.record);
        let field = record.and_then(|record| record.fields.get_mut(change.field));
        let Some(field) = field else {
            return Err(Refusal::invalid(format!(
                "The proposal has no value {} of record {}. Look at it again.",
                change.field, change.record
            )));
        };
        if field.slot == Slot::Title && change.value.as_str().is_none_or(str::is_empty) {
            return Err(Refusal::invalid(
                "A record needs a title. Leave the record out instead, or give it another one.",
            ));
        }
        field.value = change.value.clone();
        // What is left out is passed over wherever values are read.
        field.effect = match change.value.is_null() {
            true => FieldEffect::Conflict,
            false if field.effect == FieldEffect::Create => FieldEffect::Create,
            false => FieldEffect::Attach,
        };
        if field.slot == Slot::Title
            && let Some(title) = change.value.as_str()
            && let Some(record) = proposal.records.get_mut(change.record)
        {
            title.clone_into(&mut record.title);
        }
    }
    Ok(changes.iter().filter(|change| !change.value.is_null()).cloned().collect())
}

fn no_such_proposal() -> Refusal {
    Refusal::not_found("There is no such proposal. Capture the messages again.")
}
