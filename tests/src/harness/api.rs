//! A small client for anything that speaks JSON over HTTP.
//!
//! Tests say which status they expect, and a surprise shows the whole answer.
//! Redirects are not followed and proxies are not used: a test sees exactly
//! what the server said.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde::Serialize;
use serde_json::Value;

use super::PATIENCE;

/// A server, and who is asking.
#[derive(Debug, Clone)]
pub struct Api {
    http: reqwest::Client,
    base: String,
    headers: Vec<(String, String)>,
}

impl Api {
    /// An anonymous caller of the server at `base`, such as `http://127.0.0.1:8080`.
    pub fn new(base: impl Into<String>) -> Result<Self> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the tests' one HTTP client; it calls loopback alone"
        )]
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()?;
        let base: String = base.into();
        Ok(Self { http, base: base.trim_end_matches('/').to_owned(), headers: Vec::new() })
    }

    /// The same server, asked by the holder of a bearer token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        self.with_header("authorization", &format!("Bearer {token}"))
    }

    /// The same server, asked with one more header (a cookie, a signature).
    #[must_use]
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.retain(|(known, _)| known != name);
        other.headers.push((name.to_owned(), value.to_owned()));
        other
    }

    /// Where the server is.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// GET; panics when the server cannot be reached.
    pub async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, None).await
    }

    /// POST with a JSON body; panics when the server cannot be reached.
    pub async fn post(&self, path: &str, body: impl Serialize) -> Reply {
        self.call(Method::POST, path, json(body)).await
    }

    /// PUT with a JSON body; panics when the server cannot be reached.
    pub async fn put(&self, path: &str, body: impl Serialize) -> Reply {
        self.call(Method::PUT, path, json(body)).await
    }

    /// As [`Self::put`], and asked again for a while when there is no answer: for what counts once
    /// however often it is asked, as a Matrix message with its transaction id does. A server may
    /// close an idle connection just when the next request leaves on it.
    ///
    /// # Errors
    /// When the server answers nothing for all of [`PATIENCE`].
    pub async fn put_until_answered(&self, path: &str, body: impl Serialize) -> Result<Reply> {
        let body = json(body);
        let began = Instant::now();
        loop {
            match self.send(Method::PUT, path, body.clone()).await {
                Ok(reply) => return Ok(reply),
                Err(error) if began.elapsed() > PATIENCE => return Err(error),
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// PATCH with a JSON body; panics when the server cannot be reached.
    pub async fn patch(&self, path: &str, body: impl Serialize) -> Reply {
        self.call(Method::PATCH, path, json(body)).await
    }

    /// DELETE; panics when the server cannot be reached.
    pub async fn delete(&self, path: &str) -> Reply {
        self.call(Method::DELETE, path, None).await
    }

    /// POST with a file as the body; panics when the server cannot be reached.
    pub async fn upload(&self, path: &str, file: Vec<u8>) -> Reply {
        let mut request = self.http.post(format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let asked = format!("POST {path}");
        // A large file on a busy machine takes its time.
        let patience = 10 * PATIENCE;
        let response = match request.timeout(patience).body(file).send().await {
            Ok(response) => response,
            Err(error) => panic!("{} did not answer: {error:#}", self.base),
        };
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap_or_default();
        Reply { status, headers, text, asked }
    }

    /// Any request, with an error instead of a panic when the server cannot be reached.
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Result<Reply> {
        let asked = format!("{method} {path}");
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.with_context(|| asked.clone())?;
        Ok(Reply {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await.with_context(|| asked.clone())?,
            asked,
        })
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        match self.send(method, path, body).await {
            Ok(reply) => reply,
            Err(error) => panic!("{} did not answer: {error:#}", self.base),
        }
    }
}

fn json(body: impl Serialize) -> Option<Value> {
    Some(serde_json::to_value(body).expect("a test's request body is JSON"))
}

/// What the server answered.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
    asked: String,
}

impl Reply {
    /// The JSON body (`null` when empty) of an answer that must have this status.
    #[track_caller]
    pub fn expect_status(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{} answered {}", self.asked, self.text);
        self.json()
    }

    /// The body as JSON, `null` when empty.
    #[track_caller]
    pub fn json(&self) -> Value {
        if self.text.is_empty() {
            return Value::Null;
        }
        match serde_json::from_str(&self.text) {
            Ok(value) => value,
            Err(error) => panic!("{} answered no JSON ({error}): {}", self.asked, self.text),
        }
    }

    /// One header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
