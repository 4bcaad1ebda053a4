//! Held mails in chat: the list of those that wait, page by page, and the card of one of them.

use super::cards::Offer;
use super::{Done, Work};
use crate::chat::LETTERS;
use crate::commands::{Command, DiscardHeld, ReleaseHeld, ShowHeld};
use crate::errors::{Refusal, Result};
use crate::ids::HeldId;
use crate::permissions::Part;
use crate::posts::{Post, Subject};
use crate::quarantine::{HeldStatus, Reason};

/// How many mails one page shows.
const PAGE: i64 = 5;

impl Work<'_> {
    pub(super) async fn show_held(&mut self, input: ShowHeld) -> Result<Done> {
        if self.part == Part::Guest {
            return Err(Refusal::forbidden(
                "Mails are shown to members alone. Link your chat account with the command “link”.",
            )
            .into());
        }
        let subject = match input.held {
            Some(held) if self.tx.held(&held).await?.is_some() => Subject::Held { held },
            Some(_) => {
                return Err(Refusal::not_found("There is no such mail in quarantine.").into());
            }
            None => {
                let page = self.tx.held_page(HeldStatus::Waiting, input.before, PAGE).await?;
                if page.is_empty() {
                    let more = if input.before.is_some() { " further" } else { "" };
                    return Ok(Done::said(format!("No{more} mail waits in quarantine.")));
                }
                let waiting = self.tx.held_count(HeldStatus::Waiting).await?;
                Subject::Quarantine {
                    held: page.into_iter().map(|mail| mail.id).collect(),
                    waiting,
                }
            }
        };
        let existing = match &input.post {
            Some(id) => self.tx.post(id).await?,
            None => None,
        };
        match (existing, self.reply.clone()) {
            (Some(mut post), _) => {
                post.subject = subject;
                self.change_post(post, None).await?;
            }
            (None, Some(reply)) => {
                self.post(&reply, subject, None).await?;
            }
            (None, None) => {
                return Err(Refusal::invalid("A card needs a place to be shown in.").into());
            }
        }
        self.answered = true;
        Ok(Done::default())
    }

    /// A letter for each mail of a page, and the next page.
    pub(super) async fn quarantine_offers(
        &mut self,
        post: &Post,
        held: &[HeldId],
    ) -> Result<Vec<Offer>> {
        let mut offers: Vec<Offer> = Vec::new();
        let mut last = None;
        for (id, symbol) in held.iter().zip(LETTERS) {
            let Some(mail) = self.tx.held(id).await? else { continue };
            let show = ShowHeld { held: Some(mail.id), ..ShowHeld::default() };
            let label = format!("Look at {}", mail.number);
            offers.push((symbol.to_owned(), label, Command::ShowHeld(show)));
            last = Some(mail.number);
        }
        if last.is_some() && !self.tx.held_page(HeldStatus::Waiting, last, 1).await?.is_empty() {
            let older = ShowHeld { before: last, post: Some(post.id.clone()), held: None };
            offers.push(("⏬".to_owned(), "Older".to_owned(), Command::ShowHeld(older)));
        }
        Ok(offers)
    }

    /// What can be done with a mail that waits.
    pub(super) async fn held_offers(&mut self, held: &HeldId) -> Result<Vec<Offer>> {
        let Some(mail) = self.tx.held(held).await? else { return Ok(Vec::new()) };
        if mail.status != HeldStatus::Waiting {
            return Ok(Vec::new());
        }
        let release =
            |allow_sender| Command::ReleaseHeld(ReleaseHeld { held: held.clone(), allow_sender });
        let mut offers: Vec<Offer> = Vec::new();
        if !mail.reasons.contains(&Reason::Nobody) {
            offers.push(("✅".to_owned(), "Release".to_owned(), release(false)));
            let label = format!("Release and always allow {}", mail.from.address);
            offers.push(("📬".to_owned(), label, release(true)));
        }
        let discard = DiscardHeld { held: held.clone() };
        offers.push(("❌".to_owned(), "Discard".to_owned(), Command::DiscardHeld(discard)));
        Ok(offers)
    }
}
