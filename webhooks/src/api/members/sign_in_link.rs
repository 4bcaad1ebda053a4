//! Makes a one-time link that signs a member in, so that whoever runs Tieline need not stop it to
//! let a colleague in. Only the hash of its code is stored, and the link is shown this once.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Duration, Utc};
use crm::Refusal;
use crm::permissions::{Action, Part, Relation, allowed, refusal};
use crm::places::{Session, secret_hash};
use crm::tenants::Member;
use serde::Serialize;

use crate::Web;
use crate::api::{id, nothing};
use crate::extract::At;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// How long the link can be used.
const LINK_HOURS: i64 = 24;

/// A one-time link.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SignInLink {
    /// What to open in the browser that is to be signed in.
    url: String,
    /// After this it is worth nothing.
    expires_at: DateTime<Utc>,
}

/// Makes a one-time link that signs a member in.
///
/// Everybody may make one for themselves, and an administrator for whoever has no higher role.
#[utoipa::path(
    post,
    path = "/members/{id}/sign-in-link",
    operation_id = "make_sign_in_link",
    tag = "members",
    params(("id" = String, Path, description = "The member's id")),
    responses((status = 201, description = "The link.", body = SignInLink), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Result<(StatusCode, Json<SignInLink>), Problem> {
    who.in_browser()?;
    let member = id(&given, "member")?;
    let found = web.crm.read(&who.actor()).await?.member(&member).await?;
    let found = found.ok_or_else(|| nothing("member", &given))?;
    may_let_in(&who.member, &found)?;
    let env = web.crm.env();
    let code = env.token();
    let mut url = web.settings.public_url.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(["sign-in", &code]);
    }
    let expires_at = env.now() + Duration::hours(LINK_HOURS);
    let session = Session { tenant: who.tenant.clone(), member: found.id.clone(), expires_at };
    web.crm.hub().insert_sign_in(&secret_hash(&code), &session).await?;
    tracing::info!(by = %who.member.id, member = %found.id, "made a sign-in link");
    Ok((StatusCode::CREATED, Json(SignInLink { url: url.into(), expires_at })))
}

/// Nobody gets in as somebody who may do more than themselves.
fn may_let_in(who: &Member, member: &Member) -> Result<(), Refusal> {
    let part = Part::Member(who.role);
    if who.id != member.id && !allowed(part, Action::Administer, Relation::None) {
        return Err(refusal(part, Action::Administer, Relation::None));
    }
    if member.role > who.role {
        return Err(Refusal::forbidden(format!(
            "{} may do more here than you, so you cannot make a sign-in link for them. Ask \
             somebody with the role “{}”.",
            member.name,
            member.role.as_str()
        )));
    }
    if !member.active {
        return Err(Refusal::gone(format!(
            "{} was removed, so no link would let them in. Make them a member again first.",
            member.name
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crm::Env;
    use crm::ids::MemberId;
    use crm::tenants::Role;

    use super::*;

    fn member(role: Role) -> Member {
        let env = Env::system();
        Member {
            id: MemberId::fresh(&env),
            name: "Rosa".to_owned(),
            email: "rosa@example.org".to_owned(),
            role,
            active: true,
            created_at: env.now(),
        }
    }

    #[test]
    fn nobody_lets_in_whoever_may_do_more_than_themselves() {
        let check = |who: Role, other: Role, expected| {
            let result = may_let_in(&member(who), &member(other));
            assert_eq!(result.is_ok(), expected, "{who:?} for {other:?}");
        };
        check(Role::Owner, Role::Owner, true);
        check(Role::Admin, Role::Admin, true);
        check(Role::Admin, Role::Viewer, true);
        check(Role::Admin, Role::Owner, false);
        check(Role::Member, Role::Viewer, false);
        check(Role::Viewer, Role::Viewer, false);
    }

    #[test]
    fn everybody_lets_themselves_in_and_nobody_a_removed_member() {
        let mut me = member(Role::Viewer);
        assert!(may_let_in(&me, &me.clone()).is_ok());
        me.active = false;
        let removed = may_let_in(&member(Role::Owner), &me).expect_err("was removed");
        assert!(removed.message.contains("again first"), "{}", removed.message);
    }
}
