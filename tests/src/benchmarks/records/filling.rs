//! A workspace as large as a team's after years: made through the store, so that everything that
//! is derived from records is there, with timelines written behind it.

use std::sync::Arc;

use anyhow::{Context, Result};
use bot::workspace::{self, NewWorkspace};
use chrono::{DateTime, TimeDelta, Utc};
use crm::blueprints::{Blueprint, Values};
use crm::ids::{IdentityId, LinkId, MemberId, RecordId, SpaceId, TenantId};
use crm::ports::NewRecord;
use crm::records::{IdentityKind, Link, Record};
use crm::tenants::UnlinkedPolicy;
use crm::{Actor, Cause, Command, Crm, Env};
use crm_store::Store;
use serde_json::{Value as Json, json};

use crate::harness::bare::{Arg, Bare};
use crate::harness::chance::Chance;

pub(super) const PEOPLE: usize = 100_000;
pub(super) const COMPANIES: usize = 20_000;
pub(super) const DEALS: usize = 50_000;
pub(super) const INTERACTIONS: usize = 1_000_000;
/// The stages of the board.
pub(super) const STAGES: usize = 10;
/// How many records have a long timeline.
const TALKED_ABOUT: usize = 300;
/// How long these are.
const LONG: usize = 500;
/// How many records are written in one commit.
const TOGETHER: usize = 2_000;

const FIRST: &[&str] = &[
    "Anna", "Bob", "Chiara", "Dmitri", "Elif", "Farid", "Grace", "Hana", "Igor", "Jürgen", "Katya",
    "Liam", "Mei", "Noor", "Oskar", "Priya", "Quentin", "Rosa", "Søren", "Tomás", "Uma", "Viktor",
    "Wanda", "Ximena", "Yusuf", "Zoë",
];
const LAST: &[&str] = &[
    "Schmidt",
    "Okafor",
    "Nakamura",
    "Rossi",
    "Novák",
    "Silva",
    "Haddad",
    "Kowalska",
    "Lindqvist",
    "Moreau",
    "Petrov",
    "Quiroga",
    "Singh",
    "Tanaka",
    "Ueda",
    "Varga",
    "Weber",
    "Xu",
    "Yilmaz",
    "Zhang",
];
const SYLLABLES: &[&str] = &[
    "ba", "cor", "del", "fin", "gra", "hol", "im", "jo", "kel", "lun", "mor", "nex", "or", "pra",
    "qui", "ros", "sol", "tek", "ul", "vin", "wal", "xen", "yor", "zan",
];

/// A filled workspace.
pub(super) struct Filled {
    pub(super) crm: Crm,
    pub(super) store: Store,
    pub(super) actor: Actor,
    pub(super) tenant: TenantId,
    pub(super) deal: Arc<Blueprint>,
    pub(super) people: Vec<RecordId>,
    pub(super) companies: Vec<RecordId>,
    pub(super) deals: Vec<RecordId>,
}

/// A made-up word, another one for each number.
fn made_up(chance: &mut Chance) -> String {
    let mut word = String::new();
    for _ in 0..2 + chance.below(3) {
        word.push_str(chance.pick(SYLLABLES));
    }
    word[..1].to_uppercase() + &word[1..]
}

impl Filled {
    /// Fills an empty database.
    pub(super) async fn make(url: &str, chance: &mut Chance) -> Result<Self> {
        let env = Env::system();
        let store = Store::open(url, env.clone()).await?;
        let crm = Crm::new(Arc::new(store.clone()), env.clone());
        let new = NewWorkspace {
            name: "Northwind".to_owned(),
            timezone: "Europe/Berlin".to_owned(),
            region: None,
            unlinked: UnlinkedPolicy::Read,
            owner: "Rosa Keller".to_owned(),
            email: "rosa@northwind.example".to_owned(),
        };
        let (tenant, owner) = workspace::make(&crm, new).await?;
        let actor = Actor::Member { tenant: tenant.clone(), member: owner.clone() };
        for (number, asked) in shape().into_iter().enumerate() {
            let command = serde_json::from_value::<Command>(asked)?;
            crm.run(&actor, Cause::new(format!("shape:{number}")), command).await?;
        }
        let mut read = crm.read(&actor).await?;
        let blueprints = read.blueprints().await?;
        let space = read.spaces().await?.first().context("a space")?.id.clone();
        drop(read);
        let named = |key: &str| {
            blueprints.iter().find(|one| one.key == key).cloned().with_context(|| key.to_owned())
        };
        let (person, company, deal) = (named("person")?, named("company")?, named("deal")?);
        let mut filled = Self {
            crm,
            store: store.clone(),
            actor,
            tenant: tenant.clone(),
            deal: deal.clone(),
            people: vec![],
            companies: vec![],
            deals: vec![],
        };
        let hand = Hand { env: &env, space: &space, owner: &owner };
        let companies = filled
            .write(COMPANIES, |number| {
                let title = format!("{} {}", made_up(chance), made_up(chance));
                let values = json!({ "industry": made_up(chance), "website": null });
                hand.record(&company, number, title, &values, None)
            })
            .await?;
        let people = filled
            .write(PEOPLE, |number| {
                let title = format!("{} {}", chance.pick(FIRST), chance.pick(LAST));
                let values = json!({ "job_title": made_up(chance) });
                hand.record(&person, number, title, &values, None)
            })
            .await?;
        let today = env.now();
        let deals = filled
            .write(DEALS, |number| {
                let title = format!("{} {}", made_up(chance), made_up(chance));
                let day = |days: usize| (today + TimeDelta::days(days as i64)).date_naive();
                let values = json!({
                    "value": { "amount": format!("{}.50", 100 + chance.below(90_000)),
                        "currency": chance.pick(&["EUR", "EUR", "EUR", "USD"]) },
                    "close_on": day(chance.below(400)),
                    "region": format!("Region {}", chance.below(20)),
                    "score": chance.below(100),
                    "renews_on": day(chance.below(2_000)),
                });
                let state = format!("step_{}", chance.below(STAGES));
                hand.record(&deal, number, title, &values, Some(("ten", state)))
            })
            .await?;
        filled.relate(&env, &people, &companies, &deals).await?;
        filled.people = people;
        filled.companies = companies;
        filled.deals = deals;
        filled.store.close().await;
        timelines(url, &tenant, &owner).await?;
        filled.store = Store::open(url, env.clone()).await?;
        filled.crm = Crm::new(Arc::new(filled.store.clone()), env);
        Ok(filled)
    }

    /// Writes so many records of a blueprint.
    async fn write(
        &self,
        count: usize,
        mut one: impl FnMut(usize) -> Result<(Record, Arc<Blueprint>)>,
    ) -> Result<Vec<RecordId>> {
        let mut ids = Vec::with_capacity(count);
        for first in (0..count).step_by(TOGETHER) {
            let mut tx = self.crm.hub().begin(&self.tenant).await?;
            let mut all = Vec::with_capacity(TOGETHER);
            for number in first..count.min(first + TOGETHER) {
                let (record, blueprint) = one(number)?;
                ids.push(record.id.clone());
                let keys = blueprint.index_keys(&record.values);
                all.push(NewRecord { keys, record, identities: Vec::new() });
            }
            tx.insert_records(&all).await?;
            tx.commit().await?;
        }
        Ok(ids)
    }

    /// Gives each person an address and a company, and each deal a company and a person.
    async fn relate(
        &self,
        env: &Env,
        people: &[RecordId],
        companies: &[RecordId],
        deals: &[RecordId],
    ) -> Result<()> {
        let now = env.now();
        for (part, some) in people.chunks(TOGETHER).enumerate() {
            let mut tx = self.crm.hub().begin(&self.tenant).await?;
            let mut links = Vec::new();
            for (number, person) in some.iter().enumerate() {
                let number = part * TOGETHER + number;
                let address = json!({
                    "id": IdentityId::fresh(env), "record": person, "kind": IdentityKind::Email,
                    "value": format!("person{number}@firm{}.example", number % COMPANIES),
                    "verified": false, "primary": true, "created_at": now,
                });
                tx.insert_identity(&serde_json::from_value(address)?).await?;
                let company = &companies[number % companies.len()];
                links.push(link(env, now, person, company, "works_at"));
            }
            tx.insert_links(&links).await?;
            tx.commit().await?;
        }
        for (part, some) in deals.chunks(TOGETHER).enumerate() {
            let mut tx = self.crm.hub().begin(&self.tenant).await?;
            let mut links = Vec::new();
            for (number, deal) in some.iter().enumerate() {
                let number = part * TOGETHER + number;
                let company = &companies[number % companies.len()];
                links.push(link(env, now, deal, company, "customer"));
                let person = &people[number * 2 % people.len()];
                links.push(link(env, now, deal, person, "contact"));
            }
            tx.insert_links(&links).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

fn link(env: &Env, now: DateTime<Utc>, from: &RecordId, to: &RecordId, kind: &str) -> Link {
    Link {
        id: LinkId::fresh(env),
        from: from.clone(),
        to: to.clone(),
        kind: kind.to_owned(),
        role: None,
        created_at: now,
    }
}

/// The team's own columns, and a pipeline of ten stages.
fn shape() -> Vec<Json> {
    let stages = (0..STAGES)
        .map(|number| {
            json!({ "key": format!("step_{number}"), "name": format!("Step {number}"),
            "kind": "open", "probability": number * 10 })
        })
        .collect::<Vec<_>>();
    vec![
        json!({ "command": "change_blueprint", "blueprint": "deal", "steps": [
            { "change": "add_column",
                "column": { "id": "region", "name": "Region", "type": "text" } },
            { "change": "add_column",
                "column": { "id": "score", "name": "Score", "type": "integer" } },
            { "change": "add_column",
                "column": { "id": "renews_on", "name": "Renews", "type": "date" } },
        ] }),
        json!({ "command": "create_pipeline", "blueprint": "deal", "name": "Ten",
            "stages": stages }),
    ]
}

/// What every record of the workspace shares.
struct Hand<'a> {
    env: &'a Env,
    space: &'a SpaceId,
    owner: &'a MemberId,
}

impl Hand<'_> {
    fn record(
        &self,
        blueprint: &Arc<Blueprint>,
        number: usize,
        title: String,
        values: &Json,
        state: Option<(&str, String)>,
    ) -> Result<(Record, Arc<Blueprint>)> {
        let given: Values = serde_json::from_value(values.clone())?;
        let mut values = blueprint.checked(given)?;
        values.retain(|_, value| !value.is_null());
        let now = self.env.now();
        let record = Record {
            id: RecordId::fresh(self.env),
            key: format!("{}-{}", blueprint.prefix, number + 1),
            blueprint: blueprint.id.clone().context("an id")?,
            blueprint_version: blueprint.version,
            space: self.space.clone(),
            title,
            owner: (!number.is_multiple_of(3)).then(|| self.owner.clone()),
            flow: state.as_ref().map(|(flow, _)| (*flow).to_owned()),
            state_since: state.as_ref().map(|_| now),
            state: state.map(|(_, state)| state),
            values,
            version: 1,
            created_at: now,
            updated_at: now,
            touched_at: Some(now),
            trashed_at: None,
        };
        Ok((record, blueprint.clone()))
    }
}

/// A few lines on each record and many on some, while no program has the database open.
async fn timelines(url: &str, tenant: &TenantId, owner: &MemberId) -> Result<()> {
    let mut bare = Bare::writing(url).await?;
    let all = PEOPLE + COMPANIES + DEALS;
    let each = (INTERACTIONS - TALKED_ABOUT * LONG) / all;
    let rest = INTERACTIONS - TALKED_ABOUT * LONG - each * all;
    // Which records, and how many lines on each: everywhere, on some, and one more here and there.
    let parts = [(all, each), (TALKED_ABOUT, LONG), (rest, 1)];
    let mut first = 0i64;
    for (records, lines) in parts {
        let (records, lines) = (i64::try_from(records)?, i64::try_from(lines)?);
        // Every so manieth record, so that they lie apart.
        let sql = "\
            INSERT INTO interaction (tenant, id, record, kind, summary, member, author, data, at)
            WITH RECURSIVE
                line (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM line WHERE n < CAST($4 AS BIGINT)),
                chosen AS (SELECT id, ROW_NUMBER() OVER (ORDER BY title_folded, id) AS place
                    FROM record
                    WHERE tenant = $1 ORDER BY title_folded, id LIMIT CAST($3 AS BIGINT))
            SELECT $1, 'int_' || CAST(1000000000000000 + CAST($5 AS BIGINT)
                    + (chosen.place - 1) * CAST($4 AS BIGINT) + line.n AS TEXT), chosen.id, 'message',
                'They asked about delivery again, and whether the price holds until the end of the '
                    || 'quarter: line ' || CAST(line.n AS TEXT), $2, 'Rosa Keller', 'null',
                1790000000000 + (line.n * 7919 + chosen.place * 104729) % 30000000000
            FROM chosen CROSS JOIN line";
        let args = [
            tenant.as_str().into(),
            owner.as_str().into(),
            records.into(),
            lines.into(),
            first.into(),
        ];
        bare.execute(sql, &args as &[Arg]).await?;
        first += records * lines;
    }
    // A server's own housekeeping does so within a minute; the embedded database needs none.
    if !bare.is_sqlite() {
        bare.execute("VACUUM ANALYZE", &[]).await?;
    }
    bare.close().await
}
