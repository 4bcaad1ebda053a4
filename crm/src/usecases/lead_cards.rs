//! The cards of leads: what they offer, and bringing them up to date wherever they stand.

use chrono::Duration;

use super::Work;
use super::cards::Offer;
use crate::chat::{DIGITS, LETTERS};
use crate::commands::{AcceptLead, AskOfLead, AssignLead, Command, RejectLead, SnoozeLead};
use crate::errors::Result;
use crate::ids::LeadId;
use crate::leads::{Lead, LeadAsks, LeadStatus, LeadTo};
use crate::posts::{CHOICE_DAYS, Notice, Post, Subject};
use crate::tenants::Role;

/// How long the button on a card puts a lead off.
const SNOOZE_BUTTON_DAYS: i64 = 7;
/// How many cards of a lead follow its changes.
const CARDS_MAX: i64 = 20;

impl Work<'_> {
    /// What a lead's card offers.
    pub(super) async fn lead_offers(
        &mut self,
        post: &Post,
        id: &LeadId,
        asks: LeadAsks,
    ) -> Result<Vec<Offer>> {
        let mut offers: Vec<Offer> = Vec::new();
        let Some(lead) = self.tx.lead(id).await? else { return Ok(offers) };
        let record = self.tx.record(&lead.record).await?;
        let there = record.is_some_and(|record| record.trashed_at.is_none());
        if lead.status != LeadStatus::Open || !there {
            return Ok(offers);
        }
        let ask =
            |asks| Command::AskOfLead(AskOfLead { lead: id.clone(), post: post.id.clone(), asks });
        let back = ("↩".to_owned(), "Back".to_owned(), ask(LeadAsks::Decision));
        match asks {
            LeadAsks::Decision => {
                let accept = AcceptLead {
                    lead: id.clone(),
                    pipeline: None,
                    stage: None,
                    title: None,
                    values: crate::blueprints::Values::new(),
                    to: None,
                };
                offers.push(("✅".into(), "Accept".into(), Command::AcceptLead(accept)));
                offers.push(("❌".into(), "Reject".into(), ask(LeadAsks::Reason)));
                offers.push(("👤".into(), "Assign".into(), ask(LeadAsks::Assignee)));
                let until = match lead.snoozed_until {
                    Some(until) if until > self.now => None,
                    _ => Some(self.now + Duration::days(SNOOZE_BUTTON_DAYS)),
                };
                let label = match until {
                    Some(_) => format!("Put off for {SNOOZE_BUTTON_DAYS} days"),
                    None => "Bring back".to_owned(),
                };
                let snooze = SnoozeLead { lead: id.clone(), until };
                offers.push(("💤".into(), label, Command::SnoozeLead(snooze)));
            }
            LeadAsks::Reason => {
                let products = self.tx.products().await?;
                let product = products.iter().find(|product| product.id == lead.product);
                let reasons = product.map(|one| one.leads.reasons.clone()).unwrap_or_default();
                for (symbol, reason) in DIGITS.iter().zip(reasons) {
                    let reject = RejectLead { lead: id.clone(), reason: reason.clone() };
                    offers.push(((*symbol).to_owned(), reason, Command::RejectLead(reject)));
                }
                offers.push(back);
            }
            LeadAsks::Assignee => {
                let products = self.tx.products().await?;
                let product = products.iter().find(|product| product.id == lead.product);
                let give = |to| Command::AssignLead(AssignLead { lead: id.clone(), to });
                if product.is_some_and(|product| !product.leads.turns.is_empty()) {
                    let turns = give(LeadTo::Turns);
                    offers.push(("🔁".into(), "Whoever's turn it is".into(), turns));
                }
                let members = self.tx.members().await?;
                let able = members.into_iter().filter(|one| one.active && one.role >= Role::Member);
                for (symbol, member) in LETTERS.iter().zip(able) {
                    let to = give(LeadTo::Member(member.id));
                    offers.push(((*symbol).to_owned(), member.name, to));
                }
                if lead.assignee.is_some() {
                    offers.push(("🚫".into(), "Nobody".into(), give(LeadTo::Nobody)));
                }
                offers.push(back);
            }
        }
        Ok(offers)
    }

    /// Brings every card of a lead up to date, wherever it stands.
    pub(super) async fn show_lead(&mut self, lead: &Lead, notice: Option<Notice>) -> Result<()> {
        let since = self.now - Duration::days(CHOICE_DAYS);
        let mut posts = self.tx.cards_of(&lead.record, since, CARDS_MAX).await?;
        posts.retain(
            |post| matches!(&post.subject, Subject::Lead { lead: id, .. } if *id == lead.id),
        );
        if let Some(id) = &lead.post
            && !posts.iter().any(|post| post.id == *id)
        {
            posts.extend(self.tx.post(id).await?);
        }
        for mut post in posts {
            post.subject = subject(lead);
            if notice.is_some() {
                self.told.insert(post.id.clone());
            }
            self.change_post(post, notice.clone()).await?;
        }
        Ok(())
    }
}

/// What a lead's card says.
pub(super) fn subject(lead: &Lead) -> Subject {
    Subject::Lead { lead: lead.id.clone(), record: lead.record.clone(), asks: LeadAsks::Decision }
}
