//! What captured messages say in short: of their sentences, those that hold the most of what was
//! read from them.

use crm::proposals::{
    CapturedMessage, ProposedRecord, ProposedSummary, ProposedTask, Slot, SourceSpan,
};
use extractors::summary::{Mark, Message, Piece, summarise};

use super::prose::Prose;
use super::{beginning, kind_of};

/// How sure it is that a sentence that was chosen says what matters.
const CONFIDENCE: u8 = 60;

/// Sums the messages up; None where they say no more than the summary would.
pub(super) fn summary(
    messages: &[CapturedMessage],
    records: &[ProposedRecord],
    tasks: &[ProposedTask],
) -> Option<ProposedSummary> {
    let marks = marks(records, tasks);
    let read = messages.iter().enumerate().map(|(place, message)| {
        let text = beginning(&message.text);
        let mut marks = marks
            .iter()
            .filter(|(_, source)| source.message == place)
            .map(|(mark, source)| (*mark, source.start..source.end))
            .collect::<Vec<_>>();
        marks.sort_by_key(|(_, range)| range.start);
        Message { text, kind: kind_of(text), marks }
    });
    let read = read.collect::<Vec<_>>();
    let found = summarise(&read)?;
    let source = |piece: &Piece| {
        let prose = Prose::new(piece.message, read[piece.message].text);
        prose.source_at(piece.start, piece.end, "summary", CONFIDENCE)
    };
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let says_all = messages.len() == 1 && words(&messages[0].text) == found.text;
    (!says_all).then(|| ProposedSummary {
        sources: found.pieces.iter().map(source).collect(),
        text: found.text,
    })
}

/// What was read from the messages, by how much it says.
fn marks<'p>(
    records: &'p [ProposedRecord],
    tasks: &'p [ProposedTask],
) -> Vec<(Mark, &'p SourceSpan)> {
    let mut marks = Vec::new();
    for record in records {
        for field in &record.fields {
            let mark = match &field.slot {
                Slot::Title if record.blueprint == "deal" => Mark::Topic,
                Slot::Title => Mark::Name,
                Slot::Column(id) if id == "value" => Mark::Amount,
                Slot::Column(id) if id == "close_on" => Mark::Day,
                Slot::Column(_) => Mark::Name,
                // An address says how to reach somebody, not what it is about.
                Slot::Identity(_) => continue,
            };
            marks.push((mark, &field.source));
        }
    }
    for task in tasks {
        marks.push((Mark::Ask, &task.source));
        marks.extend(task.due_source.iter().map(|source| (Mark::Day, source)));
    }
    marks
}
