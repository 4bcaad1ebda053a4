//! Leads: records that wait for somebody to decide whether they are sold a product. People make
//! them, and a score over the product's threshold does. There is one at a time for a record and a
//! product; whoever decides second is told what the first one decided.

use chrono::Duration;
use serde_json::json;

use super::lead_cards::subject;
use super::scoring::fits;
use super::{Done, Work};
use crate::commands::{
    AcceptLead, AskOfLead, AssignLead, AssignRecord, Command, CreateRecord, MakeLead, PutBackLead,
    RejectLead, ReplyTo, SnoozeLead,
};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::ids::{LeadId, MemberId, RecordId};
use crate::leads::{Lead, LeadStatus, LeadTo};
use crate::permissions::{self, Action, Part, Relation};
use crate::places::Level;
use crate::posts::{Notice, Subject};
use crate::records::Record;
use crate::scoring::{Product, WORDS_CHARS_MAX, product_called};
use crate::tenants::{Member, Role};
use crate::timeline::EventType;

/// The longest that a lead is put off.
const SNOOZE_DAYS_MAX: i64 = 366;
/// How many earlier leads of a record are looked at.
const EARLIER_MAX: i64 = 5;

impl Work<'_> {
    pub(super) async fn make_lead(&mut self, input: MakeLead) -> Result<Done> {
        let record = self.live_record(&input.record).await?;
        self.may(Action::Contribute, &record)?;
        let blueprint = self.blueprint_of(&record).await?;
        let products = self.tx.products().await?;
        let product = product_called(&products, &input.product)?.clone();
        fits(&product, &record, &blueprint)?;
        let why = checked_words(input.why, "Why it is a lead")?;
        let earlier = self.tx.leads_of(&record.id, Some(&product.id), EARLIER_MAX).await?;
        if let Some(open) = earlier.into_iter().find(|lead| lead.status == LeadStatus::Open) {
            let data = json!({ "lead": open.id, "product": product.key });
            let said = format!("{} waits for {} already.", record.title, product.name);
            if let Some(reply) = self.reply.clone() {
                self.post(&reply, subject(&open), None).await?;
                self.answered = true;
            }
            return Ok(Done { said, records: vec![record.id], data });
        }
        let lead = self.add_lead(&record, &product, false, why, true).await?;
        self.inverses.push(Command::PutBackLead(PutBackLead {
            // A lead that never was is one that nothing came of.
            lead: Box::new(Lead {
                status: LeadStatus::Rejected,
                reason: Some("Taken back".to_owned()),
                ..lead.clone()
            }),
            expected_version: lead.version,
        }));
        // Where it was asked for, its card is the answer, unless it stands there anyway.
        if let Some(reply) = self.reply.clone() {
            let there = product.leads.place.as_ref() == Some(&reply.place) && lead.post.is_some();
            if !there {
                self.post(&reply, subject(&lead), None).await?;
            }
            self.answered = true;
        }
        Ok(Done {
            said: format!("{} waits for review for {}.", record.title, product.name),
            records: vec![record.id],
            data: json!({ "lead": lead.id, "product": product.key }),
        })
    }

    pub(super) async fn accept_lead(&mut self, input: AcceptLead) -> Result<Done> {
        let (was, record, product) = self.open_lead(&input.lead).await?;
        if !permissions::possible(self.part, Action::Create) {
            return Err(permissions::refusal(self.part, Action::Create, Relation::None).into());
        }
        let to = match (&input.to, &was.assignee) {
            (Some(to), _) => self.lead_to(to, &product).await?,
            (None, Some(assignee)) => self.tx.member(assignee).await?.filter(|one| one.active),
            (None, None) => self.member.clone(),
        };
        let begun = self.inverses.len();
        let title = match input.title.as_deref().map(str::trim) {
            Some(title) if !title.is_empty() => title.to_owned(),
            _ => format!("{} {}", record.title, product.name),
        };
        let new = CreateRecord {
            blueprint: product.leads.deal.clone(),
            title: title.chars().take(crate::blueprints::TITLE_CHARS_MAX).collect(),
            values: input.values,
            flow: input.pipeline.or_else(|| product.leads.pipeline.clone()),
            state: input.stage,
            unclaimed: to.is_none(),
            ..CreateRecord::default()
        };
        let (deal, made) = self.create_record(new).await?;
        self.put_link(&deal, &record, "customer", None).await?;
        let mut version = deal.version;
        let own = self.member.as_ref().map(|member| &member.id);
        if let Some(to) = &to
            && Some(&to.id) != own
        {
            let assigned = self.inverses.len();
            let give = AssignRecord {
                record: deal.id.clone(),
                owner: Some(to.id.clone()),
                expected_version: None,
            };
            self.assign_record(give).await?;
            // The deal goes to the trash with one undo, whoever looks after it by then.
            self.inverses.truncate(assigned);
            version = self.tx.record(&deal.id).await?.map_or(version, |deal| deal.version);
        }
        for inverse in &mut self.inverses[begun..] {
            if let Command::TrashRecord(trash) = inverse
                && trash.record == deal.id
            {
                trash.expected_version = Some(version);
            }
        }
        let who = to.as_ref().map_or("nobody yet", |member| member.name.as_str());
        let by = self.actor_name();
        let line = format!("{by} accepted the lead for {}: {}", product.name, deal.key);
        let mut lead = was.clone();
        lead.status = LeadStatus::Accepted;
        lead.deal = Some(deal.id.clone());
        self.settle_lead(&was, lead, &record, line).await?;
        let said = format!(
            "{} accepted for {}: {} ({}), looked after by {who}.",
            record.title, product.name, deal.title, deal.key
        );
        let mut data = json!({ "lead": was.id, "record": deal.id, "key": deal.key });
        if let (Some(all), Some(more)) = (data.as_object_mut(), made.data.as_object()) {
            for (name, value) in more {
                all.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        Ok(Done { said, records: vec![deal.id], data })
    }

    pub(super) async fn reject_lead(&mut self, input: RejectLead) -> Result<Done> {
        let (was, record, product) = self.open_lead(&input.lead).await?;
        let reason = checked_words(Some(input.reason), "A reason")?;
        let Some(reason) = reason else {
            let some = product.leads.reasons.iter().map(String::as_str).collect::<Vec<_>>();
            let such = match crate::flows::listed(&some) {
                none if none.is_empty() => "Say it in a few words".to_owned(),
                some => format!("Say {some}, or use other words"),
            };
            return Err(
                Refusal::invalid(format!("Why is {} rejected? {such}.", record.title)).into()
            );
        };
        let by = self.actor_name();
        let line = format!("{by} rejected the lead for {}: {reason}", product.name);
        let mut lead = was.clone();
        lead.status = LeadStatus::Rejected;
        lead.reason = Some(reason.clone());
        self.settle_lead(&was, lead, &record, line).await?;
        let said = format!("{} rejected for {}: {reason}.", record.title, product.name);
        Ok(Done { said, records: vec![record.id], data: json!({ "lead": was.id }) })
    }

    pub(super) async fn assign_lead(&mut self, input: AssignLead) -> Result<Done> {
        let (was, record, product) = self.open_lead(&input.lead).await?;
        let to = self.lead_to(&input.to, &product).await?;
        let mut lead = was.clone();
        lead.assignee = to.as_ref().map(|member| member.id.clone());
        let by = self.actor_name();
        let line = match &to {
            Some(member) if member.name == by => {
                format!("{by} took the lead for {}", product.name)
            }
            Some(member) => format!("{by} gave the lead for {} to {}", product.name, member.name),
            None => format!("{by} gave the lead for {} back", product.name),
        };
        if lead.assignee == was.assignee {
            let said = format!("The lead {} is that already.", record.title);
            return Ok(Done { said, records: vec![record.id], data: json!({ "lead": was.id }) });
        }
        self.change_lead(&was, &mut lead, &record, line.clone()).await?;
        let said = format!("{}: {line}.", record.title);
        Ok(Done { said, records: vec![record.id], data: json!({ "lead": was.id }) })
    }

    pub(super) async fn snooze_lead(&mut self, input: SnoozeLead) -> Result<Done> {
        let (was, record, product) = self.open_lead(&input.lead).await?;
        if let Some(until) = input.until
            && (until <= self.now || until > self.now + Duration::days(SNOOZE_DAYS_MAX))
        {
            return Err(Refusal::invalid(
                "A lead is put off until a later time, within a year, like 2027-03-31T09:00:00Z.",
            )
            .into());
        }
        let mut lead = was.clone();
        lead.snoozed_until = input.until;
        let by = self.actor_name();
        let line = match input.until {
            Some(until) => {
                let day = until.format("%Y-%m-%d");
                format!("{by} put the lead for {} off until {day}", product.name)
            }
            None => format!("{by} brought the lead for {} back", product.name),
        };
        self.change_lead(&was, &mut lead, &record, line.clone()).await?;
        let said = format!("{}: {line}.", record.title);
        Ok(Done { said, records: vec![record.id], data: json!({ "lead": was.id }) })
    }

    pub(super) async fn ask_of_lead(&mut self, input: AskOfLead) -> Result<Done> {
        self.open_lead(&input.lead).await?;
        let Some(mut post) = self.tx.post(&input.post).await? else {
            return Err(Refusal::gone("This card is no longer there. Ask for it again.").into());
        };
        if let Subject::Lead { asks, .. } = &mut post.subject {
            *asks = input.asks;
        }
        self.change_post(post, None).await?;
        self.answered = true;
        Ok(Done::default())
    }

    pub(super) async fn put_back_lead(&mut self, input: PutBackLead) -> Result<Done> {
        let gone = || Refusal::gone("This lead is gone, so there is nothing to put back.");
        let is = self.tx.lead(&input.lead.id).await?.ok_or_else(gone)?;
        if !self.undoes_own {
            self.may_decide(&is).await?;
        }
        let moved_on =
            || Refusal::out_of_date("Somebody did more with this lead since. Look at it again.");
        if is.version != input.expected_version {
            return Err(moved_on().into());
        }
        let record = self.tx.record(&is.record).await?.ok_or_else(gone)?;
        let mut lead = *input.lead;
        if lead.status == LeadStatus::Open && is.status != LeadStatus::Open {
            let others = self.tx.leads_of(&is.record, Some(&is.product), EARLIER_MAX).await?;
            if others.iter().any(|other| other.status == LeadStatus::Open) {
                return Err(moved_on().into());
            }
        }
        lead.version = is.version + 1;
        lead.history.clone_from(&is.history);
        lead.post.clone_from(&is.post);
        let by = self.actor_name();
        let member = self.member.as_ref().map(|member| member.id.clone());
        lead.note(self.now, member, format!("{by} undid that"));
        if lead.status == LeadStatus::Open {
            // As it is scored now, not as it was then.
            let scores = self.tx.scores(&lead.record).await?;
            let score = scores.iter().find(|score| score.product == lead.product);
            lead.score = score.map(|score| score.value);
            lead.coverage = score.map_or(0, |score| score.coverage);
        }
        self.tx.update_lead(&lead).await?;
        self.lead_fact(&lead);
        let line = format!("{by} undid what was decided about the lead");
        let data = json!({ "lead": lead.id });
        self.log_event(&record.id, EventType::LeadChanged, line, data).await?;
        self.show_lead(&lead, Some(Notice { text: format!("Undone by {by}"), undo: None })).await?;
        Ok(Done::about(&record.id, format!("The lead {} is as it was.", record.title)))
    }

    /// Makes a lead where the score asks for one and none is there.
    pub(super) async fn lead_by_score(
        &mut self,
        record: &Record,
        product: &Product,
        posts: bool,
    ) -> Result<()> {
        let Some(threshold) = product.leads.threshold else { return Ok(()) };
        if record.trashed_at.is_some() {
            return Ok(());
        }
        let scores = self.tx.scores(&record.id).await?;
        let over = scores.iter().any(|score| {
            score.product == product.id
                && score.value >= threshold
                && score.coverage >= product.leads.least_coverage
        });
        if !over {
            return Ok(());
        }
        let earlier = self.tx.leads_of(&record.id, Some(&product.id), EARLIER_MAX).await?;
        let pause = Duration::days(product.leads.again_after_days);
        let waits = earlier.iter().any(|lead| match lead.status {
            LeadStatus::Open | LeadStatus::Accepted => true,
            LeadStatus::Rejected => lead.decided_at.is_some_and(|at| self.now - at < pause),
        });
        if !waits {
            self.add_lead(record, product, true, None, posts).await?;
        }
        Ok(())
    }

    /// Keeps the score beside the lead that waits, so that the queue is in its order.
    pub(super) async fn lead_scored(
        &mut self,
        record: &RecordId,
        product: &Product,
        score: Option<(i64, i64)>,
    ) -> Result<()> {
        let earlier = self.tx.leads_of(record, Some(&product.id), EARLIER_MAX).await?;
        let open = earlier.into_iter().find(|lead| lead.status == LeadStatus::Open);
        let Some(mut lead) = open else { return Ok(()) };
        lead.score = score.map(|(value, _)| value);
        lead.coverage = score.map_or(0, |(_, coverage)| coverage);
        // Nobody did anything with the lead itself, so what was seen of it still holds.
        self.tx.update_lead(&lead).await?;
        self.lead_fact(&lead);
        self.show_lead(&lead, None).await
    }

    /// What to tell somebody who decides about a lead that is decided.
    pub(super) async fn already_decided(&mut self, id: &LeadId) -> Result<Option<Refusal>> {
        let Some(lead) = self.tx.lead(id).await?.filter(|lead| lead.status != LeadStatus::Open)
        else {
            return Ok(None);
        };
        let by = match &lead.decided_by {
            Some(member) => self.tx.member(member).await?.map(|member| member.name),
            None => None,
        };
        let by = by.unwrap_or_else(|| "Somebody".to_owned());
        let what = match (lead.status, &lead.deal, &lead.reason) {
            (LeadStatus::Accepted, Some(deal), _) => {
                let key = self.tx.record(deal).await?.map_or_else(String::new, |deal| {
                    format!(": it became {} ({})", deal.title, deal.key)
                });
                format!("accepted this lead already{key}")
            }
            (LeadStatus::Accepted, None, _) => "accepted this lead already".to_owned(),
            (_, _, Some(reason)) => format!("rejected this lead already: {reason}"),
            _ => "rejected this lead already".to_owned(),
        };
        Ok(Some(Refusal::gone(format!(
            "{by} {what}. Make another lead of it, or ask them to undo it."
        ))))
    }

    /// A lead that waits and that the actor may decide, with its record and product.
    async fn open_lead(&mut self, id: &LeadId) -> Result<(Lead, Record, Product)> {
        let nothing = || Refusal::not_found("There is no such lead. Look at the list of leads.");
        let lead = self.tx.lead(id).await?.ok_or_else(nothing)?;
        if let Some(refusal) = self.already_decided(id).await? {
            return Err(refusal.into());
        }
        self.may_decide(&lead).await?;
        let record = self.live_record(&lead.record).await?;
        let products = self.tx.products().await?;
        let product = products.into_iter().find(|product| product.id == lead.product);
        Ok((lead, record, product.ok_or_else(nothing)?))
    }

    /// Members decide about leads that are theirs or nobody's.
    async fn may_decide(&mut self, lead: &Lead) -> Result<()> {
        let relation = match (&lead.assignee, &self.member) {
            (None, _) => Relation::Unclaimed,
            (Some(assignee), Some(member)) if *assignee == member.id => Relation::Own,
            (Some(_), _) => Relation::Other,
        };
        if permissions::allowed(self.part, Action::Change, relation) {
            return Ok(());
        }
        if let (Part::Member(Role::Member), Some(assignee)) = (self.part, &lead.assignee) {
            let name = self.tx.member(assignee).await?.map_or_else(String::new, |one| one.name);
            return Err(Refusal::forbidden(format!(
                "This lead is {name}'s to decide. Ask them to give it back, or an administrator to \
                 assign it to you."
            ))
            .into());
        }
        Err(permissions::refusal(self.part, Action::Change, relation).into())
    }

    /// The member who is meant.
    async fn lead_to(&mut self, to: &LeadTo, product: &Product) -> Result<Option<Member>> {
        match to {
            LeadTo::Nobody => Ok(None),
            LeadTo::Member(id) => {
                let member = self.tx.member(id).await?;
                let able = member.filter(|one| one.active && one.role >= Role::Member);
                match able {
                    Some(member) => Ok(Some(member)),
                    None => Err(Refusal::not_found(
                        "There is no member here who could look after it under this id. Look at \
                         the list of members.",
                    )
                    .into()),
                }
            }
            LeadTo::Turns => {
                let mut there: Vec<Member> = Vec::new();
                for id in &product.leads.turns {
                    there.extend(self.tx.member(id).await?.filter(|member| member.active));
                }
                if there.is_empty() {
                    return Err(Refusal::invalid(format!(
                        "Nobody takes turns for {}. An administrator can name who does, or name a \
                         member yourself.",
                        product.name
                    ))
                    .into());
                }
                let mut taken = product.clone();
                taken.leads.turn += 1;
                self.tx.put_product(&taken).await?;
                let place = usize::try_from(product.leads.turn).unwrap_or_default() % there.len();
                Ok(Some(there.swap_remove(place)))
            }
        }
    }

    async fn add_lead(
        &mut self,
        record: &Record,
        product: &Product,
        by_rule: bool,
        why: Option<String>,
        posts: bool,
    ) -> Result<Lead> {
        let scores = self.tx.scores(&record.id).await?;
        let score = scores.iter().find(|score| score.product == product.id);
        let member = self.member.as_ref().map(|member| member.id.clone());
        let mut lead = Lead {
            id: LeadId::fresh(self.env),
            product: product.id.clone(),
            record: record.id.clone(),
            status: LeadStatus::Open,
            score: score.map(|score| score.value),
            coverage: score.map_or(0, |score| score.coverage),
            assignee: None,
            snoozed_until: None,
            by_rule,
            made_by: member.clone(),
            why: why.clone(),
            reason: None,
            decided_by: None,
            decided_at: None,
            deal: None,
            history: Vec::new(),
            post: None,
            version: 1,
            created_at: self.now,
        };
        let line = match (by_rule, lead.score) {
            (true, Some(score)) => {
                format!("A score of {score} made it a lead for {}", product.name)
            }
            _ => format!("{} made it a lead for {}", self.actor_name(), product.name),
        };
        lead.note(self.now, member, line.clone());
        self.tx.insert_lead(&lead).await?;
        self.facts.push(FactBody::LeadMade {
            lead: lead.id.clone(),
            record: record.id.clone(),
            product: product.key.clone(),
        });
        let data = json!({ "lead": lead.id, "product": product.key, "why": why });
        self.log_event(&record.id, EventType::LeadMade, line, data).await?;
        if posts
            && let Some(place) = &product.leads.place
            && let Some(bound) = self.tx.place(place).await?
            && bound.level != Level::Off
            && bound.quiet_until.is_none_or(|until| until <= self.now)
        {
            let at =
                ReplyTo { place: place.clone(), thread: None, message: None, private_to: None };
            lead.post = Some(self.post(&at, subject(&lead), None).await?);
            self.tx.update_lead(&lead).await?;
        }
        Ok(lead)
    }

    /// Keeps a decision.
    async fn settle_lead(
        &mut self,
        was: &Lead,
        mut lead: Lead,
        record: &Record,
        line: String,
    ) -> Result<()> {
        lead.decided_by = self.member.as_ref().map(|member| member.id.clone());
        lead.decided_at = Some(self.now);
        lead.snoozed_until = None;
        self.change_lead(was, &mut lead, record, line).await
    }

    async fn change_lead(
        &mut self,
        was: &Lead,
        lead: &mut Lead,
        record: &Record,
        line: String,
    ) -> Result<()> {
        lead.version = was.version + 1;
        let member: Option<MemberId> = self.member.as_ref().map(|member| member.id.clone());
        lead.note(self.now, member, line.clone());
        self.tx.update_lead(lead).await?;
        self.lead_fact(lead);
        let data = json!({ "lead": lead.id, "status": lead.status, "reason": lead.reason });
        self.log_event(&record.id, EventType::LeadChanged, line.clone(), data).await?;
        self.inverses.push(Command::PutBackLead(PutBackLead {
            lead: Box::new(was.clone()),
            expected_version: lead.version,
        }));
        let undo = Some(self.entry.clone());
        self.show_lead(lead, Some(Notice { text: line, undo })).await
    }

    fn lead_fact(&mut self, lead: &Lead) {
        self.facts.push(FactBody::LeadChanged {
            lead: lead.id.clone(),
            record: lead.record.clone(),
            status: lead.status.as_str().to_owned(),
        });
    }
}

/// Words that somebody gave; none when they are empty.
fn checked_words(given: Option<String>, what: &str) -> Result<Option<String>, Refusal> {
    let words = given.map(|words| words.trim().to_owned()).filter(|words| !words.is_empty());
    if words.as_ref().is_some_and(|words| words.chars().count() > WORDS_CHARS_MAX) {
        return Err(Refusal::invalid(format!(
            "{what} takes at most {WORDS_CHARS_MAX} characters. Write the rest as a note."
        )));
    }
    Ok(words)
}
