//! Who may do what, asked of every command there is; and that no change of a record goes untold.
//! The names of commands and facts are read from the types themselves, so that a new one fails
//! here until it is thought of.

use std::collections::BTreeSet;

use crm::commands::{
    AddIdentity, AddNote, AddTask, AssignRecord, ChangeIdentity, ChangeLink, ChangeNote,
    ChangeTask, CreateLinked, CreateRecord, DeleteBlueprint, LinkRecords, MoveRecord, NewIdentity,
    RemoveIdentity, RestoreBlueprint, RestoreRecord, SetTask, TaskStatus, TrashRecord,
    UnlinkRecords, UpdateRecord, WithdrawNote,
};
use crm::facts::FactBody;
use crm::ids::RecordId;
use crm::permissions::{self, Action, Part, Relation};
use crm::records::IdentityKind;
use crm::tenants::Role;
use crm::timeline::{self, EventType};
use crm::{Actor, Command, RefusalKind};
use serde_json::{Value, json};

use crate::ground::Ground;
use crate::team::Team;

/// The variants of a tagged enum, from its own complaint about one that it does not know.
fn variants<T: serde::de::DeserializeOwned>(tag: &str) -> BTreeSet<String> {
    let nothing = json!({ tag: "there is none such" });
    let Err(error) = serde_json::from_value::<T>(nothing) else { panic!("it was read") };
    let error = error.to_string();
    let (_, names) = error.split_once("expected one of ").expect("a list of names");
    names.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// What is asked of one command: whether it is about a record that is somebody's, and one of it.
enum Sample {
    /// It is about a record.
    Of(fn(&Made) -> Value),
    /// It is about no record, or about more than one.
    Loose(fn(&Made) -> Value),
}

/// What commands are about.
struct Made {
    record: RecordId,
    other: RecordId,
    identity: String,
    link: String,
    own_task: String,
    member: String,
}

use Sample::{Loose, Of};

/// One of each command. What is not there is not found, after it was asked who may look for it.
const SAMPLES: &[(&str, Sample)] = &[
    ("create_space", Loose(|_| json!({ "name": "", "template": "none" }))),
    ("create_blueprint", Loose(|_| json!({ "key": "UPPER", "name": "", "plural": "" }))),
    ("change_blueprint", Loose(|_| json!({ "blueprint": "none", "steps": [] }))),
    ("delete_blueprint", Loose(|_| json!({ "blueprint": "none" }))),
    ("restore_blueprint", Loose(|_| json!({ "blueprint": "none" }))),
    ("migrate_records", Loose(|_| json!({ "blueprint": "none" }))),
    ("purge_trash", Loose(|_| json!({ "records_of": "none" }))),
    ("work_on_job", Loose(|_| json!({ "job": "job_06cq3m5v9k2f8h1t" }))),
    ("cancel_job", Loose(|_| json!({ "job": "job_06cq3m5v9k2f8h1t" }))),
    ("read_sensitive", Of(|m| json!({ "record": m.record }))),
    ("add_member", Loose(|_| json!({ "name": "", "email": "", "role": "viewer" }))),
    (
        "set_role",
        Loose(|_| json!({ "member": "mem_06cq3m5v9k2f8h1t", "role": "viewer", "active": true })),
    ),
    (
        "issue_api_token",
        Loose(|m| {
            json!({ "member": m.member, "name": "t", "secret_hash": m.member,
                "expires_at": "2030-01-01T00:00:00Z" })
        }),
    ),
    ("create_record", Loose(|_| json!({ "blueprint": "deal", "title": "New" }))),
    ("merge_records", Of(|m| json!({ "keep": m.record, "other": m.record }))),
    ("ask_to_merge", Of(|m| json!({ "keep": m.record, "other": m.record, "take": [] }))),
    ("unmerge_records", Of(|m| json!({ "record": m.record }))),
    ("mark_wrong", Of(|m| json!({ "record": m.record, "number": 1 }))),
    ("mark_right", Of(|m| json!({ "sources": [[m.record, 1]] }))),
    ("find_duplicates", Loose(|_| json!({ "blueprint": "none" }))),
    (
        "improve_proposal",
        Loose(|_| {
            json!({ "proposal": "prp_06cq3m5v9k2f8h1t", "round": 1, "fields": [], "records": [],
                "links": [] })
        }),
    ),
    ("suggest_duplicates", Loose(|_| json!({ "pairs": [] }))),
    ("decide_duplicate", Of(|m| json!({ "one": m.record, "other": m.record, "different": true }))),
    (
        "create_linked",
        Loose(|m| {
            json!({ "record": { "blueprint": "deal", "title": "New" }, "to": m.record,
                "kind": "customer" })
        }),
    ),
    ("update_record", Of(|m| json!({ "record": m.record, "title": "Renamed" }))),
    ("move_record", Of(|m| json!({ "record": m.record, "to": "won" }))),
    (
        "put_back",
        Of(|m| {
            json!({ "record": m.record, "expected_version": 1, "flow": "sales", "state": "open",
                "state_since": null, "owner": null, "values": {} })
        }),
    ),
    ("create_pipeline", Loose(|_| json!({ "blueprint": "none", "name": "P" }))),
    ("change_pipeline", Loose(|_| json!({ "pipeline": "sales" }))),
    ("delete_pipeline", Loose(|_| json!({ "pipeline": "sales", "to": "none" }))),
    ("add_stage", Loose(|_| json!({ "pipeline": "sales", "stage": { "key": "", "name": "" } }))),
    ("change_stage", Loose(|_| json!({ "pipeline": "sales", "stage": "none" }))),
    ("delete_stage", Loose(|_| json!({ "pipeline": "sales", "stage": "none" }))),
    ("put_back_pipeline", Loose(|_| Value::Null)),
    ("set_rate", Loose(|_| json!({ "currency": "none" }))),
    ("set_base_currency", Loose(|_| json!({ "currency": "none" }))),
    ("assign_record", Of(|m| json!({ "record": m.record, "owner": m.member }))),
    ("claim_record", Of(|m| json!({ "record": m.record }))),
    ("trash_record", Of(|m| json!({ "record": m.record }))),
    ("restore_record", Of(|m| json!({ "record": m.record }))),
    ("add_identity", Of(|m| json!({ "record": m.record, "kind": "alias", "value": "Al" }))),
    (
        "change_identity",
        Of(|m| json!({ "record": m.record, "identity": m.identity, "label": "work" })),
    ),
    ("put_back_identities", Of(|m| json!({ "record": m.record, "identities": [] }))),
    ("remove_identity", Of(|m| json!({ "record": m.record, "identity": m.identity }))),
    ("link_records", Of(|m| json!({ "from": m.record, "to": m.other, "kind": "partner" }))),
    ("change_link", Of(|m| json!({ "from": m.record, "link": m.link, "role": "User" }))),
    ("unlink_records", Of(|m| json!({ "from": m.record, "link": m.link }))),
    ("change_many", Loose(|m| json!({ "change": { "do": "release" }, "records": [m.other] }))),
    ("take_back_many", Loose(|_| json!({ "each": [] }))),
    ("add_note", Of(|m| json!({ "record": m.record, "body": "Words" }))),
    ("change_note", Loose(|_| json!({ "note": "not_06cq3m5v9k2f8h1t" }))),
    ("withdraw_note", Loose(|_| json!({ "note": "not_06cq3m5v9k2f8h1t" }))),
    ("log_activity", Of(|m| json!({ "record": m.record, "event": "call", "summary": "spoke" }))),
    (
        "withdraw_activity",
        Loose(|m| json!({ "record": m.record, "interaction": "int_06cq3m5v9k2f8h1t" })),
    ),
    ("add_task", Of(|m| json!({ "title": "Call", "record": m.record }))),
    ("change_task", Of(|m| json!({ "task": m.own_task, "title": "Ring" }))),
    ("assign_task", Of(|m| json!({ "task": m.own_task, "assignee": null }))),
    ("claim_task", Loose(|_| json!({ "task": "tsk_06cq3m5v9k2f8h1t" }))),
    ("snooze_task", Of(|m| json!({ "task": m.own_task, "minutes": 5 }))),
    ("set_task", Of(|m| json!({ "task": m.own_task, "status": "done" }))),
    (
        "remind_of_task",
        Loose(|m| json!({ "task": m.own_task, "due": "2030-01-01T00:00:00Z", "ways": [] })),
    ),
    ("notify", Loose(|_| json!({ "notification": "ntf_06cq3m5v9k2f8h1t", "ways": [] }))),
    ("log_message", Loose(|_| Value::Null)),
    ("edit_message", Loose(|_| Value::Null)),
    ("delete_message", Loose(|_| Value::Null)),
    ("show_card", Loose(|m| json!({ "records": [m.record], "post": null }))),
    ("ask_which_one", Loose(|_| json!({ "name": "x", "options": [] }))),
    ("say", Loose(|_| json!({ "text": "hello" }))),
    ("press_choice", Loose(|_| Value::Null)),
    ("set_place_level", Loose(|_| json!({ "place": { "connection": "c", "room": "r" } }))),
    ("propose_records", Loose(|_| json!({ "messages": [], "records": [], "links": [] }))),
    ("accept_proposal", Loose(|_| json!({ "proposal": "prp_06cq3m5v9k2f8h1t" }))),
    ("discard_proposal", Loose(|_| json!({ "proposal": "prp_06cq3m5v9k2f8h1t" }))),
    ("reopen_proposal", Loose(|_| json!({ "proposal": "prp_06cq3m5v9k2f8h1t" }))),
    ("issue_bind_code", Loose(|m| json!({ "code_hash": m.record }))),
    (
        "bind_place",
        Loose(|_| {
            json!({ "place": { "connection": "c", "room": "r" }, "name": "R",
                "code_hash": "none" })
        }),
    ),
    ("open_room", Loose(|_| json!({ "connection": "console", "name": "" }))),
    ("unbind_place", Loose(|_| json!({ "place": { "connection": "c", "room": "r" } }))),
    ("ask_to_link", Loose(|_| Value::Null)),
    ("confirm_link", Loose(|_| json!({ "code_hash": "none" }))),
    ("unlink", Loose(|_| json!({ "network": "matrix", "account": "@none" }))),
    ("begin_import", Loose(|_| json!({ "name": "people.csv" }))),
    (
        "add_import_chunk",
        Loose(|_| json!({ "import": "imp_06cq3m5v9k2f8h1t", "number": 0, "content": "" })),
    ),
    ("finish_upload", Loose(|_| Value::Null)),
    (
        "start_import",
        Loose(|_| json!({ "import": "imp_06cq3m5v9k2f8h1t", "plan": null, "dry_run": true })),
    ),
    ("cancel_import", Loose(|_| json!({ "import": "imp_06cq3m5v9k2f8h1t" }))),
    ("revert_import", Loose(|_| json!({ "import": "imp_06cq3m5v9k2f8h1t" }))),
    (
        "export_records",
        Loose(|_| {
            json!({ "blueprint": "deal", "filter": "", "columns": [], "format": "csv",
                "count": 0 })
        }),
    ),
    ("read_sensitive_of", Loose(|_| json!({ "records": [], "columns": [] }))),
    ("create_tag", Loose(|m| json!({ "name": m.record }))),
    ("change_tag", Loose(|_| json!({ "tag": "none" }))),
    ("delete_tag", Loose(|_| json!({ "tag": "none" }))),
    ("merge_tags", Loose(|_| json!({ "from": "none", "into": "nothing" }))),
    ("tag_records", Of(|m| json!({ "records": [m.record], "tags": ["hot"] }))),
    ("untag_records", Of(|m| json!({ "records": [m.record], "tags": ["hot"] }))),
    ("drop_unused_tag", Loose(|_| json!({ "tag": "tag_06cq3m5v9k2f8h1t" }))),
    ("bring_tag_back", Loose(|_| Value::Null)),
    ("create_segment", Loose(|m| json!({ "name": m.record }))),
    ("change_segment", Loose(|_| json!({ "segment": "none" }))),
    ("delete_segment", Loose(|_| json!({ "segment": "none" }))),
    ("bring_segment_back", Loose(|_| Value::Null)),
    ("join_segment", Loose(|m| json!({ "segment": "none", "records": [m.record] }))),
    ("leave_segment", Loose(|m| json!({ "segment": "none", "records": [m.record] }))),
    ("follow_clock", Loose(|_| json!({ "segments": [] }))),
    ("create_view", Loose(|_| json!({ "like": { "blueprint": "none", "name": "V" } }))),
    ("change_view", Loose(|_| json!({ "view": "none", "like": {} }))),
    ("delete_view", Loose(|_| json!({ "view": "none" }))),
    ("put_back_view", Loose(|_| Value::Null)),
    ("set_default_view", Loose(|_| json!({ "blueprint": "none", "view": null }))),
    ("change_through_view", Loose(|m| json!({ "view": "none", "record": m.record, "values": {} }))),
    ("create_product", Loose(|_| json!({ "name": "", "blueprints": [] }))),
    ("change_product", Loose(|_| json!({ "product": "none" }))),
    ("create_criterion", Loose(|_| json!({ "product": "none", "name": "C" }))),
    ("change_criterion", Loose(|_| json!({ "product": "none", "criterion": "none" }))),
    ("put_back_product", Loose(|_| Value::Null)),
    ("put_back_criterion", Loose(|_| Value::Null)),
    ("post_leads", Loose(|_| json!({ "product": "none", "place": null }))),
    ("assess_record", Loose(|m| json!({ "record": m.record, "criterion": "none", "value": true }))),
    (
        "take_back_assessment",
        Loose(|m| {
            json!({ "record": m.record, "criterion": "crt_06cq3m5v9k2f8h1t", "number": 1,
                "value": null, "by_rule": false, "member": null })
        }),
    ),
    ("make_lead", Loose(|m| json!({ "record": m.record, "product": "none" }))),
    ("accept_lead", Loose(|_| json!({ "lead": "led_06cq3m5v9k2f8h1t" }))),
    ("reject_lead", Loose(|_| json!({ "lead": "led_06cq3m5v9k2f8h1t", "reason": "no" }))),
    ("assign_lead", Loose(|_| json!({ "lead": "led_06cq3m5v9k2f8h1t", "to": "nobody" }))),
    ("snooze_lead", Loose(|_| json!({ "lead": "led_06cq3m5v9k2f8h1t", "until": null }))),
    ("ask_of_lead", Loose(|_| Value::Null)),
    ("put_back_lead", Loose(|_| Value::Null)),
    (
        "receive_mail",
        Loose(|_| json!({ "mail": mail(), "reasons": [], "proposes": proposes(), "joined": null })),
    ),
    (
        "hold_message",
        Loose(|_| {
            json!({ "from": mail()["from"], "subject": "", "headers": [], "reasons": ["list"],
                "proposes": proposes() })
        }),
    ),
    ("release_held", Loose(|_| json!({ "held": "hld_06cq3m5v9k2f8h1t" }))),
    ("discard_held", Loose(|_| json!({ "held": "hld_06cq3m5v9k2f8h1t" }))),
    ("put_back_held", Loose(|_| json!({ "held": "hld_06cq3m5v9k2f8h1t", "lines": [] }))),
    ("show_held", Loose(|_| json!({ "held": null, "before": null, "post": null }))),
    ("judge_sender", Loose(|_| json!({ "sender": "none", "verdict": null }))),
    ("post_mails", Loose(|_| json!({ "place": null }))),
    (
        "tie_room",
        Of(|m| json!({ "record": m.record, "place": { "connection": "c", "room": "r" } })),
    ),
    ("untie_room", Loose(|_| json!({ "place": { "connection": "c", "room": "r" } }))),
    ("send_message", Of(|m| json!({ "record": m.record, "text": "Hello" }))),
    ("take_answer", Loose(|_| Value::Null)),
    ("note_undelivered", Loose(|_| json!({ "post": "pst_06cq3m5v9k2f8h1t", "why": "away" }))),
    ("undo", Loose(|_| json!({ "entry": "ent_06cq3m5v9k2f8h1t" }))),
    ("several", Loose(|_| json!({ "commands": [] }))),
];

fn mail() -> Value {
    json!({ "id": "1", "from": { "name": null, "address": "a@b.io" }, "to": [], "subject": "",
        "headers": [], "text": "", "received_at": "2027-01-01T00:00:00Z" })
}

/// What a mail would become: nothing.
fn proposes() -> Value {
    let message = json!({ "place": { "connection": "mail", "room": "1" }, "message": "1",
        "author": { "network": "email", "id": "a@b.io", "name": "A" }, "text": "",
        "at": "2027-01-01T00:00:00Z", "permalink": null });
    json!({ "messages": [message], "records": [], "links": [] })
}

/// A record of this owner, with a channel and a link, and a task of theirs.
async fn made(team: &Team, other: &RecordId, owner: Option<&Actor>, asker: &Actor) -> Made {
    let rosa = &team.rosa;
    let input = CreateRecord {
        blueprint: "deal".into(),
        title: "Annual".into(),
        identities: vec![NewIdentity { kind: IdentityKind::Alias, value: "The big one".into() }],
        ..CreateRecord::default()
    };
    let record = team.run(rosa, Command::CreateRecord(input)).await.records[0].clone();
    let identity = team.identities(&record).await[0].id.to_string();
    let link = LinkRecords {
        from: record.clone(),
        to: other.clone(),
        kind: "customer".into(),
        role: None,
        again: None,
    };
    let link = team.run(rosa, Command::LinkRecords(link)).await.data["link"].clone();
    let owner = owner.and_then(|owner| owner.member().cloned());
    let task = AddTask { title: "Call".into(), assignee: owner.clone(), ..AddTask::default() };
    let task = team.run(rosa, Command::AddTask(task)).await.data["task"].clone();
    let give = AssignRecord { record: record.clone(), owner, expected_version: None };
    team.run(rosa, Command::AssignRecord(give)).await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Made {
        record,
        other: other.clone(),
        identity,
        link: text(&link),
        own_task: text(&task),
        member: asker.member().map(ToString::to_string).unwrap_or_default(),
    }
}

/// What came of one command.
struct Answer {
    name: &'static str,
    part: Part,
    action: Action,
    relation: Relation,
    of_record: bool,
    forbidden: bool,
    said: String,
}

/// The answers that a table would not have given.
fn unlike(answers: &[Answer], allowed: impl Fn(Part, Action, Relation) -> bool) -> Vec<String> {
    let differ = answers.iter().filter(|answer| {
        let may = |relation| allowed(answer.part, answer.action, relation);
        let may = match answer.of_record {
            true => may(answer.relation),
            false => may(Relation::Own) || may(Relation::Unclaimed),
        };
        // What belongs to a pipeline, or is said to nobody, is asked about once more.
        let asked_again = answer.action == Action::ShapePipeline;
        answer.forbidden == may && !(asked_again && may)
    });
    differ
        .map(|Answer { name, part, action, relation, said, .. }| {
            format!("{part:?} {name} {relation:?} {action:?}: {said}")
        })
        .collect()
}

pub async fn every_command_asks_the_table(ground: Ground) {
    let known = SAMPLES.iter().map(|(name, _)| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(known, variants::<Command>("command"), "a command is not thought of here");
    let team = Team::start(&ground).await;
    let parts = [
        (&team.rosa, Role::Owner),
        (&team.admin, Role::Admin),
        (&team.imre, Role::Member),
        (&team.viewer, Role::Viewer),
    ];
    let other = team.make(&team.rosa, "company", "Other").await;
    let mut answers = Vec::new();
    for (asker, role) in parts {
        let part = Part::Member(role);
        // Somebody else's is the administrator's, or Imre's for the administrator.
        let another = if role == Role::Admin { &team.imre } else { &team.admin };
        let relations = [
            (Relation::Own, Some(asker)),
            (Relation::Unclaimed, None),
            (Relation::Other, Some(another)),
        ];
        for (relation, owner) in relations {
            let mut any = made(&team, &other, owner, asker).await;
            for (name, sample) in SAMPLES {
                let (of_record, body) = match sample {
                    Of(body) => (true, body),
                    Loose(body) => (false, body),
                };
                if !of_record && relation != Relation::Own {
                    continue;
                }
                if of_record {
                    any = made(&team, &other, owner, asker).await;
                }
                let mut body = body(&any);
                if body.is_null() {
                    continue;
                }
                body["command"] = json!(name);
                let body = match *name {
                    "purge_trash" => json!({ "command": name, "records_of": "none" }),
                    _ => body,
                };
                let Ok(command) = serde_json::from_value::<Command>(body.clone()) else {
                    // An enum cannot carry the tag beside its own.
                    assert_eq!(*name, "purge_trash", "{body}");
                    continue;
                };
                let action = match *name {
                    // Anybody may ask; what they are shown is asked about once more.
                    "read_sensitive" => Action::ReadSensitive,
                    _ => permissions::action(&command),
                };
                // A task that Rosa made is hers as well.
                let hers = role == Role::Owner;
                let relation =
                    if name.ends_with("_task") && hers { Relation::Own } else { relation };
                let refused = team.tried(asker, command).await.err();
                let forbidden = refused.as_ref().is_some_and(|r| r.kind == RefusalKind::Forbidden);
                let said = format!("{refused:?}");
                answers.push(Answer { name, part, action, relation, of_record, forbidden, said });
            }
        }
    }
    assert!(answers.len() > 300, "{} were asked", answers.len());
    let differ = unlike(&answers, permissions::allowed);
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    // A table with a mistake in any one place is told from the real one.
    let mut told_apart = 0;
    let places = answers.iter().filter(|answer| answer.of_record);
    for Answer { part, action, relation, .. } in places {
        let place = (*part, *action, *relation);
        if *action == Action::ShapePipeline {
            continue;
        }
        let mistaken = |part, action, relation| {
            permissions::allowed(part, action, relation) != ((part, action, relation) == place)
        };
        assert!(!unlike(&answers, mistaken).is_empty(), "a mistake at {place:?} goes unseen");
        told_apart += 1;
    }
    assert!(told_apart > 200, "{told_apart} mistakes were tried");
}

pub async fn every_change_of_a_record_leaves_a_line(ground: Ground) {
    let team = Team::start(&ground).await;
    let rosa = &team.rosa;
    let run = async |command| team.run(rosa, command).await;
    let id = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let person = team.make(rosa, "person", "Anna").await;
    let company = team.make(rosa, "company", "Acme").await;
    let input = CreateLinked {
        record: CreateRecord {
            blueprint: "deal".into(),
            title: "Annual".into(),
            ..CreateRecord::default()
        },
        to: company.clone(),
        kind: "customer".into(),
    };
    let deal = run(Command::CreateLinked(input)).await.records[0].clone();
    let title = Some("Annual plan".to_owned());
    let record = deal.clone();
    run(Command::UpdateRecord(UpdateRecord {
        record,
        expected_version: None,
        title,
        values: [("plan".to_owned(), json!("annual"))].into(),
    }))
    .await;
    run(Command::MoveRecord(MoveRecord::to(deal.clone(), "won"))).await;
    let record = deal.clone();
    run(Command::AssignRecord(AssignRecord { record, owner: None, expected_version: None })).await;
    let added = run(Command::AddIdentity(AddIdentity {
        record: person.clone(),
        kind: IdentityKind::Email,
        value: "anna@acme.example".into(),
        label: None,
        stable_id: None,
    }))
    .await;
    let identity: crm::ids::IdentityId = id(&added.data["identity"]).parse().expect("an id");
    let change = ChangeIdentity {
        label: Some("work".into()),
        ..ChangeIdentity::of(person.clone(), identity.clone())
    };
    run(Command::ChangeIdentity(change)).await;
    run(Command::RemoveIdentity(RemoveIdentity { record: person.clone(), identity })).await;
    let linked = run(Command::LinkRecords(LinkRecords {
        from: deal.clone(),
        to: person.clone(),
        kind: "contact".into(),
        role: None,
        again: None,
    }))
    .await;
    let link: crm::ids::LinkId = id(&linked.data["link"]).parse().expect("an id");
    let role = Some("Champion".to_owned());
    let (from, kind) = (deal.clone(), None);
    run(Command::ChangeLink(ChangeLink { from, link: link.clone(), kind, role })).await;
    run(Command::UnlinkRecords(UnlinkRecords { from: deal.clone(), link })).await;
    let noted = run(Command::AddNote(AddNote { record: deal.clone(), body: "Words".into() })).await;
    let note: crm::ids::NoteId = id(&noted.data["note"]).parse().expect("an id");
    let (body, pinned) = (Some("Other words".to_owned()), Some(true));
    run(Command::ChangeNote(ChangeNote { note: note.clone(), body, pinned })).await;
    run(Command::WithdrawNote(WithdrawNote { note })).await;
    let task = AddTask { title: "Call".into(), record: Some(deal.clone()), ..AddTask::default() };
    let task: crm::ids::TaskId =
        id(&run(Command::AddTask(task)).await.data["task"]).parse().expect("an id");
    run(Command::ChangeTask(ChangeTask {
        task: task.clone(),
        title: Some("Ring".into()),
        description: None,
        due: None,
        record: None,
    }))
    .await;
    run(Command::SetTask(SetTask { task, status: TaskStatus::Done })).await;
    let record = person.clone();
    run(Command::TrashRecord(TrashRecord { record, expected_version: None })).await;
    run(Command::RestoreRecord(RestoreRecord { record: person.clone() })).await;
    // The records of a blueprint that goes to the trash, and comes back.
    let blueprint = "person".to_owned();
    let delete = DeleteBlueprint { blueprint: blueprint.clone(), expected_version: None };
    run(Command::DeleteBlueprint(delete)).await;
    team.work().await;
    run(Command::RestoreBlueprint(RestoreBlueprint { blueprint })).await;
    team.work().await;
    // Undo, all the way.
    for _ in 0..8 {
        let _ = team.undo(rosa).await;
    }

    let facts = team.read().await.facts(0, 5_000).await.expect("read");
    let mut seen = BTreeSet::new();
    let mut entries: Vec<(String, Vec<FactBody>)> = Vec::new();
    for fact in facts {
        let name = serde_json::to_value(&fact.body).expect("JSON")["fact"].clone();
        if !timeline::must_stand_on(&fact.body).is_empty() {
            seen.insert(name.as_str().unwrap_or_default().to_owned());
        }
        let entry = fact.entry.to_string();
        match entries.last_mut().filter(|(last, _)| *last == entry) {
            Some((_, bodies)) => bodies.push(fact.body),
            None => entries.push((entry, vec![fact.body])),
        }
    }
    for (entry, bodies) in &entries {
        assert_eq!(timeline::without_a_line(bodies), [], "{entry}: {bodies:#?}");
    }
    let changing = "record_created record_changed record_moved owner_changed record_trashed \
                    record_restored identity_added identity_changed identity_removed link_added \
                    link_changed link_removed note_added note_changed note_withdrawn task_added \
                    task_changed";
    let changing = changing.split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(seen, changing, "every fact that changes a record came about");
    assert!(changing.is_subset(&variants::<FactBody>("fact")));

    // Each line holds no more than its type says.
    for record in [&person, &company, &deal] {
        let filter = crm::interactions::TimelineFilter { limit: 200, ..Default::default() };
        for line in team.read().await.timeline(record, &filter).await.expect("read") {
            let fields = line.event.fields().iter().map(|field| field.name).collect::<Vec<_>>();
            for name in line.data.as_object().into_iter().flat_map(|data| data.keys()) {
                assert!(fields.contains(&name.as_str()), "{} holds {name}", line.event);
            }
            assert_eq!(line.event.kind(), line.kind);
            assert!(line.entry.is_some(), "it says which command logged it");
        }
    }
    assert!(team.events(&deal).await.contains(&EventType::DealCreated));
}
