//! The rows that an import did not take, as a file: as they came, with their number and why. Put
//! right, it can be imported itself.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use crm::imports::errors::ErrorFile;
use serde::Deserialize;
use tokio_stream::wrappers::ReceiverStream;

use super::own;
use crate::Web;
use crate::extract::{Asked, At};
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// Which run.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Of {
    /// Of the dry run; of the import itself when left out.
    #[serde(default)]
    dry_run: bool,
}

/// Gives the rows that were not taken, as CSV with the columns of the file, `Row` and `Reason`.
#[utoipa::path(
    get,
    path = "/imports/{id}/errors.csv",
    operation_id = "import_errors",
    tag = "imports",
    params(("id" = String, Path, description = "The import's id"), Of),
    responses((status = 200, description = "The rows.", body = String, content_type = "text/csv"), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Asked(asked): Asked<Of>,
) -> Result<Response, Problem> {
    let import = own(web.crm.read(&who.actor()).await?.as_mut(), &who, &given).await?;
    let mut file = ErrorFile::new(&import, asked.dry_run);
    let (send, receive) = tokio::sync::mpsc::channel::<Result<String, std::io::Error>>(4);
    let actor = who.actor();
    tokio::spawn(async move {
        let _ = send.send(Ok(file.beginning())).await;
        loop {
            let part = match web.crm.read(&actor).await {
                Ok(mut read) => file.next(read.as_mut()).await,
                Err(error) => Err(error),
            };
            let sent = match part {
                Ok(None) => return,
                Ok(Some(text)) => send.send(Ok(text)).await,
                Err(error) => {
                    let _ = send.send(Err(std::io::Error::other(error))).await;
                    return;
                }
            };
            if sent.is_err() {
                return;
            }
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"errors.csv\""),
    ];
    Ok((headers, Body::from_stream(ReceiverStream::new(receive))).into_response())
}
