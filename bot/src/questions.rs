//! Asks a language model about proposals, one after the other, in a task of its own: however slow
//! the model is, nothing else waits for it. What it finds becomes one command that adds to the
//! proposal; what it does not answer is asked again some times, and then left.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use chrono_tz::Tz;
use crm::commands::ImproveProposal;
use crm::proposals::{Proposal, ProposalStatus};
use crm::questions::ClaimedQuestion;
use crm::{Actor, Cause, Command};
use extractors::model::{Question, Said, question, read};
use futures::FutureExt;
use tokio::sync::watch;

use crate::capture;
use crate::model::Model;
use crate::road::Road;

/// The delays before each further try, in seconds. After the last the question is given up.
const ASK_SCHEDULE_SECONDS: [i64; 4] = [1, 5, 30, 180];
/// How much longer than an answer may take a question stays leased.
const LEASE_SECONDS: i64 = 30;
/// How long to look away when nothing waits.
const IDLE: Duration = Duration::from_millis(500);

/// What asking needs.
pub struct Asking {
    /// The road, which knows the names of records.
    pub road: Arc<Road>,
    /// Who is asked.
    pub model: Arc<dyn Model>,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Who holds the leases.
    pub worker: String,
}

/// How a question ended, for now.
enum Ended {
    /// Its answer was used.
    Answered,
    /// Nothing will come of it.
    Useless(&'static str),
    /// It may be answered later.
    Failed(String),
}

/// Asks what waits until `stop` turns true. A question that is being asked then is asked again by
/// the next start.
pub async fn questions(asking: Asking, mut stop: watch::Receiver<bool>) {
    let mut facts = asking.road.crm.facts();
    let timeout = i64::try_from(asking.timeout.as_secs()).unwrap_or(i64::MAX / 2);
    let lease_seconds = timeout.saturating_add(LEASE_SECONDS);
    while !*stop.borrow() {
        let now = asking.road.crm.env().now();
        match asking.road.crm.hub().claim_question(&asking.worker, now, lease_seconds).await {
            Ok(Some(claimed)) => {
                tokio::select! {
                    () = asking.settle(&claimed) => {}
                    _ = stop.changed() => {}
                }
                // What was committed meanwhile is found by claiming, and must not pile up.
                facts = facts.resubscribe();
            }
            Ok(None) => {
                tokio::select! {
                    _ = facts.recv() => {}
                    () = tokio::time::sleep(IDLE) => {}
                    _ = stop.changed() => {}
                }
            }
            Err(error) => {
                tracing::error!(%error, "questions cannot be read; trying again");
                tokio::time::sleep(IDLE).await;
            }
        }
    }
}

impl Asking {
    async fn settle(&self, claimed: &ClaimedQuestion) {
        let asked = std::panic::AssertUnwindSafe(self.ask(claimed)).catch_unwind().await;
        let ended = asked.unwrap_or_else(|_| Ended::Failed("asking panicked".to_owned()));
        let crm = &self.road.crm;
        let now = crm.env().now();
        let proposal = &claimed.proposal;
        let noted = match ended {
            // Its answer ended it, in the same commit.
            Ended::Answered => return,
            Ended::Useless(why) => self.give_up(claimed, why).await,
            Ended::Failed(why) => {
                let tries = usize::try_from(claimed.attempts).unwrap_or(usize::MAX);
                match ASK_SCHEDULE_SECONDS.get(tries) {
                    Some(seconds) => {
                        tracing::info!(proposal.id = %proposal, %why, "the model did not answer; it is asked again");
                        let at = now + TimeDelta::seconds(*seconds);
                        crm.hub().retry_question(claimed, at, &why).await.map_err(Into::into)
                    }
                    None => {
                        tracing::warn!(proposal.id = %proposal, %why, "the model was asked in vain");
                        self.give_up(claimed, &why).await
                    }
                }
            }
        };
        if let Err(error) = noted {
            // Its lease runs out by itself; its cause keeps it from being answered twice.
            tracing::error!(%error, "a question could not be given back");
        }
    }

    /// Ends a question that nothing came of.
    async fn give_up(&self, claimed: &ClaimedQuestion, why: &str) -> crm::Result<()> {
        let nothing = ImproveProposal {
            proposal: claimed.proposal.clone(),
            round: claimed.round,
            fields: Vec::new(),
            records: Vec::new(),
            links: Vec::new(),
            tasks: Vec::new(),
            given_up: Some(why.to_owned()),
        };
        self.improve(claimed, nothing).await
    }

    async fn improve(&self, claimed: &ClaimedQuestion, with: ImproveProposal) -> crm::Result<()> {
        let actor = Actor::System { tenant: claimed.tenant.clone() };
        let cause = Cause::new(claimed.cause());
        self.road.crm.run(&actor, cause, Command::ImproveProposal(with)).await.map(|_| ())
    }

    /// Asks one question and uses the answer. No transaction is open while the model thinks.
    async fn ask(&self, claimed: &ClaimedQuestion) -> Ended {
        match self.try_ask(claimed).await {
            Ok(ended) => ended,
            Err(error) => Ended::Failed(error.to_string()),
        }
    }

    async fn try_ask(&self, claimed: &ClaimedQuestion) -> crm::Result<Ended> {
        let crm = &self.road.crm;
        let Some((proposal, question)) = self.question(claimed).await? else {
            return Ok(Ended::Useless("the proposal was decided"));
        };
        let said = match tokio::time::timeout(self.timeout, self.model.ask(&question)).await {
            Err(_) => return Ok(Ended::Failed("it took too long".to_owned())),
            Ok(Err(unanswered)) => return Ok(Ended::Failed(unanswered.to_string())),
            Ok(Ok(said)) => said,
        };
        let Some(answer) = read(&said) else {
            return Ok(Ended::Useless("what it said could not be read"));
        };
        let mut read = crm.hub().read(&claimed.tenant).await?;
        let names = self.road.names();
        names.catch_up(read.as_mut()).await?;
        let found = capture::improvement(read.as_mut(), names, &proposal, &answer).await?;
        drop(read);
        let improve = ImproveProposal {
            proposal: claimed.proposal.clone(),
            round: claimed.round,
            fields: found.fields,
            records: found.records,
            links: found.links,
            tasks: found.tasks,
            given_up: None,
        };
        self.improve(claimed, improve).await?;
        Ok(Ended::Answered)
    }

    /// What there is to ask about a proposal, as its messages read now.
    async fn question(
        &self,
        claimed: &ClaimedQuestion,
    ) -> crm::Result<Option<(Proposal, Question)>> {
        let mut read = self.road.crm.hub().read(&claimed.tenant).await?;
        let proposal = read.proposal(&claimed.proposal).await?;
        let timezone = read.tenant().await?.timezone.parse::<Tz>().unwrap_or(Tz::UTC);
        let open = proposal.filter(|proposal| proposal.status == ProposalStatus::Open);
        Ok(open.map(|proposal| {
            let said = proposal.messages.iter().map(|message| Said {
                by: &message.author.name,
                on: message.at.with_timezone(&timezone).date_naive(),
                text: &message.text,
            });
            let question = question(&said.collect::<Vec<_>>());
            (proposal, question)
        }))
    }
}
