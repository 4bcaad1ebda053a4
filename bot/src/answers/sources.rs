//! "Wrong" in chat: which value of a record was misread, by its field or by itself.

use crm::commands::{Command, MarkWrong};
use crm::folding::fold;
use crm::ports::Read;
use crm::proposals::{Provenance, Slot};
use crm::{Refusal, Result};

use super::Desk;
use super::naming::{blueprint_of, one_from, one_or_ask, shown};

/// The command that takes "phone" or "+4930…" off whom the text names.
pub(super) async fn wrong(desk: &Desk<'_>, read: &mut dyn Read, rest: &str) -> Result<Command> {
    let named = desk.named_first(read, rest, "wrong anna phone").await?;
    let wanted = fold(named.rest.trim());
    let mut options = Vec::new();
    let mut known = Vec::new();
    for record in &named.records {
        let blueprint = blueprint_of(read, record).await?;
        let field = |source: &Provenance| match &source.slot {
            Slot::Title => String::new(),
            Slot::Column(id) => blueprint.column(id).map_or(id.clone(), |c| c.name.clone()),
            Slot::Identity(kind) => kind.as_str().to_owned(),
        };
        let sources = read.provenance(&record.id).await?;
        for source in sources.iter().filter(|one| one.slot != Slot::Title) {
            if source.wrong_at.is_some() {
                continue;
            }
            let name = field(source);
            let value = source.value.as_str().map(fold).unwrap_or_default();
            if !wanted.is_empty() && (fold(&name) == wanted || value == wanted) {
                let mark = MarkWrong { record: record.id.clone(), number: source.number };
                options.push((record.id.clone(), Command::MarkWrong(mark)));
                break;
            }
            if !known.contains(&name) {
                known.push(name);
            }
        }
    }
    if options.is_empty() {
        let names = one_from(&named.records.iter().map(shown).collect::<Vec<_>>());
        return Err(Refusal::not_found(match known.as_slice() {
            [] => format!("No value of {names} was read from a message."),
            known => format!(
                "Which value of {names} is wrong? From messages come {}. Say “{} wrong {} {}”.",
                crm::flows::listed(known),
                desk.prefix,
                named.name,
                known[0].to_lowercase()
            ),
        })
        .into());
    }
    one_or_ask(&named.name, options)
}
