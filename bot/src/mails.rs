//! The gate for mails: what a team said about senders and what a mail looks like come together to
//! the reasons why it is held. The gate itself is pure and lives in `extractors`; whether a sender
//! is known is decided by the command, on what the store says at that moment.

use crm::commands::{HoldMessage, ProposeRecords, Several};
use crm::mails::{Correspondent, HeaderLine, Mail};
use crm::ports::Read;
use crm::proposals::CapturedMessage;
use crm::quarantine::{Reason, Verdict, warn};
use crm::records::IdentityKind;
use crm::{Command, StoreError};
use extractors::senders::{Head, Held, Lists, gate, pasted};

use crate::capture;

/// What the team says about senders, and who the team itself is.
pub(crate) async fn lists(read: &mut dyn Read) -> Result<Lists, StoreError> {
    let mut lists = Lists::default();
    for member in read.members().await? {
        let email = member.email.to_lowercase();
        lists.own.extend(crm::domains::site_of(&email));
        lists.own.push(email);
    }
    lists.own.sort();
    lists.own.dedup();
    for rule in read.sender_rules().await? {
        match rule.verdict {
            Verdict::Allow => lists.allow.push(rule.sender),
            Verdict::Deny => lists.deny.push(rule.sender),
        }
    }
    Ok(lists)
}

/// Why a mail is held, the weightiest reason first.
pub(crate) fn reasons(mail: &Mail, lists: &Lists) -> Vec<Reason> {
    let line = |line: &HeaderLine| (line.name.clone(), line.value.clone());
    let headers = mail.headers.iter().map(line).collect::<Vec<_>>();
    let head = Head { from: &mail.from.address, headers: &headers };
    gate(&head, lists).into_iter().map(reason).collect()
}

fn reason(held: Held) -> Reason {
    match held {
        Held::Denied => Reason::Denied,
        Held::Own => Reason::Own,
        Held::Automatic => Reason::Automatic,
        Held::List => Reason::List,
        Held::NoReply => Reason::NoReply,
        Held::Role => Reason::Role,
    }
}

/// What becomes of messages that somebody captured. They asked, so it is proposed; what the gate
/// would say of a mail among them stands on its records as a warning. Where nobody was found, a
/// mail that the gate would hold goes into the quarantine, and the answer says so.
pub(crate) async fn captured(
    read: &mut dyn Read,
    mut proposes: ProposeRecords,
) -> Result<Command, StoreError> {
    let mut held = Vec::new();
    let mut lists = None;
    for (place, message) in proposes.messages.clone().iter().enumerate() {
        let Some((from, headers)) = pasted(capture::beginning(&message.text)) else { continue };
        let Ok(from) = Correspondent::parse(&from) else { continue };
        if lists.is_none() {
            lists = Some(self::lists(read).await?);
        }
        let Some(lists) = &lists else { continue };
        let head = Head { from: &from.address, headers: &headers };
        let mut reasons = gate(&head, lists).into_iter().map(reason).collect::<Vec<_>>();
        // Who passes on what a colleague wrote means the others in it.
        reasons.retain(|reason| *reason != Reason::Own);
        let known = read.identities_with(IdentityKind::Email, &from.address).await?;
        if reasons.is_empty() || (!known.is_empty() && !reasons.contains(&Reason::Denied)) {
            continue;
        }
        for reason in &reasons {
            warn(&mut proposes.records, place, &reason.warning(&from.address));
        }
        held.push((from, headers, reasons, message.clone()));
    }
    if !proposes.records.is_empty() || held.is_empty() {
        return Ok(Command::ProposeRecords(proposes));
    }
    let mut commands = Vec::new();
    for (from, headers, reasons, message) in held {
        let line = |(name, value): (String, String)| HeaderLine { name, value };
        let records = capture::company_of(read, &message, &from.address).await?;
        commands.push(Command::HoldMessage(HoldMessage {
            subject: subject(&message),
            headers: headers.into_iter().map(line).collect(),
            reasons,
            proposes: ProposeRecords {
                messages: vec![message],
                records: records.into_iter().collect(),
                links: Vec::new(),
                // Nobody is asked to do what a machine or a list wants done.
                tasks: Vec::new(),
                summary: None,
                ..proposes.clone()
            },
            from,
        }));
    }
    Ok(match commands.pop() {
        Some(only) if commands.is_empty() => only,
        last => {
            commands.extend(last);
            Command::Several(Several { commands })
        }
    })
}

/// What a mail in a message is about.
fn subject(message: &CapturedMessage) -> String {
    let subject = message.text.lines().find_map(|line| line.trim().strip_prefix("Subject:"));
    subject.map(str::trim).unwrap_or_default().chars().take(500).collect()
}
