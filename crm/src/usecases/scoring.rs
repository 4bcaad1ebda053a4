//! Assessing records and keeping their scores. Rules are asked in the same commit as what changed
//! a record, once for all that a command did to it; the score that is kept is always what the last
//! assessments come to, and what lists find it by is written with it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::products::criterion_called;
use super::{Done, Work};
use crate::blueprints::Blueprint;
use crate::commands::{AssessRecord, Command, TakeBackAssessment};
use crate::errors::{Error, Refusal, Result};
use crate::facts::FactBody;
use crate::ids::{AssessmentId, CriterionId, ProductId};
use crate::lists::{Audience, Known, Seen};
use crate::permissions::Action;
use crate::ports::KeptRecord;
use crate::records::Record;
use crate::scoring::{
    Assessment, Criterion, EVIDENCE_MAX, Evidence, Latest, Product, Rule, Score, WORDS_CHARS_MAX,
    product_called, score_of,
};
use crate::timeline::EventType;

/// The longest address that evidence links to.
const URL_CHARS_MAX: usize = 2_000;

/// The products and criteria that are not archived, with their rules as they are understood now.
pub(super) struct Scorers {
    products: Vec<Product>,
    criteria: Vec<Criterion>,
    /// Those that are not understood any more are left out, and answer nothing new.
    rules: BTreeMap<CriterionId, Rule>,
}

impl Scorers {
    fn of<'s>(&'s self, product: &'s Product) -> impl Iterator<Item = &'s Criterion> {
        self.criteria.iter().filter(|criterion| criterion.product == product.id)
    }
}

impl Work<'_> {
    pub(super) async fn assess_record(&mut self, input: AssessRecord) -> Result<Done> {
        let record = self.live_record(&input.record).await?;
        self.may(Action::Contribute, &record)?;
        let blueprint = self.blueprint_of(&record).await?;
        let products = self.tx.products().await?;
        let product = product_called(&products, &input.product)?.clone();
        fits(&product, &record, &blueprint)?;
        let criteria = self.criteria_of(&product).await?;
        let criterion = criterion_called(&product, &criteria, &input.criterion, false)?.clone();
        if let Some(rule) = criterion.rule() {
            return Err(Refusal::invalid(format!(
                "{} is answered by the rule “{rule}”. Change what the rule looks at, or ask an \
                 administrator to let people answer it.",
                criterion.name
            ))
            .into());
        }
        let value = criterion.answer(&input.value)?;
        let reason = input.reason.map(|reason| reason.trim().to_owned());
        let reason = reason.filter(|reason| !reason.is_empty());
        if reason.as_ref().is_some_and(|reason| reason.chars().count() > WORDS_CHARS_MAX) {
            return Err(Refusal::invalid(format!(
                "A reason takes at most {WORDS_CHARS_MAX} characters. Write the rest as a note."
            ))
            .into());
        }
        self.check_evidence(&record, &input.evidence).await?;
        let latest = self.tx.latest_assessments(&record.id).await?;
        let before = latest.into_iter().find(|one| one.criterion == criterion.id);
        let same = before.as_ref().is_some_and(|one| one.value == value && !one.by_rule);
        if same && reason.is_none() && input.evidence.is_empty() {
            let shown = criterion.shown(value);
            let said = format!("{} is {shown} for {} already.", criterion.name, record.title);
            return Ok(Done::about(&record.id, said));
        }
        let number = before.as_ref().map_or(0, |one| one.number) + 1;
        let assessment = Assessment {
            id: AssessmentId::fresh(self.env),
            record: record.id.clone(),
            criterion: criterion.id.clone(),
            number,
            value,
            by_rule: false,
            member: self.member.as_ref().map(|member| member.id.clone()),
            reason,
            evidence: input.evidence,
            undoes: None,
            at: self.now,
        };
        self.add_assessment(assessment, &product).await?;
        self.inverses.push(Command::TakeBackAssessment(TakeBackAssessment {
            record: record.id.clone(),
            criterion: criterion.id.clone(),
            number,
            value: before.as_ref().and_then(|one| one.value),
            by_rule: before.as_ref().is_some_and(|one| one.by_rule),
            member: before.and_then(|one| one.member),
        }));
        self.score_one(&record, &product).await?;
        let scores = self.tx.scores(&record.id).await?;
        let now = match scores.iter().find(|score| score.product == product.id) {
            Some(score) => format!("{} of 100, {} % known", score.value, score.coverage),
            None => "nothing is known".to_owned(),
        };
        let said = format!(
            "{}: {} is {}. {}: {now}.",
            record.title,
            criterion.name,
            criterion.shown(value),
            product.name
        );
        let data = json!({ "criterion": criterion.id, "number": number, "product": product.key });
        Ok(Done { said, records: vec![record.id], data })
    }

    pub(super) async fn take_back_assessment(&mut self, input: TakeBackAssessment) -> Result<Done> {
        let record = self.live_record(&input.record).await?;
        self.may(Action::Contribute, &record)?;
        let criteria = self.tx.criteria().await?;
        let found = criteria.into_iter().find(|one| one.id == input.criterion);
        let products = self.tx.products().await?;
        let Some(criterion) = found else { return Err(gone().into()) };
        let Some(product) = products.into_iter().find(|one| one.id == criterion.product) else {
            return Err(gone().into());
        };
        let latest = self.tx.latest_assessments(&record.id).await?;
        let last = latest.iter().find(|one| one.criterion == input.criterion);
        if last.is_none_or(|last| last.number != input.number) {
            return Err(Refusal::out_of_date(format!(
                "{} was answered again since. Answer it as it should be.",
                criterion.name
            ))
            .into());
        }
        let assessment = Assessment {
            id: AssessmentId::fresh(self.env),
            record: record.id.clone(),
            criterion: criterion.id.clone(),
            number: input.number + 1,
            value: input.value,
            by_rule: input.by_rule,
            member: input.member,
            reason: Some(format!("Taken back by {}", self.actor_name())),
            evidence: Vec::new(),
            undoes: Some(input.number),
            at: self.now,
        };
        self.add_assessment(assessment, &product).await?;
        self.score_one(&record, &product).await?;
        let shown = criterion.shown(input.value);
        Ok(Done::about(&record.id, format!("{} is {shown} again.", criterion.name)))
    }

    /// Asks the rules of all records that this command changed, and keeps their scores.
    pub(super) async fn score_what_changed(&mut self) -> Result<()> {
        let mut records = BTreeSet::new();
        for fact in &self.facts {
            match fact {
                // What was said of a record is nothing that rules look at, and scores follow
                // assessments by themselves.
                FactBody::InteractionLogged { .. }
                | FactBody::RecordPurged { .. }
                | FactBody::NoteAdded { .. }
                | FactBody::NoteWithdrawn { .. }
                | FactBody::TaskAdded { .. }
                | FactBody::TaskChanged { .. }
                | FactBody::SensitiveRead { .. }
                | FactBody::RecordAssessed { .. }
                | FactBody::RecordScored { .. }
                | FactBody::LeadMade { .. }
                | FactBody::LeadChanged { .. }
                | FactBody::TagAdded { .. }
                | FactBody::TagRemoved { .. }
                | FactBody::SegmentJoined { .. }
                | FactBody::SegmentLeft { .. } => {}
                FactBody::RecordsMigrated { records: all, .. } => {
                    records.extend(all.iter().cloned());
                }
                other => records.extend(other.record().cloned()),
            }
        }
        if records.is_empty() {
            return Ok(());
        }
        let Some(scorers) = self.scorers(None).await? else { return Ok(()) };
        for id in records {
            let Some(record) = self.tx.record(&id).await? else { continue };
            self.score_record(&record, &scorers, true).await?;
        }
        Ok(())
    }

    /// A part of a job that scores records anew. Leads that come of it wait in the queue without
    /// a card each: there may be thousands.
    pub(super) async fn score_part(
        &mut self,
        part: Vec<KeptRecord>,
        product: &ProductId,
    ) -> Result<()> {
        let Some(scorers) = self.scorers(Some(product)).await? else { return Ok(()) };
        for kept in part {
            self.score_record(&kept.record, &scorers, false).await?;
        }
        Ok(())
    }

    /// What records are scored by; none where there is nothing.
    async fn scorers(&mut self, only: Option<&ProductId>) -> Result<Option<Scorers>> {
        let mut products = self.tx.products().await?;
        products.retain(|one| !one.archived && only.is_none_or(|only| one.id == *only));
        if products.is_empty() {
            return Ok(None);
        }
        let mut criteria = self.tx.criteria().await?;
        criteria.retain(|one| !one.archived && products.iter().any(|p| p.id == one.product));
        let mut rules = BTreeMap::new();
        if criteria.iter().any(|criterion| criterion.rule().is_some()) {
            let now = self.now;
            let known = Known::read(self.tx.as_mut(), None, now, Audience::Room).await?;
            for criterion in &criteria {
                let product = products.iter().find(|one| one.id == criterion.product);
                if let (Some(filter), Some(product)) = (criterion.rule(), product)
                    && let Ok(rule) = Rule::bound(filter, product, &known)
                {
                    rules.insert(criterion.id.clone(), rule);
                }
            }
        }
        Ok(Some(Scorers { products, criteria, rules }))
    }

    async fn score_record(
        &mut self,
        record: &Record,
        scorers: &Scorers,
        posts: bool,
    ) -> Result<()> {
        let blueprint = match self.blueprint_of(record).await {
            Ok(blueprint) => blueprint,
            // Nothing is known of it until its blueprint comes back.
            Err(Error::Refused(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        let kept = self.tx.scores(&record.id).await?;
        let concerned = scorers.products.iter().filter(|product| {
            product.takes(&blueprint.key) || kept.iter().any(|score| score.product == product.id)
        });
        let concerned = concerned.collect::<Vec<_>>();
        if concerned.is_empty() {
            return Ok(());
        }
        let identities = self.tx.identities(&record.id).await?;
        let seen = Seen::new(record, &blueprint, &identities);
        let latest = self.tx.latest_assessments(&record.id).await?;
        let mut latest = by_criterion(latest);
        for product in concerned {
            if product.takes(&blueprint.key) {
                for criterion in scorers.of(product) {
                    let Some(rule) = scorers.rules.get(&criterion.id) else { continue };
                    let value = if rule.condition.matches(&seen) { 100 } else { 0 };
                    let before = latest.get(&criterion.id);
                    if before.is_some_and(|one| one.by_rule && one.value == Some(value)) {
                        continue;
                    }
                    let assessment = Assessment {
                        id: AssessmentId::fresh(self.env),
                        record: record.id.clone(),
                        criterion: criterion.id.clone(),
                        number: before.map_or(0, |one| one.number) + 1,
                        value: Some(value),
                        by_rule: true,
                        member: self.member.as_ref().map(|member| member.id.clone()),
                        reason: criterion.rule().map(str::to_owned),
                        evidence: Vec::new(),
                        undoes: None,
                        at: self.now,
                    };
                    self.add_assessment(assessment.clone(), product).await?;
                    latest.insert(criterion.id.clone(), assessment);
                }
            }
            let criteria = scorers.of(product).collect::<Vec<_>>();
            let before = kept.iter().find(|score| score.product == product.id);
            self.keep_score(record, &blueprint, product, &criteria, &latest, before).await?;
            self.lead_by_score(record, product, posts).await?;
        }
        Ok(())
    }

    /// Keeps the score of one record for one product, after somebody assessed it.
    async fn score_one(&mut self, record: &Record, product: &Product) -> Result<()> {
        let blueprint = self.blueprint_of(record).await?;
        let mut criteria = self.criteria_of(product).await?;
        criteria.retain(|criterion| !criterion.archived);
        let latest = by_criterion(self.tx.latest_assessments(&record.id).await?);
        let kept = self.tx.scores(&record.id).await?;
        let before = kept.iter().find(|score| score.product == product.id);
        let criteria = criteria.iter().collect::<Vec<_>>();
        self.keep_score(record, &blueprint, product, &criteria, &latest, before).await?;
        self.lead_by_score(record, product, true).await
    }

    async fn add_assessment(&mut self, assessment: Assessment, product: &Product) -> Result<()> {
        self.tx.insert_assessment(&assessment).await?;
        self.facts.push(FactBody::RecordAssessed {
            record: assessment.record,
            product: product.key.clone(),
            criterion: assessment.criterion,
            value: assessment.value,
        });
        Ok(())
    }

    async fn keep_score(
        &mut self,
        record: &Record,
        blueprint: &Blueprint,
        product: &Product,
        criteria: &[&Criterion],
        latest: &Latest,
        before: Option<&Score>,
    ) -> Result<()> {
        let now = match product.takes(&blueprint.key) {
            true => score_of(criteria, latest),
            false => None,
        };
        if now == before.map(|score| (score.value, score.coverage)) {
            return Ok(());
        }
        let summary = match now {
            Some((value, coverage)) => {
                let score = Score {
                    product: product.id.clone(),
                    record: record.id.clone(),
                    value,
                    coverage,
                    at: self.now,
                };
                self.tx.put_score(&score, &product.key, &record.blueprint).await?;
                let was =
                    before.map_or_else(String::new, |before| format!(", was {}", before.value));
                format!("Fit for {}: {value} of 100, {coverage} % known{was}", product.name)
            }
            None => {
                self.tx.delete_score(&product.id, &product.key, &record.id).await?;
                format!("Fit for {}: nothing is known any more", product.name)
            }
        };
        self.facts.push(FactBody::RecordScored {
            record: record.id.clone(),
            product: product.key.clone(),
            value: now.map(|(value, _)| value),
            coverage: now.map_or(0, |(_, coverage)| coverage),
        });
        // A score is no touch: nobody was in touch with them.
        let data = json!({
            "product": product.key,
            "value": now.map(|(value, _)| value),
            "coverage": now.map_or(0, |(_, coverage)| coverage),
            "before": before.map(|score| score.value),
        });
        let interaction = self.line(&record.id, EventType::ProfileScored, summary, data);
        self.tx.insert_interaction(&interaction).await?;
        self.facts.push(FactBody::InteractionLogged {
            record: record.id.clone(),
            interaction: interaction.id,
        });
        self.lead_scored(&record.id, product, now).await?;
        // What else is said under its cards stays.
        self.changed.entry(record.id.clone()).or_insert(None);
        Ok(())
    }

    async fn check_evidence(&mut self, record: &Record, evidence: &[Evidence]) -> Result<()> {
        if evidence.len() > EVIDENCE_MAX {
            return Err(Refusal::invalid(format!(
                "An assessment stands on at most {EVIDENCE_MAX} links. Leave some out."
            ))
            .into());
        }
        for one in evidence {
            match one {
                Evidence::Interaction { interaction } => {
                    let of = self.tx.record_of_interaction(interaction).await?;
                    if of.as_ref() != Some(&record.id) {
                        return Err(Refusal::invalid(format!(
                            "{interaction} is no line of {}'s timeline. Link one that is.",
                            record.title
                        ))
                        .into());
                    }
                }
                Evidence::Message { place, message } => {
                    if self.tx.message(place, message).await?.is_none() {
                        return Err(Refusal::not_found(
                            "The message that is linked as evidence was not kept here. Link one \
                             from a bound room.",
                        )
                        .into());
                    }
                }
                Evidence::Url { url } => {
                    let begins = ["https://", "http://"].iter().any(|b| url.starts_with(b));
                    let plain = !url.contains(|c: char| c.is_whitespace() || c.is_control());
                    if !begins || !plain || url.chars().count() > URL_CHARS_MAX {
                        let shown = url.chars().take(60).collect::<String>();
                        return Err(Refusal::invalid(format!(
                            "Evidence links to a page, like https://acme.example/careers, and \
                             “{shown}” does not."
                        ))
                        .into());
                    }
                }
            }
        }
        Ok(())
    }
}

/// Refuses where records of this kind are not assessed for the product.
pub(super) fn fits(
    product: &Product,
    record: &Record,
    blueprint: &Blueprint,
) -> Result<(), Refusal> {
    if product.takes(&blueprint.key) {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "{} is a {}, and {} is for {}. Name one of those.",
        record.title,
        blueprint.name,
        product.name,
        crate::flows::listed(&product.blueprints)
    )))
}

fn by_criterion(latest: Vec<Assessment>) -> Latest {
    latest.into_iter().map(|one| (one.criterion.clone(), one)).collect()
}

fn gone() -> Refusal {
    Refusal::gone("This criterion or record is gone, so there is nothing to take back.")
}
