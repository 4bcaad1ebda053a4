//! Held mails, what was decided about senders, and where proposals made of mails are shown.
//! Purging somebody takes the mails along that are held of their addresses, and leaves in no other
//! that it would have been added to them.

use async_trait::async_trait;
use crm::StoreError;
use crm::chat::Place;
use crm::commands::ProposeRecords;
use crm::ids::{HeldId, RecordId};
use crm::mails::Correspondent;
use crm::ports::{ReadQuarantine, WriteQuarantine};
use crm::posts::Post;
use crm::quarantine::{HeldMail, HeldStatus, SenderRule, Verdict};
use crm::records::IdentityKind;

use crate::bound::Bound;
use crate::core::{Row, Value, values};
use crate::posts::read_post;

const HELD: &str = "SELECT * FROM quarantine WHERE tenant = $1 AND id = $2";
const HELD_BY_NUMBER: &str = "SELECT * FROM quarantine WHERE tenant = $1 AND number = $2";
const HELD_AS: &str = "\
SELECT * FROM quarantine WHERE tenant = $1 AND connection = $2 AND room = $3 AND message = $4";
const HELD_PAGE: &str = "\
SELECT * FROM quarantine WHERE tenant = $1 AND status = $2 AND number < $3
ORDER BY number DESC LIMIT $4";
const HELD_COUNT: &str =
    "SELECT COUNT(*) AS mails FROM quarantine WHERE tenant = $1 AND status = $2";
const POSTS_OF_HELD: &str =
    "SELECT * FROM post WHERE tenant = $1 AND held = $2 ORDER BY created_at, id";
const GONE_WITH: &str = "\
SELECT identity.record AS record FROM identity
JOIN record ON record.tenant = identity.tenant AND record.id = identity.record
WHERE identity.tenant = $1 AND identity.kind = $2 AND identity.value = $3
    AND record.trashed_at IS NOT NULL
ORDER BY identity.created_at, identity.id";
const INSERT_HELD: &str = "\
INSERT INTO quarantine (tenant, id, number, status, sender, sender_name, subject, connection, room,
    message, reasons, headers, proposes, received_at, held_at, proposal, decided_by, decided_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
const UPDATE_HELD: &str = "\
UPDATE quarantine SET status = $3, proposal = $4, decided_by = $5, decided_at = $6
WHERE tenant = $1 AND id = $2";

const RULES: &str = "SELECT * FROM sender_rule WHERE tenant = $1 ORDER BY sender";
const PUT_RULE: &str = "\
INSERT INTO sender_rule (tenant, sender, verdict, by_member, at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant, sender) DO UPDATE
SET verdict = excluded.verdict, by_member = excluded.by_member, at = excluded.at";
const DELETE_RULE: &str = "DELETE FROM sender_rule WHERE tenant = $1 AND sender = $2";

const MAILS_PLACE: &str = "SELECT connection, room FROM mail_place WHERE tenant = $1";
const PUT_MAILS_PLACE: &str = "\
INSERT INTO mail_place (tenant, connection, room) VALUES ($1, $2, $3)
ON CONFLICT (tenant) DO UPDATE SET connection = excluded.connection, room = excluded.room";
const DELETE_MAILS_PLACE: &str = "DELETE FROM mail_place WHERE tenant = $1";

/// What shows a mail that is forgotten says nothing of it.
const FORGET_POSTS_OF: &str = "\
UPDATE post SET notice = NULL WHERE tenant = $1 AND held IN (
    SELECT id FROM quarantine WHERE tenant = $1 AND sender IN (
        SELECT value FROM identity WHERE tenant = $1 AND record = $2 AND kind = 'email'))";
const FORGET_MAILS_OF: &str = "\
DELETE FROM quarantine WHERE tenant = $1 AND sender IN (
    SELECT value FROM identity WHERE tenant = $1 AND record = $2 AND kind = 'email')";
const WOULD_ADD_TO: &str = "SELECT * FROM quarantine WHERE tenant = $1 AND proposes LIKE $2";
const REWRITE: &str = "UPDATE quarantine SET proposes = $3 WHERE tenant = $1 AND id = $2";

fn read_held(row: &Row) -> Result<HeldMail, StoreError> {
    Ok(HeldMail {
        id: row.parsed("id")?,
        number: row.int("number")?,
        status: row.word("status", HeldStatus::parse)?,
        from: Correspondent { name: row.opt_text("sender_name")?, address: row.text("sender")? },
        subject: row.text("subject")?,
        headers: row.json("headers")?,
        reasons: row.json("reasons")?,
        proposes: row.json("proposes")?,
        held_at: row.time("held_at")?,
        proposal: row.opt_parsed("proposal")?,
        decided_by: row.opt_parsed("decided_by")?,
        decided_at: row.opt_time("decided_at")?,
    })
}

#[async_trait]
impl ReadQuarantine for Bound {
    async fn held(&mut self, id: &HeldId) -> Result<Option<HeldMail>, StoreError> {
        self.one(HELD, values![id], read_held).await
    }

    async fn held_by_number(&mut self, number: i64) -> Result<Option<HeldMail>, StoreError> {
        self.one(HELD_BY_NUMBER, values![number], read_held).await
    }

    async fn held_as(
        &mut self,
        place: &Place,
        message: &str,
    ) -> Result<Option<HeldMail>, StoreError> {
        self.one(HELD_AS, values![&place.connection, &place.room, message], read_held).await
    }

    async fn held_page(
        &mut self,
        status: HeldStatus,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<HeldMail>, StoreError> {
        let args = values![status.as_str(), before.unwrap_or(i64::MAX), limit];
        self.all(HELD_PAGE, args, read_held).await
    }

    async fn held_count(&mut self, status: HeldStatus) -> Result<i64, StoreError> {
        let count = self.one(HELD_COUNT, values![status.as_str()], |row| row.int("mails")).await?;
        Ok(count.unwrap_or_default())
    }

    async fn posts_of_held(&mut self, held: &HeldId) -> Result<Vec<Post>, StoreError> {
        self.all(POSTS_OF_HELD, values![held], read_post).await
    }

    async fn gone_with(
        &mut self,
        kind: IdentityKind,
        value: &str,
    ) -> Result<Vec<RecordId>, StoreError> {
        self.all(GONE_WITH, values![kind.as_str(), value], |row| row.parsed("record")).await
    }

    async fn sender_rules(&mut self) -> Result<Vec<SenderRule>, StoreError> {
        self.all(RULES, vec![], |row| {
            Ok(SenderRule {
                sender: row.text("sender")?,
                verdict: row.word("verdict", Verdict::parse)?,
                by: row.opt_parsed("by_member")?,
                at: row.time("at")?,
            })
        })
        .await
    }

    async fn mails_place(&mut self) -> Result<Option<Place>, StoreError> {
        let read = |row: &Row| Ok(Place::new(row.text("connection")?, row.text("room")?));
        self.one(MAILS_PLACE, vec![], read).await
    }
}

#[async_trait]
impl WriteQuarantine for Bound {
    async fn insert_held(&mut self, held: &HeldMail) -> Result<(), StoreError> {
        let Some(message) = held.message() else {
            return Err(StoreError::corrupt("held mail", "it has no message"));
        };
        let args = vec![
            Value::from(&held.id),
            held.number.into(),
            held.status.as_str().into(),
            Value::from(&held.from.address),
            Value::from(&held.from.name),
            Value::from(&held.subject),
            Value::from(&message.place.connection),
            Value::from(&message.place.room),
            Value::from(&message.message),
            Value::json(&held.reasons)?,
            Value::json(&held.headers)?,
            Value::json(&held.proposes)?,
            message.at.into(),
            held.held_at.into(),
            Value::from(&held.proposal),
            Value::from(&held.decided_by),
            held.decided_at.into(),
        ];
        self.later(INSERT_HELD, args).await
    }

    async fn update_held(&mut self, held: &HeldMail) -> Result<(), StoreError> {
        let HeldMail { id, status, proposal, decided_by, decided_at, .. } = held;
        let args = values![id, status.as_str(), proposal, decided_by, *decided_at];
        self.execute_one("held mail", UPDATE_HELD, args).await
    }

    async fn put_sender_rule(&mut self, rule: &SenderRule) -> Result<(), StoreError> {
        let SenderRule { sender, verdict, by, at } = rule;
        self.later(PUT_RULE, values![sender, verdict.as_str(), by, *at]).await
    }

    async fn delete_sender_rule(&mut self, sender: &str) -> Result<(), StoreError> {
        self.later(DELETE_RULE, values![sender]).await
    }

    async fn put_mails_place(&mut self, place: Option<&Place>) -> Result<(), StoreError> {
        match place {
            Some(place) => {
                self.later(PUT_MAILS_PLACE, values![&place.connection, &place.room]).await
            }
            None => self.later(DELETE_MAILS_PLACE, vec![]).await,
        }
    }
}

/// Forgets the mails that are held of a record's addresses, and that others would be added to it.
/// Its identities must still be there.
pub(crate) async fn forget_mails_of(tx: &mut Bound, record: &RecordId) -> Result<(), StoreError> {
    tx.later(FORGET_POSTS_OF, values![record]).await?;
    tx.later(FORGET_MAILS_OF, values![record]).await?;
    let anywhere = format!("%\"{record}\"%");
    for held in tx.all(WOULD_ADD_TO, values![&anywhere], read_held).await? {
        let mut proposes: ProposeRecords = held.proposes;
        for proposed in &mut proposes.records {
            if proposed.existing.as_ref().is_some_and(|found| found.record == *record) {
                proposed.existing = None;
            }
        }
        tx.later(REWRITE, vec![Value::from(&held.id), Value::json(&proposes)?]).await?;
    }
    Ok(())
}
