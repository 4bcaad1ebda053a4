//! Presses and commands: each is stored, then acknowledged, within the three seconds that Discord
//! gives. Should the store be slow, or the press come late, Discord is told first.

use std::sync::Arc;
use std::time::Duration;

use crm::chat::Event as Happened;
use crm::ports::Intake;
use serenity::http::Route;
use serenity::model::application::Interaction;
use serenity::model::id::InteractionId;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::Inner;
use super::events::{Standing, written_at};
use super::interactions::{self, Scene, Step};
use super::receive::{LOOK_AGAIN, json};

/// Discord is told that a press arrived after so long, even if the store is not done with it.
const STORED_WITHIN: Duration = Duration::from_millis(1_500);
/// Discord gives three seconds; what is older than this is answered before it is stored.
const LATE: Duration = Duration::from_millis(1_800);
/// A press or a command waits for so long until what was said before it is stored.
const SAID_BEFORE_WITHIN: Duration = Duration::from_millis(800);
/// How long what may be meant is looked for; later nobody sees it.
const SUGGESTED_WITHIN: Duration = Duration::from_millis(2_000);

/// Takes presses and commands, each by itself.
pub(super) async fn answer_all(
    inner: &Arc<Inner>,
    intake: &Arc<dyn Intake>,
    mut presses: mpsc::Receiver<(Interaction, u64)>,
    taken: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
    at_work: &mut JoinSet<()>,
) {
    loop {
        tokio::select! {
            press = presses.recv() => {
                let Some((press, before)) = press else { break };
                let before = said_before(taken.clone(), before);
                at_work.spawn(answer(inner.clone(), intake.clone(), press, before, stop.clone()));
            }
            Some(_) = at_work.join_next(), if !at_work.is_empty() => {}
        }
    }
}

/// Waits until so many events are stored, so that a command finds what was said before it.
async fn said_before(mut taken: watch::Receiver<u64>, count: u64) {
    let stored = taken.wait_for(|taken| *taken >= count);
    // Whoever pressed waits; what is not stored by then is found a moment later.
    let _ = tokio::time::timeout(SAID_BEFORE_WITHIN, stored).await;
}

async fn answer(
    inner: Arc<Inner>,
    intake: Arc<dyn Intake>,
    press: Interaction,
    before: impl Future<Output = ()>,
    mut stop: watch::Receiver<bool>,
) {
    let Some((number, token)) = interactions::answerable(&press) else { return };
    let on_its_way = inner.first_answers.begin(&number.to_string());
    let standing = match interactions::channel_of(&press) {
        Some(channel) => scene_of(&inner, &press, &channel).await,
        None => return,
    };
    let bot = inner.account().map(|account| account.bot).unwrap_or_default();
    let room_name = inner.channels.name(&standing.room);
    let scene = Scene {
        connection: &inner.connection,
        bot: &bot,
        standing: &standing,
        room_name: room_name.as_deref(),
        offers: inner.offers,
        baskets: &inner.baskets,
        now: inner.env.now(),
    };
    let mut still_to_store = Vec::new();
    let mut step = scene.step(&press);
    if asks_in_vain(&inner, &*intake, &standing, &step).await {
        step = Step::Answer(interactions::say(
            "This channel is connected to nobody's Tieline. Whoever may do that takes a code with \
             “Connect a room” on the web page, and gives it here with /bind.",
        ));
    }
    // What comes late may have failed on the person's screen already: it counts only if Discord
    // still takes an answer.
    let began = written_at(&number.to_string());
    let is_late =
        began.is_some_and(|at| (inner.env.now() - at).to_std().is_ok_and(|age| age > LATE));
    let first = match step {
        Step::Take(events, first) if is_late => {
            still_to_store = events;
            first
        }
        Step::Answer(first) => first,
        Step::Suggest(asked) => {
            let asking = tokio::time::timeout(SUGGESTED_WITHIN, intake.suggest(&asked)).await;
            let found = asking.ok().and_then(Result::ok).unwrap_or_default();
            let found = found.into_iter().map(|one| (one.label, one.value)).collect::<Vec<_>>();
            interactions::suggestions(&found)
        }
        Step::Take(events, first) => {
            before.await;
            let stored = tokio::time::timeout(STORED_WITHIN, intake.store(&events, None)).await;
            match stored {
                Ok(Ok(_)) => first,
                Ok(Err(_)) => interactions::say(
                    "I cannot take this right now, and nothing was changed. Try again in a minute.",
                ),
                // Nobody is made to wait longer for the store; it is stored all the same.
                Err(_) => {
                    still_to_store = events;
                    first
                }
            }
        }
        Step::Unknown(kind) => {
            tracing::warn!(kind, "an interaction that is not known");
            interactions::say("I do not know what to do with this.")
        }
    };
    let promised =
        interactions::promises(&first).then(|| interactions::handle_of(&press)).flatten();
    let route = Route::InteractionResponse { interaction_id: InteractionId::new(number), token };
    if let Err(failure) = inner.rest.post(route, &first).await
        && !failure.is_answered_already()
    {
        inner.note_failure(&failure);
        let why = failure.for_the_connection().to_string();
        tracing::warn!(connection = inner.connection, why, "a press could not be acknowledged");
        if is_late {
            return;
        }
    }
    if let Some(handle) = promised {
        inner.promised.add(handle);
    }
    drop(on_its_way);
    if inner.store(&*intake, &still_to_store, None, &mut stop).await.is_err() {
        tracing::error!(connection = inner.connection, "a press that was acknowledged is lost");
    }
}

/// Whether nobody would answer a command: in a room that is nobody's, only a room is asked for.
async fn asks_in_vain(
    inner: &Inner,
    intake: &dyn Intake,
    standing: &Standing,
    step: &Step,
) -> bool {
    let Step::Take(events, _) = step else { return false };
    // A press is on what we posted when the room was somebody's; it is answered by the core.
    let asks = events.iter().any(|one| match &one.event {
        Happened::Commanded(message) => !message.text.starts_with("bind"),
        // What is captured or selected was said before, perhaps to nobody of ours.
        Happened::Message(_) => true,
        _ => false,
    });
    if !asks || standing.is_direct() || inner.is_bound(&standing.room) {
        return false;
    }
    // It may have become somebody's a moment ago.
    let rooms = tokio::time::timeout(LOOK_AGAIN, intake.rooms(&inner.connection)).await;
    let rooms = rooms.ok().and_then(Result::ok);
    rooms.is_some_and(|rooms| rooms.iter().all(|(room, _)| *room != standing.room))
}

/// Where an interaction happened. It says so itself, for a channel that is not known.
async fn scene_of(inner: &Inner, press: &Interaction, channel: &str) -> Standing {
    let (told, guild) = match press {
        Interaction::Command(one) | Interaction::Autocomplete(one) => {
            (one.channel.as_ref().map(json), one.guild_id)
        }
        Interaction::Component(one) => (one.channel.as_ref().map(json), one.guild_id),
        Interaction::Modal(one) => (one.channel.as_ref().map(json), one.guild_id),
        _ => (None, None),
    };
    let guild = guild.map(|guild| guild.to_string());
    if inner.channels.standing(channel).is_none()
        && let Some(told) = told
    {
        inner.channels.learn(&told, guild.as_deref());
    }
    match inner.channels.standing_of(&inner.rest, channel).await {
        Ok(standing) => standing,
        Err(_) => Standing { room: channel.to_owned(), thread: None, guild },
    }
}
