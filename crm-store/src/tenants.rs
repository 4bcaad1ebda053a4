//! Tenants, members, chat accounts and spaces. Members and spaces are never removed.

use crm::StoreError;
use crm::ids::{MemberId, TenantId};
use crm::tenants::{ChatAccount, Member, Role, Space, Tenant, UnlinkedPolicy};

use crate::bound::Bound;
use crate::core::{Row, values};
use crate::indexing::INDEX_VERSION;
use crate::transactions::Db;

const TENANT: &str = "SELECT * FROM tenant WHERE id = $1";
const TENANTS: &str = "SELECT * FROM tenant ORDER BY created_at, id";
const INSERT_TENANT: &str = "\
INSERT INTO tenant (id, name, timezone, language, region, unlinked, created_at, index_version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const UPDATE_TENANT: &str = "\
UPDATE tenant SET name = $2, timezone = $3, language = $4, region = $5, unlinked = $6
WHERE id = $1";

const MEMBER: &str = "SELECT * FROM member WHERE tenant = $1 AND id = $2";
const MEMBERS: &str = "SELECT * FROM member WHERE tenant = $1";
const INSERT_MEMBER: &str = "\
INSERT INTO member (tenant, id, name, email, role, active, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)";
const UPDATE_MEMBER: &str = "\
UPDATE member SET name = $3, email = $4, role = $5, active = $6 WHERE tenant = $1 AND id = $2";

const CHAT_ACCOUNT: &str =
    "SELECT * FROM chat_account WHERE tenant = $1 AND network = $2 AND account = $3";
const CHAT_ACCOUNTS: &str =
    "SELECT * FROM chat_account WHERE tenant = $1 ORDER BY linked_at, network, account";
// In Tieline's own chat, people are members without linking anything.
const TENANTS_OF_ACCOUNT: &str = "\
SELECT tenant FROM chat_account WHERE network = $1 AND account = $2
UNION
SELECT tenant FROM member WHERE $1 = 'console' AND id = $2 AND active = 1
ORDER BY tenant";
const PUT_CHAT_ACCOUNT: &str = "\
INSERT INTO chat_account (tenant, network, account, name, member, linked_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant, network, account) DO UPDATE
SET name = excluded.name, member = excluded.member, linked_at = excluded.linked_at";
const DELETE_CHAT_ACCOUNT: &str =
    "DELETE FROM chat_account WHERE tenant = $1 AND network = $2 AND account = $3";

const SPACES: &str = "SELECT * FROM space WHERE tenant = $1 ORDER BY created_at, id";
const INSERT_SPACE: &str = "\
INSERT INTO space (tenant, id, name, template, created_at) VALUES ($1, $2, $3, $4, $5)";

fn unlinked_word(policy: UnlinkedPolicy) -> &'static str {
    match policy {
        UnlinkedPolicy::Nothing => "nothing",
        UnlinkedPolicy::Read => "read",
    }
}

fn parse_unlinked(word: &str) -> Option<UnlinkedPolicy> {
    [UnlinkedPolicy::Nothing, UnlinkedPolicy::Read]
        .into_iter()
        .find(|policy| unlinked_word(*policy) == word)
}

fn read_tenant(row: &Row) -> Result<Tenant, StoreError> {
    Ok(Tenant {
        id: row.parsed("id")?,
        name: row.text("name")?,
        timezone: row.text("timezone")?,
        language: row.text("language")?,
        region: row.opt_text("region")?,
        unlinked: row.word("unlinked", parse_unlinked)?,
        created_at: row.time("created_at")?,
    })
}

fn read_member(row: &Row) -> Result<Member, StoreError> {
    Ok(Member {
        id: row.parsed("id")?,
        name: row.text("name")?,
        email: row.text("email")?,
        role: row.word("role", Role::parse)?,
        active: row.flag("active")?,
        created_at: row.time("created_at")?,
    })
}

fn read_chat_account(row: &Row) -> Result<ChatAccount, StoreError> {
    Ok(ChatAccount {
        network: row.text("network")?,
        account: row.text("account")?,
        name: row.text("name")?,
        member: row.parsed("member")?,
        linked_at: row.time("linked_at")?,
    })
}

fn read_space(row: &Row) -> Result<Space, StoreError> {
    Ok(Space {
        id: row.parsed("id")?,
        name: row.text("name")?,
        template: row.text("template")?,
        created_at: row.time("created_at")?,
    })
}

pub(crate) async fn tenants(db: &Db) -> Result<Vec<Tenant>, StoreError> {
    db.rows(TENANTS, vec![]).await?.iter().map(read_tenant).collect()
}

pub(crate) async fn insert_tenant(db: &Db, tenant: &Tenant) -> Result<(), StoreError> {
    let args = values![
        &tenant.id,
        &tenant.name,
        &tenant.timezone,
        &tenant.language,
        &tenant.region,
        unlinked_word(tenant.unlinked),
        tenant.created_at,
        INDEX_VERSION,
    ];
    db.execute(INSERT_TENANT, args).await.map(|_| ())
}

pub(crate) async fn tenants_of_account(
    db: &Db,
    network: &str,
    account: &str,
) -> Result<Vec<TenantId>, StoreError> {
    let rows = db.rows(TENANTS_OF_ACCOUNT, values![network, account]).await?;
    rows.iter().map(|row| row.parsed("tenant")).collect()
}

pub(crate) async fn tenant(tx: &mut Bound) -> Result<Tenant, StoreError> {
    let found = tx.one(TENANT, vec![], read_tenant).await?;
    found.ok_or_else(|| StoreError::corrupt("tenant", "there is none with this id"))
}

pub(crate) async fn update_tenant(tx: &mut Bound, tenant: &Tenant) -> Result<(), StoreError> {
    let args = values![
        &tenant.name,
        &tenant.timezone,
        &tenant.language,
        &tenant.region,
        unlinked_word(tenant.unlinked),
    ];
    tx.execute_one("tenant", UPDATE_TENANT, args).await
}

pub(crate) async fn member(tx: &mut Bound, id: &MemberId) -> Result<Option<Member>, StoreError> {
    tx.one(MEMBER, values![id], read_member).await
}

pub(crate) async fn members(tx: &mut Bound) -> Result<Vec<Member>, StoreError> {
    let mut members = tx.all(MEMBERS, vec![], read_member).await?;
    // Sorted here, because each database has its own idea of the alphabet.
    members.sort_by_cached_key(|member| (member.name.to_lowercase(), member.id.clone()));
    Ok(members)
}

pub(crate) async fn insert_member(tx: &mut Bound, member: &Member) -> Result<(), StoreError> {
    let args = values![
        &member.id,
        &member.name,
        &member.email,
        member.role.as_str(),
        member.active,
        member.created_at,
    ];
    tx.later(INSERT_MEMBER, args).await
}

pub(crate) async fn update_member(tx: &mut Bound, member: &Member) -> Result<(), StoreError> {
    let args =
        values![&member.id, &member.name, &member.email, member.role.as_str(), member.active];
    tx.execute_one("member", UPDATE_MEMBER, args).await
}

pub(crate) async fn chat_account(
    tx: &mut Bound,
    network: &str,
    account: &str,
) -> Result<Option<ChatAccount>, StoreError> {
    tx.one(CHAT_ACCOUNT, values![network, account], read_chat_account).await
}

pub(crate) async fn chat_accounts(tx: &mut Bound) -> Result<Vec<ChatAccount>, StoreError> {
    tx.all(CHAT_ACCOUNTS, vec![], read_chat_account).await
}

pub(crate) async fn put_chat_account(
    tx: &mut Bound,
    account: &ChatAccount,
) -> Result<(), StoreError> {
    let args = values![
        &account.network,
        &account.account,
        &account.name,
        &account.member,
        account.linked_at,
    ];
    tx.later(PUT_CHAT_ACCOUNT, args).await
}

pub(crate) async fn delete_chat_account(
    tx: &mut Bound,
    network: &str,
    account: &str,
) -> Result<(), StoreError> {
    tx.later(DELETE_CHAT_ACCOUNT, values![network, account]).await
}

pub(crate) async fn spaces(tx: &mut Bound) -> Result<Vec<Space>, StoreError> {
    tx.all(SPACES, vec![], read_space).await
}

pub(crate) async fn insert_space(tx: &mut Bound, space: &Space) -> Result<(), StoreError> {
    let args = values![&space.id, &space.name, &space.template, space.created_at];
    tx.later(INSERT_SPACE, args).await
}
