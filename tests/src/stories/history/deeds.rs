//! What people ask for by chance, sensible or not. Much of it is refused: somebody else's record,
//! a stage that is gone, a number that is none. That is part of the life of a workspace.

use crm::ids::{MemberId, RecordId};
use serde_json::{Value as Json, json};

use super::World;
use crate::harness::chance::Chance;

const NAMES: &[&str] = &[
    "Acme", "Ärzte", "Zoë", "Łódź", "Globex", "acme", "Smith", "O'Hara", "100%", "ガス", "Plan",
    "renewal", "Anna", "Bob", "Östberg",
];
const TEXTS: &[&str] =
    &["Software", "software AG", "Söftware", "%", "_", "x..y", "a\"b", "", "Zz", "12", "7.5"];
const DAYS: &[&str] = &["2027-01-10", "2027-03-31", "2026-12-31", "2027-02-29", "soon"];
const STAGES: &[&str] = &["open", "negotiating", "won", "lost", "Won", "nowhere"];
const BLUEPRINTS: &[&str] = &["person", "company", "company", "deal", "deal", "deal", "parcel"];

/// The team's own blueprint.
pub(super) fn parcels() -> Json {
    json!({ "command": "create_blueprint", "key": "parcel", "name": "Parcel",
        "plural": "Parcels", "prefix": "PAR", "mentionable": true, "columns": [
            { "id": "weight", "name": "Weight", "type": "integer" },
            { "id": "label", "name": "Label", "type": "text" },
            { "id": "colour", "name": "Colour", "type": "select", "options": ["Red", "Blue"] },
            { "id": "marks", "name": "Marks", "type": "multi_select",
              "options": ["Fragile", "Cold", "Late"] },
            { "id": "sent_at", "name": "Sent", "type": "date_time" },
            { "id": "price", "name": "Price", "type": "money" },
            { "id": "insured", "name": "Insured", "type": "boolean" },
        ] })
}

/// Tags, and segments that follow what they ask for.
pub(super) fn gatherings() -> Vec<Json> {
    let tags = ["VIP", "Fair", "Old"].map(|name| json!({ "command": "create_tag", "name": name }));
    let segments = [
        ("Big", "deal", "value>1000 -stage:lost"),
        ("Dear", "company", "tag:vip or has:email"),
        ("Heavy", "parcel", "weight>5 or colour:red"),
        ("Nobody's", "person", "no:owner"),
    ];
    let segments = segments.map(|(name, blueprint, filter)| {
        json!({ "command": "create_segment", "name": name, "blueprint": blueprint,
            "filter": filter })
    });
    tags.into_iter().chain(segments).collect()
}

impl World {
    /// What somebody asks for next, and who.
    pub(super) fn deed(&self, chance: &mut Chance) -> (usize, Json) {
        // The owner and the administrator do most, so that not too much is refused.
        let member = [0, 0, 0, 1, 1, 2, 2, 3, 4][chance.below(9)];
        let Some((record, blueprint)) = self.some_record(chance) else {
            return (member, self.new_record(chance));
        };
        let deed = match chance.below(100) {
            0..24 => self.new_record(chance),
            24..46 => {
                let mut deed = json!({ "command": "update_record", "record": record,
                    "values": values(chance, blueprint, 2) });
                if chance.one_in(5) {
                    deed["title"] = json!(title(chance));
                }
                if chance.one_in(8) {
                    deed["expected_version"] = json!(chance.below(4));
                }
                deed
            }
            46..58 => {
                json!({ "command": "move_record", "record": record, "to": chance.pick(STAGES) })
            }
            58 => json!({ "command": "tag_records", "records": [record],
                "tags": [chance.pick(&["vip", "fair", "old", "new one"])] }),
            59..61 => {
                let owner = (!chance.one_in(3)).then(|| self.some_member(chance));
                json!({ "command": "assign_record", "record": record, "owner": owner })
            }
            61..63 => json!({ "command": "claim_record", "record": record }),
            63..67 => json!({ "command": "trash_record", "record": record }),
            67..70 => json!({ "command": "restore_record", "record": record }),
            70..75 => {
                let (kind, value) = channel(chance);
                json!({ "command": "add_identity", "record": record, "kind": kind, "value": value })
            }
            75..77 => match pick(chance, &self.identities) {
                Some((record, identity)) => json!({ "command": "remove_identity",
                    "record": record, "identity": identity }),
                None => self.new_record(chance),
            },
            77..80 => {
                let to = self.some_record(chance).map(|(id, _)| id);
                let kind = chance.pick(&["contact", "customer", "works_at", "partner"]);
                json!({ "command": "link_records", "from": record, "to": to, "kind": kind })
            }
            80 => match pick(chance, &self.links) {
                Some((from, link)) => {
                    json!({ "command": "unlink_records", "from": from, "link": link })
                }
                None => self.new_record(chance),
            },
            81 => match chance.below(4) {
                0 => json!({ "command": "merge_tags", "from": "old", "into": "fair" }),
                1 => json!({ "command": "delete_tag", "tag": "old" }),
                2 => json!({ "command": "create_tag", "name": "Old" }),
                _ => json!({ "command": "untag_records", "records": [record],
                    "tags": [chance.pick(&["vip", "fair"])] }),
            },
            82 => json!({ "command": "add_note", "record": record, "body": title(chance) }),
            83 => match pick(chance, &self.notes) {
                Some(note) => json!({ "command": "withdraw_note", "note": note }),
                None => self.new_record(chance),
            },
            84 => json!({ "command": "tag_records", "records": [record], "tags": ["VIP"] }),
            85 => json!({ "command": "add_task", "record": record, "title": title(chance),
                "due_on": "2027-03-31" }),
            86 => match pick(chance, &self.tasks) {
                Some(task) => json!({ "command": "set_task", "task": task,
                    "status": chance.pick(&["done", "open", "dropped"]) }),
                None => self.new_record(chance),
            },
            87..93 => self.undo(chance),
            93 => json!({ "command": "purge_trash", "record": record }),
            94..96 => blueprint_change(chance),
            96 => json!({ "command": "migrate_records",
                "blueprint": chance.pick(&["parcel", "deal", "parcel"]),
                "to_version": chance.pick(&[&Json::Null, &json!(1), &json!(2), &json!(3)]),
                "dry_run": chance.one_in(4) }),
            97 => stage_change(chance),
            98 => json!({ "command": "set_rate", "currency": chance.pick(&["USD", "GBP", "US"]),
                "per_base": chance.pick(&["1.1", "0.9", "-1"]) }),
            _ => match chance.below(3) {
                0 => json!({ "command": "delete_blueprint", "blueprint": "parcel" }),
                _ => json!({ "command": "restore_blueprint", "blueprint": "parcel" }),
            },
        };
        // Whoever undoes asks as themselves, or nothing would ever be theirs to undo.
        let member = match deed["as"].as_u64() {
            Some(member) => usize::try_from(member).unwrap_or(0),
            None => member,
        };
        let mut deed = deed;
        if let Some(asked) = deed.as_object_mut() {
            asked.remove("as");
        }
        (member, deed)
    }

    /// A record that is to be made.
    fn new_record(&self, chance: &mut Chance) -> Json {
        let blueprint = chance.pick(BLUEPRINTS);
        let mut deed = json!({ "command": "create_record", "blueprint": blueprint,
            "title": title(chance), "values": values_of(chance, blueprint, 3),
            "unclaimed": chance.one_in(3) });
        if *blueprint == *"deal" && chance.one_in(2) {
            deed["state"] = json!(chance.pick(STAGES));
        }
        if matches!(blueprint, "person" | "company") && chance.one_in(3) {
            let (kind, value) = channel(chance);
            deed["identities"] = json!([{ "kind": kind, "value": value }]);
        }
        deed
    }

    fn undo(&self, chance: &mut Chance) -> Json {
        // Mostly something recent, as people do.
        let recent = self.entries.len().saturating_sub(8);
        match pick(chance, &self.entries[recent..]) {
            Some((member, entry)) => {
                let asker = self.members.iter().position(|one| one == member).unwrap_or(0);
                json!({ "command": "undo", "entry": entry, "as": asker })
            }
            None => json!({ "command": "undo" }),
        }
    }

    fn some_record(&self, chance: &mut Chance) -> Option<(RecordId, &str)> {
        // Half of the time one of the newest, so that changes meet.
        let all = &self.records;
        let recent = all.len().saturating_sub(30);
        let from = if chance.one_in(2) { recent } else { 0 };
        pick(chance, &all[from..]).map(|(id, blueprint)| (id.clone(), blueprint.as_str()))
    }

    fn some_member(&self, chance: &mut Chance) -> MemberId {
        self.members[chance.below(self.members.len())].clone()
    }
}

fn pick<'t, T>(chance: &mut Chance, all: &'t [T]) -> Option<&'t T> {
    (!all.is_empty()).then(|| &all[chance.below(all.len())])
}

fn title(chance: &mut Chance) -> String {
    let words = (0..=chance.below(3)).map(|_| chance.pick(NAMES)).collect::<Vec<_>>();
    words.join(" ")
}

fn channel(chance: &mut Chance) -> (&'static str, String) {
    match chance.below(4) {
        0 => ("phone", format!("+49 30 90182{:02}", chance.below(20))),
        1 => ("domain", format!("firm{}.example", chance.below(20))),
        2 => ("github", format!("dev{}", chance.below(20))),
        _ => ("email", format!("anna{}@firm{}.example", chance.below(20), chance.below(5))),
    }
}

fn value(chance: &mut Chance, column: &str) -> Json {
    if chance.one_in(7) {
        return Json::Null;
    }
    match column {
        "value" | "price" => json!({
            "amount": format!("{}.{}", chance.below(40) * 100, chance.below(100)),
            "currency": chance.pick(&["EUR", "EUR", "USD", "GBP"]),
        }),
        "close_on" => json!(chance.pick(DAYS)),
        "sent_at" => json!(chance.pick(&["2027-01-05T10:00:00Z", "2027-02-01T00:00:00+01:00"])),
        "weight" if !chance.one_in(8) => json!(chance.below(12)),
        "colour" => json!(chance.pick(&["Red", "Blue", "blue", "Green"])),
        "marks" => json!(["Fragile", "Cold", "Late"][chance.below(3)..]),
        "insured" => json!(chance.one_in(2)),
        _ => json!(chance.pick(TEXTS)),
    }
}

fn columns_of(blueprint: &str) -> &'static [&'static str] {
    match blueprint {
        "person" => &["job_title", "about"],
        "company" => &["industry"],
        "deal" => &["value", "close_on", "plan"],
        _ => &["weight", "label", "colour", "marks", "sent_at", "price", "insured"],
    }
}

fn values_of(chance: &mut Chance, blueprint: &str, most: usize) -> Json {
    let mut values = serde_json::Map::new();
    for _ in 0..chance.below(most + 1) {
        let column = chance.pick(columns_of(blueprint));
        values.insert(column.to_owned(), value(chance, column));
    }
    Json::Object(values)
}

/// Values that fit the record, now and then those of another blueprint.
fn values(chance: &mut Chance, blueprint: &str, most: usize) -> Json {
    match chance.one_in(10) {
        true => values_of(chance, "parcel", most),
        false => values_of(chance, blueprint, most),
    }
}

fn blueprint_change(chance: &mut Chance) -> Json {
    let blueprint = if chance.one_in(4) { "deal" } else { "parcel" };
    let own = columns_of(blueprint);
    let column = chance.pick(own);
    let step = match chance.below(8) {
        0 => {
            let id = format!("more_{}", chance.below(6));
            let kind = chance.pick(&["text", "integer", "money", "date"]);
            json!({ "change": "add_column",
                "column": { "id": id, "name": id, "type": kind } })
        }
        1 => json!({ "change": "rename_column", "column": column,
            "name": format!("{column} {}", chance.below(9)) }),
        2 => json!({ "change": "shelve_column", "column": column }),
        3 => json!({ "change": "unshelve_column", "column": column }),
        4 | 5 => json!({ "change": "cast", "column": column,
            "to": chance.pick(&["text", "integer", "decimal", "text"]) }),
        6 => json!({ "change": "set_default", "column": column, "default": value(chance, column) }),
        _ => json!({ "change": "set_required", "column": column, "required": false }),
    };
    json!({ "command": "change_blueprint", "blueprint": blueprint, "steps": [step] })
}

fn stage_change(chance: &mut Chance) -> Json {
    let name = format!("Step {}", chance.below(4));
    match chance.below(4) {
        0 => json!({ "command": "add_stage", "pipeline": "sales",
            "stage": { "key": "", "name": name, "kind": "open" } }),
        1 => json!({ "command": "delete_stage", "pipeline": "sales", "stage": name,
            "to": chance.pick(&["open", "won"]) }),
        2 => json!({ "command": "change_stage", "pipeline": "sales", "stage": name,
            "position": chance.below(4) }),
        _ => json!({ "command": "change_stage", "pipeline": "sales", "stage": "negotiating",
            "probability": chance.below(100) }),
    }
}
