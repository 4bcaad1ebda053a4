//! Rows that cases start from, made by hand and as full as their types allow.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use crm::blueprints::Blueprint;
use crm::chat::{Author, Content, Event, Inbound, Message, Place};
use crm::facts::{Fact, FactBody};
use crm::ids::{
    BlueprintId, EntryId, InteractionId, MemberId, OutboxId, PostId, RecordId, SpaceId, TenantId,
};
use crm::interactions::{Interaction, InteractionKind, Source};
use crm::places::Level;
use crm::ports::{Entry, Hub, StoredMessage, Write};
use crm::posts::{Post, Subject};
use crm::records::Record;
use crm::tenants::{Member, Role, Space, Tenant, UnlinkedPolicy};
use crm::timeline::EventType;
use crm::{Env, Outcome};
use crm_store::Store;
use serde_json::json;

/// A tenant with one of each.
pub struct Seed {
    pub env: Env,
    pub tenant: TenantId,
    pub member: MemberId,
    pub blueprint: BlueprintId,
    pub record: Record,
    pub place: Place,
}

pub fn later(at: DateTime<Utc>, seconds: i64) -> DateTime<Utc> {
    at + TimeDelta::seconds(seconds)
}

pub fn author() -> Author {
    Author { network: "matrix".into(), id: "@anna:example.org".into(), name: "Anna".into() }
}

pub fn blueprint(id: &BlueprintId, key: &str, version: i64) -> Blueprint {
    serde_json::from_value(json!({
        "id": id, "version": version, "key": key, "name": key, "plural": key,
        "prefix": key.to_uppercase(), "mentionable": true,
        "columns": [{ "id": "size", "name": "Size", "type": "integer" }],
    }))
    .expect("a blueprint")
}

/// A message that arrived.
pub fn inbound(lane: &str, key: &str) -> Inbound {
    let at = DateTime::from_timestamp_millis(1_790_000_000_000).expect("a time");
    Inbound {
        connection: "matrix".into(),
        key: key.into(),
        lane: lane.into(),
        event: Event::Message(Message {
            place: Place::new("matrix", "!room"),
            id: format!("${key}"),
            thread: None,
            reply_to: Some("$root".into()),
            author: author(),
            text: "Über „Acme“ \0 🚀".into(),
            at,
            permalink: None,
            direct: false,
            answer_to: None,
            room_name: None,
            alone: false,
            forwarded: None,
        }),
    }
}

impl Seed {
    pub async fn plant(store: &Store, env: &Env) -> Self {
        let now = env.now();
        let tenant = Tenant {
            id: TenantId::fresh(env),
            name: "Acme Sales".into(),
            timezone: "Europe/Berlin".into(),
            language: "de".into(),
            region: Some("DE".into()),
            unlinked: UnlinkedPolicy::Read,
            created_at: now,
        };
        store.insert_tenant(&tenant).await.expect("a tenant");
        let member = Member {
            id: MemberId::fresh(env),
            name: "Rosa".into(),
            email: "rosa@example.org".into(),
            role: Role::Admin,
            active: true,
            created_at: now,
        };
        let space = Space {
            id: SpaceId::fresh(env),
            name: "CRM".into(),
            template: "crm".into(),
            created_at: now,
        };
        let id = BlueprintId::fresh(env);
        let mut seed = Self {
            env: env.clone(),
            tenant: tenant.id,
            member: member.id.clone(),
            blueprint: id.clone(),
            record: Record {
                id: RecordId::fresh(env),
                key: "DEAL-1".into(),
                blueprint: id.clone(),
                blueprint_version: 1,
                space: space.id.clone(),
                title: "Acme Renewal".into(),
                owner: Some(member.id.clone()),
                flow: Some("pipeline".into()),
                state: Some("open".into()),
                state_since: Some(now),
                values: BTreeMap::from([("size".into(), json!(3))]),
                version: 1,
                created_at: now,
                updated_at: now,
                touched_at: Some(now),
                trashed_at: None,
            },
            place: Place::new("matrix", format!("!{}", space.id)),
        };
        let mut tx = seed.begin(store).await;
        tx.insert_member(&member).await.expect("a member");
        tx.insert_space(&space).await.expect("a space");
        tx.insert_blueprint(&blueprint(&id, "deal", 1)).await.expect("a blueprint");
        seed.record.id = RecordId::fresh(env);
        tx.insert_record(&seed.record, &[]).await.expect("a record");
        tx.commit().await.expect("it is kept");
        seed
    }

    pub async fn begin<'s>(&self, store: &'s Store) -> Box<dyn Write + 's> {
        store.begin(&self.tenant).await.expect("a transaction")
    }

    /// Another record, as the first one otherwise.
    pub fn another(&self, key: &str, title: &str) -> Record {
        let id = RecordId::fresh(&self.env);
        Record { id, key: key.into(), title: title.into(), ..self.record.clone() }
    }

    pub fn entry(&self, cause: &str) -> Entry {
        let id = EntryId::fresh(&self.env);
        Entry {
            cause: cause.into(),
            member: Some(self.member.clone()),
            command: "add_note".into(),
            outcome: Outcome {
                entry: id.clone(),
                said: "noted".into(),
                records: vec![self.record.id.clone()],
                undo: false,
                repeated: false,
                data: json!({ "note": 1 }),
            },
            id,
            inverse: None,
            undone_by: None,
            at: self.env.now(),
        }
    }

    pub fn fact(&self, seq: i64, entry: &EntryId) -> Fact {
        Fact {
            tenant: self.tenant.clone(),
            seq,
            entry: entry.clone(),
            at: self.env.now(),
            member: Some(self.member.clone()),
            body: FactBody::RecordTrashed { record: self.record.id.clone() },
        }
    }

    pub fn post(&self) -> Post {
        Post {
            id: PostId::fresh(&self.env),
            place: self.place.clone(),
            thread: Some("$root".into()),
            reply_to: Some("$asked".into()),
            private_to: None,
            subject: Subject::Card { records: vec![self.record.id.clone()], level: Level::Full },
            notice: None,
            revision: 1,
            sent_revision: 0,
            remote: None,
            created_at: self.env.now(),
        }
    }

    /// A post that waits in the outbox.
    pub async fn enqueued(&self, store: &Store) -> Post {
        self.enqueued_in(store, &self.place.room).await
    }

    /// A post that waits in the outbox for this room.
    pub async fn enqueued_in(&self, store: &Store, room: &str) -> Post {
        let mut post = self.post();
        post.place.room = room.to_owned();
        let mut tx = self.begin(store).await;
        tx.insert_post(&post, std::slice::from_ref(&self.record.id)).await.expect("a post");
        tx.enqueue_post(&OutboxId::fresh(&self.env), &post, self.env.now()).await.expect("queued");
        tx.commit().await.expect("it is kept");
        post
    }

    pub fn interaction(&self, message: &str) -> Interaction {
        Interaction {
            id: InteractionId::fresh(&self.env),
            record: self.record.id.clone(),
            kind: InteractionKind::Message,
            event: EventType::MessageCaptured,
            summary: "We would take twelve.".into(),
            member: Some(self.member.clone()),
            author: "Anna".into(),
            source: Some(Source {
                place: self.place.clone(),
                message: message.into(),
                permalink: Some("https://matrix.to/#/x".into()),
            }),
            data: json!({ "words": ["twelve"] }),
            at: self.env.now(),
            withdrawn_at: None,
            entry: None,
        }
    }
}

/// A message as it is kept, some seconds after the first.
pub fn stored(seed: &Seed, id: &str, seconds: i64) -> StoredMessage {
    StoredMessage {
        place: seed.place.clone(),
        id: id.into(),
        thread: None,
        author: author(),
        member: Some(seed.member.clone()),
        text: "hello".into(),
        content: Some(Content { text: "hello".into(), ..Content::default() }),
        post: None,
        at: later(seed.record.created_at, seconds),
        edited_at: Some(seed.record.created_at),
        deleted_at: None,
        permalink: Some("https://example.org".into()),
    }
}
