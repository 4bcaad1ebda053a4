//! Products and criteria, what was found out about records, their scores and the leads that wait.
//! A score is kept twice: as a row, and as a value in the index that lists are made of.

use async_trait::async_trait;
use crm::StoreError;
use crm::ids::{BlueprintId, CriterionId, InteractionId, LeadId, ProductId, RecordId};
use crm::leads::{Lead, LeadCursor, LeadList, LeadsThat};
use crm::ports::{LeadPage, ReadScoring, WriteScoring};
use crm::scoring::{Assessment, Criterion, Evidence, Product, Score, index_key, score_column};

use crate::bound::Bound;
use crate::core::{Row, Value, assembled, values};

const PRODUCTS: &str = "SELECT definition FROM product WHERE tenant = $1 ORDER BY created_at, id";
const PUT_PRODUCT: &str = "\
INSERT INTO product (tenant, id, key, definition, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant, id) DO UPDATE SET definition = excluded.definition";
const CRITERIA: &str =
    "SELECT definition FROM criterion WHERE tenant = $1 ORDER BY product, position, id";
const PUT_CRITERION: &str = "\
INSERT INTO criterion (tenant, id, product, position, definition) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant, id) DO UPDATE
SET position = excluded.position, definition = excluded.definition";

const LATEST: &str = "\
SELECT * FROM assessment AS a
WHERE a.tenant = $1 AND a.record = $2 AND a.number = (
    SELECT MAX(b.number) FROM assessment AS b
    WHERE b.tenant = $1 AND b.record = $2 AND b.criterion = a.criterion)
ORDER BY a.criterion";
const ASSESSMENTS: &str = "\
SELECT * FROM assessment WHERE tenant = $1 AND record = $2 AND id < $3 ORDER BY id DESC LIMIT $4";
const ASSESSMENTS_OF: &str = "\
SELECT * FROM assessment WHERE tenant = $1 AND record = $2 AND id < $3 AND criterion = $5
ORDER BY id DESC LIMIT $4";
const INSERT_ASSESSMENT: &str = "\
INSERT INTO assessment (tenant, id, record, criterion, number, value, by_rule, member, reason,
    evidence, undoes, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const INTERACTION: &str = "SELECT record FROM interaction WHERE tenant = $1 AND id = $2";

const SCORES: &str = "SELECT * FROM score WHERE tenant = $1 AND record = $2 ORDER BY product";
const PUT_SCORE: &str = "\
INSERT INTO score (tenant, record, product, value, coverage, at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant, record, product) DO UPDATE
SET value = excluded.value, coverage = excluded.coverage, at = excluded.at";
const DELETE_SCORE: &str = "DELETE FROM score WHERE tenant = $1 AND record = $2 AND product = $3";
const INDEX_SCORE: &str = "\
INSERT INTO field_index
    (tenant, blueprint, column_id, item, text_value, num_value, time_value, record)
SELECT r.tenant, $2, $3, 0, NULL, $4, NULL, r.id
FROM record AS r WHERE r.tenant = $1 AND r.id = $5 AND r.trashed_at IS NULL";
const FORGET_INDEX: &str =
    "DELETE FROM field_index WHERE tenant = $1 AND record = $2 AND column_id = $3";
/// All scores of what is not in the trash once more, where the index was emptied.
pub(crate) const INDEX_ALL: &str = "\
INSERT INTO field_index
    (tenant, blueprint, column_id, item, text_value, num_value, time_value, record)
SELECT s.tenant, r.blueprint, 'score.' || p.key, 0, NULL, s.value, NULL, s.record
FROM score AS s
JOIN record AS r ON r.tenant = s.tenant AND r.id = s.record
JOIN product AS p ON p.tenant = s.tenant AND p.id = s.product
WHERE s.tenant = $1 AND r.trashed_at IS NULL";
/// All scores of one record once more, as it comes back from the trash.
pub(crate) const INDEX_RECORD: &str = "\
INSERT INTO field_index
    (tenant, blueprint, column_id, item, text_value, num_value, time_value, record)
SELECT s.tenant, r.blueprint, 'score.' || p.key, 0, NULL, s.value, NULL, s.record
FROM score AS s
JOIN record AS r ON r.tenant = s.tenant AND r.id = s.record
JOIN product AS p ON p.tenant = s.tenant AND p.id = s.product
WHERE s.tenant = $1 AND s.record = $2";

const LEAD: &str = "SELECT body FROM lead WHERE tenant = $1 AND id = $2";
const LEADS_OF: &str =
    "SELECT body FROM lead WHERE tenant = $1 AND record = $2 ORDER BY id DESC LIMIT $3";
const LEADS_OF_PRODUCT: &str = "\
SELECT body FROM lead WHERE tenant = $1 AND record = $2 AND product = $4
ORDER BY id DESC LIMIT $3";
const INSERT_LEAD: &str = "\
INSERT INTO lead (tenant, id, product, record, status, score, coverage, assignee, snoozed_until,
    body, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const UPDATE_LEAD: &str = "\
UPDATE lead SET status = $3, score = $4, coverage = $5, assignee = $6, snoozed_until = $7, body = $8
WHERE tenant = $1 AND id = $2";

/// After every id, however a database compares text.
const LAST: &str = "asm_zzzzzzzzzzzzzzzzz";
/// The most leads on a page.
const PAGE_MAX: i64 = 200;

fn read_assessment(row: &Row) -> Result<Assessment, StoreError> {
    Ok(Assessment {
        id: row.parsed("id")?,
        record: row.parsed("record")?,
        criterion: row.parsed("criterion")?,
        number: row.int("number")?,
        value: row.opt_int("value")?,
        by_rule: row.flag("by_rule")?,
        member: row.opt_parsed("member")?,
        reason: row.opt_text("reason")?,
        evidence: row.opt_json::<Vec<Evidence>>("evidence")?.unwrap_or_default(),
        undoes: row.opt_int("undoes")?,
        at: row.time("at")?,
    })
}

fn read_lead(row: &Row) -> Result<Lead, StoreError> {
    row.json("body")
}

#[async_trait]
impl ReadScoring for Bound {
    async fn products(&mut self) -> Result<Vec<Product>, StoreError> {
        self.all(PRODUCTS, vec![], |row| row.json("definition")).await
    }

    async fn criteria(&mut self) -> Result<Vec<Criterion>, StoreError> {
        self.all(CRITERIA, vec![], |row| row.json("definition")).await
    }

    async fn latest_assessments(
        &mut self,
        record: &RecordId,
    ) -> Result<Vec<Assessment>, StoreError> {
        self.all(LATEST, values![record], read_assessment).await
    }

    async fn assessments(
        &mut self,
        record: &RecordId,
        criterion: Option<&CriterionId>,
        before: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Assessment>, StoreError> {
        let before = before.unwrap_or(LAST);
        match criterion {
            None => self.all(ASSESSMENTS, values![record, before, limit], read_assessment).await,
            Some(criterion) => {
                let args = values![record, before, limit, criterion];
                self.all(ASSESSMENTS_OF, args, read_assessment).await
            }
        }
    }

    async fn scores(&mut self, record: &RecordId) -> Result<Vec<Score>, StoreError> {
        self.all(SCORES, values![record], |row| {
            Ok(Score {
                product: row.parsed("product")?,
                record: row.parsed("record")?,
                value: row.int("value")?,
                coverage: row.int("coverage")?,
                at: row.time("at")?,
            })
        })
        .await
    }

    async fn record_of_interaction(
        &mut self,
        id: &InteractionId,
    ) -> Result<Option<RecordId>, StoreError> {
        self.one(INTERACTION, values![id], |row| row.parsed("record")).await
    }

    async fn lead(&mut self, id: &LeadId) -> Result<Option<Lead>, StoreError> {
        self.one(LEAD, values![id], read_lead).await
    }

    async fn leads_of(
        &mut self,
        record: &RecordId,
        product: Option<&ProductId>,
        limit: i64,
    ) -> Result<Vec<Lead>, StoreError> {
        match product {
            None => self.all(LEADS_OF, values![record, limit], read_lead).await,
            Some(product) => {
                self.all(LEADS_OF_PRODUCT, values![record, limit, product], read_lead).await
            }
        }
    }

    async fn leads(&mut self, list: &LeadList) -> Result<LeadPage, StoreError> {
        let limit = list.limit.clamp(1, PAGE_MAX);
        let mut args = Vec::new();
        let mut arg = |value: Value| {
            args.push(value);
            format!("${}", args.len() + 1)
        };
        let mut tests = vec![
            "l.tenant = $1".to_owned(),
            format!("l.status = {}", arg(list.that.status().as_str().into())),
        ];
        if let Some(product) = &list.product {
            tests.push(format!("l.product = {}", arg(product.into())));
        }
        if let Some(assignee) = &list.assignee {
            tests.push(format!("l.assignee = {}", arg(assignee.into())));
        }
        match list.that {
            LeadsThat::Wait => tests.push(format!(
                "(l.snoozed_until IS NULL OR l.snoozed_until <= {})",
                arg(list.now.into())
            )),
            LeadsThat::Sleep => {
                tests.push(format!("l.snoozed_until > {}", arg(list.now.into())));
            }
            LeadsThat::WereAccepted | LeadsThat::WereRejected => {}
        }
        if let Some(after) = &list.after {
            let mut twice = |value: i64| (arg(value.into()), arg(value.into()));
            let (score, same_score) = twice(after.score);
            let (coverage, same_coverage) = twice(after.coverage);
            let (made, same_made) = twice(after.created_at);
            let id = arg((&after.id).into());
            tests.push(format!(
                "(l.score < {score} OR (l.score = {same_score} AND (l.coverage < {coverage} \
                 OR (l.coverage = {same_coverage} AND (l.created_at > {made} \
                 OR (l.created_at = {same_made} AND l.id > {id}))))))"
            ));
        }
        let wanted = arg((limit + 1).into());
        let sql = format!(
            "SELECT l.body AS body FROM lead AS l JOIN record AS r ON r.tenant = l.tenant \
             AND r.id = l.record AND r.trashed_at IS NULL WHERE {} \
             ORDER BY l.score DESC, l.coverage DESC, l.created_at, l.id LIMIT {wanted}",
            tests.join(" AND ")
        );
        let mut leads = self.all(assembled(sql), args, read_lead).await?;
        let mut next = None;
        if i64::try_from(leads.len()).is_ok_and(|count| count > limit) {
            leads.pop();
            next = leads.last().map(LeadCursor::of);
        }
        Ok((leads, next))
    }
}

#[async_trait]
impl WriteScoring for Bound {
    async fn put_product(&mut self, product: &Product) -> Result<(), StoreError> {
        let mut args = values![&product.id, &product.key];
        args.push(Value::json(product)?);
        args.push(product.created_at.into());
        self.later(PUT_PRODUCT, args).await
    }

    async fn put_criterion(&mut self, criterion: &Criterion) -> Result<(), StoreError> {
        let mut args = values![&criterion.id, &criterion.product, criterion.position];
        args.push(Value::json(criterion)?);
        self.later(PUT_CRITERION, args).await
    }

    async fn insert_assessment(&mut self, one: &Assessment) -> Result<(), StoreError> {
        let mut args = values![&one.id, &one.record, &one.criterion, one.number];
        args.extend(values![one.value, one.by_rule, &one.member, &one.reason]);
        args.push(Value::opt_json(Some(&one.evidence).filter(|all| !all.is_empty()))?);
        args.extend(values![one.undoes, one.at]);
        self.later(INSERT_ASSESSMENT, args).await
    }

    async fn put_score(
        &mut self,
        score: &Score,
        product: &str,
        blueprint: &BlueprintId,
    ) -> Result<(), StoreError> {
        let mut args = values![&score.record, &score.product, score.value, score.coverage];
        args.push(score.at.into());
        self.later(PUT_SCORE, args).await?;
        let column = score_column(product);
        self.later(FORGET_INDEX, values![&score.record, &column]).await?;
        let args = values![blueprint, &column, index_key(score).number, &score.record];
        self.later(INDEX_SCORE, args).await
    }

    async fn delete_score(
        &mut self,
        id: &ProductId,
        product: &str,
        record: &RecordId,
    ) -> Result<(), StoreError> {
        self.later(DELETE_SCORE, values![record, id]).await?;
        self.later(FORGET_INDEX, values![record, &score_column(product)]).await
    }

    async fn insert_lead(&mut self, lead: &Lead) -> Result<(), StoreError> {
        let mut args = values![&lead.id, &lead.product, &lead.record, lead.status.as_str()];
        args.extend(ranked(lead));
        args.push(Value::json(lead)?);
        args.push(lead.created_at.into());
        self.later(INSERT_LEAD, args).await
    }

    async fn update_lead(&mut self, lead: &Lead) -> Result<(), StoreError> {
        let mut args = values![&lead.id, lead.status.as_str()];
        args.extend(ranked(lead));
        args.push(Value::json(lead)?);
        self.execute_one("lead", UPDATE_LEAD, args).await
    }
}

/// What a lead is found and ordered by.
fn ranked(lead: &Lead) -> Vec<Value> {
    values![lead.score.unwrap_or(-1), lead.coverage, &lead.assignee, lead.snoozed_until]
}
