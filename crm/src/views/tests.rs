//! What a view shows once things it names are gone, and what a lens maps.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{TimeZone, Utc};
use serde_json::json;

use super::*;
use crate::Env;
use crate::blueprints::Blueprint;
use crate::lists::{Audience, Known};

fn blueprint(key: &str, columns: serde_json::Value) -> Blueprint {
    serde_json::from_value(json!({
        "id": BlueprintId::fresh(&Env::system()), "key": key, "name": key,
        "plural": format!("{key}s"), "prefix": key.to_uppercase(), "columns": columns,
        "flows": [{ "key": "sales", "name": "Sales", "stages": [{ "key": "open", "name": "Open" }] }],
    }))
    .expect("a blueprint")
}

fn deals() -> Blueprint {
    blueprint(
        "deal",
        json!([
            { "id": "value", "name": "Value", "type": "money" },
            { "id": "size", "name": "Team size", "type": "integer" },
            { "id": "secret", "name": "Margin", "type": "integer", "classification": "private" },
        ]),
    )
}

fn known(blueprints: &[&Blueprint], audience: Audience) -> Known {
    Known {
        blueprints: blueprints.iter().map(|one| Arc::new((*one).clone())).collect(),
        members: vec![],
        spaces: vec![],
        tags: vec![],
        segments: vec![],
        products: vec![],
        me: None,
        now: Utc.with_ymd_and_hms(2027, 3, 11, 12, 0, 0).single().expect("an instant"),
        timezone: chrono_tz::UTC,
        audience,
    }
}

fn view(of: &Blueprint, columns: &[&str], filter: &str) -> View {
    let column = |column: &&str| ViewColumn { column: (*column).to_owned(), width: None };
    View {
        id: ViewId::fresh(&Env::system()),
        name: "Big".into(),
        owner: None,
        shared: true,
        blueprint: of.id.clone().expect("an id"),
        space: None,
        columns: columns.iter().map(column).collect(),
        filter: filter.into(),
        sort: "-value,gone".into(),
        mine: false,
        layout: Layout::Table,
        group_by: None,
        lens: None,
        created_at: Utc.timestamp_millis_opt(0).single().expect("an instant"),
    }
}

#[test]
fn a_view_says_what_is_missing_and_shows_the_rest() {
    let deal = deals();
    let known = known(&[&deal], Audience::Member);
    let view = view(&deal, &["title", "value", "plan"], "value>10 tag:vip stage:won segment:big");
    let opened = Opened::new(&known, &view, "size>3", None).expect("it opens");
    let shown = opened.columns.iter().map(|column| column.column.as_str()).collect::<Vec<_>>();
    assert_eq!(shown, ["title", "value"]);
    assert_eq!(opened.filter.to_string(), "blueprint:deal value>10 size>3");
    for part in ["“plan” is gone", "“tag:vip”", "“stage:won”", "“segment:big”", "sorted by gone"]
    {
        assert!(opened.missing.iter().any(|line| line.contains(part)), "{part}");
    }
    assert_eq!(opened.missing.len(), 5);
    // What is asked for now is another matter.
    assert!(Opened::new(&known, &view, "tag:vip", None).is_err());
}

#[test]
fn an_or_in_a_view_reaches_no_other_blueprint() {
    let deal = deals();
    let known = known(&[&deal], Audience::Member);
    let view = view(&deal, &[], "value>10 or size>3");
    let opened = Opened::new(&known, &view, "title:a or title:b", None).expect("it opens");
    assert_eq!(
        opened.filter.to_string(),
        "blueprint:deal (value>10 or size>3) (title:a or title:b)"
    );
}

#[test]
fn a_room_is_shown_no_private_column_and_no_list_chosen_by_one() {
    let deal = deals();
    let known = known(&[&deal], Audience::Room);
    let open = |filter: &str| Opened::new(&known, &view(&deal, &["secret"], filter), "", None);
    assert!(open("").expect("it opens").columns.is_empty());
    assert!(open("secret>3").expect_err("private").message.contains("is private"));
}

#[test]
fn a_lens_maps_by_name_and_type_and_writes_back_what_is_one_to_one() {
    let deal = deals();
    let ticket = blueprint(
        "ticket",
        json!([
            { "id": "amount", "name": "Amount", "type": "money" },
            { "id": "total", "name": "Total", "type": "money" },
            { "id": "people", "name": "Team size", "type": "integer" },
            { "id": "value", "name": "Worth", "type": "text" },
            { "id": "open", "name": "Margin", "type": "integer" },
        ]),
    );
    let given: BTreeMap<String, String> = [("Amount".into(), "Value".into())].into();
    let mapping = mapped(&deal, &ticket, &given).expect("it fits");
    // Not by name alone, and never into a column that is less guarded.
    assert_eq!(
        mapping,
        [("amount", "value"), ("people", "size")].map(|(a, b)| (a.into(), b.into())).into()
    );
    let wrong: BTreeMap<String, String> = [("people".into(), "value".into())].into();
    assert!(mapped(&deal, &ticket, &wrong).expect_err("types").message.contains("something else"));

    let through = ticket.id.clone().expect("an id");
    let lens = Lens { blueprint: through, mapping };
    let values = |all: serde_json::Value| serde_json::from_value(all).expect("values");
    let written = lens.written(&deal, &ticket, values(json!({ "Team size": 4 })));
    assert_eq!(written, Ok(values(json!({ "size": 4 }))));
    let nothing = lens.written(&deal, &ticket, values(json!({ "value": "x" }))).expect_err("no");
    assert!(nothing.message.contains("Worth shows nothing of deals"), "{nothing}");
    let mut doubled = lens.clone();
    doubled.mapping.insert("total".into(), "value".into());
    let both = doubled.written(&deal, &ticket, values(json!({ "amount": null }))).expect_err("two");
    assert!(both.message.contains("Amount and Total show the same"), "{both}");

    let known = known(&[&deal, &ticket], Audience::Member);
    let seen =
        View { lens: Some(lens), sort: "-amount".into(), ..view(&deal, &["amount"], "people>3") };
    let opened = Opened::new(&known, &seen, "", None).expect("it opens");
    assert_eq!(opened.filter.to_string(), "blueprint:deal size>3");
    assert_eq!((opened.missing.len(), opened.columns[0].own.as_deref()), (0, Some("value")));
}
