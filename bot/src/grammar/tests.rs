//! What people type, and what it comes to.

use crm::places::Level;
use crm::quarantine::Verdict;

use super::*;

fn check(text: &str, expected: Intent) {
    assert_eq!(parse(text), Parsed::Intent(expected), "{text}");
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn a_message_is_a_command_only_behind_its_prefix() {
    assert_eq!(command("!t", "!t who acme"), Some("who acme"));
    assert_eq!(command("!t", "  !T  help"), Some("help"));
    assert_eq!(command("!t", "!t"), Some(""));
    assert_eq!(command("!t", "!tell me"), None);
    assert_eq!(command("!t", "I said !t who acme"), None);
    assert_eq!(command("!t", "ü"), None);
}

#[test]
fn each_command_reads_as_people_write_it() {
    check("who acme", Intent::Who { name: "acme".into() });
    check("WHO  Acme Inc.", Intent::Who { name: "Acme Inc.".into() });
    check("deal move acme negotiating", Intent::Move { rest: "acme negotiating".into() });
    check("move DEAL-12 won", Intent::Move { rest: "DEAL-12 won".into() });
    check("deal show acme", Intent::Deal { name: "acme".into() });
    check(
        "note acme wants the annual plan",
        Intent::Note { rest: "acme wants the annual plan".into() },
    );
    check("find an", Intent::Find { query: "an".into() });
    check("undo", Intent::Undo);
    check("digest", Intent::Digest);
    check("tag acme vip, key-account", Intent::Tag { rest: "acme vip, key-account".into() });
    check("untag acme vip", Intent::Untag { rest: "acme vip".into() });
    check("tags", Intent::Tags);
    check("segments", Intent::Segments);
    check("views", Intent::Views);
    check("view Big deals", Intent::View { name: "Big deals".into(), mine: None });
    check("view Big deals MINE", Intent::View { name: "Big deals".into(), mine: Some(true) });
    check("view all", Intent::View { name: "all".into(), mine: None });
    check("imports", Intent::Imports);
    check("export stage:open", Intent::Export { what: "stage:open".into() });
    check("", Intent::Help);
    check("bind abcdef", Intent::Bind { code: "abcdef".into(), since: String::new() });
    let since = "30 days".to_owned();
    check("bind abcdef since:30 days", Intent::Bind { code: "abcdef".into(), since });
    check("room Acme", Intent::Room { name: "Acme".into() });
    check("room off", Intent::LeaveRoom);
    check("message anna hello there", Intent::Message { rest: "anna hello there".into() });
    let between = Capture::Between("1423000000000000123".into(), "1423000000000000125".into());
    check("capture 1423000000000000123..1423000000000000125", Intent::Capture(between));
    check("accept", Intent::Accept { using_existing: false, without_tasks: false, stage: None });
    check(
        "accept without tasks",
        Intent::Accept { using_existing: false, without_tasks: true, stage: None },
    );
    check(
        "accept using existing stage:won",
        Intent::Accept { using_existing: true, without_tasks: false, stage: Some("won".into()) },
    );
}

#[test]
fn held_mails_and_senders_read_as_people_write_them() {
    check("quarantine", Intent::Quarantine { which: String::new() });
    check("quarantine 7", Intent::Quarantine { which: "7".into() });
    check("quarantine release 7", Intent::ReleaseHeld { rest: "7".into() });
    check("Quarantine Release 7 allow", Intent::ReleaseHeld { rest: "7 allow".into() });
    check("quarantine discard #7", Intent::DiscardHeld { rest: "#7".into() });
    let judge = |sender: &str, verdict| Intent::JudgeSender { sender: sender.into(), verdict };
    check("senders", Intent::Senders);
    check("senders allow acme.io", judge("acme.io", Some(Verdict::Allow)));
    check("senders deny anna@acme.io", judge("anna@acme.io", Some(Verdict::Deny)));
    check("senders forget acme.io", judge("acme.io", None));
    check("mails here", Intent::PostMails { here: true });
    check("mails off", Intent::PostMails { here: false });
    for text in ["senders allow", "senders deny a b", "mails here now", "quarantine release"] {
        assert!(matches!(parse(text), Parsed::Incomplete { .. }), "{text}");
    }
    // What is released and discarded without that word is a record and a proposal, as ever.
    check("release acme", Intent::Release { name: "acme".into() });
    check("discard", Intent::Discard);
}

#[test]
fn leads_and_scores_read_as_people_write_them() {
    check("leads", Intent::Leads { product: String::new() });
    check("leads annual-plan", Intent::Leads { product: "annual-plan".into() });
    let here = |product: &str, here| Intent::PostLeads { product: product.into(), here };
    check("leads here annual-plan", here("annual-plan", true));
    check("leads off Annual plan", here("Annual plan", false));
    let lead = |step, name: &str, fields: &[(&str, &str)]| Intent::Lead {
        step,
        name: name.into(),
        fields: fields.iter().map(|(key, value)| pair(key, value)).collect(),
    };
    check("lead acme for:annual-plan", lead(LeadStep::Make, "acme", &[("for", "annual-plan")]));
    check(
        "lead reject Acme Inc. reason:not this year for:plan",
        lead(LeadStep::Reject, "Acme Inc.", &[("reason", "not this year"), ("for", "plan")]),
    );
    check("lead snooze acme until:friday", lead(LeadStep::Snooze, "acme", &[("until", "friday")]));
    check("score acme", Intent::Score { name: "acme".into() });
    check(
        "assess acme budget:70 reason:said so link:https://acme.example/a:b",
        Intent::Assess {
            name: "acme".into(),
            fields: vec![
                pair("budget", "70"),
                pair("reason", "said so"),
                pair("link", "https://acme.example/a:b"),
            ],
        },
    );
    assert_eq!(
        parse("assess acme"),
        Parsed::Incomplete {
            usage: "assess <name> <criterion>:<yes|no|0-100> for:<product> reason:<words> \
                    link:<page>"
        }
    );
}

#[test]
fn a_note_keeps_its_lines() {
    check("note acme first\nsecond", Intent::Note { rest: "acme first\nsecond".into() });
}

#[test]
fn a_value_runs_to_the_next_key_or_the_end() {
    let task = |title: &str, fields: &[(&str, &str)]| Intent::Task {
        title: title.into(),
        fields: fields.iter().map(|(key, value)| pair(key, value)).collect(),
    };
    let new = |blueprint: &str, title: &str, fields: &[(&str, &str)]| Intent::New {
        blueprint: blueprint.into(),
        title: title.into(),
        fields: fields.iter().map(|(key, value)| pair(key, value)).collect(),
    };
    let set = |name: &str, fields: &[(&str, &str)]| Intent::Set {
        name: name.into(),
        fields: fields.iter().map(|(key, value)| pair(key, value)).collect(),
    };
    check(
        "task call Anna for:acme due:friday",
        task("call Anna", &[("for", "acme"), ("due", "friday")]),
    );
    check(
        "task pay 1.1. invoice for:Acme Inc. due:in 3 days",
        task("pay 1.1. invoice", &[("for", "Acme Inc."), ("due", "in 3 days")]),
    );
    check("task due:friday call Anna", task("call Anna", &[("due", "friday")]));
    check("task due:next monday call Anna", task("call Anna", &[("due", "next monday")]));
    check("task call to:imre about it", task("call about it", &[("to", "imre")]));
    check("task due:someday call", task("call", &[("due", "someday")]));
    check("task for:acme call Anna", task("", &[("for", "acme call Anna")]));
    check(
        "task due:\"next friday\" call for:“Acme Inc” at 10:30",
        task("call at 10:30", &[("due", "next friday"), ("for", "Acme Inc")]),
    );
    check("task call re:invoice at 10:30", task("call re:invoice at 10:30", &[]));
    check(
        "deal new Rollout 2 value:12000EUR for:Initech GmbH",
        new("deal", "Rollout 2", &[("value", "12000EUR"), ("for", "Initech GmbH")]),
    );
    check("deal new Fair value:1.500,50 €", new("deal", "Fair", &[("value", "1.500,50 €")]));
    check(
        "new person \"Hans Meier\" phone:+49 151 23456789 email:h@x.example",
        new("person", "Hans Meier", &[("phone", "+49 151 23456789"), ("email", "h@x.example")]),
    );
    check(
        "new company Acme website:https://acme.io at:“Globex: the firm” stage:won",
        new(
            "company",
            "Acme",
            &[("website", "https://acme.io"), ("at", "Globex: the firm"), ("stage", "won")],
        ),
    );
    check("set Hans Meier job_title:Head of IT", set("Hans Meier", &[("job_title", "Head of IT")]));
    check(
        "set DEAL-1 plan:two words value:13k€",
        set("DEAL-1", &[("plan", "two words"), ("value", "13k€")]),
    );
    check(
        "new delivery Pallet 7 deliver_from:Hamburg deliver_to:Kyiv cargo:\"40 boxes\"",
        new(
            "delivery",
            "Pallet 7",
            &[("deliver_from", "Hamburg"), ("deliver_to", "Kyiv"), ("cargo", "40 boxes")],
        ),
    );
    check("set DEAL-1 plan:", set("DEAL-1", &[("plan", "")]));
    check("set DEAL-1 about:at 10:30 sharp", set("DEAL-1", &[("about", "at 10:30 sharp")]));
    check("set DEAL-1 due: next monday", set("DEAL-1", &[("due", "next monday")]));
}

#[test]
fn pipelines_stages_and_spaces_read_as_people_write_them() {
    check(
        "pipeline new Partner deals for:deal stages:Met, Signed, Won",
        Intent::NewPipeline {
            name: "Partner deals".into(),
            fields: vec![pair("for", "deal"), pair("stages", "Met, Signed, Won")],
        },
    );
    check(
        "pipeline delete sales to:\"Partner deals\" stage:won",
        Intent::DeletePipeline {
            name: "sales".into(),
            fields: vec![pair("to", "Partner deals"), pair("stage", "won")],
        },
    );
    check(
        "stage delete In talks in:sales to:open",
        Intent::DeleteStage {
            name: "In talks".into(),
            fields: vec![pair("in", "sales"), pair("to", "open")],
        },
    );
    check(
        "space new X Delivery System template:delivery",
        Intent::NewSpace {
            name: "X Delivery System".into(),
            fields: vec![pair("template", "delivery")],
        },
    );
    check("pipelines", Intent::Pipelines);
    assert!(matches!(parse("space new X"), Parsed::Incomplete { .. }));
}

#[test]
fn capture_takes_a_number_ids_links_or_what_is_answered() {
    check("capture last 3", Intent::Capture(Capture::Last(3)));
    check("capture 3", Intent::Capture(Capture::Last(3)));
    check("capture", Intent::Capture(Capture::Here));
    check(
        "capture msg-0001 msg-0002",
        Intent::Capture(Capture::These(vec!["msg-0001".into(), "msg-0002".into()])),
    );
    check(
        "capture https://matrix.to/#/!r:s/$abcdef?via=s",
        Intent::Capture(Capture::These(vec!["$abcdef".into()])),
    );
    check(
        "capture 1234567890123456789",
        Intent::Capture(Capture::These(vec!["1234567890123456789".into()])),
    );
}

#[test]
fn quiet_takes_a_level_or_a_time() {
    check("quiet", Intent::Quiet { level: None, minutes: Some(480) });
    check("quiet off", Intent::Quiet { level: Some(Level::Off), minutes: None });
    check("quiet 30m", Intent::Quiet { level: None, minutes: Some(30) });
    check("quiet 2h", Intent::Quiet { level: None, minutes: Some(120) });
    check("quiet end", Intent::Quiet { level: None, minutes: Some(0) });
}

#[test]
fn a_value_that_does_not_fit_is_answered_with_those_that_do() {
    let wrong = |text: &str| match parse(text) {
        Parsed::Intent(Intent::Wrong { sentence, .. }) => sentence,
        other => panic!("{text} came to {other:?}"),
    };
    for text in ["capture last 100", "capture 500", "capture 0", "capture last 99999999999999"] {
        assert!(wrong(text).contains("at most 50 messages"), "{text}");
    }
    let levels = "The levels are off, button, name and full";
    for text in ["quiet loud", "quiet 5 parsecs", "quiet 99999999999999999999h"] {
        assert!(wrong(text).contains(levels), "{text}");
    }
}

#[test]
fn a_command_that_stands_alone_does_not_run_with_more_words() {
    for text in ["unbind now please", "undo that", "discard DEAL-1", "link me"] {
        assert!(matches!(parse(text), Parsed::Incomplete { .. }), "{text}");
    }
    check("unbind", Intent::Unbind);
}

#[test]
fn half_a_command_is_answered_with_its_other_halves() {
    for text in ["deal", "deal foo", "DEAL"] {
        let Parsed::Unknown { nearest, .. } = parse(text) else { panic!("{text} is known") };
        assert_eq!(nearest.len(), 3, "{text}");
        assert!(nearest.iter().all(|usage| usage.starts_with("deal ")), "{text}");
    }
}

#[test]
fn help_shows_every_command_once_in_three_groups() {
    let help = help("!t");
    for title in ["Look up:", "Change:", "This room:"] {
        assert_eq!(help.matches(title).count(), 1, "{title}");
    }
    for form in FORMS {
        assert_eq!(help.matches(&format!("\n!t {} — ", form.usage)).count(), 1);
    }
}

#[test]
fn a_typo_is_answered_with_the_nearest_commands() {
    let nearest = |text: &str| match parse(text) {
        Parsed::Unknown { nearest, .. } => nearest,
        other => panic!("{text} came to {other:?}"),
    };
    assert_eq!(nearest("dael move acme won")[0], "deal move <deal> <stage>");
    assert_eq!(nearest("whoo acme")[0], "who <name>");
    let task = "task <what to do> for:<name> due:friday at:15:00 to:<member>";
    assert_eq!(nearest("taks call")[0], task);
    assert!(nearest("xyzzyplugh").is_empty());
}

#[test]
fn a_command_that_lacks_something_says_how_it_is_written() {
    assert_eq!(parse("who"), Parsed::Incomplete { usage: "who <name>" });
    assert_eq!(
        parse("new person"),
        Parsed::Incomplete {
            usage: "new <person|company|deal|…> <title> <column>:<value> email:… phone:… at:<company>"
        }
    );
}

#[test]
fn no_text_makes_the_parser_stumble() {
    for text in [
        "\u{202e}",
        "who \u{202e}acme",
        "🙂",
        "note 🙂🙂",
        ":",
        "::",
        "a:b:c",
        "\"",
        "task \"",
        "new : :",
    ] {
        let _ = parse(text);
        let _ = command("!t", text);
    }
    let long = "x:\"".repeat(20_000);
    let _ = parse(&format!("task {long}"));
}
