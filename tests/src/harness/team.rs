//! A team with a running Tieline: a workspace, an owner and a member with tokens, and rooms of
//! the built-in chat that are bound. Stories begin here.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::PATIENCE;
use super::api::Api;
use super::folder::Folder;
use super::postgres::Postgres;
use super::tieline::Tieline;

/// Which database Tieline keeps everything in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// One file beside the program.
    Sqlite,
    /// A server.
    Postgres,
}

/// Runs a story on both databases, one after the other.
///
/// # Errors
/// The story's own.
pub async fn on_both<F>(story: impl Fn(Database) -> F) -> Result<()>
where
    F: Future<Output = Result<()>>,
{
    for database in [Database::Sqlite, Database::Postgres] {
        story(database).await.with_context(|| format!("on {database:?}"))?;
    }
    Ok(())
}

/// A team with a running Tieline.
pub struct Team {
    /// The program.
    pub tieline: Tieline,
    /// The owner, Rosa.
    pub rosa: Api,
    /// A member, Imre.
    pub imre: Api,
    /// Where the database is, as a URL.
    pub database_url: String,
    /// Rosa in a browser: signed in by a cookie.
    pub browser: Api,
    /// The database server, where there is one.
    pub server: Option<Arc<Postgres>>,
    _folder: Folder,
}

impl Team {
    /// A team whose Tieline runs.
    ///
    /// # Errors
    /// When a server or the program does not start.
    pub async fn start(database: Database) -> Result<Self> {
        Self::start_with(database, "", &[], None).await
    }

    /// A team whose Tieline runs with these connections in its configuration, made with these
    /// further arguments of `init`; `program` takes the place of the built one.
    ///
    /// # Errors
    /// When a server or the program does not start.
    pub async fn start_with(
        database: Database,
        connections: &str,
        init: &[&str],
        program: Option<PathBuf>,
    ) -> Result<Self> {
        let folder = Folder::new("team")?;
        let (database_url, server) = match database {
            Database::Sqlite => {
                (format!("sqlite:{}", folder.path().join("tieline.db").display()), None)
            }
            Database::Postgres => {
                let server = Postgres::shared()?;
                (server.fresh_database()?, Some(server))
            }
        };
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:{{port}}\"\npublic_url = \"http://127.0.0.1:{{port}}\"\n\
             [database]\nurl = \"{database_url}\"\nfolder = \"{{dir}}/data\"\n\
             [log]\nlevel = \"info\"\n{connections}"
        );
        let mut tieline = Tieline::new(folder.path(), &config)?.program(program);
        let mut args = vec![
            "init",
            "--name",
            "Northwind",
            "--owner",
            "Rosa Keller",
            "--email",
            "rosa@northwind.example",
        ];
        args.extend(init);
        let sign_in = tieline.command(&args).await?.expect_success();
        let token = tieline.command(&["token", "create", "rosa@northwind.example"]).await?;
        let token = token.expect_success();
        tieline.start().await?;
        let rosa = tieline.api().with_token(token.trim());
        rosa.post(
            "/api/v1/members",
            json!({ "name": "Imre Nagy", "email": "imre@northwind.example", "role": "member" }),
        )
        .await
        .expect_status(201);
        tieline.stop()?;
        let token = tieline.command(&["token", "create", "imre@northwind.example"]).await?;
        let token = token.expect_success();
        tieline.start().await?;
        let imre = tieline.api().with_token(token.trim());
        let browser = browser(tieline.api(), &sign_in).await?;
        Ok(Self { tieline, browser, rosa, imre, database_url, server, _folder: folder })
    }

    /// Makes a record and gives it back.
    pub async fn record(&self, body: Value) -> Value {
        let made = self.rosa.post("/api/v1/records", body).await.expect_status(201);
        let id = made["data"]["record"].as_str().expect("an id").to_owned();
        let shown = self.rosa.get(&format!("/api/v1/records/{id}")).await.expect_status(200);
        shown["record"].clone()
    }

    /// Acme with one open deal, as most stories want it. Gives the deal's key.
    pub async fn acme(&self) -> String {
        let acme = self
            .record(json!({
                "blueprint": "company", "title": "Acme Inc.",
                "identities": [{ "kind": "domain", "value": "acme.example" }],
            }))
            .await;
        let deal = self
            .record(json!({
                "blueprint": "deal", "title": "Acme annual plan",
                "values": { "value": { "amount": "12000", "currency": "EUR" } },
            }))
            .await;
        let key = deal["key"].as_str().expect("a key").to_owned();
        self.rosa
            .post(
                &format!("/api/v1/records/{key}/links"),
                json!({ "to": acme["id"], "kind": "customer" }),
            )
            .await
            .expect_status(201);
        key
    }

    /// A one-time code for binding a room.
    pub async fn bind_code(&self) -> String {
        let taken = self.rosa.post("/api/v1/places/bind-codes", json!({})).await.expect_status(201);
        taken["code"].as_str().expect("a code").to_owned()
    }

    /// An open room of the built-in chat.
    pub async fn room(&self, name: &str) -> Room {
        let opened =
            self.rosa.post("/api/v1/chat/places", json!({ "name": name })).await.expect_status(201);
        Room { name: opened["data"]["place"]["room"].as_str().expect("a room").to_owned() }
    }
}

/// Opens a sign-in link as a browser would, and gives the browser that is signed in.
async fn browser(api: &Api, link: &str) -> Result<Api> {
    let path = link.trim().strip_prefix(api.base()).context("the link leads to Tieline")?;
    let origin = api.with_header("origin", api.base());
    let reply = origin.send(reqwest::Method::POST, path, None).await?;
    let cookie = reply.header("set-cookie").and_then(|cookie| cookie.split(';').next());
    Ok(origin.with_header("cookie", cookie.context("signing in sets a cookie")?))
}

/// What a message says.
pub fn text(message: &Value) -> &str {
    message["content"]["text"].as_str().or(message["text"].as_str()).unwrap_or_default()
}

/// The cards of a message, by title.
pub fn card_titles(message: &Value) -> Vec<&str> {
    message["content"]["cards"]
        .as_array()
        .map(|cards| cards.iter().filter_map(|card| card["title"].as_str()).collect())
        .unwrap_or_default()
}

/// The value of a fact on a message's first card.
pub fn card_fact<'m>(message: &'m Value, name: &str) -> Option<&'m str> {
    message["content"]["cards"][0]["facts"]
        .as_array()?
        .iter()
        .find(|fact| fact["name"] == name)?["value"]
        .as_str()
}

/// The token of a button that says this.
pub fn button(message: &Value, label: &str) -> Option<String> {
    message["content"]["choices"]
        .as_array()?
        .iter()
        .find(|choice| choice["label"] == label)?["token"]
        .as_str()
        .map(str::to_owned)
}

/// A room of the built-in chat.
pub struct Room {
    /// Its name.
    pub name: String,
}

impl Room {
    /// Says something as somebody, and gives the message's id.
    pub async fn say(&self, who: &Api, words: &str) -> String {
        self.say_with(who, json!({ "text": words })).await
    }

    /// Says something in a thread or in answer to something.
    pub async fn say_with(&self, who: &Api, message: Value) -> String {
        let path = format!("/api/v1/chat/places/{}/messages", self.name);
        let taken = who.post(&path, message).await.expect_status(202);
        taken["id"].as_str().expect("an id").to_owned()
    }

    /// Presses a button.
    pub async fn press(&self, who: &Api, token: &str) {
        let path = format!("/api/v1/chat/places/{}/press", self.name);
        who.post(&path, json!({ "token": token })).await.expect_status(202);
    }

    /// Everything that was said, oldest first.
    pub async fn messages(&self, who: &Api) -> Vec<Value> {
        let path = format!("/api/v1/chat/places/{}/messages?limit=100", self.name);
        who.get(&path).await.expect_status(200)["messages"].as_array().cloned().unwrap_or_default()
    }

    /// Waits until what was said is so.
    ///
    /// # Errors
    /// When it does not become so; tells what was said.
    pub async fn wait(&self, who: &Api, so: impl Fn(&[Value]) -> bool) -> Result<Vec<Value>> {
        let began = Instant::now();
        loop {
            let said = self.messages(who).await;
            if so(&said) {
                return Ok(said);
            }
            if began.elapsed() > PATIENCE {
                bail!("it did not come to be; said was:\n{}", serde_json::to_string_pretty(&said)?);
            }
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    }

    /// Waits for a message that is like this, and gives the newest.
    ///
    /// # Errors
    /// When none comes.
    pub async fn wait_for(&self, who: &Api, like: impl Fn(&Value) -> bool) -> Result<Value> {
        let said = self.wait(who, |said| said.iter().any(&like)).await?;
        said.into_iter().rev().find(&like).context("it was there a moment ago")
    }
}
