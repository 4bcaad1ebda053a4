//! How fast the capture engine reads messages. What it is compared with runs in the same process
//! on the same data, so that the figures are ratios and hold on any machine.
//!
//! The data is not part of the project: `cargo xtask bench capture --data DIR`, with folders of
//! JSON lines. `names_*` hold a `name` or `names` each, all others a `text` each. Without it,
//! this set says so and claims nothing.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use anyhow::{Context, Result, ensure};
use extractors::contacts::{self, Options, extract};
use extractors::identities::{Identity, merge};
use extractors::mail;
use extractors::mentions::{MentionIndex, Name, NameKind};
use rlibphonenumber::Region;
use rlibphonenumber::phonenumber_matcher::{Leniency, PHONE_MATCHER_FACTORY};
use serde_json::Value;

use crate::claims::{Claim, Claims, Measuring};

/// The environment variable that says where the data is.
pub const DATA: &str = "TIELINE_BENCH_DATA";
/// How often each thing is measured; the best run counts.
const ROUNDS: usize = 5;
/// As many bytes as a text has that was made to be slow.
const MEGABYTE: usize = 1_000_000;
/// How many times the bare matcher of phone numbers tries a text before it gives up on it.
const TRIES_MAX: u64 = 65_535;
/// The longest message whose time is claimed, in bytes.
const SHORT_BYTES: usize = 2_000;

/// What reading messages costs.
pub fn capture(claims: &mut Claims) -> Measuring<'_> {
    Box::pin(async move {
        let Some(folder) = std::env::var_os(DATA).map(PathBuf::from) else {
            println!("left out: say where the data is with --data DIR");
            return Ok(());
        };
        let texts = texts(&folder)?;
        let names = names(&folder)?;
        mentions(claims, &texts, &many(&names, 100_000), Goals { ratio: 1.5, build: None })?;
        mentions(claims, &texts, &many(&names, 1_000_000), Goals { ratio: 2.0, build: Some(1.0) })?;
        whole_pass(claims, &texts, &many(&names, 100_000));
        phones(claims, &texts);
        mails(claims, &folder)?;
        for (what, text) in [
            ("a megabyte of >", ">".repeat(MEGABYTE)),
            ("a megabyte of lines with On", "On \n".repeat(MEGABYTE / 4)),
            ("a megabyte of @", "@".repeat(MEGABYTE)),
            ("a megabyte of digits", "0123456789".repeat(MEGABYTE / 10)),
            ("a megabyte of a.a.a.", "a.".repeat(MEGABYTE / 2)),
        ] {
            hostile(claims, what, &text);
        }
        identities(claims, &folder)?;
        Ok(())
    })
}

/// What is promised at one number of names.
struct Goals {
    ratio: f64,
    build: Option<f64>,
}

/// Names of known records, against the bare automaton.
fn mentions(claims: &mut Claims, texts: &[String], names: &[String], goals: Goals) -> Result<()> {
    let count = names.len();
    let before = memory()?;
    let began = Instant::now();
    let mut index = index_of(names);
    let build = began.elapsed();
    let ours = memory()? - before;
    if let Some(goal) = goals.build {
        let what = format!("{count} names built");
        claims.add(Claim::at_most(what, build.as_secs_f64(), goal, "s"));
        claims.add(change(&mut index, count));
    }
    if goals.build.is_none() {
        claims.add(slowest(&index, texts));
    }

    let before = memory()?;
    let bare = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(names)?;
    let theirs = memory()? - before;
    // In turns, so that a busy machine slows both.
    let (mut our_time, mut bare_time) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        our_time = our_time.min(timed(|| texts.iter().map(|text| index.find(text).len()).sum()));
        let bare_round = || texts.iter().map(|text| bare.find_iter(text).count()).sum();
        bare_time = bare_time.min(timed(bare_round));
    }
    let ratio = bare_time.as_secs_f64() / our_time.as_secs_f64();
    let what = format!("{count} names found, against bare aho-corasick");
    claims.add(Claim::at_least(what, ratio, goals.ratio, "times as fast"));
    // A smaller index would fit in what reading the data left free, and seem to take nothing.
    if goals.build.is_some() {
        let what = format!("memory of {count} names, against bare aho-corasick");
        claims.add(Claim::at_most(what, ours / theirs, 0.5, "of it"));
    }
    Ok(())
}

fn index_of(names: &[String]) -> MentionIndex {
    let mut index = MentionIndex::with_capacity(names.len());
    for (number, name) in names.iter().enumerate() {
        index.set(&number.to_string(), &[Name::new(name, NameKind::Name)]);
    }
    index
}

/// The longest of adding, renaming and removing a record, each until it is found or not.
fn change(index: &mut MentionIndex, count: usize) -> Claim {
    let mut longest = Duration::ZERO;
    let mut step = |name: &str, text: &str, found: bool| {
        let began = Instant::now();
        match name {
            "" => index.remove("fresh"),
            name => index.set("fresh", &[Name::new(name, NameKind::Name)]),
        }
        let is_found =
            index.find(text).iter().any(|m| m.candidates.iter().any(|id| &**id == "fresh"));
        longest = longest.max(began.elapsed());
        is_found == found
    };
    let right = (0..100).all(|number| {
        let (old, new) = (format!("Quellwerk {number} Ost"), format!("Quellwerk {number} West"));
        let (in_old, in_new) = (format!("we met {old} today"), format!("we met {new} today"));
        step(&old, &in_old, true)
            && step(&new, &in_new, true)
            && step(&new, &in_old, false)
            && step("", &in_new, false)
    });
    let ms = longest.as_secs_f64() * 1_000.0;
    let what = format!("a name added, renamed or removed among {count}, seen by the next message");
    Claim::new(what, format!("{ms:.3} ms"), "at most 1 ms, every time", right && ms <= 1.0)
}

/// The 99th percentile of a message's time.
fn slowest(index: &MentionIndex, texts: &[String]) -> Claim {
    let mut times: Vec<f64> = texts
        .iter()
        .filter(|text| text.len() < SHORT_BYTES)
        .map(|text| {
            let began = Instant::now();
            std::hint::black_box(index.find(text));
            began.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let at = times.len() * 99 / 100;
    let what = "names found in a message under 2 kB, 99th percentile";
    Claim::at_most(what, times.get(at).copied().unwrap_or(f64::INFINITY), 50.0, "µs")
}

/// All that is done to a message before it is stored: names of records, and what it tells about
/// people, with and without the tagger.
fn whole_pass(claims: &mut Claims, texts: &[String], names: &[String]) {
    contacts::prepare();
    let index = index_of(names);
    let megabytes = texts.iter().map(String::len).sum::<usize>() as f64 / 1e6;
    for (without_tagger, what, goal) in
        [(true, "without the tagger", 60.0), (false, "with the tagger", 8.0)]
    {
        let options = Options { without_tagger, region: Some("US".into()), ..Options::default() };
        let mut best = Duration::MAX;
        for _ in 0..ROUNDS {
            let read = |text: &String| index.find(text).len() + extract(text, &options).spans.len();
            best = best.min(timed(|| texts.iter().map(read).sum()));
        }
        let rate = megabytes / best.as_secs_f64();
        let what = format!("the whole pass over chat with {} names, {what}", names.len());
        claims.add(Claim::at_least(what, rate, goal, "MB/s"));
    }
    let options = Options { region: Some("US".into()), ..Options::default() };
    let mut times: Vec<f64> = texts
        .iter()
        .filter(|text| text.len() < SHORT_BYTES)
        .map(|text| {
            let began = Instant::now();
            std::hint::black_box((index.find(text), extract(text, &options)));
            began.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let at = times.len() * 99 / 100;
    let what = "the whole pass over a message under 2 kB, 99th percentile";
    claims.add(Claim::at_most(what, times.get(at).copied().unwrap_or(f64::INFINITY), 50.0, "µs"));
}

/// Phone numbers with nothing masked, against the bare matcher, which reads every text in full.
/// Both find the same.
fn phones(claims: &mut Claims, texts: &[String]) {
    let options = Options { leniency: Some(1), region: Some("US".into()), ..Options::default() };
    let region: Option<Region> = "US".parse().ok();
    let ours = |text: &String| extract(text, &options).spans.len();
    let theirs = |text: &String| {
        PHONE_MATCHER_FACTORY
            .create_matcher_fallible(text, Leniency::Valid, TRIES_MAX, region)
            .filter_map(Result::ok)
            .count()
    };
    let found =
        |find: &dyn Fn(&String) -> usize| -> Vec<usize> { texts.iter().map(find).collect() };
    let is_same = found(&ours) == found(&theirs);
    // In turns, so that a busy machine slows both.
    let (mut our_time, mut bare_time) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        our_time = our_time.min(timed(|| texts.iter().map(ours).sum()));
        bare_time = bare_time.min(timed(|| texts.iter().map(theirs).sum()));
    }
    let ratio = bare_time.as_secs_f64() / our_time.as_secs_f64();
    claims.add(Claim::new(
        "phone numbers in chat, against bare rlibphonenumber",
        format!("{ratio:.2} times as fast, {}", if is_same { "the same" } else { "others" }),
        "at least 3 times as fast, the same",
        is_same && ratio >= 3.0,
    ));
}

/// Mails taken apart into greeting, body, quotes and signature.
fn mails(claims: &mut Claims, folder: &Path) -> Result<()> {
    let is_mail = |name: &str| ["quagga_", "webis_"].iter().any(|start| name.starts_with(start));
    let rows = rows(folder, is_mail)?;
    let mails: Vec<&str> = rows.iter().filter_map(|row| row["text"].as_str()).collect();
    ensure!(!mails.is_empty(), "there are no mails in {}", folder.display());
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        best =
            best.min(timed(|| mails.iter().map(|text| mail::read(text, None).zones.len()).sum()));
    }
    let each = best.as_secs_f64() * 1e6 / mails.len() as f64;
    claims.add(Claim::at_most("a mail taken apart, on average", each, 60.0, "µs"));
    Ok(())
}

/// A text that was made to be slow, read as chat and taken apart as a mail.
fn hostile(claims: &mut Claims, what: &str, text: &str) {
    let apart = timed(|| mail::read(text, None).zones.len()).as_secs_f64() * 1e3;
    claims.add(Claim::at_most(format!("{what}, taken apart as a mail"), apart, 50.0, "ms"));
    let options = Options { region: Some("US".into()), ..Options::default() };
    let read = timed(|| extract(text, &options).spans.len()).as_secs_f64() * 1e3;
    // The tagger reads 8 MB a second, and this is one.
    claims.add(Claim::at_most(format!("{what}, read as chat"), read, 175.0, "ms"));
}

/// Who of many is one, of the accounts of projects and of made-up people.
fn identities(claims: &mut Claims, folder: &Path) -> Result<()> {
    let rows = rows(folder, |name| name == "mailmap_identities")?;
    let text = |row: &Value, key: &str| row[key].as_str().map(str::to_owned);
    let accounts: Vec<Identity> = rows
        .iter()
        .map(|row| Identity {
            name: text(row, "name"),
            emails: text(row, "email").into_iter().collect(),
            ..Identity::default()
        })
        .take(2_500)
        .collect();
    ensure!(accounts.len() == 2_500, "there are only {} accounts", accounts.len());
    let best = (0..ROUNDS).map(|_| timed(|| merge(&accounts).groups.len())).min();
    let ms = best.unwrap_or(Duration::MAX).as_secs_f64() * 1e3;
    claims.add(Claim::at_most("2,500 identities merged", ms, 50.0, "ms"));

    // Each third person is somebody's second record, with a slip in the name.
    let people: Vec<Identity> = (0..50_000_usize)
        .map(|number| {
            let of = if number % 3 == 2 { number - 1 } else { number };
            let account = &accounts[of % accounts.len()];
            let mut name = format!("{} {of}", account.name.as_deref().unwrap_or("Nobody"));
            if of != number {
                name = name.replacen(['e', 'a'], "", 1);
            }
            Identity {
                name: Some(name),
                emails: account.emails.iter().map(|email| format!("{of}.{email}")).collect(),
                city: Some(format!("Town {}", of % 300)),
                birth_date: Some(format!("19{:02}-{:02}-{:02}", of % 90, of % 12 + 1, of % 28 + 1)),
                ..Identity::default()
            }
        })
        .collect();
    let seconds = timed(|| merge(&people).groups.len()).as_secs_f64();
    claims.add(Claim::at_most("50,000 people merged", seconds, 3.0, "s"));
    Ok(())
}

fn timed(round: impl FnOnce() -> usize) -> Duration {
    let began = Instant::now();
    std::hint::black_box(round());
    began.elapsed()
}

/// What this process holds in memory, in bytes.
fn memory() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status").context("read this process's memory")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024.0)
}

/// So many names: those given, evenly, then each with an ending of its own.
fn many(names: &[String], count: usize) -> Vec<String> {
    let step = (names.len() / count).max(1);
    let given = names.iter().step_by(step).cloned();
    let made = (0..).map(|number: usize| {
        let (name, other) = (&names[number % names.len()], &names[number * 7 % names.len()]);
        let ending = other.rsplit(' ').next().unwrap_or(other);
        format!("{name} {ending}{}", number / names.len())
    });
    given.chain(made).take(count).collect()
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for row in rows(folder, |name| name.starts_with("names_"))? {
        names.extend(row["name"].as_str().map(str::to_owned));
        let several = row["names"].as_array().into_iter().flatten();
        names.extend(several.filter_map(Value::as_str).map(str::to_owned));
    }
    ensure!(!names.is_empty(), "there are no names in {}", folder.display());
    Ok(names)
}

/// Messages of conversations.
fn texts(folder: &Path) -> Result<Vec<String>> {
    let is_chat =
        |name: &str| ["irc_", "friends_", "wnut"].iter().any(|start| name.starts_with(start));
    let rows = rows(folder, is_chat)?;
    let texts: Vec<String> =
        rows.iter().filter_map(|row| row["text"].as_str().map(str::to_owned)).collect();
    ensure!(!texts.is_empty(), "there are no messages in {}", folder.display());
    Ok(texts)
}

/// The rows of all files in the folders with such names, in order.
fn rows(folder: &Path, is_asked: impl Fn(&str) -> bool) -> Result<Vec<Value>> {
    let entries = |folder: &Path| -> Result<Vec<PathBuf>> {
        let read = fs::read_dir(folder).with_context(|| format!("open {}", folder.display()))?;
        let mut paths: Vec<PathBuf> = read.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        paths.sort();
        Ok(paths)
    };
    let mut rows = Vec::new();
    for set in entries(folder)? {
        if !set.file_name().and_then(OsStr::to_str).is_some_and(&is_asked) {
            continue;
        }
        for file in entries(&set)? {
            let text =
                fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
            for line in text.lines().filter(|line| !line.is_empty()) {
                rows.push(serde_json::from_str(line)?);
            }
        }
    }
    Ok(rows)
}
