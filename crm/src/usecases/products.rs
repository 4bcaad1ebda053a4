//! Making and changing products and their criteria. What changes how records are scored begins a
//! job that scores them anew; until it has come to a record, its old score stands.

use serde_json::json;

use super::{Done, Work};
use crate::commands::{
    ChangeCriterion, ChangeProduct, Command, CreateCriterion, CreateProduct, PostLeads,
    PutBackCriterion, PutBackProduct,
};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::flows::{key_of, listed};
use crate::ids::{CriterionId, ProductId};
use crate::jobs::{JobSpec, JobStatus};
use crate::lists::{Audience, Known};
use crate::scoring::{
    Assessor, CRITERIA_MAX, Criterion, LeadRules, NAME_CHARS_MAX, PRODUCTS_MAX, Product, Rule,
    Scale, WEIGHT_MAX, WORDS_CHARS_MAX, product_called,
};

/// The blueprints whose records are assessed when nobody says which.
const FIT: [&str; 2] = ["person", "company"];
/// The longest time between a rejection and the next lead.
const AGAIN_DAYS_MAX: i64 = 3_650;
/// The most reasons and the most members who take turns.
const CHOICES_MAX: usize = 20;

impl Work<'_> {
    pub(super) async fn create_product(&mut self, input: CreateProduct) -> Result<Done> {
        let all = self.tx.products().await?;
        if all.iter().filter(|product| !product.archived).count() >= PRODUCTS_MAX {
            return Err(Refusal::invalid(format!(
                "There are {PRODUCTS_MAX} products, and there can be no more. Archive one first."
            ))
            .into());
        }
        let mut blueprints = input.blueprints;
        if blueprints.is_empty() {
            let there = self.tx.blueprints().await?;
            let fit = FIT.iter().filter(|key| there.iter().any(|one| one.key == **key));
            blueprints = fit.map(|key| (*key).to_owned()).collect();
        }
        let taken = |key: &str| all.iter().any(|product| product.key == key);
        let mut product = Product {
            id: ProductId::fresh(self.env),
            key: key_of(&input.name, taken),
            name: input.name,
            about: input.about,
            blueprints,
            leads: LeadRules { turn: 0, ..input.leads },
            archived: false,
            version: 1,
            created_at: self.now,
        };
        self.check_product(&mut product, &all).await?;
        self.keep_product(&product).await?;
        let put_back = Product { archived: true, ..product.clone() };
        self.inverses.push(Command::PutBackProduct(PutBackProduct {
            product: put_back,
            expected_version: product.version,
        }));
        Ok(Done {
            said: format!(
                "{} is there, as {}. Give it criteria, and say how much each counts.",
                product.name, product.key
            ),
            data: json!({ "product": product.key, "id": product.id }),
            ..Done::default()
        })
    }

    pub(super) async fn change_product(&mut self, input: ChangeProduct) -> Result<Done> {
        let all = self.tx.products().await?;
        // One that is archived is found, too, so that it can be brought back.
        let was = match all.iter().find(|product| product.is_called(&input.product)) {
            Some(found) => found.clone(),
            None => product_called(&all, &input.product)?.clone(),
        };
        seen(&was.name, was.version, input.expected_version)?;
        let mut product = was.clone();
        product.name = input.name.unwrap_or(product.name);
        product.about = input.about.unwrap_or(product.about);
        product.blueprints = input.blueprints.unwrap_or(product.blueprints);
        if let Some(leads) = input.leads {
            product.leads = LeadRules { turn: product.leads.turn, ..leads };
        }
        product.archived = input.archived.unwrap_or(product.archived);
        if product == was {
            return Ok(Done::said(format!("{} is that already.", was.name)));
        }
        self.check_product(&mut product, &all).await?;
        let said = match (was.archived, product.archived) {
            (false, true) => format!("{} is archived. Its history stays.", product.name),
            (true, false) => format!("{} is back.", product.name),
            _ => format!("{} is changed.", product.name),
        };
        self.replace_product(&was, product, said).await
    }

    pub(super) async fn put_back_product(&mut self, input: PutBackProduct) -> Result<Done> {
        let all = self.tx.products().await?;
        let is = all.iter().find(|product| product.id == input.product.id);
        let Some(was) = is.cloned() else { return Err(no_such_product().into()) };
        seen(&was.name, was.version, Some(input.expected_version))?;
        let mut product = input.product;
        product.leads.turn = was.leads.turn;
        let said = format!("{} is as it was.", product.name);
        self.replace_product(&was, product, said).await
    }

    pub(super) async fn post_leads(&mut self, input: PostLeads) -> Result<Done> {
        let all = self.tx.products().await?;
        let was = product_called(&all, &input.product)?.clone();
        let mut product = was.clone();
        product.leads.place = input.place;
        self.check_place(&product.leads).await?;
        let said = match product.leads.place {
            Some(_) => format!("Leads for {} are posted here from now on.", product.name),
            None => format!("Leads for {} are no longer posted.", product.name),
        };
        if product == was {
            return Ok(Done::said(said));
        }
        self.replace_product(&was, product, said).await
    }

    pub(super) async fn create_criterion(&mut self, input: CreateCriterion) -> Result<Done> {
        let products = self.tx.products().await?;
        let product = product_called(&products, &input.product)?.clone();
        let others = self.criteria_of(&product).await?;
        let live = others.iter().filter(|one| !one.archived).count();
        if live >= CRITERIA_MAX {
            return Err(Refusal::invalid(format!(
                "{} has {CRITERIA_MAX} criteria, and can have no more. Archive one first.",
                product.name
            ))
            .into());
        }
        let last = i64::try_from(live).unwrap_or(i64::MAX);
        let mut criterion = Criterion {
            id: CriterionId::fresh(self.env),
            product: product.id.clone(),
            name: input.name,
            question: input.question,
            weight: input.weight.unwrap_or(1),
            assessor: input.assessor.unwrap_or(Assessor::Hand),
            scale: input.scale.unwrap_or(Scale::YesNo),
            position: input.position.unwrap_or(last).clamp(0, last),
            archived: false,
            version: 1,
        };
        self.check_criterion(&mut criterion, &product, &others).await?;
        self.place_criterion(&criterion, &others).await?;
        self.keep_criterion(&criterion, &product).await?;
        self.inverses.push(Command::PutBackCriterion(PutBackCriterion {
            criterion: Criterion { archived: true, ..criterion.clone() },
            expected_version: criterion.version,
        }));
        let jobs = self.score_anew(&product, &[]).await?;
        let data = json!({ "criterion": criterion.id, "product": product.key, "jobs": jobs });
        let said = format!("{} counts {} for {}.", criterion.name, criterion.weight, product.name);
        Ok(Done { said, data, ..Done::default() })
    }

    pub(super) async fn change_criterion(&mut self, input: ChangeCriterion) -> Result<Done> {
        let products = self.tx.products().await?;
        let product = product_called(&products, &input.product)?.clone();
        let others = self.criteria_of(&product).await?;
        let was = criterion_called(&product, &others, &input.criterion, true)?.clone();
        seen(&was.name, was.version, input.expected_version)?;
        let mut criterion = was.clone();
        criterion.name = input.name.unwrap_or(criterion.name);
        criterion.question = input.question.unwrap_or(criterion.question);
        criterion.weight = input.weight.unwrap_or(criterion.weight);
        criterion.assessor = input.assessor.unwrap_or(criterion.assessor);
        criterion.scale = input.scale.unwrap_or(criterion.scale);
        criterion.archived = input.archived.unwrap_or(criterion.archived);
        if let Some(position) = input.position {
            let last = others.iter().filter(|one| !one.archived).count().saturating_sub(1);
            criterion.position = position.clamp(0, i64::try_from(last).unwrap_or(i64::MAX));
        }
        if criterion == was {
            return Ok(Done::said(format!("{} is that already.", was.name)));
        }
        self.check_criterion(&mut criterion, &product, &others).await?;
        let said = match (was.archived, criterion.archived) {
            (false, true) => format!("{} counts no more. Its history stays.", criterion.name),
            (true, false) => format!("{} counts again.", criterion.name),
            _ => format!("{} is changed.", criterion.name),
        };
        self.place_criterion(&criterion, &others).await?;
        self.replace_criterion(&was, criterion, &product, said).await
    }

    pub(super) async fn put_back_criterion(&mut self, input: PutBackCriterion) -> Result<Done> {
        let products = self.tx.products().await?;
        let is = products.iter().find(|product| product.id == input.criterion.product);
        let Some(product) = is.cloned() else { return Err(no_such_product().into()) };
        let others = self.criteria_of(&product).await?;
        let Some(was) = others.iter().find(|one| one.id == input.criterion.id).cloned() else {
            return Err(no_such_product().into());
        };
        seen(&was.name, was.version, Some(input.expected_version))?;
        let criterion = input.criterion;
        self.place_criterion(&criterion, &others).await?;
        let said = format!("{} is as it was.", criterion.name);
        self.replace_criterion(&was, criterion, &product, said).await
    }

    /// The criteria of a product, archived ones too, in order.
    pub(super) async fn criteria_of(&mut self, product: &Product) -> Result<Vec<Criterion>> {
        let mut all = self.tx.criteria().await?;
        all.retain(|criterion| criterion.product == product.id);
        Ok(all)
    }

    async fn replace_product(
        &mut self,
        was: &Product,
        mut product: Product,
        said: String,
    ) -> Result<Done> {
        product.version = was.version + 1;
        self.keep_product(&product).await?;
        self.inverses.push(Command::PutBackProduct(PutBackProduct {
            product: was.clone(),
            expected_version: product.version,
        }));
        let over = |one: &Product| (one.leads.threshold, one.leads.least_coverage);
        let scores = product.blueprints != was.blueprints
            || (was.archived && !product.archived)
            || over(was) != over(&product);
        let mut jobs = Vec::new();
        if scores && !product.archived {
            jobs = self.score_anew(&product, &was.blueprints).await?;
        }
        let data = json!({ "product": product.key, "jobs": jobs });
        Ok(Done { said, data, ..Done::default() })
    }

    async fn replace_criterion(
        &mut self,
        was: &Criterion,
        mut criterion: Criterion,
        product: &Product,
        said: String,
    ) -> Result<Done> {
        criterion.version = was.version + 1;
        self.keep_criterion(&criterion, product).await?;
        self.inverses.push(Command::PutBackCriterion(PutBackCriterion {
            criterion: was.clone(),
            expected_version: criterion.version,
        }));
        let counts = |one: &Criterion| (one.weight, one.archived, one.assessor.clone());
        let mut jobs = Vec::new();
        if counts(was) != counts(&criterion) && !product.archived {
            jobs = self.score_anew(product, &[]).await?;
        }
        let data = json!({ "criterion": criterion.id, "product": product.key, "jobs": jobs });
        Ok(Done { said, data, ..Done::default() })
    }

    async fn keep_product(&mut self, product: &Product) -> Result<()> {
        self.tx.put_product(product).await?;
        self.facts.push(FactBody::ProductChanged {
            product: product.key.clone(),
            archived: product.archived,
        });
        Ok(())
    }

    async fn keep_criterion(&mut self, criterion: &Criterion, product: &Product) -> Result<()> {
        self.tx.put_criterion(criterion).await?;
        self.facts.push(FactBody::CriterionChanged {
            product: product.key.clone(),
            criterion: criterion.id.clone(),
            archived: criterion.archived,
        });
        Ok(())
    }

    /// Numbers the other criteria around the place that this one takes.
    async fn place_criterion(&mut self, criterion: &Criterion, others: &[Criterion]) -> Result<()> {
        let others = others.iter().filter(|one| one.id != criterion.id && !one.archived);
        let mut place = 0;
        for other in others {
            if !criterion.archived && place == criterion.position {
                place += 1;
            }
            if other.position != place {
                self.tx.put_criterion(&Criterion { position: place, ..other.clone() }).await?;
            }
            place += 1;
        }
        Ok(())
    }

    /// Begins to score the records of a product anew, and those of blueprints that it had before.
    async fn score_anew(&mut self, product: &Product, before: &[String]) -> Result<Vec<String>> {
        let blueprints = self.tx.blueprints().await?;
        let open = self.tx.open_jobs().await?;
        let mut jobs = Vec::new();
        for blueprint in blueprints {
            let had = before.contains(&blueprint.key);
            let Some(id) = blueprint.id.clone() else { continue };
            if !had && !product.takes(&blueprint.key) {
                continue;
            }
            let spec = JobSpec::ScoreRecords { blueprint: id.clone(), product: product.id.clone() };
            for job in open.iter().filter(|job| job.spec == spec) {
                // It went by what no longer holds.
                self.end_job(&mut job.clone(), JobStatus::Cancelled).await?;
            }
            if self.tx.count_records_of(&id).await? > 0 {
                let begun = self.begin_job(spec, String::new()).await?;
                jobs.extend(begun.data["job"].as_str().map(str::to_owned));
            }
        }
        Ok(jobs)
    }

    async fn check_product(&mut self, product: &mut Product, all: &[Product]) -> Result<()> {
        product.name = one_line(&product.name);
        named(&product.name, "A product")?;
        worded(&product.about, "What a product is")?;
        let mut others = all.iter().filter(|one| one.id != product.id && !one.archived);
        if !product.archived && others.any(|other| other.is_called(&product.name)) {
            return Err(Refusal::invalid(format!(
                "There is a product called {} already. Give this one another name.",
                product.name
            ))
            .into());
        }
        let there = self.tx.blueprints().await?;
        let mut keys = Vec::new();
        for given in &product.blueprints {
            let Some(found) = there.iter().find(|one| one.is_called(given)) else {
                let all = there.iter().map(|one| one.key.as_str()).collect::<Vec<_>>();
                return Err(Refusal::invalid(format!(
                    "There is no blueprint “{}”. There is {}.",
                    given.trim().chars().take(60).collect::<String>(),
                    listed(&all)
                ))
                .into());
            };
            if !keys.contains(&found.key) {
                keys.push(found.key.clone());
            }
        }
        if keys.is_empty() {
            return Err(Refusal::invalid(
                "A product needs a kind of record that it fits. Name blueprints, like company.",
            )
            .into());
        }
        product.blueprints = keys;
        self.check_leads(&mut product.leads).await
    }

    async fn check_leads(&mut self, leads: &mut LeadRules) -> Result<()> {
        let within = |name: &str, value: i64, low: i64, high: i64, example: i64| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(Refusal::invalid(format!(
                "{name} is a whole number from {low} to {high}, like {example}, and {value} is not."
            )))
        };
        if let Some(threshold) = leads.threshold {
            within("The threshold", threshold, 1, 100, 60)?;
        }
        within("The least coverage", leads.least_coverage, 0, 100, 50)?;
        within("The days after a rejection", leads.again_after_days, 0, AGAIN_DAYS_MAX, 90)?;
        for reason in &mut leads.reasons {
            *reason = one_line(reason);
            named(reason, "A reason")?;
        }
        if leads.reasons.len() > CHOICES_MAX || leads.turns.len() > CHOICES_MAX {
            return Err(Refusal::invalid(format!(
                "A product has at most {CHOICES_MAX} reasons, and as many members take turns. \
                 Leave some out."
            ))
            .into());
        }
        for member in &leads.turns {
            if self.tx.member(member).await?.is_none_or(|member| !member.active) {
                return Err(Refusal::not_found(format!(
                    "There is no member {member} here to take turns. Look at the list of members."
                ))
                .into());
            }
        }
        let there = self.tx.blueprints().await?;
        let Some(deal) = there.iter().find(|one| one.is_called(&leads.deal)) else {
            return Err(Refusal::invalid(format!(
                "There is no blueprint “{}” for accepted leads to become. Name one, like deal.",
                leads.deal.trim().chars().take(60).collect::<String>()
            ))
            .into());
        };
        leads.deal.clone_from(&deal.key);
        if let Some(given) = &leads.pipeline {
            let Some(flow) = deal.flows.iter().find(|flow| flow.is_called(given)) else {
                let names = deal.flows.iter().map(|flow| flow.name.as_str()).collect::<Vec<_>>();
                return Err(Refusal::invalid(format!(
                    "{} go through no pipeline “{}”. There is {}.",
                    deal.plural,
                    given.trim().chars().take(60).collect::<String>(),
                    listed(&names)
                ))
                .into());
            };
            leads.pipeline = Some(flow.key.clone());
        }
        self.check_place(leads).await
    }

    async fn check_place(&mut self, leads: &LeadRules) -> Result<()> {
        if let Some(place) = &leads.place
            && self.tx.place(place).await?.is_none()
        {
            return Err(Refusal::not_found(
                "This place is not bound, so nothing is posted in it. Bind it first, or name \
                 another one.",
            )
            .into());
        }
        Ok(())
    }

    async fn check_criterion(
        &mut self,
        criterion: &mut Criterion,
        product: &Product,
        others: &[Criterion],
    ) -> Result<()> {
        criterion.name = one_line(&criterion.name);
        named(&criterion.name, "A criterion")?;
        worded(&criterion.question, "A question")?;
        let mut others = others.iter().filter(|one| one.id != criterion.id && !one.archived);
        if !criterion.archived && others.any(|other| other.is_called(&criterion.name)) {
            return Err(Refusal::invalid(format!(
                "{} has a criterion called {} already. Give this one another name.",
                product.name, criterion.name
            ))
            .into());
        }
        if !(1..=WEIGHT_MAX).contains(&criterion.weight) {
            return Err(Refusal::invalid(format!(
                "The weight of {} is a whole number from 1 to {WEIGHT_MAX}, like 3, and {} is not.",
                criterion.name, criterion.weight
            ))
            .into());
        }
        if let Assessor::Rule { filter } = &criterion.assessor {
            criterion.scale = Scale::YesNo;
            let now = self.now;
            let known = Known::read(self.tx.as_mut(), None, now, Audience::Room).await?;
            Rule::read(filter, product, &known)?;
        }
        Ok(())
    }
}

/// The criterion that is called so; archived ones only where they are asked for.
pub(super) fn criterion_called<'c>(
    product: &Product,
    all: &'c [Criterion],
    given: &str,
    archived: bool,
) -> Result<&'c Criterion, Refusal> {
    let live = all.iter().filter(|one| !one.archived).collect::<Vec<_>>();
    let found = live.iter().copied().find(|one| one.is_called(given));
    let found = found.or_else(|| all.iter().find(|one| archived && one.is_called(given)));
    found.ok_or_else(|| {
        let names = live.iter().map(|one| one.name.as_str()).collect::<Vec<_>>();
        let there = match listed(&names) {
            none if none.is_empty() => "It has none yet; an administrator can add some".to_owned(),
            some => format!("There is {some}"),
        };
        let given = given.trim().chars().take(60).collect::<String>();
        Refusal::not_found(format!("{} has no criterion “{given}”. {there}.", product.name))
    })
}

fn no_such_product() -> Refusal {
    Refusal::not_found("There is no such product or criterion any more. Look at the list again.")
}

fn seen(name: &str, version: i64, expected: Option<i64>) -> Result<(), Refusal> {
    match expected {
        Some(expected) if expected != version => Err(Refusal::out_of_date(format!(
            "{name} has changed since. Look at it again and repeat what you want."
        ))),
        _ => Ok(()),
    }
}

fn named(name: &str, what: &str) -> Result<(), Refusal> {
    if (1..=NAME_CHARS_MAX).contains(&name.chars().count()) {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "{what} is called by 1 to {NAME_CHARS_MAX} characters, like Annual plan."
    )))
}

fn worded(text: &str, what: &str) -> Result<(), Refusal> {
    if text.chars().count() <= WORDS_CHARS_MAX {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "{what} takes at most {WORDS_CHARS_MAX} characters. Make it shorter."
    )))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
