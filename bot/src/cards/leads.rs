//! A lead's card: whom it is about, how well they fit and why, and what became of it.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use crm::chat::Content;
use crm::ids::{LeadId, RecordId};
use crm::leads::{Lead, LeadAsks, LeadStatus};
use crm::ports::Read;
use crm::scoring::{Evidence, Latest, Product, ScoreLine, explained};
use crm::{Result, StoreError};
use url::Url;

use super::{bare_card, day, fact, short};

/// How many answers a card gives as reasons.
const REASONS_MAX: usize = 3;

/// Puts a lead into what a post says.
pub(super) async fn lead_content(
    read: &mut dyn Read,
    id: &LeadId,
    asks: LeadAsks,
    content: &mut Content,
    url: &Url,
    timezone: Tz,
) -> Result<(), StoreError> {
    let lead = read.lead(id).await?;
    let record = match &lead {
        Some(lead) => read.record(&lead.record).await?,
        None => None,
    };
    let products = read.products().await?;
    let (Some(lead), Some(record)) = (lead, record) else {
        content.text = "This lead is gone.".to_owned();
        return Ok(());
    };
    let product = products.iter().find(|product| product.id == lead.product);
    let Some(product) = product else { return Ok(()) };
    content.text = match (lead.status, asks) {
        (LeadStatus::Open, LeadAsks::Decision) => format!("A lead for {}", product.name),
        (LeadStatus::Open, LeadAsks::Reason) => {
            format!("A lead for {}. Why is it rejected?", product.name)
        }
        (LeadStatus::Open, LeadAsks::Assignee) => {
            format!("A lead for {}. Who looks at it?", product.name)
        }
        (LeadStatus::Accepted, _) => format!("A lead for {}, accepted", product.name),
        (LeadStatus::Rejected, _) => format!("A lead for {}, rejected", product.name),
    };
    let mut card = bare_card(read, &record, url).await?;
    if record.trashed_at.is_some() {
        fact(&mut card, "State", "in the trash");
        content.cards.push(card);
        return Ok(());
    }
    fact(&mut card, "Fit", &fit(lead.score, lead.coverage));
    match lead.status {
        LeadStatus::Open => {
            let why = reasons(read, &record.id, product).await?;
            if !why.is_empty() {
                fact(&mut card, "Because", &why.join("; "));
            }
            if let Some(why) = &lead.why {
                fact(&mut card, "Note", &short(why));
            }
            let assignee = match &lead.assignee {
                Some(id) => read.member(id).await?.map(|member| member.name),
                None => None,
            };
            fact(&mut card, "Looked at by", assignee.as_deref().unwrap_or("nobody yet"));
            if let Some(until) = lead.snoozed_until {
                fact(&mut card, "Put off until", &day(until, timezone));
            }
        }
        LeadStatus::Accepted => {
            if let Some(deal) = &lead.deal
                && let Some(deal) = read.record(deal).await?
            {
                fact(&mut card, "Became", &format!("{} ({})", deal.title, deal.key));
            }
        }
        LeadStatus::Rejected => {
            let reason = lead.reason.as_deref().unwrap_or("no reason given");
            fact(&mut card, "Rejected", &short(reason));
        }
    }
    content.cards.push(card);
    Ok(())
}

/// A score as people read it.
pub(crate) fn fit(score: Option<i64>, coverage: i64) -> String {
    match score {
        Some(score) => format!("{score} of 100, {coverage} % known"),
        None => "nothing is known yet".to_owned(),
    }
}

/// The answers that say most for it, with what they stand on.
async fn reasons(
    read: &mut dyn Read,
    record: &RecordId,
    product: &Product,
) -> Result<Vec<String>, StoreError> {
    let mut lines = score_lines(read, record, product).await?;
    lines.retain(|line| line.adds.is_some_and(|adds| adds > 0.0));
    lines.sort_by(|a, b| b.adds.unwrap_or(0.0).total_cmp(&a.adds.unwrap_or(0.0)));
    Ok(lines.iter().take(REASONS_MAX).map(told).collect())
}

/// What a record's score for a product is made of.
pub(crate) async fn score_lines(
    read: &mut dyn Read,
    record: &RecordId,
    product: &Product,
) -> Result<Vec<ScoreLine>, StoreError> {
    let mut criteria = read.criteria().await?;
    criteria.retain(|criterion| criterion.product == product.id);
    let latest = read.latest_assessments(record).await?;
    let latest = latest.into_iter().map(|one| (one.criterion.clone(), one)).collect::<Latest>();
    Ok(explained(&criteria.iter().collect::<Vec<_>>(), &latest))
}

/// One answer: `Budget: yes (said so in the call) https://…`.
pub(crate) fn told(line: &ScoreLine) -> String {
    let mut text = format!("{}: {}", line.criterion.name, line.answer);
    let Some(assessment) = &line.assessment else { return text };
    if let Some(reason) = &assessment.reason
        && !assessment.by_rule
    {
        text.push_str(&format!(" ({})", short(reason)));
    }
    let page = assessment.evidence.iter().find_map(|one| match one {
        Evidence::Url { url } => Some(url),
        _ => None,
    });
    if let Some(page) = page {
        text.push_str(&format!(" {}", short(page)));
    }
    text
}

/// How long a lead has waited, in words.
pub(crate) fn waited(lead: &Lead, now: DateTime<Utc>) -> String {
    match (now - lead.created_at).num_days() {
        0 => "since today".to_owned(),
        1 => "for a day".to_owned(),
        days => format!("for {days} days"),
    }
}
