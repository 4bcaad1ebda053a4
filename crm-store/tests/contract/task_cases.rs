//! Tasks, reminders, notes and timelines at work, with a clock that can be moved on.

use chrono::{Days, TimeDelta};
use crm::chat::Place;
use crm::commands::{
    AddNote, AddTask, AssignTask, BindPlace, ChangeNote, ChangeTask, ClaimTask, Due, IssueBindCode,
    LogActivity, Notify, RemindOfTask, SetTask, SnoozeTask, TaskStatus, Way,
};
use crm::ids::TaskId;
use crm::interactions::{InteractionKind, Task, TimelineFilter};
use crm::posts::Subject;
use crm::tasks::{After, Standing, TaskFilter, Whose};
use crm::tenants::ChatAccount;
use crm::timeline::EventType;
use crm::{Command, ReplyTo};
use serde_json::json;

use crate::ground::Ground;
use crate::team::Team;

fn ways() -> Vec<Way> {
    let way = |network: &str| Way { network: network.into(), connection: network.into() };
    vec![way("matrix"), way("console")]
}

fn task_of(outcome: &crm::Outcome) -> TaskId {
    serde_json::from_value(outcome.data["task"].clone()).expect("an id")
}

async fn task(team: &Team, id: &TaskId) -> Task {
    team.read().await.task(id).await.expect("read").expect("it is there")
}

fn set(task: &TaskId, status: TaskStatus) -> Command {
    Command::SetTask(SetTask { task: task.clone(), status })
}

pub async fn a_task_is_taken_given_done_and_undone(ground: Ground) {
    let team = Team::start(&ground).await;
    let deal = team.make(&team.imre, "deal", "Acme").await;
    let add = AddTask {
        title: "Call Anna".into(),
        description: Some("about the annual plan".into()),
        record: Some(deal.clone()),
        ..AddTask::default()
    };
    let id = task_of(&team.run(&team.rosa, Command::AddTask(add)).await);
    let claim = || Command::ClaimTask(ClaimTask { task: id.clone() });
    team.run(&team.imre, claim()).await;
    assert_eq!(task(&team, &id).await.assignee.as_ref(), team.imre.member());
    let taken = team.refused(&team.admin, claim()).await;
    assert_eq!(taken, "Imre has taken “Call Anna” already. Take another, or ask them for it.");
    let give = |to: Option<&crm::Actor>| {
        let assignee = to.and_then(|to| to.member().cloned());
        Command::AssignTask(AssignTask { task: id.clone(), assignee })
    };
    team.run(&team.imre, give(Some(&team.rosa))).await;
    let waits = team.crm.hub().open_notifications(10).await.expect("read");
    assert_eq!(waits.len(), 1, "Rosa is told that she has something to do");
    team.undo(&team.imre).await.expect("undone");
    team.run(&team.imre, set(&id, TaskStatus::Done)).await;
    let done = task(&team, &id).await;
    assert_eq!(done.done_by.as_ref(), team.imre.member());
    team.run(&team.imre, set(&id, TaskStatus::Open)).await;
    assert_eq!(task(&team, &id).await.done_by, None);
    team.run(&team.imre, give(None)).await;
    assert_eq!(task(&team, &id).await.assignee, None, "back in the pool");
    let events = team.events(&deal).await;
    for event in [EventType::TaskCreated, EventType::TaskChanged, EventType::TaskCompleted] {
        assert!(events.contains(&event), "{event}");
    }

    // Somebody else's task is theirs, and the viewer's are nobody's.
    let hers = AddTask {
        title: "Rosa's own".into(),
        assignee: team.rosa.member().cloned(),
        ..AddTask::default()
    };
    let hers = task_of(&team.run(&team.rosa, Command::AddTask(hers)).await);
    let refusal = team.refused(&team.imre, set(&hers, TaskStatus::Done)).await;
    assert_eq!(refusal, "“Rosa's own” is Rosa's task. Ask them, or an administrator.");
    team.refused(&team.viewer, set(&id, TaskStatus::Done)).await;
    let change = ChangeTask {
        task: id.clone(),
        title: Some("Call Anna again".into()),
        description: Some(String::new()),
        due: Some(Due { silent: true, on: Some(team.now().date_naive()), ..Due::default() }),
        record: None,
    };
    team.run(&team.imre, Command::ChangeTask(change)).await;
    let changed = task(&team, &id).await;
    assert_eq!((changed.title.as_str(), changed.description), ("Call Anna again", None));
    assert!(changed.overdue_at.is_some() && changed.remind_at.is_none());
    team.undo(&team.imre).await.expect("undone");
    let back = task(&team, &id).await;
    assert_eq!(back.title, "Call Anna");
    assert_eq!(back.description.as_deref(), Some("about the annual plan"));
    assert_eq!((back.due_on, back.overdue_at), (None, None));
}

async fn posts(team: &Team, task: &TaskId) -> Vec<crm::posts::Post> {
    team.read().await.posts_of_task(task).await.expect("read")
}

/// Does what the worker does, as often as it is asked.
async fn remind(team: &Team) -> usize {
    let hub = team.crm.hub();
    let due = hub.due_reminders(team.now(), 10).await.expect("read");
    let count = due.len();
    for (tenant, task, due) in due {
        assert_eq!(tenant, team.tenant);
        let command = RemindOfTask { task, due, ways: ways() };
        // A worker that died after the commit does it again.
        for _ in 0..2 {
            team.run(&team.system(), Command::RemindOfTask(command.clone())).await;
        }
    }
    count
}

pub async fn a_reminder_is_posted_once_however_often_it_is_tried(ground: Ground) {
    let team = Team::start(&ground).await;
    let due_at = Some(team.now() + TimeDelta::hours(3));
    let imre = team.imre.member().cloned();
    let add = |title: &str, assignee| {
        Command::AddTask(AddTask { title: title.into(), assignee, due_at, ..AddTask::default() })
    };
    let his = task_of(&team.run(&team.imre, add("Call", imre.clone())).await);
    assert_eq!(remind(&team).await, 0, "not yet");
    team.pass(TimeDelta::minutes(121));
    assert_eq!(remind(&team).await, 1);
    assert_eq!(remind(&team).await, 0);
    let shown = posts(&team, &his).await;
    assert_eq!(shown.len(), 1, "once");
    let account = imre.as_ref().map(ToString::to_string);
    assert_eq!(shown[0].private_to, account, "to him alone, in Tieline's own chat");
    assert_eq!(shown[0].place.connection, "console");
    let labels = async |post: &crm::posts::Post| {
        let choices = team.read().await.choices(&post.id).await.expect("read");
        choices.into_iter().map(|choice| choice.label).collect::<Vec<_>>()
    };
    assert_eq!(labels(&shown[0]).await, ["Done", "In an hour", "Tomorrow"]);

    // Put off, it comes back, by the chat account that he has linked since.
    let snooze = SnoozeTask { task: his.clone(), minutes: 60 };
    team.run(&team.imre, Command::SnoozeTask(snooze)).await;
    let mut tx = team.crm.hub().begin(&team.tenant).await.expect("a transaction");
    let account = ChatAccount {
        network: "matrix".into(),
        account: "@imre:example.org".into(),
        name: "Imre".into(),
        member: imre.clone().expect("a member"),
        linked_at: team.now(),
    };
    tx.put_chat_account(&account).await.expect("linked");
    tx.commit().await.expect("kept");
    team.pass(TimeDelta::minutes(61));
    assert_eq!(remind(&team).await, 1);
    let shown = posts(&team, &his).await;
    assert_eq!(shown.len(), 2);
    assert_eq!(shown[1].place, Place::new("matrix", ""));
    assert_eq!(shown[1].private_to.as_deref(), Some("@imre:example.org"));
    team.run(&team.imre, set(&his, TaskStatus::Done)).await;
    assert_eq!(labels(&posts(&team, &his).await[1]).await, ["Reopen"], "it follows the task");

    // What waits in the pool reminds where it was made, and what is done does not remind.
    let place = Place::new("console", "sales");
    let code = IssueBindCode { code_hash: "hash".into() };
    team.run(&team.rosa, Command::IssueBindCode(code)).await;
    let bind = BindPlace {
        place: place.clone(),
        name: "Sales".into(),
        code_hash: "hash".into(),
        since: None,
    };
    team.run(&team.rosa, Command::BindPlace(bind)).await;
    let reply = ReplyTo { place: place.clone(), thread: None, message: None, private_to: None };
    let due_at = Some(team.now() + TimeDelta::hours(3));
    let add = |title: &str| {
        Command::AddTask(AddTask { title: title.into(), due_at, ..AddTask::default() })
    };
    let pool = task_of(&team.say(&team.imre, add("Who can?"), reply.clone()).await);
    let done = task_of(&team.say(&team.imre, add("Done before"), reply).await);
    assert_eq!(labels(&posts(&team, &pool).await[0]).await, ["Done", "Claim", "Undo"]);
    team.run(&team.imre, set(&done, TaskStatus::Done)).await;
    team.pass(TimeDelta::minutes(121));
    assert_eq!(remind(&team).await, 1);
    let shown = posts(&team, &pool).await;
    assert_eq!(shown.len(), 2, "the answer and the reminder");
    assert_eq!((&shown[1].place, &shown[1].private_to), (&place, &None));
    assert!(matches!(shown[1].subject, Subject::Task { reminder: true, .. }));
}

pub async fn tasks_are_listed_most_urgent_first_page_by_page(ground: Ground) {
    let team = Team::start(&ground).await;
    let deal = team.make(&team.imre, "deal", "Acme").await;
    let today = team.now().date_naive();
    let imre = team.imre.member().cloned();
    for (title, due, assignee, record) in [
        ("never", None, None, None),
        ("late", today.checked_sub_days(Days::new(3)), imre.clone(), Some(&deal)),
        ("soon", today.checked_add_days(Days::new(2)), imre.clone(), None),
        ("later", today.checked_add_days(Days::new(9)), None, Some(&deal)),
        ("dropped", today.checked_sub_days(Days::new(9)), None, None),
    ] {
        let add = AddTask {
            title: title.into(),
            due_on: due,
            assignee,
            record: record.cloned(),
            ..AddTask::default()
        };
        let made = task_of(&team.run(&team.rosa, Command::AddTask(add)).await);
        if title == "dropped" {
            team.run(&team.rosa, set(&made, TaskStatus::Dropped)).await;
        }
    }
    let open = TaskFilter::open(team.now(), 50);
    let titles = async |filter: &TaskFilter| {
        let found = team.read().await.tasks_page(filter).await.expect("read");
        found.into_iter().map(|task| task.title).collect::<Vec<_>>()
    };
    assert_eq!(titles(&open).await, ["late", "soon", "later", "never"]);
    let overdue = TaskFilter { standing: Standing::Overdue, ..open.clone() };
    assert_eq!(titles(&overdue).await, ["late"]);
    let mine = TaskFilter { whose: Whose::Of(imre.expect("a member")), ..open.clone() };
    assert_eq!(titles(&mine).await, ["late", "soon"]);
    let pool = TaskFilter { whose: Whose::Pool, ..open.clone() };
    assert_eq!(titles(&pool).await, ["later", "never"]);
    let of_record = TaskFilter { record: Some(deal), ..open.clone() };
    assert_eq!(titles(&of_record).await, ["late", "later"]);
    let mut paged = Vec::new();
    let mut filter = TaskFilter { limit: 1, ..open };
    loop {
        let page = team.read().await.tasks_page(&filter).await.expect("read");
        let Some(task) = page.first() else { break };
        paged.push(task.title.clone());
        filter.after = Some(After::task(task));
    }
    assert_eq!(paged, ["late", "soon", "later", "never"]);
}

pub async fn a_note_keeps_what_it_said_and_tells_whom_it_mentions(ground: Ground) {
    let team = Team::start(&ground).await;
    let acme = team.make(&team.rosa, "company", "Acme Inc.").await;
    let deal = team.make(&team.imre, "deal", "Annual plan").await;
    let globex = team.make(&team.rosa, "company", "Globex").await;
    let key = team.record(&globex).await.key;
    let note = AddNote {
        record: deal.clone(),
        body: "@Rosa [[acme inc.]] wants it; ask @nobody, not `@Ada`".into(),
    };
    let done = team.run(&team.imre, Command::AddNote(note)).await;
    let id = serde_json::from_value::<crm::ids::NoteId>(done.data["note"].clone()).expect("an id");
    let there = team.read().await.note(&id).await.expect("read").expect("it is there");
    assert_eq!(there.mentions.members, team.rosa.member().cloned().into_iter().collect::<Vec<_>>());
    assert_eq!(there.mentions.records, std::slice::from_ref(&acme));
    assert!(team.events(&acme).await.contains(&EventType::NoteMentioned));
    let filter = TimelineFilter { limit: 1, ..TimelineFilter::default() };
    let line = team.read().await.timeline(&acme, &filter).await.expect("read").remove(0);
    assert_eq!(line.data, json!({ "note": id, "record": deal }), "the way back");

    let waits = team.crm.hub().open_notifications(10).await.expect("read");
    assert_eq!(waits.len(), 1);
    let notify = Notify { notification: waits[0].1.clone(), ways: ways() };
    for _ in 0..2 {
        team.run(&team.system(), Command::Notify(notify.clone())).await;
    }
    assert!(team.crm.hub().open_notifications(10).await.expect("read").is_empty());
    let facts = team.read().await.newest_facts(20).await.expect("read");
    let posts = facts.iter().filter_map(|fact| match &fact.body {
        crm::facts::FactBody::PostChanged { post } => Some(post.clone()),
        _ => None,
    });
    let posts = posts.collect::<Vec<_>>();
    assert_eq!(posts.len(), 1, "said once");
    let post = team.read().await.post(&posts[0]).await.expect("read").expect("it is there");
    assert_eq!(post.private_to, team.rosa.member().map(ToString::to_string), "never in a room");
    assert!(matches!(&post.subject, Subject::Text { text } if text.contains("mentioned you")));

    let edit = |body: &str| {
        let body = Some(body.to_owned());
        Command::ChangeNote(ChangeNote { note: id.clone(), body, pinned: None })
    };
    let not_hers = team.tried(&team.viewer, edit("mine")).await;
    assert!(not_hers.is_err());
    team.run(&team.imre, edit(&format!("@Rosa [[Acme Inc.]] and {key}"))).await;
    assert!(team.events(&globex).await.contains(&EventType::NoteMentioned));
    let told = team.events(&acme).await;
    assert_eq!(told.iter().filter(|e| **e == EventType::NoteMentioned).count(), 1, "told once");
    assert!(team.crm.hub().open_notifications(10).await.expect("read").is_empty());
    let before = team.read().await.note_versions(&id).await.expect("read");
    assert!(before[0].body.contains("ask @nobody"));
    let pin = ChangeNote { note: id.clone(), body: None, pinned: Some(true) };
    team.run(&team.imre, Command::ChangeNote(pin)).await;
    let newer = AddNote { record: deal.clone(), body: "newer".into() };
    team.run(&team.imre, Command::AddNote(newer)).await;
    let notes = team.read().await.notes(&deal).await.expect("read");
    assert_eq!(notes[0].id, id, "pinned ones stand above");
    for _ in 0..3 {
        team.undo(&team.imre).await.expect("undone");
    }
    let back = team.read().await.note(&id).await.expect("read").expect("it is there");
    assert!(back.body.contains("ask @nobody") && !back.pinned);
}

pub async fn what_happened_elsewhere_is_logged_and_a_timeline_is_filtered(ground: Ground) {
    let team = Team::start(&ground).await;
    let deal = team.make(&team.rosa, "deal", "Acme").await;
    let log = |event: &str, summary: &str| LogActivity {
        record: deal.clone(),
        event: event.into(),
        summary: summary.into(),
        details: None,
        minutes: None,
        at: None,
        fields: serde_json::Map::new(),
    };
    let call = LogActivity {
        details: Some("They **renew**.".into()),
        minutes: Some(20),
        at: Some(team.now() - TimeDelta::days(2)),
        ..log("call", "spoke with Anna")
    };
    team.run(&team.imre, Command::LogActivity(call)).await;
    let mut opened = log("email.opened", "opened the offer");
    opened.fields.insert("to".into(), "anna@acme.example".into());
    team.run(&team.imre, Command::LogActivity(opened)).await;
    team.run(&team.imre, Command::LogActivity(log("meeting", "met in Kyiv"))).await;

    let of = async |kinds: Vec<InteractionKind>, events: Vec<EventType>| {
        let filter = TimelineFilter { kinds, events, limit: 50, before: None };
        team.read().await.timeline(&deal, &filter).await.expect("read")
    };
    let calls = of(vec![InteractionKind::Call], vec![]).await;
    assert_eq!(calls.len(), 1);
    let data = json!({ "details": "They **renew**.", "minutes": 20, "native": false });
    assert_eq!((calls[0].summary.as_str(), &calls[0].data), ("spoke with Anna", &data));
    assert!(
        calls[0].at < team.now() - TimeDelta::days(1),
        "when it happened, not when it was told"
    );
    assert_eq!(calls[0].author, "Imre");
    assert_eq!(of(vec![], vec![EventType::EmailOpened]).await.len(), 1);
    let made = of(vec![InteractionKind::Created], vec![]).await;
    assert_eq!(made[0].event, EventType::DealCreated);
    let mut seen = Vec::new();
    let mut filter = TimelineFilter {
        kinds: vec![InteractionKind::Meeting, InteractionKind::Email, InteractionKind::Call],
        limit: 1,
        ..TimelineFilter::default()
    };
    loop {
        let page = team.read().await.timeline(&deal, &filter).await.expect("read");
        let Some(line) = page.first() else { break };
        seen.push(line.event);
        filter.before = Some(line.id.clone());
    }
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[2], EventType::CallLogged, "the oldest comes last");

    for (wrong, says) in [
        (log("record.moved", "x"), "nothing that is logged by hand"),
        (log("call", " "), "What happened?"),
        (LogActivity { minutes: Some(-1), ..log("call", "x") }, "cannot have taken -1 minutes"),
        (
            LogActivity { at: Some(team.now() + TimeDelta::hours(1)), ..log("call", "x") },
            "in the future",
        ),
    ] {
        let refusal = team.refused(&team.imre, Command::LogActivity(wrong)).await;
        assert!(refusal.contains(says), "{refusal}");
    }
    team.refused(&team.viewer, Command::LogActivity(log("call", "x"))).await;
    team.undo(&team.imre).await.expect("undone");
    let met = of(vec![InteractionKind::Meeting], vec![]).await;
    assert!(met[0].withdrawn_at.is_some() && met[0].summary.is_empty());
}
