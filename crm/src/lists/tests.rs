//! What people type as a filter, what it comes to, and how it is refused.

use std::sync::Arc;

use chrono::{TimeZone, Utc};
use proptest::prelude::*;

use super::*;
use crate::Env;
use crate::blueprints::{Blueprint, Values};
use crate::ids::{MemberId, RecordId, SegmentId, SpaceId, TagId};
use crate::records::{IdentityKind, Record};
use crate::segments::Segment;
use crate::tags::Tag;
use crate::templates;
use crate::tenants::{Member, Role};

fn text(filter: &str) -> String {
    Filter::parse(filter).expect(filter).to_string()
}

fn refused(filter: &str) -> String {
    Filter::parse(filter).expect_err(filter).message
}

/// The CRM template with one more column of several options and one that is private.
fn known() -> Known {
    let env = Env::system();
    let mut blueprints = templates::template("crm").expect("the template").blueprints;
    for blueprint in &mut blueprints {
        blueprint.id = Some(BlueprintId::fresh(&env));
    }
    let more = serde_json::json!([
        { "id": "tags", "name": "Tags", "type": "multi_select", "options": ["Hot", "Light blue"] },
        { "id": "margin", "name": "Margin", "type": "integer", "classification": "private" },
        { "id": "met_at", "name": "Met at", "type": "date_time" },
        { "id": "signed", "name": "Signed", "type": "boolean" },
    ]);
    let more: Vec<crate::blueprints::Column> = serde_json::from_value(more).expect("columns");
    let deal = blueprints.iter_mut().find(|one| one.key == "deal").expect("deals");
    deal.columns.extend(more);
    let member = |name: &str, email: &str| Member {
        id: MemberId::fresh(&env),
        name: name.into(),
        email: email.into(),
        role: Role::Member,
        active: true,
        created_at: env.now(),
    };
    let members =
        vec![member("Rosa Díaz", "rosa@example.org"), member("Imre Nagy", "imre@example.org")];
    Known {
        blueprints: blueprints.into_iter().map(Arc::new).collect(),
        me: Some(members[0].id.clone()),
        members,
        spaces: vec![],
        tags: vec![tag("Key Account"), tag("VIP")],
        segments: vec![segment("big", "Big customers", true), segment("fair", "Fair 2027", false)],
        products: vec![],
        now: Utc.with_ymd_and_hms(2027, 3, 11, 23, 30, 0).single().expect("an instant"),
        timezone: chrono_tz::Europe::Berlin,
        audience: Audience::Member,
    }
}

fn tag(name: &str) -> Tag {
    Tag {
        id: TagId::fresh(&Env::system()),
        name: name.into(),
        key: crate::tags::key_of(name),
        colour: None,
        about: None,
        created_at: Env::system().now(),
    }
}

fn segment(key: &str, name: &str, private: bool) -> Segment {
    Segment {
        id: SegmentId::fresh(&Env::system()),
        key: key.into(),
        name: name.into(),
        about: None,
        owner: None,
        private,
        created_at: Env::system().now(),
        follows: None,
    }
}

fn bound(filter: &str) -> Condition {
    known().bind(&Filter::parse(filter).expect(filter)).expect(filter)
}

fn unbound(filter: &str) -> String {
    known().bind(&Filter::parse(filter).expect(filter)).expect_err(filter).message
}

#[test]
fn a_filter_reads_as_people_write_it() {
    for (written, read) in [
        ("", ""),
        ("stage:negotiating owner:me value>10000", "stage:negotiating owner:me value>10000"),
        ("  name:“Acme Ltd”   plan ", "name:\"Acme Ltd\" plan"),
        ("industry:( software | \"big retail\" )", "industry:(software|\"big retail\")"),
        ("-city:Berlin --owner:me", "-city:Berlin owner:me"),
        ("city!=Berlin -\"Job title\"!=\"a b\"", "-city=Berlin \"Job title\"=\"a b\""),
        ("stage!=(won|lost) wow! !=", "-stage=(won|lost) wow! !="),
        ("(a or b) c", "(a or b) c"),
        ("a or b c or (d or e)", "a or b c or d or e"),
        ("-(a or b)", "-(a or b)"),
        ("(a b) c", "a b c"),
        ("value:10..20 close_on:..today", "value:10..20 close_on:..today"),
        ("\"Job title\":\"a \\\"b\\\"\"", "\"Job title\":\"a \\\"b\\\"\""),
        ("https://acme.io 10:30 a@b.c C&A", "https://acme.io 10:30 a@b.c C&A"),
        ("oregano OR \"or\"", "oregano or \"or\""),
        ("created>=-7d touched<-30d", "created>=-7d touched<-30d"),
        ("Büro:Łódź", "Büro:Łódź"),
    ] {
        assert_eq!(text(written), read, "{written}");
        assert_eq!(text(read), read);
    }
    assert!(Filter::parse("Acme Ltd \"annual plan\"").expect("words").is_words());
    assert!(!Filter::parse("Acme -Ltd").expect("a filter").is_words());
}

#[test]
fn what_does_not_read_is_refused_with_the_part_and_an_example() {
    for (filter, part, example) in [
        ("stage: owner:me", "“stage: owner:me” has an operator and no value", "stage:negotiating"),
        ("name:\"Acme", "“\"Acme” begins a quotation that never ends", "name:\"Acme Ltd\""),
        ("(owner:me", "“(owner:me” is never closed", "(owner:me or no:owner)"),
        ("industry:(a b)", "“industry:(a b)” is never closed", "industry:(software|retail)"),
        ("owner:me)", "“)” closes what was never opened", "(owner:me or no:owner)"),
        ("()", "“()” holds nothing", "(owner:me or no:owner)"),
        ("or owner:me", "“or” has nothing before it", "owner:me or no:owner"),
        ("owner:me or", "“or” has nothing behind it", "owner:me or no:owner"),
    ] {
        let message = refused(filter);
        assert_eq!(message, format!("In the filter, {part}. Write it like {example}."), "{filter}");
    }
    assert!(refused(&"a".repeat(FILTER_CHARS_MAX + 1)).contains("at most 2000 characters"));
    assert!(refused(&"a ".repeat(FILTER_TERMS_MAX + 1)).contains("at most 40 values and words"));
    assert!(refused("((((((a))))))").contains("at most 5 deep"));
    assert!(refused(&"-".repeat(1_000)).contains("deep") || text(&"-".repeat(4)) == "----");
}

#[test]
fn a_word_means_what_it_means_here() {
    let known = known();
    let deal = known.blueprints.iter().find(|one| one.key == "deal").expect("deals");
    let id = deal.id.clone().expect("an id");
    let column = |column: &str, test| Condition::Column {
        blueprint: id.clone(),
        column: column.into(),
        test,
    };
    let bind = |filter: &str| known.bind(&Filter::parse(filter).expect(filter)).expect(filter);
    assert_eq!(bind("owner:me"), Condition::Owner(known.members[0].id.clone()));
    assert_eq!(bind("owner:imre"), Condition::Owner(known.members[1].id.clone()));
    assert_eq!(bind("blueprint:Deals"), Condition::Blueprint(vec![id.clone()]));
    let stage =
        |state: &str| StageOf { blueprint: id.clone(), flow: "sales".into(), state: state.into() };
    assert_eq!(bind("stage:nego"), Condition::Stage(vec![stage("negotiating")]));
    let open = Condition::Stage(vec![stage("open"), stage("negotiating")]);
    assert_eq!(bind("kind:open"), open);
    assert_eq!(
        bind("plan:\"Ännual%\""),
        column("plan", ColumnTest::Text(TextTest::Begins("annual%".into())))
    );
    assert_eq!(
        bind("tags=light"),
        column("tags", ColumnTest::Text(TextTest::Equals("light blue".into())))
    );
    use std::ops::Bound::{Excluded, Included, Unbounded};
    let amount = |low, high, currency: Option<&str>| {
        column("value", ColumnTest::Number { low, high, currency: currency.map(Into::into) })
    };
    assert_eq!(bind("value>10k"), amount(Excluded(10_000.0), Unbounded, None));
    assert_eq!(bind("value<=1,234.50EUR"), amount(Unbounded, Included(1_234.5), Some("eur")));
    assert_eq!(bind("Value:10..2mUSD"), amount(Included(10.0), Included(2_000_000.0), Some("usd")));
    assert_eq!(bind("value:eur"), amount(Unbounded, Unbounded, Some("eur")));
    // It is the 12th in Berlin already.
    let day = |text: &str| {
        let at = text.parse::<chrono::NaiveDate>().expect("a day").and_hms_opt(0, 0, 0);
        Some(at.expect("an instant").and_utc().timestamp_millis())
    };
    let days = |from, until| column("close_on", ColumnTest::Time(Span { from, until }));
    assert_eq!(bind("close_on:today"), days(day("2027-03-12"), day("2027-03-13")));
    assert_eq!(bind("close_on<2027-04-01"), days(None, day("2027-04-01")));
    assert_eq!(bind("close_on>2027-04"), days(day("2027-05-01"), None));
    assert_eq!(bind("close_on:-1w..2027"), days(day("2027-03-05"), day("2028-01-01")));
    let hour = 3_600_000;
    let created = |from, until| Condition::Time(Moment::Created, Span { from, until });
    assert_eq!(bind("created>-1d"), created(day("2027-03-12").map(|at| at - hour), None));
    let exact = Some(known.now.timestamp_millis() - 2 * hour);
    assert_eq!(bind("created>=-2h"), created(exact, None));
    assert_eq!(
        bind("email:Anna@Acme.io"),
        Condition::Identity { kind: IdentityKind::Email, value: Some("anna@acme.io".into()) }
    );
    assert_eq!(
        bind("no:phone"),
        Condition::Not(Box::new(Condition::Identity { kind: IdentityKind::Phone, value: None }))
    );
    assert_eq!(bind("name=Acme"), Condition::Title(TextTest::Equals("acme".into())));
    assert_eq!(bound("&"), Condition::Every(vec![]));
    let tag = |place: usize| Condition::Tag(known.tags[place].id.clone());
    assert_eq!(bind("tag:vip"), tag(1));
    assert_eq!(bind("tag:(\"KEY account\"|vip)"), Condition::Any(vec![tag(0), tag(1)]));
    let none = Condition::Not(Box::new(Condition::HasTag));
    assert_eq!(bind("tag:none"), none);
    assert_eq!((bind("no:tag"), bind("has:tag")), (none, Condition::HasTag));
    let big = Condition::Segment(known.segments[0].id.clone());
    assert_eq!((bind("segment:big"), bind("segment:\"Big customers\"")), (big.clone(), big));
}

#[test]
fn a_condition_is_kept_to_the_last_bit() {
    let filter = "value>0.1 rate or -tag:vip created>-7d segment:big email:a@b.c stage:nego \
                  close_on<2027 tags:light no:phone value:EUR";
    let known = known();
    let condition = known.bind(&Filter::parse(filter).expect("a filter")).expect("a condition");
    let kept = serde_json::to_string(&condition).expect("JSON");
    assert_eq!(serde_json::from_str::<Condition>(&kept).expect("it reads"), condition);
}

#[test]
fn what_means_nothing_here_is_refused_with_what_there_is() {
    for (filter, parts) in [
        (
            "clse_on<2027-04-01",
            &["no column “clse_on”", "Did you mean close_on?", "job_title", "For example: stage:"]
                [..],
        ),
        ("blueprint:person value>1", &["no column “value”"]),
        ("value>lots", &["Value takes an amount like 10000", "“lots” is not"]),
        ("value:1EUR..2USD", &["Value takes an amount"]),
        ("value>EUR", &["Value takes an amount"]),
        ("close_on:soon", &["Expected close takes a day like 2027-03-31", "-7d"]),
        ("created>2027-13-01", &["created takes a day"]),
        ("plan>a", &["Plan takes text", "Use : or = instead of >"]),
        ("tags:warm", &["Tags has no option “warm”", "It takes Hot and Light blue."]),
        ("signed:maybe", &["Signed takes yes or no"]),
        ("stage:negotiatng", &["no stage “negotiatng”", "Did you mean negotiating?"]),
        ("blueprint:company stage:open", &["goes through stages"]),
        ("kind:closed", &["kind takes open, won or lost"]),
        ("owner:rose", &["no member called “rose”", "Imre Nagy"]),
        ("blueprint:deel", &["no blueprint “deel”", "Did you mean deal?"]),
        ("has:valu", &["no column “valu”", "Did you mean value?"]),
        ("owner>me", &["owner takes me, or a member's name"]),
        ("tag:vipp", &["no tag “vipp”", "Did you mean vip?", "key-account and vip"]),
        ("tag>vip", &["tag takes the name of a tag"]),
        ("segment:bug", &["no segment “bug”", "big and fair"]),
    ] {
        let message = unbound(filter);
        for part in parts {
            assert!(message.contains(part), "{filter}: {message} lacks {part}");
        }
    }
    let room = Known { audience: Audience::Room, ..known() };
    let filter = Filter::parse("margin>10").expect("a filter");
    assert!(room.bind(&filter).expect_err("private").message.starts_with("Margin is private"));
    let big = Filter::parse("segment:big").expect("a filter");
    assert!(room.bind(&big).expect_err("private").message.contains("chosen by private columns"));
    assert!(room.bind(&Filter::parse("segment:fair").expect("a filter")).is_ok());
    let unknown = Filter::parse("x:1").expect("a filter");
    assert!(!room.bind(&unknown).expect_err("unknown").message.contains("margin"));
    let guest = Known { me: None, ..known() };
    let mine = Filter::parse("owner:me").expect("a filter");
    assert!(guest.bind(&mine).expect_err("nobody").message.contains("Link your chat account"));
}

#[test]
fn a_sort_names_columns_that_the_filter_leaves() {
    let known = known();
    let sorts = |sort: &str, filter: &str| {
        known.sorts(sort, &Filter::parse(filter).expect("a filter")).map_err(|no| no.message)
    };
    let two = sorts("-value, title", "").expect("a sort");
    assert!(two[0].descending && two[0].by.kind() == KeyKind::Number);
    assert_eq!(two[1], Sort { by: SortBy::Title, descending: false });
    assert_eq!(sorts("", ""), Ok(vec![]));
    for (sort, filter, part) in [
        ("tags", "", "cannot be sorted by it"),
        ("valeu", "", "Did you mean value?"),
        ("value", "blueprint:company", "There is no column “value”"),
        ("title,-title", "", "twice"),
        ("key,created", "", "twice"),
        ("stage", "blueprint:company", "goes through stages"),
        ("title,created,updated,touched", "", "at most 3"),
    ] {
        let message = sorts(sort, filter).expect_err(sort);
        assert!(message.contains(part), "{sort}: {message}");
    }
}

#[test]
fn an_option_is_had_or_not_never_half() {
    let env = Env::system();
    let blueprint: Blueprint = serde_json::from_value(serde_json::json!({
        "id": BlueprintId::fresh(&env), "key": "k", "name": "k", "plural": "k", "prefix": "K",
        "columns": [{ "id": "tags", "name": "Tags", "type": "multi_select",
            "options": ["Blue", "Light blue", "Light"] }],
    }))
    .expect("a blueprint");
    let values: Values =
        [("tags".to_owned(), serde_json::json!(["Light blue"]))].into_iter().collect();
    let record = Record {
        id: RecordId::fresh(&env),
        key: "K-1".into(),
        blueprint: blueprint.id.clone().expect("an id"),
        blueprint_version: 1,
        space: SpaceId::fresh(&env),
        title: "One".into(),
        owner: None,
        flow: None,
        state: None,
        state_since: None,
        values: blueprint.checked(values).expect("values"),
        version: 1,
        created_at: env.now(),
        updated_at: env.now(),
        touched_at: None,
        trashed_at: None,
    };
    let known = Known { blueprints: vec![Arc::new(blueprint.clone())], ..known() };
    let has = |filter: &str| {
        let condition = known.bind(&Filter::parse(filter).expect(filter)).expect(filter);
        condition.matches(&Seen::new(&record, &blueprint, &[]))
    };
    assert!(has("tags:\"light blue\""));
    assert!(!has("tags:blue"));
    assert!(!has("tags:light"));
    assert!(has("has:tags -tags:blue"));
}

proptest! {
    #[test]
    fn whatever_is_typed_is_read_back_or_refused(
        typed in "([a-c]{0,3}|!=|[:=<>()|\"“ .-]|or | |\\\\){0,14}"
    ) {
        if let Ok(filter) = Filter::parse(&typed) {
            let shown = filter.to_string();
            prop_assert_eq!(Filter::parse(&shown), Ok(filter), "{} as {}", typed, shown);
        }
    }

    #[test]
    fn nothing_that_is_typed_panics(typed in ".{0,60}", sort in ".{0,20}", after in ".{0,20}") {
        let _ = List::written(&known(), &typed, &sort, 10, Some(&after));
        let _ = known().sorts(&sort, &Filter::Every(vec![]));
        for name in ["value", "close_on", "created", "tags", "plan", "owner"] {
            if let Ok(filter) = Filter::parse(&format!("{name}:{typed}")) {
                let _ = known().bind(&filter);
            }
        }
    }
}
