//! How questions travel: a client that follows no redirects, waits no longer than it is told, and
//! reads no more than an answer can be. The model's server may be anybody's.

use std::time::Duration;

use axum::body::Bytes;
use reqwest::redirect::Policy;
use rig_core::http_client::{
    Error, HttpClientExt, LazyBody, MultipartForm, Request, Response, Result, StreamingResponse,
};
use rig_core::wasm_compat::WasmCompatSend;

/// How much of an answer is read, with all that a server writes around it.
const BYTES_MAX: usize = 1024 * 1024;
/// How long a server gets to take a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// The client.
#[derive(Clone)]
pub(super) struct Bounded(reqwest::Client);

/// What this client does not do, or does not read.
#[derive(Debug, thiserror::Error)]
enum Unread {
    #[error("the answer is longer than any answer")]
    TooLong,
    #[error("only plain questions are asked")]
    NotPlain,
}

impl Bounded {
    /// A client that gives up after this time.
    pub(super) fn new(timeout: Duration) -> reqwest::Result<Self> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the module that sets the timeouts of the only client there is"
        )]
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(timeout)
            .redirect(Policy::none())
            .user_agent(concat!("tieline/", env!("CARGO_PKG_VERSION")))
            .build();
        client.map(Self)
    }
}

/// As much as an answer can be; what is longer is none.
async fn body(mut response: reqwest::Response) -> Result<Bytes> {
    let mut read = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Error::instance)? {
        if read.len() + chunk.len() > BYTES_MAX {
            return Err(Error::instance(Unread::TooLong));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read.into())
}

impl HttpClientExt for Bounded {
    fn send<T, U>(
        &self,
        request: Request<T>,
    ) -> impl Future<Output = Result<Response<LazyBody<U>>>> + WasmCompatSend + 'static
    where
        T: Into<Bytes> + WasmCompatSend,
        U: From<Bytes> + WasmCompatSend + 'static,
    {
        let (parts, sent) = request.into_parts();
        let sent: Bytes = sent.into();
        let request = self.0.request(parts.method, parts.uri.to_string());
        let request = request.headers(parts.headers).body(sent);
        async move {
            let answered = request.send().await.map_err(Error::instance)?;
            let (status, headers) = (answered.status(), answered.headers().clone());
            let read = body(answered).await?;
            if !status.is_success() {
                let told = String::from_utf8_lossy(&read).into_owned();
                return Err(Error::non_success_with_details(status, headers, told));
            }
            let read: LazyBody<U> = Box::pin(async move { Ok(U::from(read)) });
            let mut response = Response::new(read);
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response)
        }
    }

    fn send_multipart<U>(
        &self,
        _: Request<MultipartForm>,
    ) -> impl Future<Output = Result<Response<LazyBody<U>>>> + WasmCompatSend + 'static
    where
        U: From<Bytes> + WasmCompatSend + 'static,
    {
        std::future::ready(Err(Error::instance(Unread::NotPlain)))
    }

    fn send_streaming<T>(
        &self,
        _: Request<T>,
    ) -> impl Future<Output = Result<StreamingResponse>> + WasmCompatSend
    where
        T: Into<Bytes> + WasmCompatSend,
    {
        std::future::ready(Err(Error::instance(Unread::NotPlain)))
    }
}
