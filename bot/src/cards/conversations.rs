//! What customers say and are told: an answer that they gave in private, and the way to where they
//! or others last spoke about them.

use crm::StoreError;
use crm::chat::Opens;
use crm::conversations::network_name;
use crm::ids::RecordId;
use crm::ports::Read;
use crm::posts::Post;
use crm::records::{IdentityKind, Record};

/// How many rooms a card names.
const ROOMS_SHOWN_MAX: usize = 3;
/// How far back a message with a link is looked for.
const LOOKED_BACK: i64 = 20;

/// What a customer answered, for whoever wrote to them.
pub(super) async fn answer_text(
    read: &mut dyn Read,
    person: &RecordId,
    network: &str,
    text: &str,
) -> Result<String, StoreError> {
    let who = read.record(person).await?;
    let who = who.map_or_else(|| "Somebody".to_owned(), |r| format!("{} ({})", r.title, r.key));
    let on = IdentityKind::parse(network).map_or("their network", network_name);
    Ok(format!("{who} answered on {on}:\n{text}"))
}

/// The rooms that are about a record, by their names.
pub(super) async fn room_names(
    read: &mut dyn Read,
    record: &Record,
) -> Result<Option<String>, StoreError> {
    let mut names = Vec::new();
    for tied in read.rooms_of(&record.id).await?.into_iter().take(ROOMS_SHOWN_MAX) {
        let Some(bound) = read.place(&tied.place).await? else { continue };
        let thread = if tied.thread.is_some() { "a thread in " } else { "" };
        names.push(format!("{thread}{}", bound.name));
    }
    Ok((!names.is_empty()).then(|| names.join(", ")))
}

/// The way to where a record was last spoken of, other than in the message that the card answers.
pub(super) async fn last_thread(
    read: &mut dyn Read,
    record: &Record,
    post: &Post,
) -> Result<Vec<Opens>, StoreError> {
    let newest = read.interactions(&record.id, None, LOOKED_BACK).await?;
    let link = newest.into_iter().filter(|one| one.withdrawn_at.is_none()).find_map(|one| {
        let source = one.source?;
        let is_this = Some(&source.message) == post.reply_to.as_ref();
        source.permalink.filter(|_| !is_this)
    });
    let opens = link.map(|url| Opens { label: "Last thread".to_owned(), url });
    Ok(opens.into_iter().collect())
}
