//! Who asks: a program with a token, or a person with a session cookie. Whoever is neither is
//! turned away before anything of the request is looked at.
//! A removed member's tokens and sessions are worth nothing from that moment on.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::response::{IntoResponse, Response};
use crm::chat::{Author, Place};
use crm::ids::TenantId;
use crm::places::{Session, secret_hash};
use crm::tenants::Member;
use crm::{Actor, Cause, Command, Outcome, StoreError};

use crate::extract::says_json;
use crate::problem::Problem;
use crate::{Web, html};

/// The longest `Idempotency-Key`.
const IDEMPOTENCY_KEY_CHARS_MAX: usize = 200;
/// The longest secret that is worth hashing.
const SECRET_BYTES_MAX: usize = 200;

/// A member who asks through the API.
pub(crate) struct SignedIn {
    /// Their tenant.
    pub(crate) tenant: TenantId,
    /// Who, with the role they have at this moment.
    pub(crate) member: Member,
    secret_hash: String,
    by_cookie: bool,
    idempotency_key: Option<String>,
}

/// A member who looks at a page in a browser.
pub(crate) struct Visitor(pub(crate) SignedIn);

impl SignedIn {
    /// The member as the door knows them.
    pub(crate) fn actor(&self) -> Actor {
        Actor::Member { tenant: self.tenant.clone(), member: self.member.id.clone() }
    }

    /// The member as an author of the built-in chat.
    pub(crate) fn author(&self, connection: &str) -> Author {
        Author {
            network: connection.to_owned(),
            id: self.member.id.to_string(),
            name: self.member.name.clone(),
        }
    }

    /// What makes this request one of a kind: the caller's own key, or a fresh one.
    pub(crate) fn once(&self, web: &Web) -> String {
        match &self.idempotency_key {
            Some(key) => format!("api:{}:{key}", self.member.id),
            None => format!("api:{}:{}", self.member.id, web.crm.env().token()),
        }
    }

    /// Runs a command as this member, and counts how it ended.
    pub(crate) async fn run(&self, web: &Web, command: Command) -> Result<Outcome, Problem> {
        let name = crm::permissions::name(&command);
        let result = web.crm.run(&self.actor(), Cause::new(self.once(web)), command).await;
        web.metrics.command(&name, &result);
        Ok(result?)
    }

    /// Turns a program away from what lets somebody in: with it, a token could outlive itself or
    /// open pages.
    pub(crate) fn in_browser(&self) -> Result<(), Problem> {
        if self.by_cookie {
            return Ok(());
        }
        Err(Problem::forbidden(
            "A program's token makes no sign-in links and no tokens. Sign in to Tieline in a \
             browser and make one under “People”.",
        ))
    }

    /// Whether the secret still stands for this member.
    pub(crate) async fn still(&self, web: &Web) -> Result<bool, StoreError> {
        let found = session(web, &self.secret_hash, self.by_cookie).await?;
        Ok(match found {
            Some(found) => found.member == self.member.id && active(web, &found).await?.is_some(),
            None => false,
        })
    }

    /// Ends the session, if that is what the caller came with.
    pub(crate) async fn sign_out(&self, web: &Web) -> Result<(), StoreError> {
        if self.by_cookie {
            web.crm.hub().delete_session(&self.secret_hash).await?;
        }
        Ok(())
    }
}

/// A room of the built-in chat.
pub(crate) fn chat_place(web: &Web, room: &str) -> Place {
    Place::new(web.settings.chat_connection.clone(), room)
}

/// The name of the session cookie. `__Host-` binds it to this host and to HTTPS.
pub(crate) fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-tieline" } else { "tieline" }
}

/// The session cookie with this value; an empty one is forgotten at once.
pub(crate) fn cookie(secure: bool, value: &str, seconds: i64) -> String {
    let name = cookie_name(secure);
    let bound = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{bound}")
}

/// The session secret that a browser sent.
pub(crate) fn cookie_secret(headers: &HeaderMap, secure: bool) -> Option<String> {
    let name = cookie_name(secure);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(given, value)| *given == name && (1..=SECRET_BYTES_MAX).contains(&value.len()))
        .map(|(_, value)| value.to_owned())
}

fn bearer(headers: &HeaderMap) -> Option<Option<String>> {
    let given = headers.get(header::AUTHORIZATION)?;
    let secret = given.to_str().ok().and_then(|value| value.split_once(' '));
    Some(
        secret
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, secret)| secret.trim())
            .filter(|secret| (1..=SECRET_BYTES_MAX).contains(&secret.len()))
            .map(str::to_owned),
    )
}

async fn session(web: &Web, hash: &str, by_cookie: bool) -> Result<Option<Session>, StoreError> {
    let hub = web.crm.hub();
    let found = if by_cookie { hub.session(hash).await? } else { hub.api_token(hash).await? };
    Ok(found.filter(|session| session.expires_at > web.crm.env().now()))
}

/// The member of a session, unless they were removed.
pub(crate) async fn active(web: &Web, session: &Session) -> Result<Option<Member>, StoreError> {
    let actor = Actor::Member { tenant: session.tenant.clone(), member: session.member.clone() };
    let mut read = web.crm.read(&actor).await?;
    Ok(read.member(&session.member).await?.filter(|member| member.active))
}

async fn whoever(parts: &Parts, web: &Web) -> Result<Option<SignedIn>, Problem> {
    // A token that was sent and is wrong must not fall back to somebody's cookie.
    let (secret, by_cookie) = match bearer(&parts.headers) {
        Some(secret) => (secret, false),
        None => (cookie_secret(&parts.headers, web.settings.secure_cookies), true),
    };
    let Some(secret) = secret else { return Ok(None) };
    let hash = secret_hash(&secret);
    let Some(session) = session(web, &hash, by_cookie).await? else { return Ok(None) };
    let Some(member) = active(web, &session).await? else { return Ok(None) };
    Ok(Some(SignedIn {
        tenant: session.tenant,
        member,
        secret_hash: hash,
        by_cookie,
        idempotency_key: idempotency_key(&parts.headers)?,
    }))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(given) = headers.get("idempotency-key") else { return Ok(None) };
    match given.to_str().map(str::trim) {
        Ok(key) if (1..=IDEMPOTENCY_KEY_CHARS_MAX).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(Problem::unreadable(
            "An Idempotency-Key is 1 to 200 plain characters, such as a UUID.",
        )),
    }
}

impl FromRequestParts<Arc<Web>> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, Problem> {
        let who = whoever(parts, web).await?.ok_or_else(Problem::sign_in_first)?;
        let changes = !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
        // No form of another site can send JSON, so a cookie alone never changes anything.
        if changes && who.by_cookie && !says_json(&parts.headers) {
            return Err(Problem::forbidden(
                "A signed-in page sends changes with “Content-Type: application/json”, even \
                 without a body. Add the header, or use a token.",
            ));
        }
        Ok(who)
    }
}

impl FromRequestParts<Arc<Web>> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, Response> {
        match whoever(parts, web).await {
            // Pages are for people: a program's token opens none, and can link no account.
            Ok(Some(who)) if who.by_cookie => Ok(Self(who)),
            Ok(_) => Err(html::sign_in_first()),
            Err(problem) => Err(html::problem(&problem).into_response()),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_secure_cookie_is_bound_to_the_host_and_hidden_from_scripts() {
        assert_eq!(
            cookie(true, "abc", 60),
            "__Host-tieline=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(cookie(false, "", 0), "tieline=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn only_the_cookie_of_the_right_name_signs_in() {
        let check = |value: &'static str, secure, expected: Option<&str>| {
            let found = cookie_secret(&headers(header::COOKIE, value), secure);
            assert_eq!(found.as_deref(), expected, "{value}");
        };
        check("a=b; tieline=s3cret; c=d", false, Some("s3cret"));
        check("__Host-tieline=s3cret", true, Some("s3cret"));
        // Another host of the domain can set this one, so HTTPS never takes it.
        check("tieline=planted", true, None);
        check("xtieline=no; tieline=", false, None);
    }

    #[test]
    fn a_wrong_authorization_header_does_not_fall_back_to_the_cookie() {
        let check = |value: &'static str, expected: Option<&str>| {
            let found = bearer(&headers(header::AUTHORIZATION, value));
            assert_eq!(found.expect("a header").as_deref(), expected, "{value}");
        };
        check("Bearer abc", Some("abc"));
        check("bearer  abc", Some("abc"));
        check("Basic abc", None);
        check("Bearer ", None);
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
