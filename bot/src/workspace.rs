//! Making a workspace: a tenant with its owner and a CRM space; and what is handed to people
//! to get in, a one-time sign-in link or a token for a program.

use anyhow::{Result, bail};
use chrono::TimeDelta;
use crm::commands::{AddMember, Command, CreateSpace, IssueApiToken};
use crm::ids::{MemberId, TenantId};
use crm::places::{Session, secret_hash};
use crm::tenants::{Role, Tenant, UnlinkedPolicy};
use crm::{Actor, Cause, Crm};
use url::Url;

/// How long a sign-in link works.
pub const SIGN_IN_MINUTES: i64 = 15;
/// How long a token works when nothing else is asked for.
pub const TOKEN_DAYS: i64 = 90;

/// What a new workspace is to be like.
pub struct NewWorkspace {
    /// Its name.
    pub name: String,
    /// Its time zone.
    pub timezone: String,
    /// Its country, for phone numbers.
    pub region: Option<String>,
    /// What people without a linked account may do.
    pub unlinked: UnlinkedPolicy,
    /// The owner's name.
    pub owner: String,
    /// The owner's address.
    pub email: String,
}

/// Makes a workspace.
///
/// # Errors
/// When the time zone is not one, the owner is no person, or the store fails.
pub async fn make(crm: &Crm, new: NewWorkspace) -> Result<(TenantId, MemberId)> {
    if new.timezone.parse::<chrono_tz::Tz>().is_err() {
        bail!("“{}” is no time zone. Write one like Europe/Berlin or UTC.", new.timezone);
    }
    let env = crm.env();
    let tenant = Tenant {
        id: TenantId::fresh(env),
        name: new.name.clone(),
        timezone: new.timezone,
        language: "en".to_owned(),
        region: new.region,
        unlinked: new.unlinked,
        created_at: env.now(),
    };
    crm.hub().insert_tenant(&tenant).await?;
    let system = Actor::System { tenant: tenant.id.clone() };
    let owner = AddMember { name: new.owner, email: new.email, role: Role::Owner };
    let owner = add_member(crm, &system, owner).await?;
    let space = CreateSpace { name: "CRM".to_owned(), template: "crm".to_owned() };
    crm.run(&system, Cause::new("workspace:space"), Command::CreateSpace(space)).await?;
    Ok((tenant.id, owner))
}

/// Makes a space from a template in the tenant of this name; with one tenant only, it need not be
/// named. Gives what to say about it.
///
/// # Errors
/// When there is no such workspace or template, or the store fails.
pub async fn space(
    crm: &Crm,
    workspace: Option<&str>,
    name: String,
    template: String,
) -> Result<String> {
    let tenants = crm.hub().tenants().await?;
    let tenant = match (workspace, tenants.as_slice()) {
        (_, []) => bail!("There is no workspace yet. Make one with `tieline init`."),
        (None, [only]) => only,
        (None, _) => bail!("There are several workspaces. Say which, with --workspace NAME."),
        (Some(wanted), all) => {
            let found = all.iter().find(|t| t.name.to_lowercase() == wanted.to_lowercase());
            match found {
                Some(tenant) => tenant,
                None => bail!("There is no workspace called “{wanted}”."),
            }
        }
    };
    let cause = Cause::new(format!("workspace:space:{}", crm.env().token()));
    let actor = Actor::System { tenant: tenant.id.clone() };
    let space = CreateSpace { name, template };
    Ok(crm.run(&actor, cause, Command::CreateSpace(space)).await?.said)
}

/// Adds a member and gives their id.
///
/// # Errors
/// When they are one already, or the store fails.
pub async fn add_member(crm: &Crm, actor: &Actor, member: AddMember) -> Result<MemberId> {
    let cause = Cause::new(format!("workspace:member:{}", crm.env().token()));
    let outcome = crm.run(actor, cause, Command::AddMember(member)).await?;
    Ok(serde_json::from_value(outcome.data["member"].clone())?)
}

/// The member with this address; with one tenant only, the tenant need not be named.
///
/// # Errors
/// When there is no workspace, or nobody of that address.
pub async fn member_of_address(crm: &Crm, email: &str) -> Result<(TenantId, MemberId)> {
    let tenants = crm.hub().tenants().await?;
    if tenants.is_empty() {
        bail!("There is no workspace yet. Make one with `tieline init`.");
    }
    for tenant in &tenants {
        let members = crm.hub().read(&tenant.id).await?.members().await?;
        if let Some(member) =
            members.into_iter().find(|m| m.active && m.email == email.to_lowercase())
        {
            return Ok((tenant.id.clone(), member.id));
        }
    }
    bail!("Nobody here has the address {email}.")
}

/// A link that signs somebody in, once, within a quarter of an hour.
///
/// # Errors
/// When the store fails.
pub async fn sign_in_link(
    crm: &Crm,
    public_url: &Url,
    tenant: TenantId,
    member: MemberId,
) -> Result<Url> {
    let code = crm.env().token();
    let expires_at = crm.env().now() + TimeDelta::minutes(SIGN_IN_MINUTES);
    let session = Session { tenant, member, expires_at };
    crm.hub().insert_sign_in(&secret_hash(&code), &session).await?;
    Ok(public_url.join(&format!("sign-in/{code}"))?)
}

/// A token with which a program acts as a member. It is shown this once.
///
/// # Errors
/// When the store fails.
pub async fn token(
    crm: &Crm,
    tenant: TenantId,
    member: MemberId,
    name: &str,
    days: i64,
) -> Result<String> {
    let secret = format!("tl_{}{}", crm.env().token(), crm.env().token());
    let issue = IssueApiToken {
        member,
        name: name.to_owned(),
        secret_hash: secret_hash(&secret),
        expires_at: crm.env().now() + TimeDelta::days(days.clamp(1, 3650)),
    };
    let cause = Cause::new(format!("token:{}", crm.env().token()));
    crm.run(&Actor::System { tenant }, cause, Command::IssueApiToken(issue)).await?;
    Ok(secret)
}
