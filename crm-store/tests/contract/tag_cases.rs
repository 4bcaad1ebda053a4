//! Tags and saved views through the one door, onto the real store.

use crm::commands::{Command, Undo};
use crm::ids::{MemberId, RecordId};
use crm::interactions::InteractionKind;
use crm::lists::{Audience, Filter, Known, List};
use crm::ports::Read;
use crm::tenants::{Member, Role};
use crm::views::Opened;
use crm::{Actor, Cause};
use serde_json::{Value as Json, json};

use crate::blueprint_cases::{Desk, member};
use crate::ground::Ground;

impl Desk {
    pub async fn read(&self) -> Box<dyn Read + '_> {
        self.crm.read(&self.actor).await.expect("a reader")
    }

    pub async fn make(&self, blueprint: &str, title: &str, values: Json) -> RecordId {
        let made = self
            .run(json!({ "command": "create_record", "blueprint": blueprint, "title": title,
                "values": values }))
            .await;
        made.records[0].clone()
    }

    pub async fn undo(&self) {
        let undo = Command::Undo(Undo { entry: None });
        let cause = Cause::new(self.ground.env.token());
        self.crm.run(&self.actor, cause, undo).await.expect("undone");
    }

    /// The keys of a record's tags.
    async fn tags(&self, record: &RecordId) -> Vec<String> {
        let mut read = self.read().await;
        let tags = read.tags_of(std::slice::from_ref(record)).await.expect("read");
        tags.into_values().flatten().map(|tag| tag.key).collect()
    }

    /// The keys of the library.
    async fn library(&self) -> Vec<String> {
        self.read().await.tags().await.expect("read").into_iter().map(|tag| tag.key).collect()
    }

    /// The titles of what a filter lists.
    pub async fn listed(&self, filter: &str) -> Vec<String> {
        let mut read = self.read().await;
        let me = Some(self.seed.member.clone());
        let now = self.ground.env.now();
        let known = Known::read(read.as_mut(), me, now, Audience::Member).await.expect("read");
        let condition = known.bind(&Filter::parse(filter).expect(filter)).expect(filter);
        let page = read.list(&List::newest(condition, 100)).await.expect("read");
        let mut titles = page.records.into_iter().map(|r| r.title).collect::<Vec<_>>();
        titles.sort();
        titles
    }

    /// Somebody who is no administrator.
    pub async fn somebody(&self, role: Role) -> Actor {
        let max = Member {
            id: MemberId::fresh(&self.ground.env),
            name: "Max".into(),
            email: format!("{}@example.org", self.ground.env.token()),
            role,
            active: true,
            created_at: self.ground.env.now(),
        };
        let mut tx = self.seed.begin(&self.ground.store).await;
        tx.insert_member(&max).await.expect("a member");
        tx.commit().await.expect("kept");
        member(&self.seed.tenant, &max.id)
    }
}

async fn herds(desk: &Desk) {
    desk.run(json!({
        "command": "create_blueprint", "key": "herd", "name": "Herd", "plural": "Herds",
        "mentionable": true, "columns": [
            { "name": "Size", "type": "integer" },
            { "name": "Kind", "type": "select", "options": ["Wild", "Tame"] },
        ],
    }))
    .await;
}

pub async fn two_spellings_are_one_tag_and_each_step_is_undone(ground: Ground) {
    let desk = Desk::open(ground).await;
    herds(&desk).await;
    let a = desk.make("herd", "A", json!({})).await;
    let b = desk.make("herd", "B", json!({})).await;
    let tag = |tags: Json, known_only: bool| {
        json!({ "command": "tag_records", "records": [a, b],
        "tags": tags, "known_only": known_only })
    };
    desk.refused(tag(json!(["vip"]), true), "There is no tag “vip”").await;
    desk.run(json!({ "command": "create_tag", "name": "Key Account", "colour": "#1F77B4" })).await;
    let again = json!({ "command": "create_tag", "name": "key_account" });
    desk.refused(again, "There is the tag Key Account already").await;
    let said = desk.run(tag(json!(["#key-account", " VIP "]), false)).await.said;
    assert!(said.contains("tagged A Key Account and VIP"), "{said}");
    assert_eq!(desk.tags(&a).await, ["key-account", "vip"]);
    assert_eq!(desk.listed("tag:vip tag:\"KEY ACCOUNT\"").await, ["A", "B"]);
    let said = desk.run(tag(json!(["vip"]), true)).await.said;
    assert!(said.contains("A has VIP already"), "{said}");
    let uses = desk.read().await.tag_uses().await.expect("read");
    assert_eq!(uses.values().copied().collect::<Vec<_>>(), [2, 2]);

    // Taking one off, and taking that back.
    desk.run(json!({ "command": "untag_records", "records": [a], "tags": ["Vip"] })).await;
    assert_eq!(desk.listed("tag:vip").await, ["B"]);
    desk.undo().await;
    assert_eq!(desk.tags(&a).await, ["key-account", "vip"]);
    let mut read = desk.read().await;
    let lines = read.interactions(&a, None, 50).await.expect("read");
    let lines = lines.iter().filter(|line| line.kind == InteractionKind::Tag);
    let lines = lines.map(|line| line.event.as_str()).collect::<Vec<_>>();
    assert_eq!(lines, ["tag.added", "tag.removed", "tag.added"]);
    drop(read);

    // A new name, which the filters of segments and views follow.
    let wrong = json!({ "command": "create_segment", "name": "Big", "blueprint": "herd",
        "filter": "tag:(vip|hot)" });
    desk.refused(wrong, "no tag “hot”").await;
    desk.run(json!({ "command": "create_segment", "name": "Big", "blueprint": "herd",
        "filter": "-tag:vip" }))
        .await;
    desk.run(json!({ "command": "change_tag", "tag": "vip", "name": "Gold" })).await;
    assert_eq!(desk.listed("tag:gold").await, ["A", "B"]);
    let segments = desk.read().await.segments().await.expect("read");
    assert_eq!(segments[0].follows.as_ref().map(|f| f.filter.as_str()), Some("-tag:gold"));
    let taken = json!({ "command": "change_tag", "tag": "gold", "name": "key account" });
    desk.refused(taken, "Merge Gold into it").await;
    let delete = json!({ "command": "delete_tag", "tag": "gold" });
    desk.refused(delete.clone(), "Big asks for the tag Gold").await;
    desk.run(json!({ "command": "delete_segment", "segment": "big" })).await;
    desk.run(delete).await;
    assert_eq!(desk.tags(&b).await, ["key-account"]);
    assert_eq!(desk.library().await, ["key-account"]);
    desk.undo().await;
    assert_eq!(desk.tags(&b).await, ["gold", "key-account"]);

    // A tag that a command made goes with its undo, and a used one stays.
    let c = desk.make("herd", "C", json!({})).await;
    desk.run(json!({ "command": "tag_records", "records": [c], "tags": ["once"] })).await;
    assert_eq!(desk.library().await, ["gold", "key-account", "once"]);
    desk.undo().await;
    assert_eq!(desk.library().await, ["gold", "key-account"]);
    assert!(desk.tags(&c).await.is_empty());
}

pub async fn a_merge_moves_each_record_once_and_is_undone(ground: Ground) {
    let desk = Desk::open(ground).await;
    herds(&desk).await;
    let mut ids = Vec::new();
    for (title, tags) in [("A", vec!["old"]), ("B", vec!["old", "new"]), ("C", vec!["new"])] {
        let id = desk.make("herd", title, json!({})).await;
        desk.run(json!({ "command": "tag_records", "records": [id], "tags": tags })).await;
        ids.push(id);
    }
    desk.run(json!({ "command": "create_segment", "name": "Olds", "blueprint": "herd",
        "filter": "tag:old" }))
        .await;
    desk.work().await;
    assert_eq!(desk.listed("segment:olds").await, ["A", "B"]);
    desk.run(json!({ "command": "merge_tags", "from": "old", "into": "new" })).await;
    assert_eq!(desk.library().await, ["new"]);
    assert_eq!(desk.listed("tag:new").await, ["A", "B", "C"]);
    desk.work().await;
    assert_eq!(desk.listed("segment:olds").await, ["A", "B", "C"]);
    // What is purged in between does not come back.
    desk.run(json!({ "command": "trash_record", "record": ids[1] })).await;
    desk.run(json!({ "command": "purge_trash", "record": ids[1] })).await;
    let mut read = desk.read().await;
    let facts = read.newest_facts(200).await.expect("read");
    let merged =
        facts.iter().find(|fact| matches!(fact.body, crm::facts::FactBody::TagsMerged { .. }));
    let entry = merged.expect("a fact").entry.clone();
    drop(read);
    desk.run(json!({ "command": "undo", "entry": entry })).await;
    assert_eq!(desk.listed("tag:old").await, ["A"]);
    assert_eq!(desk.listed("tag:new").await, ["C"]);
    desk.work().await;
    assert_eq!(desk.listed("segment:olds").await, ["A"]);
}

pub async fn reserved_tags_are_an_administrators(ground: Ground) {
    let desk = Desk::open(ground).await;
    herds(&desk).await;
    let id = desk.make("herd", "A", json!({})).await;
    desk.run(json!({ "command": "assign_record", "record": id, "owner": null })).await;
    let max = desk.somebody(Role::Member).await;
    let tag = |tag: &str| json!({ "command": "tag_records", "records": [id], "tags": [tag] });
    let untag = json!({ "command": "untag_records", "records": [id], "tags": ["bot:mute"] });
    let make = json!({ "command": "create_tag", "name": "bot:mute" });
    for command in [tag("bot:mute"), tag("BOT:mute"), make.clone()] {
        let refused = desk.try_as(&max, command).await.expect_err("reserved").to_string();
        assert!(refused.contains("only administrators"), "{refused}");
    }
    desk.refused(tag("bot:loud"), "bot:mute, bot:auto and bot:human-only").await;
    desk.run(tag("Bot:Mute")).await;
    let refused = desk.try_as(&max, untag.clone()).await.expect_err("reserved").to_string();
    assert!(refused.contains("only administrators"), "{refused}");
    desk.refused(
        json!({ "command": "merge_tags", "from": "bot:mute", "into": "bot:mute" }),
        "itself",
    )
    .await;
    desk.run(json!({ "command": "create_tag", "name": "vip" })).await;
    let merge = json!({ "command": "merge_tags", "from": "bot:mute", "into": "vip" });
    desk.refused(merge.clone(), "is not merged").await;
    let rename = json!({ "command": "change_tag", "tag": "vip", "name": "bot:auto" });
    desk.refused(rename.clone(), "do not mean the same").await;
    for command in [merge, rename, json!({ "command": "delete_tag", "tag": "vip" })] {
        let refused = desk.try_as(&max, command).await.expect_err("not his").to_string();
        assert!(refused.contains("Only an administrator"), "{refused}");
    }
    // An ordinary one anybody may, on what is theirs or nobody's.
    desk.try_as(&max, tag("vip")).await.expect("tagged");
    desk.run(json!({ "command": "claim_record", "record": id })).await;
    let refused = desk.try_as(&max, tag("mine")).await.expect_err("hers").to_string();
    assert!(refused.contains("somebody else's"), "{refused}");
    assert_eq!(desk.library().await, ["bot:mute", "vip"], "what is refused makes no tag");
    desk.run(untag).await;
    assert_eq!(desk.tags(&id).await, ["vip"]);
}

pub async fn views_outlive_what_they_name_and_lenses_write_back(ground: Ground) {
    let desk = Desk::open(ground).await;
    herds(&desk).await;
    desk.run(json!({
        "command": "create_blueprint", "key": "farm", "name": "Farm", "plural": "Farms",
        "columns": [{ "name": "Head", "type": "integer" }, { "name": "Kind", "type": "text" }],
    }))
    .await;
    let mut ids = Vec::new();
    for (title, size, kind) in [("A", 1, "Wild"), ("B", 5, "Tame"), ("C", 9, "Wild")] {
        ids.push(desk.make("herd", title, json!({ "size": size, "kind": kind })).await);
    }
    desk.run(json!({ "command": "tag_records", "records": [ids[2]], "tags": ["vip"] })).await;
    let like = json!({ "name": "Big herds", "blueprint": "herd", "filter": "size>1 tag:vip",
        "sort": "-size,kind", "columns": [{ "column": "Title" }, { "column": "Size", "width": 80 }],
        "layout": "board", "group_by": "kind", "shared": true });
    desk.run(json!({ "command": "create_view", "like": like })).await;
    desk.refused(json!({ "command": "create_view", "like": like }), "a view Big herds already")
        .await;
    desk.refused(
        json!({ "command": "create_view", "like": { "name": "x", "blueprint": "herd",
            "columns": [{ "column": "weight" }] } }),
        "has no column “weight”",
    )
    .await;
    let open = async |name: &str, extra: &str, mine: Option<bool>| {
        let mut read = desk.read().await;
        let all = read.views().await.expect("read");
        let me = Some(desk.seed.member.clone());
        let view = crm::views::named(&all, me.as_ref(), name).expect(name).clone();
        let now = desk.ground.env.now();
        let known = Known::read(read.as_mut(), me, now, Audience::Member).await.expect("read");
        let opened = Opened::new(&known, &view, extra, mine).expect("it opens");
        let page = opened.page(read.as_mut(), 10, None).await.expect("a page");
        let titles = page.records.iter().map(|r| r.title.clone()).collect::<Vec<_>>();
        (opened, titles)
    };
    let (mut opened, titles) = open("Big herds", "", None).await;
    assert_eq!((titles, opened.missing.len()), (vec!["C".to_owned()], 0));
    let mut read = desk.read().await;
    let lanes = opened.board(read.as_mut(), 5, &|_| true).await.expect("a board");
    let lanes = lanes.iter().map(|l| (opened.filter_of(&l.of).to_string(), l.count));
    assert_eq!(
        lanes.collect::<Vec<_>>(),
        [("kind:Wild", 1), ("kind:Tame", 0), ("no:kind", 0)]
            .map(|(lane, count)| (format!("blueprint:herd size>1 tag:vip {lane}"), count))
    );
    drop(read);

    // The column and the tag that it names go.
    desk.run(json!({ "command": "change_blueprint", "blueprint": "herd",
        "steps": [{ "change": "shelve_column", "column": "kind" }] }))
        .await;
    desk.run(json!({ "command": "delete_tag", "tag": "vip" })).await;
    let (mut opened, titles) = open("Big herds", "", None).await;
    assert_eq!(titles, ["C", "B"]);
    let mut read = desk.read().await;
    let no = opened.board(read.as_mut(), 5, &|_| true).await.expect_err("no stages").to_string();
    assert!(no.contains("look at it as a table"), "{no}");
    drop(read);
    let told = opened.missing.join(" ");
    for part in ["“tag:vip” is left out", "not sorted by kind", "“kind”, by which it was grouped"]
    {
        assert!(told.contains(part), "{told} lacks {part}");
    }

    // Herds through the columns of farms.
    let like = json!({ "name": "Herds as farms", "blueprint": "herd", "through": "farm",
        "mapping": { "Head": "Size" }, "filter": "head>1", "sort": "-head", "mine": true });
    desk.run(json!({ "command": "create_view", "like": like })).await;
    let (opened, titles) = open("herds as", "", None).await;
    assert_eq!(titles, ["C", "B"]);
    let (_, own) = open("herds as", "head<9", Some(true)).await;
    assert_eq!(own, ["B"]);
    let shown = opened.seen(&desk.record(&ids[2]).await);
    assert_eq!(json!(shown), json!({ "head": 9 }));
    let write = |values: Json| {
        json!({ "command": "change_through_view", "view": "herds as",
        "record": ids[2], "values": values })
    };
    desk.run(write(json!({ "Head": 12 }))).await;
    assert_eq!(desk.record(&ids[2]).await.values["size"], json!(12));
    desk.refused(write(json!({ "kind": "x" })), "Kind shows nothing of Herds").await;

    // What is one's own is nobody else's, and what is shared is changed by its maker alone.
    let max = desk.somebody(Role::Viewer).await;
    let change = |view: &str| {
        json!({ "command": "change_view", "view": view,
        "like": { "name": "Mine now" } })
    };
    let hidden = desk.try_as(&max, change("herds as")).await.expect_err("hers").to_string();
    assert!(hidden.contains("There is no view"), "{hidden}");
    let shared = desk.try_as(&max, change("big herds")).await.expect_err("hers").to_string();
    assert!(shared.contains("somebody else's"), "{shared}");
    let save = |shared: bool| {
        json!({ "command": "create_view", "like": { "name": "Max's",
        "blueprint": "herd", "shared": shared } })
    };
    assert!(
        desk.try_as(&max, save(true)).await.expect_err("a viewer").to_string().contains("viewer")
    );
    let saved = desk.try_as(&max, save(false)).await.expect("his own");
    let first = json!({ "command": "set_default_view", "blueprint": "herd",
        "view": saved.data["view"] });
    desk.try_as(&max, first).await.expect("first");
    let mut read = desk.read().await;
    let whose = max.member().expect("a member").clone();
    assert_eq!(read.default_views(&whose).await.expect("read").len(), 1);
    drop(read);
    desk.run(json!({ "command": "delete_view", "view": "Big herds" })).await;
    desk.undo().await;
    assert_eq!(open("big herds", "", None).await.1, ["C", "B"]);
}
