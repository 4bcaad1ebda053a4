//! A client of the gateway that does what a test says, also what no client should do.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::Scene;

/// Guilds, their messages, direct messages, and the words of them.
pub const USUAL: u64 = 1 | 1 << 9 | 1 << 12 | 1 << 15;

/// What came over the socket.
#[derive(Debug, PartialEq)]
pub enum Came {
    Payload(Value),
    Closed(u16),
    /// The connection ended without a word.
    Gone,
}

pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects, and reads HELLO.
    pub async fn open(scene: &Scene) -> Result<Self> {
        let mut socket = Self::open_with(scene, "v=10&encoding=json").await?;
        let hello = socket.payload().await?;
        assert_eq!(hello["op"], 10, "{hello}");
        Ok(socket)
    }

    pub async fn open_with(scene: &Scene, query: &str) -> Result<Self> {
        let url = format!("{}/?{query}", scene.discord.gateway_url());
        Ok(Self(connect_async(url).await?.0))
    }

    /// Connects, identifies, and reads READY, which it gives back.
    pub async fn ready(scene: &Scene, intents: u64) -> Result<(Self, Value)> {
        let mut socket = Self::open(scene).await?;
        socket.identify(&scene.discord.token(), intents, (0, 1)).await?;
        let ready = socket.event("READY").await?;
        Ok((socket, ready))
    }

    pub async fn send(&mut self, op: u64, data: Value) -> Result<()> {
        let text = json!({ "op": op, "d": data }).to_string();
        Ok(self.0.send(Message::Text(text.into())).await?)
    }

    pub async fn identify(&mut self, token: &str, intents: u64, shard: (u64, u64)) -> Result<()> {
        let properties = json!({ "os": "linux", "browser": "tests", "device": "tests" });
        let data = json!({
            "token": token, "intents": intents, "properties": properties,
            "shard": [shard.0, shard.1],
        });
        self.send(2, data).await
    }

    pub async fn resume(&mut self, scene: &Scene, session: &Value, seq: &Value) -> Result<()> {
        let token = scene.discord.token();
        self.send(6, json!({ "token": token, "session_id": session, "seq": seq })).await
    }

    pub async fn next(&mut self) -> Result<Came> {
        let wait = Duration::from_secs(20);
        let came = tokio::time::timeout(wait, self.0.next()).await.context("nothing came")?;
        Ok(match came {
            Some(Ok(Message::Text(text))) => Came::Payload(serde_json::from_str(&text)?),
            Some(Ok(Message::Close(frame))) => {
                Came::Closed(frame.map_or(1005, |frame| frame.code.into()))
            }
            Some(Ok(other)) => bail!("what is {other:?}?"),
            Some(Err(_)) | None => Came::Gone,
        })
    }

    pub async fn payload(&mut self) -> Result<Value> {
        match self.next().await? {
            Came::Payload(payload) => Ok(payload),
            other => bail!("{other:?} and no payload"),
        }
    }

    /// With what code the socket is closed next.
    pub async fn closed(&mut self) -> Result<u16> {
        match self.next().await? {
            Came::Closed(code) => Ok(code),
            other => bail!("{other:?} and not closed"),
        }
    }

    /// The next payload, which has to be this event.
    pub async fn event(&mut self, name: &str) -> Result<Value> {
        let payload = self.payload().await?;
        assert_eq!(payload["t"], name, "{payload:#}");
        Ok(payload)
    }

    /// Whether nothing more comes.
    pub async fn is_quiet(&mut self) -> bool {
        tokio::time::timeout(Duration::from_millis(150), self.0.next()).await.is_err()
    }

    /// Breaks the connection without a word.
    pub fn drop_line(self) {
        drop(self);
    }
}
