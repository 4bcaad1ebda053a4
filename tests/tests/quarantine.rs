//! The stories of mails that come in: whoever is known has them on their timeline, somebody new is
//! proposed, and what machines, lists and shared mailboxes send waits in quarantine with the
//! reason, until a person decides. On both databases.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use reqwest::Method;
use serde_json::{Value, json};
use tests::harness::PATIENCE;
use tests::harness::api::Api;
use tests::harness::team::{Database, Room, Team, button, on_both, text};

/// Hands a mail in, as a program would.
async fn send(who: &Api, id: &str, from: &str, headers: &[(&str, &str)], words: &str) -> Value {
    let lines = headers.iter().map(|(name, value)| json!({ "name": name, "value": value }));
    let mail = json!({ "message_id": id, "from": from, "to": ["rosa@northwind.example"],
        "subject": "Forty seats", "headers": lines.collect::<Vec<_>>(), "text": words });
    who.post("/api/v1/mails", mail).await.expect_status(202)
}

/// Asks until what is answered is so.
async fn until(who: &Api, path: &str, so: impl Fn(&Value) -> bool) -> Result<Value> {
    let began = Instant::now();
    loop {
        let answer = who.get(path).await.expect_status(200);
        if so(&answer) {
            return Ok(answer);
        }
        if began.elapsed() > PATIENCE {
            bail!("{path} did not come to be so: {answer:#}");
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

fn count(answer: &Value, of: &str) -> usize {
    answer[of].as_array().map_or(0, Vec::len)
}

/// The mails that wait, once there are so many.
async fn held(who: &Api, many: usize) -> Result<Vec<Value>> {
    let waiting = until(who, "/api/v1/quarantine", |a| count(a, "mails") == many).await?;
    Ok(waiting["mails"].as_array().cloned().unwrap_or_default())
}

/// The open proposals, once there are so many.
async fn proposed(who: &Api, many: usize) -> Result<Vec<Value>> {
    let open = until(who, "/api/v1/proposals", |a| count(a, "proposals") == many).await?;
    Ok(open["proposals"].as_array().cloned().unwrap_or_default())
}

fn reasons(mail: &Value) -> Vec<&str> {
    let all = mail["reasons"].as_array().into_iter().flatten();
    all.filter_map(|why| why["reason"].as_str()).collect()
}

/// Says a command and waits for an answer in its thread that contains some words.
async fn answered(room: &Room, who: &Api, command: &str, words: &str) -> Result<Value> {
    let said = room.say(who, command).await;
    room.wait_for(who, |m| m["thread"] == said.as_str() && m.to_string().contains(words)).await
}

async fn mails_on(who: &Api, key: &str) -> Vec<Value> {
    let path = format!("/api/v1/records/{key}/timeline");
    let lines = who.get(&path).await.expect_status(200);
    let lines = lines["interactions"].as_array().cloned().unwrap_or_default();
    lines.into_iter().filter(|line| line["event"] == "email.logged").collect()
}

const NEWSLETTER: &[(&str, &str)] = &[("List-Unsubscribe", "<https://globex.example/u/1>")];

#[tokio::test]
async fn a_newsletter_waits_with_its_reason_until_somebody_wants_it() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let (rosa, imre) = (&team.rosa, &team.imre);
        let room = team.room("sales").await;
        let ana = "Ana Torres <ana.torres@globex.example>";
        send(rosa, "<n1@globex.example>", ana, NEWSLETTER, "Ten tips for spring.").await;
        let waiting = held(imre, 1).await?;
        assert_eq!(reasons(&waiting[0]), ["list"]);
        let says = waiting[0]["reasons"][0]["says"].as_str().expect("a sentence");
        assert_eq!(says, "It went to a list: a newsletter or a mailing list.");
        assert_eq!(waiting[0]["begins"], "Ten tips for spring.");
        assert!(proposed(rosa, 0).await?.is_empty(), "nobody is proposed");

        // In chat: the list with the reason, one mail, and its buttons.
        let list = answered(&room, imre, "!t quarantine", "1 mail waits").await?;
        let shown = list["content"]["items"].to_string();
        assert!(shown.contains("Ana Torres <ana.torres@globex.example> · Forty seats"), "{shown}");
        assert!(shown.contains(says), "{shown}");
        room.press(imre, &button(&list, "Look at 1").expect("a button")).await;
        let card = room.wait_for(imre, |m| text(m) == "Mail 1 waits in quarantine").await?;
        assert!(card["content"]["items"].to_string().contains("Ten tips for spring."));
        let allow = "Release and always allow ana.torres@globex.example";
        room.press(imre, &button(&card, allow).expect("a button")).await;
        room.wait_for(imre, |m| text(m).contains("Only an administrator says")).await?;
        room.press(imre, &button(&card, "Release").expect("a button")).await;
        let proposal = room.wait_for(imre, |m| text(m).starts_with("From 1 message")).await?;
        let items = proposal["content"]["items"].to_string();
        assert!(items.contains("Person: Ana Torres (new)"), "{items}");
        let warning = "Sent to a list, such as a newsletter: ana.torres@globex.example";
        assert!(items.contains(warning), "{items}");
        let released = |m: &Value| m["content"]["notice"] == "Released by Imre Nagy";
        let card = room.wait_for(imre, released).await?;
        let undo = button(&card, "Undo").expect("a button");
        held(rosa, 0).await?;

        // Accepted, the mail stands on her timeline; undone step by step, it waits again.
        room.press(rosa, &button(&proposal, "Accept").expect("a button")).await;
        let made = room.wait_for(rosa, |m| text(m).starts_with("Made from")).await?;
        let lines = mails_on(rosa, "PER-1").await;
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(lines[0]["author"], "Ana Torres");
        room.press(imre, &undo).await;
        room.wait_for(imre, |m| text(m).contains("was accepted since")).await?;
        room.press(rosa, &button(&made, "Undo").expect("a button")).await;
        room.wait_for(rosa, |m| m["id"] == made["id"] && text(m).starts_with("From 1")).await?;
        let shown = rosa.get("/api/v1/records/PER-1").await.expect_status(200);
        assert!(shown["record"]["trashed_at"].is_string());
        room.press(imre, &undo).await;
        held(rosa, 1).await?;
        proposed(rosa, 0).await?;

        // Discarded in words, and brought back.
        answered(&room, imre, "!t quarantine discard 1", "Discarded the mail").await?;
        held(rosa, 0).await?;
        answered(&room, imre, "!t undo", "Undone").await?;
        held(rosa, 1).await?;
        answered(&room, imre, "!t quarantine release 7", "has the number “7”").await?;
        answered(&room, imre, "!t quarantine release 1", "From 1 message").await?;
        proposed(rosa, 1).await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_machines_lists_and_the_team_send_is_held_for_its_reasons() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        for (path, verdict) in [("spam.example", "deny"), ("news.globex.example", "allow")] {
            let path = format!("/api/v1/senders/{path}");
            rosa.put(&path, json!({ "verdict": verdict })).await.expect_status(200);
        }
        type Line = (&'static str, &'static str);
        let cases: [(&str, &[Line], &[&str]); 8] = [
            ("Ana <ana@globex.example>", NEWSLETTER, &["list"]),
            ("bob@globex.example", &[("Auto-Submitted", "auto-replied")], &["automatic"]),
            ("no-reply@globex.example", &[], &["no_reply"]),
            ("Sales <sales@globex.example>", &[], &["role"]),
            ("newsletter@globex.example", NEWSLETTER, &["list", "no_reply"]),
            ("imre@northwind.example", &[], &["own"]),
            ("Somebody <new@mail.northwind.example>", &[], &["own"]),
            ("Eve <eve@mail.spam.example>", &[], &["denied"]),
        ];
        for (number, (from, headers, _)) in cases.iter().enumerate() {
            send(rosa, &format!("m{number}@x"), from, headers, "Hello there.").await;
        }
        let mut waiting = held(rosa, cases.len()).await?;
        // Mails of different senders may be taken in any order.
        waiting.sort_by_key(|mail| mail["from"]["address"].as_str().map(str::to_owned));
        for (from, _, expected) in cases {
            let address = from.rsplit('<').next().unwrap_or(from).trim_end_matches('>');
            let mail = waiting.iter().find(|mail| mail["from"]["address"] == address);
            assert_eq!(reasons(mail.expect("it is held")), *expected, "{from}");
        }
        assert!(proposed(rosa, 0).await?.is_empty());

        // Who is allowed passes with the same header; so does a person without it.
        send(rosa, "n9@x", "Gil <gil@news.globex.example>", NEWSLETTER, "Ten tips.").await;
        send(rosa, "p1@x", "Kim Roe <kim.roe@initech.example>", &[], "We want forty.").await;
        let open = proposed(rosa, 2).await?;
        let all = Value::from(open).to_string();
        assert!(all.contains("gil@news.globex.example") && all.contains("Kim Roe"), "{all}");
        // A page at a time, each once.
        let mut seen = Vec::new();
        let mut path = "/api/v1/quarantine?limit=3".to_owned();
        loop {
            let page = rosa.get(&path).await.expect_status(200);
            assert_eq!(page["count"], cases.len());
            let mails = page["mails"].as_array().expect("mails");
            seen.extend(mails.iter().filter_map(|mail| mail["number"].as_i64()));
            match page["next"].as_i64() {
                Some(next) => path = format!("/api/v1/quarantine?limit=3&before={next}"),
                None => break,
            }
        }
        assert_eq!(seen, (1..=8).rev().collect::<Vec<i64>>());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_mail_of_somebody_known_stands_on_their_timeline_once() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        let anna = json!({ "blueprint": "person", "title": "Anna Schmidt",
            "identities": [{ "kind": "email", "value": "anna@acme.example" }] });
        team.record(anna).await;
        let from = "Anna Schmidt <Anna@Acme.example>";
        let first = send(rosa, "<a1@acme.example>", from, NEWSLETTER, "See you on Friday.").await;
        assert_eq!(first, json!({ "message_id": "a1@acme.example", "repeated": false }));
        let again = send(rosa, "a1@acme.example", from, &[], "See you on Friday.").await;
        assert_eq!(again["repeated"], true);
        send(rosa, "<a2@acme.example>", from, &[], "And on Monday.").await;
        let path = "/api/v1/records/PER-1/timeline?event=email.logged";
        until(rosa, path, |a| count(a, "interactions") == 2).await?;
        let lines = mails_on(rosa, "PER-1").await;
        assert_eq!(lines[1]["summary"], "Forty seats: See you on Friday.");
        assert_eq!(lines[1]["data"]["details"], "See you on Friday.");
        assert_eq!(lines[1]["data"]["direction"], "in");
        assert_eq!(lines[1]["source"]["message"], "a1@acme.example");
        assert!(held(rosa, 0).await?.is_empty() && proposed(rosa, 0).await?.is_empty());

        // In the trash, nothing is added to her, and she is not made a second time.
        rosa.delete("/api/v1/records/PER-1").await.expect_status(200);
        send(rosa, "<a3@acme.example>", from, &[], "Are you there?").await;
        let waiting = held(rosa, 1).await?;
        assert_eq!(reasons(&waiting[0]), ["trashed"]);
        rosa.post("/api/v1/records/PER-1/restore", json!({})).await.expect_status(200);
        let id = waiting[0]["id"].as_str().expect("an id");
        let path = format!("/api/v1/quarantine/{id}/release");
        let done = team.imre.post(&path, json!({})).await.expect_status(200);
        assert!(done["said"].as_str().is_some_and(|said| said.contains("timeline of Anna")));
        assert_eq!(mails_on(rosa, "PER-1").await.len(), 3);
        team.imre.post(&path, json!({})).await.expect_status(410);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_mail_with_a_signature_becomes_its_writer_and_the_next_one_joins() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        let room = team.room("sales").await;
        answered(&room, &team.imre, "!t mails here", "Only an administrator").await?;
        answered(&room, rosa, "!t mails here", "is shown here from now on").await?;
        let words = "Hi Rosa,\n\nwe would like an offer for 40 seats by the end of March.\n\n\
                     Kind regards,\nClara Neumann\nHead of Procurement\nInitech GmbH\n\
                     Phone: +49 30 901820-55\n";
        let clara = "Clara Neumann <clara.neumann@initech.example>";
        send(rosa, "<c1@initech.example>", clara, &[], words).await;
        let card = room.wait_for(rosa, |m| text(m).starts_with("From 1 message")).await?;
        let items = card["content"]["items"].to_string();
        for part in [
            "Person: Clara Neumann (new)",
            "Head of Procurement",
            "clara.neumann@initech.example",
            "+493090182055",
            "Company: Initech",
        ] {
            assert!(items.contains(part), "{part} in {items}");
        }
        assert!(!items.contains("Person: Rosa"), "{items}");
        send(rosa, "<c2@initech.example>", clara, &[], "Mobile: +49 151 23456789").await;
        let joined = |m: &Value| m["id"] == card["id"] && text(m).starts_with("From 2 messages");
        let both = room.wait_for(rosa, joined).await?;
        let items = both["content"]["items"].to_string();
        assert!(items.contains("+4915123456789") && items.contains("+493090182055"), "{items}");
        assert_eq!(proposed(rosa, 1).await?.len(), 1);
        room.say(rosa, "!t accept").await;
        room.wait_for(rosa, |m| text(m).starts_with("Made from 2")).await?;
        assert_eq!(mails_on(rosa, "PER-1").await.len(), 2);
        let shown = rosa.get("/api/v1/records/PER-1").await.expect_status(200);
        assert_eq!(shown["record"]["values"]["job_title"], "Head of Procurement");
        // From now on she is known.
        send(rosa, "<c3@initech.example>", clara, &[], "Thank you!").await;
        let path = "/api/v1/records/PER-1/timeline?event=email.logged";
        until(rosa, path, |a| count(a, "interactions") == 3).await?;
        answered(&room, rosa, "!t mails off", "in no room").await?;
        send(rosa, "<d1@x>", "Dee Ray <dee.ray@umbrella.example>", &[], "Hello.").await;
        proposed(rosa, 1).await?;
        let shown = room.messages(rosa).await;
        assert!(!Value::from(shown).to_string().contains("Dee Ray"), "nothing is posted");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_a_hostile_mail_says_stays_words() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        let room = team.room("sales").await;
        answered(&room, rosa, "!t mails here", "from now on").await?;
        send(rosa, "k1@x", "Kim Roe <kim.roe@initech.example>", &[], "We want forty.").await;
        room.wait_for(rosa, |m| text(m).starts_with("From 1 message")).await?;
        let words = "!t accept\n!t quarantine release 1\n@room <@everyone> <script>alert(1)</script>\n\
                     **bold** [[Kim Roe]] https://evil.example/x\n✅\n1\n";
        let eve = "!t accept @room <script>\r\nBcc: all@x.example <eve@evil.example>";
        send(rosa, "e1@x", eve, &[("Precedence", "bulk")], words).await;
        let mail = json!({ "message_id": "e2@x", "from": "\"<b>Eve</b>\" <eve@worse.example>",
            "subject": "Hi\r\nList-Unsubscribe: x\r\n!t accept", "text": words,
            "headers": [{ "name": "Auto-Submitted", "value": "no\r\nX: y" }] });
        rosa.post("/api/v1/mails", mail).await.expect_status(202);
        let waiting = held(rosa, 2).await?;
        let eve = waiting.iter().find(|mail| mail["from"]["address"] == "eve@evil.example");
        let eve = eve.expect("held");
        assert_eq!(eve["from"]["name"], "!t accept @room script Bcc: all@x.example");
        let path = format!("/api/v1/quarantine/{}", eve["id"].as_str().expect("an id"));
        let whole = rosa.get(&path).await.expect_status(200);
        assert_eq!(whole["text"], words, "it is kept as it came");
        let number = eve["number"].as_i64().expect("a number");
        let command = format!("!t quarantine {number}");
        let card = answered(&room, rosa, &command, "waits in quarantine").await?;
        let shown = card["content"].to_string();
        assert!(shown.contains("<script>alert(1)</script>"), "as text, which is escaped: {shown}");
        // Whatever they say, nothing was accepted, released or made.
        assert_eq!(proposed(rosa, 1).await?[0]["status"], "open");
        held(rosa, 2).await?;
        let people = rosa.get("/api/v1/records?filter=blueprint:person").await.expect_status(200);
        assert_eq!(people["records"], json!([]));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn whose_mails_pass_is_decided_by_administrators_and_taken_back() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let (rosa, imre) = (&team.rosa, &team.imre);
        let room = team.room("sales").await;
        let allow = json!({ "verdict": "allow" });
        let refused = imre.put("/api/v1/senders/acme.example", allow.clone()).await;
        assert!(refused.expect_status(403).to_string().contains("administrator"));
        let odd = rosa.put("/api/v1/senders/com", allow).await.expect_status(422);
        assert!(odd.to_string().contains("a domain like acme.io"), "{odd}");
        answered(&room, imre, "!t senders deny acme.example", "Only an administrator").await?;
        answered(&room, rosa, "!t senders deny acme.example", "are held from now on").await?;
        answered(&room, rosa, "!t senders", "Always held: acme.example").await?;
        send(rosa, "a1@x", "Anna Schmidt <anna@mail.acme.example>", &[], "Hello.").await;
        assert_eq!(reasons(&held(rosa, 1).await?[0]), ["denied"]);
        answered(&room, rosa, "!t senders allow acme.example", "pass from now on").await?;
        send(rosa, "a2@x", "Anna Schmidt <anna@mail.acme.example>", NEWSLETTER, "Hello.").await;
        proposed(rosa, 1).await?;
        answered(&room, rosa, "!t undo", "Undone").await?;
        let rules = rosa.get("/api/v1/senders").await.expect_status(200);
        assert_eq!(rules["senders"][0]["verdict"], "deny");
        rosa.delete("/api/v1/senders/acme.example").await.expect_status(200);
        assert_eq!(rosa.get("/api/v1/senders").await.expect_status(200)["senders"], json!([]));
        // Released with its sender, the next newsletter of hers passes as well.
        let id = held(rosa, 1).await?[0]["id"].as_str().expect("an id").to_owned();
        let path = format!("/api/v1/quarantine/{id}/release");
        let both = json!({ "allow_sender": true });
        imre.post(&path, both.clone()).await.expect_status(403);
        rosa.post(&path, both).await.expect_status(200);
        let rules = rosa.get("/api/v1/senders").await.expect_status(200);
        assert_eq!(rules["senders"][0]["sender"], "anna@mail.acme.example");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_captured_newsletter_is_proposed_with_a_warning_or_kept_in_quarantine() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        let room = team.room("sales").await;
        let mail = |from: &str, words: &str| {
            format!(
                "---------- Forwarded message ---------\nFrom: {from}\n\
                 Date: Mon, 11 Jan 2027 at 09:12\nSubject: Ten tips\n\
                 To: rosa@northwind.example\n\n{words}\n"
            )
        };
        // Somebody is in it: proposed, with what the gate says.
        let words = "Talk to Clara Neumann, clara@initech.example, about seats.";
        room.say(rosa, &mail("Globex <no-reply@globex.example>", words)).await;
        let card = answered(&room, rosa, "!t capture last 1", "From 1 message").await?;
        let items = card["content"]["items"].to_string();
        assert!(items.contains("From a mailbox nobody reads: no-reply@globex.example"), "{items}");
        assert!(items.contains("Clara Neumann"), "{items}");
        // Nobody is in it: the answer says so, and where it is.
        let news = mail("Globex News <newsletter@globex.example>", "https://globex.example/tips");
        room.say(rosa, &news).await;
        let capture = "!t capture last 1";
        let answer = answered(&room, rosa, capture, "I found no person").await?;
        assert!(text(&answer).contains("It comes from a mailbox nobody reads."), "{answer}");
        assert!(text(&answer).contains("waits in quarantine as number 1"), "{answer}");
        let waiting = held(rosa, 1).await?;
        assert_eq!(waiting[0]["subject"], "Ten tips");
        // Wanted all the same, it is its sender's company.
        let card = answered(&room, &team.imre, "!t quarantine release 1", "From 1 message").await?;
        let items = card["content"]["items"].to_string();
        assert!(items.contains("Company: Globex (new)"), "{items}");
        assert!(items.contains("newsletter@globex.example"), "{items}");
        // A mail from a person is proposed as ever.
        room.say(rosa, &mail("Ola Berg <ola.berg@lind.example>", "We want forty.")).await;
        let card = answered(&room, rosa, "!t capture last 1", "Ola Berg").await?;
        assert!(!card.to_string().contains("⚠️"), "{card}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_is_no_mail_is_refused_with_the_way_out() -> Result<()> {
    let mut team = Team::start(Database::Sqlite).await?;
    let refused = async |mail: Value, words: &str| {
        let answer = team.rosa.post("/api/v1/mails", mail).await.expect_status(422);
        let message = answer["error"]["message"].as_str().unwrap_or_default().to_owned();
        assert!(message.contains(words), "{message}");
    };
    let mail = |id: &str, from: &str| json!({ "message_id": id, "from": from, "text": "Hello." });
    refused(mail("", "anna@acme.example"), "Message-ID").await;
    refused(mail("1@x", "anna at acme"), "no e-mail address").await;
    refused(mail("1@x", "a@acme.example, b@acme.example"), "no e-mail address").await;
    let mut long = mail("1@x", "anna@acme.example");
    long["text"] = "a".repeat(201 * 1024).into();
    refused(long, "200 KiB").await;
    let mut future = mail("1@x", "anna@acme.example");
    future["received_at"] = "2999-01-01T00:00:00Z".into();
    refused(future, "in the future").await;
    let mut odd = mail("1@x", "anna@acme.example");
    odd["headers"] = json!([{ "name": "List Id", "value": "x" }]);
    refused(odd, "“List Id”").await;
    let unknown = json!({ "message_id": "1", "from": "a@b.io", "html": "<p>" });
    team.rosa.post("/api/v1/mails", unknown).await.expect_status(400);
    assert!(held(&team.rosa, 0).await?.is_empty() && proposed(&team.rosa, 0).await?.is_empty());

    // Who only looks on hands nothing in, and is told so before anything is stored.
    let vera = json!({ "name": "Vera", "email": "vera@northwind.example", "role": "viewer" });
    team.rosa.post("/api/v1/members", vera).await.expect_status(201);
    team.tieline.stop()?;
    let token = team.tieline.command(&["token", "create", "vera@northwind.example"]).await?;
    let token = token.expect_success();
    team.tieline.start().await?;
    let vera = team.tieline.api().with_token(token.trim());
    let answer = vera.post("/api/v1/mails", mail("1@x", "anna@acme.example")).await;
    assert!(answer.expect_status(403).to_string().contains("viewer"));
    Ok(())
}

#[tokio::test]
async fn killed_while_mails_arrive_each_is_kept_and_counts_once() -> Result<()> {
    const MAILS: usize = 60;
    on_both(|database| async move {
        let mut team = Team::start(database).await?;
        let known = json!({ "blueprint": "person", "title": "Anna Schmidt",
            "identities": [{ "kind": "email", "value": "anna@acme.example" }] });
        team.record(known).await;
        let sender = {
            let rosa = team.rosa.clone();
            tokio::spawn(async move {
                for number in 0..MAILS {
                    // Of somebody known, of a list, and of somebody new, in turn.
                    let (from, headers) = match number % 3 {
                        0 => ("Anna <anna@acme.example>".to_owned(), json!([])),
                        1 => (
                            format!("news{number}@globex.example"),
                            json!([{ "name": "List-Id", "value": "<x>" }]),
                        ),
                        _ => (format!("Kim Roe <kim{number}@initech.example>"), json!([])),
                    };
                    let mail = json!({ "message_id": format!("m{number}@x"), "from": from,
                        "headers": headers, "text": format!("Mail {number}.") });
                    // A program that hears nothing hands it in again.
                    let began = Instant::now();
                    loop {
                        let sent = rosa.send(Method::POST, "/api/v1/mails", Some(mail.clone()));
                        match sent.await {
                            Ok(reply) if reply.status == 202 => break,
                            _ if began.elapsed() > 2 * PATIENCE => bail!("{number} is not taken"),
                            _ => tokio::time::sleep(Duration::from_millis(15)).await,
                        }
                    }
                }
                Ok(())
            })
        };
        for pause in [150, 90, 40, 200, 60] {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            team.tieline.kill9()?;
            team.tieline.start_without_waiting()?;
            team.tieline.wait_until_ready(2 * PATIENCE).await?;
        }
        sender.await??;
        let many = MAILS / 3;
        let rosa = &team.rosa;
        let path = "/api/v1/records/PER-1/timeline?event=email.logged&limit=200";
        until(rosa, path, |a| count(a, "interactions") >= many).await?;
        until(rosa, "/api/v1/quarantine?limit=200", |a| count(a, "mails") >= many).await?;
        until(rosa, "/api/v1/proposals?limit=200", |a| count(a, "proposals") >= many).await?;
        // What would come twice gets the time to come.
        send(rosa, "last@x", "Last <last@umbrella.example>", &[], "The last one.").await;
        until(rosa, "/api/v1/proposals?limit=200", |a| count(a, "proposals") > many).await?;
        let lines = rosa.get(path).await.expect_status(200);
        assert_eq!(count(&lines, "interactions"), many, "of somebody known");
        let page = rosa.get("/api/v1/quarantine?limit=200").await.expect_status(200);
        assert_eq!(page["count"], many, "held");
        let open = rosa.get("/api/v1/proposals?limit=200").await.expect_status(200);
        assert_eq!(count(&open, "proposals"), many + 1, "proposed");
        Ok(())
    })
    .await
}
