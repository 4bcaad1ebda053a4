//! A team at work on the real store: Rosa owns the workspace, Ada administers it, Imre works in it
//! and Vera looks on. Time can be moved on.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use crm::commands::{AddMember, CreateRecord, CreateSpace, Undo, WorkOnJob};
use crm::env::Clock;
use crm::ids::{MemberId, RecordId, TenantId};
use crm::interactions::TimelineFilter;
use crm::jobs::{Job, JobStatus};
use crm::ports::Read;
use crm::records::{Identity, Record};
use crm::tenants::{Role, Tenant, UnlinkedPolicy};
use crm::timeline::EventType;
use crm::{Actor, Cause, Command, Crm, Env, Error, Outcome, Refusal, ReplyTo};

use crate::ground::Ground;

/// The machine's clock, moved on.
struct Moved(Arc<dyn Clock>, Arc<AtomicI64>);

impl Clock for Moved {
    fn now(&self) -> DateTime<Utc> {
        self.0.now() + TimeDelta::seconds(self.1.load(Ordering::Relaxed))
    }
}

/// A team.
pub struct Team {
    pub crm: Crm,
    pub tenant: TenantId,
    pub rosa: Actor,
    pub admin: Actor,
    pub imre: Actor,
    pub viewer: Actor,
    moved: Arc<AtomicI64>,
}

impl Team {
    pub async fn start(ground: &Ground) -> Self {
        let moved = Arc::new(AtomicI64::new(0));
        let clock = Arc::new(Moved(ground.env.clock.clone(), moved.clone()));
        let env = Env { clock, random: ground.env.random.clone() };
        let crm = Crm::new(Arc::new(ground.store.clone()), env.clone());
        let tenant = Tenant {
            id: TenantId::fresh(&env),
            name: "Northwind".into(),
            timezone: "Europe/Kyiv".into(),
            language: "en".into(),
            region: None,
            unlinked: UnlinkedPolicy::Nothing,
            created_at: env.now(),
        };
        crm.hub().insert_tenant(&tenant).await.expect("a tenant");
        let system = Actor::System { tenant: tenant.id.clone() };
        let mut people = Vec::new();
        for (name, role) in [
            ("Rosa", Role::Owner),
            ("Ada", Role::Admin),
            ("Imre", Role::Member),
            ("Vera", Role::Viewer),
        ] {
            let email = format!("{}@example.org", name.to_lowercase());
            let member = AddMember { name: name.into(), email, role };
            let added = run(&crm, &system, Command::AddMember(member)).await.expect("added");
            let id = serde_json::from_value::<MemberId>(added.data["member"].clone());
            let member = id.expect("an id");
            people.push(Actor::Member { tenant: tenant.id.clone(), member });
        }
        let space = CreateSpace { name: "CRM".into(), template: "crm".into() };
        run(&crm, &system, Command::CreateSpace(space)).await.expect("a space");
        let mut people = people.into_iter();
        let mut next = || people.next().expect("four people");
        let (rosa, admin, imre, viewer) = (next(), next(), next(), next());
        Self { crm, tenant: tenant.id, rosa, admin, imre, viewer, moved }
    }

    /// Lets time pass.
    pub fn pass(&self, by: TimeDelta) {
        self.moved.fetch_add(by.num_seconds(), Ordering::Relaxed);
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.crm.env().now()
    }

    pub fn system(&self) -> Actor {
        Actor::System { tenant: self.tenant.clone() }
    }

    pub async fn run(&self, who: &Actor, command: Command) -> Outcome {
        run(&self.crm, who, command).await.expect("it is done")
    }

    /// Runs a command that was said in a place.
    pub async fn say(&self, who: &Actor, command: Command, reply: ReplyTo) -> Outcome {
        let cause = Cause { reply: Some(reply), ..Cause::new(self.crm.env().token()) };
        self.crm.run(who, cause, command).await.expect("it is done")
    }

    pub async fn tried(&self, who: &Actor, command: Command) -> Result<Outcome, Refusal> {
        run(&self.crm, who, command).await
    }

    pub async fn refused(&self, who: &Actor, command: Command) -> String {
        run(&self.crm, who, command).await.expect_err("it is refused").message
    }

    pub async fn undo(&self, who: &Actor) -> Result<Outcome, Refusal> {
        run(&self.crm, who, Command::Undo(Undo { entry: None })).await
    }

    pub async fn make(&self, who: &Actor, blueprint: &str, title: &str) -> RecordId {
        let input = CreateRecord {
            blueprint: blueprint.into(),
            title: title.into(),
            ..CreateRecord::default()
        };
        self.run(who, Command::CreateRecord(input)).await.records[0].clone()
    }

    pub async fn read(&self) -> Box<dyn Read + '_> {
        self.crm.hub().read(&self.tenant).await.expect("a reader")
    }

    pub async fn record(&self, id: &RecordId) -> Record {
        self.read().await.record(id).await.expect("read").expect("it is there")
    }

    pub async fn versions(&self, ids: &[RecordId]) -> Vec<i64> {
        let mut versions = Vec::new();
        for id in ids {
            versions.push(self.record(id).await.version);
        }
        versions
    }

    pub async fn identities(&self, id: &RecordId) -> Vec<Identity> {
        self.read().await.identities(id).await.expect("read")
    }

    /// The types of events on a timeline, oldest first.
    pub async fn events(&self, id: &RecordId) -> Vec<EventType> {
        let filter = TimelineFilter { limit: 200, ..TimelineFilter::default() };
        let lines = self.read().await.timeline(id, &filter).await.expect("read");
        lines.into_iter().rev().map(|line| line.event).collect()
    }

    /// The job that a command began.
    pub async fn job(&self, outcome: &Outcome) -> Job {
        let id = serde_json::from_value(outcome.data["job"].clone()).expect("an id");
        self.read().await.job(&id).await.expect("read").expect("it is there")
    }

    /// Works on jobs until none is open.
    pub async fn work(&self) {
        let mut parts = 0;
        loop {
            let open = self.read().await.open_jobs().await.expect("read");
            let Some(job) = open.into_iter().next() else { return };
            assert_eq!(job.status, JobStatus::Open);
            let part = WorkOnJob { job: job.id };
            self.run(&self.system(), Command::WorkOnJob(part)).await;
            parts += 1;
            assert!(parts < 100, "a job does not end");
        }
    }
}

async fn run(crm: &Crm, who: &Actor, command: Command) -> Result<Outcome, Refusal> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let cause = Cause::new(format!("team:{}", NUMBER.fetch_add(1, Ordering::Relaxed)));
    match crm.run(who, cause, command).await {
        Ok(outcome) => Ok(outcome),
        Err(Error::Refused(refusal)) => Err(refusal),
        Err(Error::Store(error)) => panic!("the store failed: {error:?}"),
    }
}
