//! Mails as they come in, the quarantine, and whose mails are always or never wanted. A mail of
//! somebody known stands on their timeline; of somebody unknown it becomes a proposal, or is held
//! with the reasons why. Nothing is dropped, and a person decides what is held.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Done, Work, excerpt};
use crate::blueprints::TEXT_BYTES_MAX;
use crate::commands::{
    Command, DiscardHeld, HoldMessage, JudgeSender, PostMails, ProposeRecords, PutBackHeld,
    ReceiveMail, ReleaseHeld, ReplyTo,
};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::flows::listed;
use crate::ids::{HeldId, InteractionId, ProposalId, RecordId};
use crate::interactions::{Interaction, Source};
use crate::mails::{in_short, words_of};
use crate::permissions::Action;
use crate::posts::{Notice, Subject};
use crate::proposals::{CapturedMessage, ProposalStatus};
use crate::quarantine::{HeldMail, HeldStatus, Reason, SenderRule, Verdict, normal_sender, warn};
use crate::records::{IdentityKind, Record};
use crate::timeline::EventType;

/// The most records of one address whose timelines a mail stands on.
const KNOWN_MAX: usize = 10;
/// The most senders that a team says something about.
const RULES_MAX: usize = 1_000;
/// What held mails are numbered by.
const NUMBERED_BY: &str = "quarantine";

impl Work<'_> {
    pub(super) async fn receive_mail(&mut self, input: ReceiveMail) -> Result<Done> {
        let ReceiveMail { mail, mut reasons, mut proposes, joined } = input;
        let (known, is_gone) = self.known_senders(&mail.from.address).await?;
        if !known.is_empty()
            && !reasons.contains(&Reason::Denied)
            && let Some(message) = proposes.messages.first().cloned()
        {
            let source = Source {
                place: message.place.clone(),
                message: message.message.clone(),
                permalink: message.permalink.clone(),
            };
            let told = (mail.subject.as_str(), &message, Some(source));
            self.stand_on_timelines(&known, told, mail.received_at).await?;
            let records = known.into_iter().map(|record| record.id).collect();
            return Ok(Done { records, ..Done::default() });
        }
        if is_gone {
            let weightier = usize::from(reasons.first() == Some(&Reason::Denied));
            reasons.insert(weightier, Reason::Trashed);
        }
        if reasons.is_empty() && proposes.records.is_empty() {
            reasons.push(Reason::Nobody);
        }
        if !reasons.is_empty() {
            let held = HoldMessage {
                from: mail.from,
                subject: mail.subject,
                headers: mail.headers,
                reasons,
                proposes,
            };
            self.hold(held).await?;
            return Ok(Done::default());
        }
        if let Some(joined) = joined
            && let Some(id) = &joined.instead_of
            && let Some(open) = self.tx.proposal(id).await?
            && open.status == ProposalStatus::Open
        {
            proposes = joined;
        }
        self.propose_mail(proposes).await
    }

    pub(super) async fn hold_message(&mut self, input: HoldMessage) -> Result<Done> {
        let why = input.reasons.iter().map(|reason| reason.says()).collect::<Vec<_>>().join(" ");
        let from = input.from.clone();
        let (held, is_new) = self.hold(input).await?;
        if is_new {
            self.inverses.push(Command::DiscardHeld(DiscardHeld { held: held.id.clone() }));
        }
        let number = held.number;
        let stands = match held.status {
            HeldStatus::Waiting => {
                format!("It waits in quarantine as number {number}, in case somebody wants it.")
            }
            HeldStatus::Released => format!("It was released already, as number {number}."),
            HeldStatus::Discarded => format!("It was discarded already, as number {number}."),
        };
        Ok(Done {
            said: format!(
                "I found no person, company or contact in the mail from {from}. {why} {stands}"
            ),
            data: json!({ "held": held.id }),
            ..Done::default()
        })
    }

    pub(super) async fn release_held(&mut self, input: ReleaseHeld) -> Result<Done> {
        let mut held = self.waiting(&input.held).await?;
        let address = held.from.address.clone();
        if input.allow_sender {
            self.may_judge()?;
            self.judge(&address, Some(Verdict::Allow)).await?;
        }
        let (known, _) = self.known_senders(&address).await?;
        let mut lines = Vec::new();
        let mut done = if known.is_empty() {
            let mut proposes = held.proposes.clone();
            if proposes.records.is_empty() {
                return Err(Refusal::invalid(format!(
                    "I found nobody in the mail from {address}, so there is nothing to propose. \
                     Make the record with “new”, and discard the mail."
                ))
                .into());
            }
            self.recognise_anew(&mut proposes.records).await?;
            for reason in &held.reasons {
                warn(&mut proposes.records, 0, &reason.warning(&address));
            }
            let done = self.propose_mail(proposes).await?;
            held.proposal = serde_json::from_value(done.data["proposal"].clone()).ok();
            let said = format!("Released: the mail from {} is a proposal now.", held.from);
            Done { said, ..done }
        } else {
            if let Some(message) = held.message().cloned() {
                let told = (held.subject.as_str(), &message, None);
                lines = self.stand_on_timelines(&known, told, message.at).await?;
            }
            let names = known.iter().map(|one| format!("{} ({})", one.title, one.key));
            let names = names.collect::<Vec<_>>();
            let said = format!(
                "Released: the mail from {} stands on the timeline of {} now.",
                held.from,
                listed(&names)
            );
            Done { said, data: json!({}), ..Done::default() }
        };
        if let Some(data) = done.data.as_object_mut() {
            data.insert("held".to_owned(), json!(held.id));
        }
        done.records = known.into_iter().map(|record| record.id).collect();
        self.decide_held(held, HeldStatus::Released, lines).await?;
        Ok(done)
    }

    pub(super) async fn discard_held(&mut self, input: DiscardHeld) -> Result<Done> {
        let held = self.waiting(&input.held).await?;
        let said = format!("Discarded the mail from {}.", held.from);
        let data = json!({ "held": held.id });
        self.decide_held(held, HeldStatus::Discarded, Vec::new()).await?;
        Ok(Done { said, data, ..Done::default() })
    }

    pub(super) async fn put_back_held(&mut self, input: PutBackHeld) -> Result<Done> {
        let Some(mut held) = self.tx.held(&input.held).await? else {
            return Err(no_such_mail().into());
        };
        if held.status == HeldStatus::Waiting {
            return Err(Refusal::gone("This mail waits again already.").into());
        }
        if let Some(proposal) = held.proposal.take() {
            self.take_proposal_back(&proposal).await?;
        }
        for (record, interaction) in input.lines {
            self.tx.withdraw_interaction(&interaction, self.now).await?;
            self.facts.push(FactBody::InteractionLogged { record: record.clone(), interaction });
            self.card_changed(&record, None, false);
        }
        held.status = HeldStatus::Waiting;
        held.decided_by = None;
        held.decided_at = None;
        self.tx.update_held(&held).await?;
        let (held, status) = (held.id, held.status);
        self.facts.push(FactBody::HeldMailDecided { held: held.clone(), status });
        self.refresh_held(&held, format!("Undone by {}", self.actor_name()), false).await?;
        Ok(Done::said("The mail waits in quarantine again."))
    }

    pub(super) async fn judge_sender(&mut self, input: JudgeSender) -> Result<Done> {
        let sender = normal_sender(&input.sender)?;
        let said = match input.verdict {
            Some(Verdict::Allow) => {
                format!("Mails from {sender} pass from now on, whatever they look like.")
            }
            Some(Verdict::Deny) => format!("Mails from {sender} are held from now on, always."),
            None => format!("Mails from {sender} are judged by what they look like again."),
        };
        if !self.judge(&sender, input.verdict).await? {
            return Ok(Done::said(format!("That holds for {sender} already.")));
        }
        Ok(Done::said(said))
    }

    pub(super) async fn post_mails(&mut self, input: PostMails) -> Result<Done> {
        if let Some(place) = &input.place
            && self.tx.place(place).await?.is_none()
        {
            return Err(Refusal::not_found(
                "This room is bound to nobody, so nothing is posted here. Bind it first.",
            )
            .into());
        }
        let before = self.tx.mails_place().await?;
        self.tx.put_mails_place(input.place.as_ref()).await?;
        let said = match &input.place {
            Some(_) => "What I would make of mails from unknown senders is shown here from now on.",
            None => {
                "What I would make of mails waits in the list of proposals, and is shown in \
                     no room."
            }
        };
        self.facts.push(FactBody::MailsPosted { place: input.place });
        self.inverses.push(Command::PostMails(PostMails { place: before }));
        Ok(Done::said(said))
    }

    /// Who is known by this address; and whether somebody was who is in the trash now. Whoever
    /// became part of another record is that one.
    async fn known_senders(&mut self, address: &str) -> Result<(Vec<Record>, bool)> {
        let kind = IdentityKind::Email;
        let live = self.tx.identities_with(kind, address).await?;
        let mut ids = live.into_iter().map(|identity| identity.record).collect::<Vec<_>>();
        let mut is_gone = false;
        for gone in self.tx.gone_with(kind, address).await? {
            match self.tx.merge_of(&gone).await? {
                Some(merge) => ids.push(merge.kept),
                None => is_gone = true,
            }
        }
        ids.sort();
        ids.dedup();
        let mut known = Vec::new();
        for id in ids.into_iter().take(KNOWN_MAX) {
            match self.tx.record(&id).await? {
                Some(record) if record.trashed_at.is_none() => known.push(record),
                _ => is_gone = true,
            }
        }
        Ok((known, is_gone))
    }

    /// Puts a mail onto the timelines of those who are known by its address.
    async fn stand_on_timelines(
        &mut self,
        known: &[Record],
        (subject, message, source): (&str, &CapturedMessage, Option<Source>),
        at: DateTime<Utc>,
    ) -> Result<Vec<(RecordId, InteractionId)>> {
        let details = beginning(words_of(message), TEXT_BYTES_MAX);
        let data = json!({ "native": true, "direction": "in", "details": details });
        let mut lines = Vec::new();
        for record in known {
            let summary = excerpt(&in_short(subject, message));
            let line = self.line(&record.id, EventType::EmailLogged, summary, data.clone());
            let line = Interaction {
                member: None,
                author: message.author.name.clone(),
                source: source.clone(),
                at: at.min(self.now),
                ..line
            };
            lines.push((record.id.clone(), line.id.clone()));
            self.log_interaction(line).await?;
            self.card_changed(&record.id, None, false);
        }
        Ok(lines)
    }

    /// Keeps a message in the quarantine, and says whether it is new there; one that is there stays
    /// as it is.
    async fn hold(&mut self, input: HoldMessage) -> Result<(HeldMail, bool)> {
        if let Some(message) = input.proposes.messages.first()
            && let Some(there) = self.tx.held_as(&message.place, &message.message).await?
        {
            return Ok((there, false));
        }
        let held = HeldMail {
            id: HeldId::fresh(self.env),
            number: self.tx.next_record_number(NUMBERED_BY).await?,
            status: HeldStatus::Waiting,
            from: input.from,
            subject: input.subject,
            headers: input.headers,
            reasons: input.reasons,
            proposes: ProposeRecords { instead_of: None, ..input.proposes },
            held_at: self.now,
            proposal: None,
            decided_by: None,
            decided_at: None,
        };
        self.tx.insert_held(&held).await?;
        self.facts.push(FactBody::MailHeld { held: held.id.clone() });
        Ok((held, true))
    }

    /// Makes a proposal of a mail, and shows it where whoever asks is answered, or where the team
    /// wants to see such proposals.
    async fn propose_mail(&mut self, proposes: ProposeRecords) -> Result<Done> {
        let is_new = proposes.instead_of.is_none();
        let done = self.propose_records(proposes).await?;
        let proposal = serde_json::from_value::<ProposalId>(done.data["proposal"].clone()).ok();
        if is_new
            && self.reply.is_none()
            && let Some(proposal) = proposal
            && let Some(place) = self.tx.mails_place().await?
            && self.tx.place(&place).await?.is_some()
        {
            let at = ReplyTo { place, thread: None, message: None, private_to: None };
            self.post(&at, Subject::Proposal { proposal }, None).await?;
        }
        Ok(done)
    }

    async fn waiting(&mut self, id: &HeldId) -> Result<HeldMail> {
        let held = self.tx.held(id).await?.ok_or_else(no_such_mail)?;
        match held.status {
            HeldStatus::Waiting => Ok(held),
            HeldStatus::Released => Err(Refusal::gone(format!(
                "The mail from {} was released already. Look at the proposals.",
                held.from
            ))
            .into()),
            HeldStatus::Discarded => Err(Refusal::gone(format!(
                "The mail from {} was discarded. Whoever did it can undo it for a day.",
                held.from
            ))
            .into()),
        }
    }

    async fn decide_held(
        &mut self,
        mut held: HeldMail,
        status: HeldStatus,
        lines: Vec<(RecordId, InteractionId)>,
    ) -> Result<()> {
        held.status = status;
        held.decided_by = self.member.as_ref().map(|member| member.id.clone());
        held.decided_at = Some(self.now);
        self.tx.update_held(&held).await?;
        self.facts.push(FactBody::HeldMailDecided { held: held.id.clone(), status });
        self.inverses.push(Command::PutBackHeld(PutBackHeld { held: held.id.clone(), lines }));
        let word = if status == HeldStatus::Released { "Released" } else { "Discarded" };
        self.refresh_held(&held.id, format!("{word} by {}", self.actor_name()), true).await
    }

    /// Discards the proposal that releasing a mail made, unless more came of it.
    async fn take_proposal_back(&mut self, id: &ProposalId) -> Result<()> {
        let Some(mut proposal) = self.tx.proposal(id).await? else { return Ok(()) };
        match proposal.status {
            ProposalStatus::Accepted => {
                return Err(Refusal::gone(
                    "What the mail became was accepted since. Undo that first.",
                )
                .into());
            }
            ProposalStatus::Open if proposal.messages.len() > 1 => {
                return Err(Refusal::gone(
                    "Another mail joined the proposal since. Discard the proposal instead.",
                )
                .into());
            }
            ProposalStatus::Discarded => return Ok(()),
            ProposalStatus::Open => {}
        }
        proposal.status = ProposalStatus::Discarded;
        proposal.decided_by = self.member.as_ref().map(|member| member.id.clone());
        proposal.decided_at = Some(self.now);
        self.tx.update_proposal(&proposal).await?;
        self.facts.push(FactBody::ProposalDecided {
            proposal: id.clone(),
            accepted: false,
            records: Vec::new(),
        });
        let notice = format!("Back in quarantine, by {}", self.actor_name());
        self.refresh_proposal(id, Some(notice), false).await
    }

    async fn refresh_held(&mut self, held: &HeldId, notice: String, undo: bool) -> Result<()> {
        let undo = undo.then(|| self.entry.clone());
        for post in self.tx.posts_of_held(held).await? {
            let notice = Notice { text: notice.clone(), undo: undo.clone() };
            self.change_post(post, Some(notice)).await?;
        }
        Ok(())
    }

    /// Says what holds for a sender. False means that it held before.
    async fn judge(&mut self, sender: &str, verdict: Option<Verdict>) -> Result<bool> {
        let rules = self.tx.sender_rules().await?;
        let before = rules.iter().find(|rule| rule.sender == sender).map(|rule| rule.verdict);
        if before == verdict {
            return Ok(false);
        }
        match verdict {
            Some(_) if before.is_none() && rules.len() >= RULES_MAX => {
                return Err(Refusal::invalid(format!(
                    "You say something about {RULES_MAX} senders already. Name whole domains, and \
                     forget some of the addresses."
                ))
                .into());
            }
            Some(verdict) => {
                let by = self.member.as_ref().map(|member| member.id.clone());
                let rule = SenderRule { sender: sender.to_owned(), verdict, by, at: self.now };
                self.tx.put_sender_rule(&rule).await?;
            }
            None => self.tx.delete_sender_rule(sender).await?,
        }
        self.facts.push(FactBody::SenderJudged { sender: sender.to_owned(), verdict });
        self.inverses
            .push(Command::JudgeSender(JudgeSender { sender: sender.to_owned(), verdict: before }));
        Ok(true)
    }

    /// Whether whoever releases a mail may also say what holds for its sender.
    fn may_judge(&self) -> Result<(), Refusal> {
        self.may_as(Action::Administer, crate::permissions::Relation::None).map_err(|_| {
            Refusal::forbidden(
                "Only an administrator says whose mails always pass. Release this one without \
                 that, or ask one of yours.",
            )
        })
    }
}

fn no_such_mail() -> Refusal {
    Refusal::not_found("There is no such mail in quarantine. Look at what waits there.")
}

/// As much of a text as fits into so many bytes.
fn beginning(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}
