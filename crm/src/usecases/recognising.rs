//! Recognising once more what was read a while ago: who was new then may be there by now, and who
//! was there may be gone. Only exact channels count, since names are read where texts are.

use std::collections::BTreeSet;

use super::Work;
use crate::errors::Result;
use crate::proposals::{FieldEffect, Match, ProposedRecord, Slot};
use crate::records::Record;

impl Work<'_> {
    /// Brings what records would be made or added to up to what is there now.
    pub(super) async fn recognise_anew(&mut self, records: &mut [ProposedRecord]) -> Result<()> {
        for proposed in records {
            if let Some(found) = &proposed.existing {
                let record = self.tx.record(&found.record).await?;
                if record.is_some_and(|record| record.trashed_at.is_none()) {
                    continue;
                }
                proposed.existing = None;
                for field in &mut proposed.fields {
                    field.effect = FieldEffect::Create;
                }
            }
            if let Some((record, reason)) = self.known_by_channels(proposed).await? {
                self.add_instead(proposed, &record, reason).await?;
            }
        }
        Ok(())
    }

    /// The one record of its kind that has one of its channels, and why.
    async fn known_by_channels(
        &mut self,
        proposed: &ProposedRecord,
    ) -> Result<Option<(Record, String)>> {
        let mut found = BTreeSet::new();
        let mut known = None;
        for field in &proposed.fields {
            let (Slot::Identity(kind), Some(value)) = (&field.slot, field.value.as_str()) else {
                continue;
            };
            for identity in self.tx.identities_with(*kind, value).await? {
                let Some(record) = self.tx.record(&identity.record).await? else { continue };
                if self.blueprint_of(&record).await?.key == proposed.blueprint
                    && found.insert(record.id.clone())
                {
                    known = Some((record, format!("has the {} {value}", kind.as_str())));
                }
            }
        }
        // Channels of several records settle nothing.
        Ok(known.filter(|_| found.len() == 1))
    }

    async fn add_instead(
        &mut self,
        proposed: &mut ProposedRecord,
        record: &Record,
        reason: String,
    ) -> Result<()> {
        let identities = self.tx.identities(&record.id).await?;
        for field in &mut proposed.fields {
            field.effect = match &field.slot {
                Slot::Title => FieldEffect::Same,
                Slot::Column(id) => match record.values.get(id) {
                    None => FieldEffect::Attach,
                    Some(value) if *value == field.value => FieldEffect::Same,
                    Some(_) => FieldEffect::Conflict,
                },
                Slot::Identity(kind) => {
                    let is_there = identities
                        .iter()
                        .any(|one| one.kind == *kind && field.value.as_str() == Some(&one.value));
                    if is_there { FieldEffect::Same } else { FieldEffect::Attach }
                }
            };
        }
        proposed.existing = Some(Match { record: record.id.clone(), reason, certain: true });
        Ok(())
    }
}
