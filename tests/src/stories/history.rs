//! A workspace lives through years made by chance: records are made, changed, moved, trashed and
//! brought back, blueprints and stages change under them, commands are refused and undone. All
//! along, lists, boards, search and what indexes keep are held to a brute-force judge that reads
//! nothing but the records themselves; and the same history on another database must end in the
//! same rows.
//!
//! Commands go through the one door. What people see of it in chat and over HTTP is told by the
//! journeys.

mod deeds;
mod judging;
mod rows;

use std::sync::Arc;

use anyhow::{Context, Result};
use bot::workspace::{self, NewWorkspace};
use crm::commands::{AddMember, WorkOnJob};
use crm::ids::{EntryId, IdentityId, LinkId, MemberId, NoteId, RecordId, TaskId, TenantId};
use crm::tenants::{Role, UnlinkedPolicy};
use crm::{Actor, Cause, Command, Crm, Env, Error, Outcome};
use crm_store::Store;
use serde_json::Value as Json;

use crate::harness::chance::{Chance, StoryClock, env};

pub use rows::{Dump, difference, dump};

/// What is to happen.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Where chance begins; the same seed lives the same life.
    pub seed: u64,
    /// How many commands are asked for.
    pub commands: usize,
    /// After how many of them everything is judged.
    pub judged_every: usize,
    /// How many questions are asked each time.
    pub questions: usize,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Lived {
    /// How many commands were asked for.
    pub asked: usize,
    /// How many of these were refused, as they should be now and then.
    pub refused: usize,
    /// How many parts of jobs were done besides.
    pub parts: usize,
    /// How many records there are in the end, the trash included.
    pub records: usize,
    /// How many questions were put to the store and to the judge.
    pub questions: usize,
    /// Where they differed.
    pub differences: Vec<String>,
}

/// A workspace and what is known of it from outside.
pub struct World {
    store: Store,
    crm: Crm,
    url: String,
    env: Env,
    clock: StoryClock,
    tenant: TenantId,
    members: Vec<MemberId>,
    /// With the key of the blueprint of each.
    records: Vec<(RecordId, String)>,
    identities: Vec<(RecordId, IdentityId)>,
    links: Vec<(RecordId, LinkId)>,
    notes: Vec<NoteId>,
    tasks: Vec<TaskId>,
    entries: Vec<(MemberId, EntryId)>,
    asked: usize,
    parts: usize,
}

/// Mistakes in what is derived from records, each as a program might make it.
const MISTAKES: &[(&str, &str)] = &[
    (
        "with one value missing from the index",
        "DELETE FROM field_index WHERE record = (SELECT MIN(id) FROM record \
             WHERE trashed_at IS NULL AND id IN (SELECT record FROM field_index))",
    ),
    (
        "with one deal counted twice in a stage",
        "UPDATE stage_total SET items = items + 1 WHERE column_id = '' AND state = 'open'",
    ),
    (
        "with the amounts of a currency not taken away from where they were",
        "UPDATE stage_total SET units = units + 100 WHERE column_id = 'value' AND items > 0",
    ),
    (
        "with the words of titles not forgotten when records go to the trash",
        "INSERT INTO search_word (tenant, record, place, word, blueprint) \
             SELECT tenant, id, 1, 'acme', blueprint FROM record WHERE trashed_at IS NOT NULL",
    ),
    (
        "with one record that did not join a segment",
        "DELETE FROM segment_member WHERE record = (SELECT MIN(record) FROM segment_member)",
    ),
];

/// 2027-01-04, a Monday, at nine.
const BEGINNING: i64 = 1_799_053_200_000;

impl World {
    /// A workspace in this empty database, with an owner, an administrator, two members and a
    /// viewer, and beside the CRM a blueprint of the team's own.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn begin(url: &str, seed: u64) -> Result<Self> {
        let clock = StoryClock::at(BEGINNING);
        // The store's own chance names its leases; the story's must not depend on how often.
        let store = Store::open(url, Env::system()).await?;
        let env = env(&clock, seed);
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
        let system = Actor::System { tenant: tenant.clone() };
        let mut members = vec![owner];
        let others = [
            ("Imre", Role::Admin),
            ("Mei", Role::Member),
            ("Ola", Role::Member),
            ("Tom", Role::Viewer),
        ];
        for (name, role) in others {
            let add = AddMember {
                name: name.to_owned(),
                email: format!("{}@northwind.example", name.to_lowercase()),
                role,
            };
            members.push(workspace::add_member(&crm, &system, add).await?);
        }
        let mut world = Self {
            store,
            crm,
            url: url.to_owned(),
            env,
            clock,
            tenant,
            members,
            records: vec![],
            identities: vec![],
            links: vec![],
            notes: vec![],
            tasks: vec![],
            entries: vec![],
            asked: 0,
            parts: 0,
        };
        world.run(0, deeds::parcels()).await?.context("the team's own blueprint is refused")?;
        for deed in deeds::gatherings() {
            let told = deed.to_string();
            world.run(0, deed).await?.with_context(|| format!("{told} is refused"))?;
        }
        Ok(world)
    }

    /// Plants one mistake after the other in what is derived from records, and says which of
    /// them the judge notices. In between, the store writes all of it anew, and the judge must be
    /// content again.
    ///
    /// # Errors
    /// When the store fails, or the judge finds fault with what was written anew.
    pub async fn planted_mistakes(
        &mut self,
        questions: usize,
    ) -> Result<Vec<(&'static str, bool)>> {
        let mut noticed = Vec::new();
        for (mistake, sql) in MISTAKES {
            let changed = self.behind_its_back(sql).await?;
            anyhow::ensure!(changed > 0, "{mistake}: there is nothing to change");
            let mut differences = Vec::new();
            // The same questions each time, and enough that each kind is asked.
            let mut chance = Chance::new(1);
            self.judge(&mut chance, questions.max(200), &mut differences).await?;
            noticed.push((*mistake, !differences.is_empty()));
            if sql.contains("segment_member") {
                // Nothing writes these anew, so it comes last.
                break;
            }
            self.behind_its_back("UPDATE tenant SET index_version = 0").await?;
            differences.clear();
            let mut chance = Chance::new(1);
            self.judge(&mut chance, questions.max(200), &mut differences).await?;
            anyhow::ensure!(differences.is_empty(), "written anew, {differences:?}");
        }
        Ok(noticed)
    }

    /// Runs a statement while the store is closed.
    async fn behind_its_back(&mut self, sql: &'static str) -> Result<u64> {
        self.store.clone().close().await;
        let changed = rows::tamper(&self.url, sql).await?;
        self.store = Store::open(&self.url, Env::system()).await?;
        self.crm = Crm::new(Arc::new(self.store.clone()), self.env.clone());
        Ok(changed)
    }

    fn actor(&self, member: usize) -> Actor {
        Actor::Member { tenant: self.tenant.clone(), member: self.members[member].clone() }
    }

    /// Asks for a command as a member; none when it is refused.
    async fn run(&mut self, member: usize, asked: Json) -> Result<Option<Outcome>> {
        let command: Command =
            serde_json::from_value(asked.clone()).with_context(|| format!("reading {asked}"))?;
        self.asked += 1;
        let cause = Cause::new(format!("story:{}", self.asked));
        match self.crm.run(&self.actor(member), cause, command).await {
            Ok(outcome) => {
                self.learn(member, &asked, &outcome);
                Ok(Some(outcome))
            }
            Err(Error::Refused(_)) => Ok(None),
            Err(error) => Err(anyhow::Error::from(error).context(asked.to_string())),
        }
    }

    fn learn(&mut self, member: usize, asked: &Json, outcome: &Outcome) {
        let id = |name: &str| outcome.data.get(name).and_then(Json::as_str);
        if asked["command"] == "create_record" {
            let blueprint = asked["blueprint"].as_str().unwrap_or_default();
            self.records
                .extend(outcome.records.first().map(|id| (id.clone(), blueprint.to_owned())));
        }
        let of = || {
            let named = asked.get("record").or_else(|| asked.get("from"));
            named.and_then(Json::as_str)?.parse::<RecordId>().ok()
        };
        if let (Some(record), Some(Ok(identity))) = (of(), id("identity").map(str::parse)) {
            self.identities.push((record, identity));
        }
        if let (Some(record), Some(Ok(link))) = (of(), id("link").map(str::parse)) {
            self.links.push((record, link));
        }
        self.notes.extend(id("note").and_then(|id| id.parse().ok()));
        self.tasks.extend(id("task").and_then(|id| id.parse().ok()));
        if outcome.undo {
            self.entries.push((self.members[member].clone(), outcome.entry.clone()));
        }
    }

    /// Does the next part of a job, if one waits.
    async fn work(&mut self) -> Result<bool> {
        let hub = self.crm.hub().clone();
        let Some(claimed) = hub.claim_job("story", self.crm.env().now(), 30).await? else {
            return Ok(false);
        };
        let actor = Actor::System { tenant: claimed.tenant.clone() };
        let command = Command::WorkOnJob(WorkOnJob { job: claimed.job.clone() });
        self.crm.run(&actor, Cause::new(claimed.cause()), command).await?;
        hub.release_leases("story").await?;
        self.parts += 1;
        Ok(true)
    }

    /// Lets one command happen, by chance.
    async fn live_on(&mut self, chance: &mut Chance) -> Result<bool> {
        self.clock.pass(1_000 + i64::try_from(chance.below(1_800_000))?);
        if chance.one_in(2) {
            self.work().await?;
        }
        let (member, deed) = self.deed(chance);
        Ok(self.run(member, deed).await?.is_some())
    }
}

/// Lives through a plan in an empty database. Stops at the first moment at which the store and
/// the judge differ, having told where.
///
/// # Errors
/// When the store fails.
pub async fn live(url: &str, plan: Plan) -> Result<(World, Lived)> {
    let mut chance = Chance::new(plan.seed);
    let mut world = World::begin(url, plan.seed).await?;
    let mut lived = Lived::default();
    while lived.asked < plan.commands {
        lived.asked += 1;
        if !world.live_on(&mut chance).await? {
            lived.refused += 1;
        }
        if lived.asked % plan.judged_every == 0 || lived.asked == plan.commands {
            // What goes on in the background is judged when it is done.
            while world.work().await? {}
            lived.questions +=
                world.judge(&mut chance, plan.questions, &mut lived.differences).await?;
            if !lived.differences.is_empty() {
                break;
            }
        }
    }
    lived.records = world.records.len();
    lived.parts = world.parts;
    Ok((world, lived))
}
