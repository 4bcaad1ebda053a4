//! Pipelines at work: what a stage's rules do, what undo takes back, and where records go when
//! their stage does. Commands go through the one door, onto the real store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crm::commands::{
    AddMember, AddStage, ChangePipeline, ChangeStage, CreatePipeline, CreateRecord, CreateSpace,
    DeletePipeline, DeleteStage, MoveRecord, SetRate, Undo,
};
use crm::flows::{Flow, Stage, StageRules, TaskFor, TaskRule};
use crm::ids::{MemberId, RecordId, TenantId};
use crm::interactions::InteractionKind;
use crm::records::Record;
use crm::tenants::{Role, Tenant, UnlinkedPolicy};
use crm::{Actor, Cause, Command, Crm, Error, Outcome, Refusal};
use serde_json::json;

use crate::ground::Ground;

/// A team with CRM, Delivery and Support spaces: Rosa owns it, Imre and Ada work in it.
struct Team {
    crm: Crm,
    tenant: TenantId,
    rosa: Actor,
    imre: Actor,
    ada: MemberId,
}

impl Team {
    async fn start(ground: &Ground) -> Self {
        let crm = Crm::new(Arc::new(ground.store.clone()), ground.env.clone());
        let tenant = Tenant {
            id: TenantId::fresh(&ground.env),
            name: "X Delivery System".into(),
            timezone: "Europe/Kyiv".into(),
            language: "en".into(),
            region: None,
            unlinked: UnlinkedPolicy::Nothing,
            created_at: ground.env.now(),
        };
        crm.hub().insert_tenant(&tenant).await.expect("a tenant");
        let system = Actor::System { tenant: tenant.id.clone() };
        let mut people = Vec::new();
        for (name, role) in [("Rosa", Role::Owner), ("Imre", Role::Member), ("Ada", Role::Member)] {
            let email = format!("{name}@example.org");
            let member = AddMember { name: name.into(), email, role };
            let added = run(&crm, &system, Command::AddMember(member)).await.expect("added");
            let id = serde_json::from_value::<MemberId>(added.data["member"].clone());
            people.push(id.expect("an id"));
        }
        for template in ["crm", "delivery", "support"] {
            let space = CreateSpace { name: template.to_uppercase(), template: template.into() };
            run(&crm, &system, Command::CreateSpace(space)).await.expect("a space");
        }
        let actor = |place: usize| Actor::Member {
            tenant: tenant.id.clone(),
            member: people[place].clone(),
        };
        let (rosa, imre) = (actor(0), actor(1));
        Self { crm, tenant: tenant.id, rosa, imre, ada: people[2].clone() }
    }

    async fn run(&self, who: &Actor, command: Command) -> Outcome {
        run(&self.crm, who, command).await.expect("it is done")
    }

    async fn refused(&self, who: &Actor, command: Command) -> String {
        run(&self.crm, who, command).await.expect_err("it is refused").message
    }

    async fn undo(&self, who: &Actor) -> Result<Outcome, Refusal> {
        run(&self.crm, who, Command::Undo(Undo { entry: None })).await
    }

    async fn make(&self, who: &Actor, blueprint: &str, title: &str) -> RecordId {
        let input = CreateRecord {
            blueprint: blueprint.into(),
            title: title.into(),
            ..CreateRecord::default()
        };
        self.run(who, Command::CreateRecord(input)).await.records[0].clone()
    }

    async fn record(&self, id: &RecordId) -> Record {
        let mut read = self.crm.hub().read(&self.tenant).await.expect("a reader");
        read.record(id).await.expect("read").expect("it is there")
    }

    async fn state(&self, id: &RecordId) -> String {
        let record = self.record(id).await;
        format!("{}.{}", record.flow.unwrap_or_default(), record.state.unwrap_or_default())
    }

    async fn flow(&self, key: &str) -> Option<Flow> {
        let mut read = self.crm.hub().read(&self.tenant).await.expect("a reader");
        let blueprints = read.blueprints().await.expect("read");
        blueprints.iter().find_map(|blueprint| blueprint.flow(key).cloned())
    }

    async fn lines(&self, id: &RecordId, kind: InteractionKind) -> Vec<String> {
        let mut read = self.crm.hub().read(&self.tenant).await.expect("a reader");
        let all = read.interactions(id, None, 100).await.expect("read");
        all.into_iter().rev().filter(|i| i.kind == kind).map(|i| i.summary).collect()
    }

    fn move_to(id: &RecordId, to: &str) -> Command {
        Command::MoveRecord(MoveRecord::to(id.clone(), to))
    }
}

async fn run(crm: &Crm, who: &Actor, command: Command) -> Result<Outcome, Refusal> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let cause = Cause::new(format!("case:{}", NUMBER.fetch_add(1, Ordering::Relaxed)));
    match crm.run(who, cause, command).await {
        Ok(outcome) => Ok(outcome),
        Err(Error::Refused(refusal)) => Err(refusal),
        Err(Error::Store(error)) => panic!("the store failed: {error:?}"),
    }
}

fn sales_partners() -> CreatePipeline {
    CreatePipeline {
        blueprint: "deal".into(),
        name: "Partner deals".into(),
        ..CreatePipeline::default()
    }
}

pub async fn a_delivery_goes_its_way_by_the_names_of_its_transitions(ground: Ground) {
    let team = Team::start(&ground).await;
    let id = team.make(&team.rosa, "delivery", "Pallet 7").await;
    let made = team.record(&id).await;
    assert_eq!((made.key.as_str(), made.values["status"].clone()), ("DEL-1", json!("PENDING")));
    assert!(made.values.contains_key("created_at"));
    let early = team.refused(&team.rosa, Team::move_to(&id, "delivered")).await;
    assert_eq!(
        early,
        "Pallet 7 cannot go to DELIVERED from here. It can go to IN_PROGRESS (Delivery started)."
    );
    team.run(&team.rosa, Team::move_to(&id, "delivery started")).await;
    let started = team.record(&id).await;
    assert_eq!(started.values["status"], "IN_PROGRESS");
    assert_eq!(started.state.as_deref(), Some("in_progress"));
    assert!(started.values.contains_key("started_at"));
    let by_name =
        MoveRecord { transition: Some("Delivered".into()), ..MoveRecord::to(id.clone(), "") };
    team.run(&team.rosa, Command::MoveRecord(by_name)).await;
    let delivered = team.record(&id).await;
    assert_eq!(delivered.values["status"], "DELIVERED");
    assert!(delivered.values.contains_key("delivered_at"));
    let set = team.lines(&id, InteractionKind::Changed).await;
    assert_eq!(set.len(), 3, "each data update stands in the timeline: {set:?}");
    assert!(set[1].starts_with("Delivery started set Started at to "), "{set:?}");

    team.undo(&team.rosa).await.expect("undone");
    let back = team.record(&id).await;
    let seen = (&back.state, &back.values, back.state_since);
    assert_eq!(seen, (&started.state, &started.values, started.state_since));
    assert!(back.values.len() > made.values.len(), "and no further");
}

pub async fn a_stages_rules_run_with_the_move_and_go_with_one_undo(ground: Ground) {
    let team = Team::start(&ground).await;
    let Actor::Member { member: imre, .. } = team.imre.clone() else { panic!("a member") };
    let rules = StageRules {
        set: [("close_on".to_owned(), json!("now()")), ("plan".to_owned(), json!("me"))].into(),
        assign: vec![imre.clone(), team.ada.clone()],
        tasks: vec![TaskRule {
            title: "Send the contract".into(),
            assignee: TaskFor::Owner,
            due_in_days: Some(3),
        }],
        activities: vec!["The lawyers were told".into()],
    };
    let change = ChangeStage {
        pipeline: "sales".into(),
        stage: "negotiating".into(),
        rules: Some(rules),
        ..ChangeStage::default()
    };
    team.run(&team.rosa, Command::ChangeStage(change)).await;
    let mut owners = Vec::new();
    for title in ["One", "Two", "Three"] {
        let id = team.make(&team.rosa, "deal", title).await;
        team.run(&team.rosa, Team::move_to(&id, "negotiating")).await;
        owners.extend(team.record(&id).await.owner);
    }
    assert_eq!(owners, [imre.clone(), team.ada.clone(), imre], "they take turns");

    // A member gives their own deal away by moving it, and may take just that back.
    let id = team.make(&team.imre, "deal", "Four").await;
    let before = team.record(&id).await;
    team.run(&team.imre, Team::move_to(&id, "negotiating")).await;
    let moved = team.record(&id).await;
    assert_eq!(moved.owner, Some(team.ada.clone()));
    assert_eq!(moved.values["plan"], "Imre");
    assert_eq!(moved.values["close_on"].as_str().map(str::len), Some(10), "a day");
    assert_eq!(team.lines(&id, InteractionKind::Activity).await, ["The lawyers were told"]);
    assert_eq!(team.lines(&id, InteractionKind::Owner).await, ["Negotiating assigned Four to Ada"]);
    let mut read = team.crm.hub().read(&team.tenant).await.expect("a reader");
    let tasks = read.tasks(Some(&id)).await.expect("read");
    assert_eq!((tasks.len(), tasks[0].assignee.clone()), (1, Some(team.ada.clone())));
    assert!(tasks[0].due_on.is_some());
    let facts = read.facts(0, 1000).await.expect("read");
    let kinds = facts
        .iter()
        .filter(|f| f.body.record() == Some(&id))
        .map(|f| serde_json::to_value(&f.body).expect("JSON")["fact"].as_str().map(str::to_owned));
    let kinds = kinds.flatten().collect::<Vec<_>>();
    for kind in ["record_moved", "record_changed", "owner_changed", "task_added"] {
        assert!(kinds.iter().any(|known| known == kind), "{kind} in {kinds:?}");
    }
    drop(read);
    team.undo(&team.imre).await.expect("undone");
    let after = team.record(&id).await;
    assert_eq!(
        (after.state, after.owner, after.values, after.state_since),
        (before.state, before.owner, before.values, before.state_since)
    );
    let mut read = team.crm.hub().read(&team.tenant).await.expect("a reader");
    assert!(read.tasks(Some(&id)).await.expect("read").is_empty(), "the task is gone as well");
}

pub async fn what_a_stage_requires_holds_everywhere(ground: Ground) {
    let team = Team::start(&ground).await;
    let id = team.make(&team.rosa, "ticket", "It beeps").await;
    let refusal = team.refused(&team.rosa, Team::move_to(&id, "solved")).await;
    assert_eq!(
        refusal,
        "It beeps needs Solution before it can be Solved. What is it? Say “set TIC-1 solution:…” \
         and move again."
    );
    let straight = CreateRecord {
        blueprint: "ticket".into(),
        title: "It hums".into(),
        state: Some("solved".into()),
        ..CreateRecord::default()
    };
    let refusal = team.refused(&team.rosa, Command::CreateRecord(straight)).await;
    assert!(refusal.contains("needs Solution"), "{refusal}");
    let gone =
        DeleteStage { pipeline: "support".into(), stage: "new".into(), to: Some("solved".into()) };
    let refusal = team.refused(&team.rosa, Command::DeleteStage(gone)).await;
    assert!(refusal.contains("needs Solution"), "{refusal}");
    assert_eq!(team.state(&id).await, "support.new", "nothing was changed");
}

pub async fn a_new_or_renamed_stage_is_there_for_every_record_at_once(ground: Ground) {
    let team = Team::start(&ground).await;
    let id = team.make(&team.rosa, "deal", "Acme").await;
    // What another process has read must not outlive the change.
    let second = Crm::new(Arc::new(ground.second().await), ground.env.clone());
    let other = second.hub().read(&team.tenant).await.expect("a reader").blueprints().await;
    assert!(other.expect("read").iter().any(|b| b.flow("sales").is_some()));
    let stage = Stage { name: "Legal review".into(), days: Some(5), ..Stage::default() };
    let add = AddStage { pipeline: "sales".into(), stage, position: None };
    team.run(&team.rosa, Command::AddStage(add)).await;
    let flow = team.flow("sales").await.expect("it is there");
    let names = flow.stages.iter().map(|s| s.name.as_str()).collect::<Vec<_>>();
    assert_eq!(names, ["Open", "Negotiating", "Legal review", "Won", "Lost"]);
    run(&second, &team.rosa, Team::move_to(&id, "legal")).await.expect("it can go there");
    assert_eq!(team.state(&id).await, "sales.legal_review");
    let rename = ChangeStage {
        pipeline: "sales".into(),
        stage: "legal_review".into(),
        name: Some("Contract".into()),
        ..ChangeStage::default()
    };
    team.run(&team.rosa, Command::ChangeStage(rename)).await;
    let said = run(&second, &team.rosa, Team::move_to(&id, "won")).await.expect("moved").said;
    assert!(said.contains("Contract → Won"), "{said}");
    assert_eq!(team.record(&id).await.blueprint_version, 1, "no version was made for it");
    let order = ["won", "open", "negotiating", "legal_review", "lost"].map(str::to_owned);
    let change = ChangePipeline {
        pipeline: "sales".into(),
        stages: Some(order.to_vec()),
        ..ChangePipeline::default()
    };
    team.run(&team.rosa, Command::ChangePipeline(change)).await;
    team.undo(&team.rosa).await.expect("undone");
    let flow = team.flow("sales").await.expect("it is there");
    assert_eq!(flow.first().map(|s| s.key.as_str()), Some("open"));
    team.undo(&team.rosa).await.expect("undone");
    assert_eq!(team.state(&id).await, "sales.legal_review");
}

pub async fn records_of_what_is_deleted_go_where_people_say_or_nothing_is_deleted(ground: Ground) {
    let team = Team::start(&ground).await;
    let first = team.make(&team.rosa, "deal", "One").await;
    let second = team.make(&team.imre, "deal", "Two").await;
    let delete = |to: Option<&str>| {
        Command::DeleteStage(DeleteStage {
            pipeline: "sales".into(),
            stage: "open".into(),
            to: to.map(str::to_owned),
        })
    };
    assert_eq!(
        team.refused(&team.rosa, delete(None)).await,
        "Open holds 2 records. Say which stage they go to, as “to:Negotiating”; there is \
         Negotiating, Won and Lost."
    );
    team.run(&team.rosa, delete(Some("negotiating"))).await;
    for id in [&first, &second] {
        assert_eq!(team.state(id).await, "sales.negotiating");
        let lines = team.lines(id, InteractionKind::Moved).await;
        assert!(lines[0].contains("from Open, which was deleted, to Negotiating"), "{lines:?}");
    }
    team.undo(&team.rosa).await.expect("undone");
    assert_eq!(team.state(&second).await, "sales.open");
    assert_eq!(team.flow("sales").await.expect("it").stages.len(), 4);

    let delete = |to: Option<&str>| {
        Command::DeletePipeline(DeletePipeline {
            pipeline: "sales".into(),
            to: to.map(str::to_owned),
            stage: Some("won".into()),
        })
    };
    let alone = team.refused(&team.rosa, delete(None)).await;
    assert!(alone.contains("holds 2 records, and there is no other pipeline"), "{alone}");
    team.run(&team.rosa, Command::CreatePipeline(sales_partners())).await;
    let asks = team.refused(&team.rosa, delete(None)).await;
    assert!(asks.contains("as “to:\"Partner deals\"”"), "{asks}");
    team.run(&team.rosa, delete(Some("partner deals"))).await;
    assert!(team.flow("sales").await.is_none());
    assert_eq!(team.state(&first).await, "partner_deals.won");
    let new = team.make(&team.rosa, "deal", "Three").await;
    assert_eq!(team.state(&new).await, "partner_deals.open", "new ones enter what is left");
    team.run(&team.rosa, Team::move_to(&first, "lost")).await;
    team.run(&team.rosa, Team::move_to(&new, "lost")).await;
    team.undo(&team.rosa).await.expect("undone");
    assert_eq!(team.state(&new).await, "partner_deals.open");
}

pub async fn a_pipeline_is_used_by_those_it_is_shared_with_and_shaped_by_its_owner(ground: Ground) {
    let team = Team::start(&ground).await;
    let id = team.make(&team.imre, "deal", "Acme").await;
    let pipeline = CreatePipeline { shared_with: vec![team.ada.clone()], ..sales_partners() };
    let refusal = team.refused(&team.imre, Command::CreatePipeline(pipeline.clone())).await;
    assert!(refusal.contains("Only an administrator"), "{refusal}");
    team.run(&team.rosa, Command::CreatePipeline(pipeline)).await;
    for to in ["partner deals", "partner deals won"] {
        let refusal = team.refused(&team.imre, Team::move_to(&id, to)).await;
        assert!(!refusal.contains("Partner"), "what is not shared is not there: {refusal}");
    }
    team.run(&team.rosa, Team::move_to(&id, "partner deals")).await;
    assert_eq!(team.state(&id).await, "partner_deals.open");
    let refusal = team.refused(&team.imre, Team::move_to(&id, "won")).await;
    assert!(refusal.contains("is shared with Ada alone"), "{refusal}");

    let Actor::Member { member: imre, .. } = team.imre.clone() else { panic!("a member") };
    let rename = |name: &str| {
        Command::ChangePipeline(ChangePipeline {
            pipeline: "partner_deals".into(),
            name: Some(name.to_owned()),
            ..ChangePipeline::default()
        })
    };
    let refusal = team.refused(&team.imre, rename("Ours")).await;
    assert!(refusal.contains("There is no pipeline"), "{refusal}");
    let hand_over = ChangePipeline {
        pipeline: "partner_deals".into(),
        owner: Some(imre),
        ..ChangePipeline::default()
    };
    team.run(&team.rosa, Command::ChangePipeline(hand_over)).await;
    team.run(&team.imre, rename("Ours")).await;
    team.run(&team.imre, Team::move_to(&id, "won")).await;
    let sales = ChangePipeline {
        pipeline: "sales".into(),
        name: Some("Mine".into()),
        ..ChangePipeline::default()
    };
    let refusal = team.refused(&team.imre, Command::ChangePipeline(sales)).await;
    assert!(refusal.contains("pipeline's owner"), "{refusal}");
}

pub async fn a_record_tells_the_stages_it_was_in(ground: Ground) {
    let team = Team::start(&ground).await;
    let id = team.make(&team.rosa, "deal", "Acme").await;
    team.run(&team.rosa, Team::move_to(&id, "negotiating")).await;
    team.run(&Actor::System { tenant: team.tenant.clone() }, Team::move_to(&id, "won")).await;
    let record = team.record(&id).await;
    let mut read = team.crm.hub().read(&team.tenant).await.expect("a reader");
    let later = ground.env.now() + chrono::TimeDelta::days(3);
    let stays = crm::stages::stays(read.as_mut(), &record, later).await.expect("read");
    let told = stays.iter().map(|s| (s.name.as_str(), s.by.as_str(), s.days)).collect::<Vec<_>>();
    assert_eq!(
        told,
        [("Open", "Rosa", 0), ("Negotiating", "Rosa", 0), ("Won", "Tieline", 3)],
        "when and by whom"
    );
    assert!(stays[0].left_at.is_some() && stays[2].left_at.is_none());
}

pub async fn rates_are_kept_and_told_in_another_base(ground: Ground) {
    let team = Team::start(&ground).await;
    let rate = SetRate { currency: "usd".into(), per_base: Some("1.25".parse().expect("it")) };
    team.run(&team.rosa, Command::SetRate(rate.clone())).await;
    let refusal = team.refused(&team.imre, Command::SetRate(rate)).await;
    assert!(refusal.contains("Only an administrator"), "{refusal}");
    let base = crm::commands::SetBaseCurrency { currency: "USD".into() };
    team.run(&team.rosa, Command::SetBaseCurrency(base)).await;
    let rates = async || {
        let mut read = team.crm.hub().read(&team.tenant).await.expect("a reader");
        read.rates().await.expect("read")
    };
    assert_eq!(rates().await.per_base["EUR"], "0.8".parse().expect("a number"));
    team.undo(&team.rosa).await.expect("undone");
    team.undo(&team.rosa).await.expect("undone");
    assert_eq!(rates().await, crm::rates::Rates::default());
}

pub async fn a_record_stands_in_the_space_whose_template_made_it(ground: Ground) {
    let team = Team::start(&ground).await;
    let mut read = team.crm.hub().read(&team.tenant).await.expect("a reader");
    let spaces = read.spaces().await.expect("read");
    drop(read);
    let space = |name: &str| spaces.iter().find(|s| s.name == name).map(|s| s.id.clone());
    for (blueprint, name) in [("deal", "CRM"), ("delivery", "DELIVERY"), ("ticket", "SUPPORT")] {
        let id = team.make(&team.rosa, blueprint, "It").await;
        assert_eq!(Some(team.record(&id).await.space), space(name), "{blueprint}");
    }
    let elsewhere = CreateRecord {
        blueprint: "deal".into(),
        title: "Freight".into(),
        space: Some("delivery".into()),
        ..CreateRecord::default()
    };
    let id = team.run(&team.rosa, Command::CreateRecord(elsewhere)).await.records[0].clone();
    assert_eq!(Some(team.record(&id).await.space), space("DELIVERY"));
    let again = CreateSpace { name: "Delivery".into(), template: "delivery".into() };
    let refusal = team.refused(&team.rosa, Command::CreateSpace(again)).await;
    assert!(refusal.contains("There is a space Delivery already"), "{refusal}");
}
