//! Uploads a file that is to be imported. The body is the file itself, of any type, and is kept
//! piece by piece as it comes; nothing becomes of it yet.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::{AddImportChunk, BeginImport, FinishUpload};
use crm::ids::ImportId;
use crm::imports::uploads::Uploading;
use crm::{Cause, Command, Outcome};
use data_encoding::BASE64;
use futures::StreamExt;
use serde::Deserialize;

use crate::Web;
use crate::extract::Asked;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// What the file is called.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Called {
    /// Its name (`people.csv`).
    name: Option<String>,
}

/// Uploads a file, as the body of the request; `data.import` is the import's id. Show it next, for
/// what it looks like and where its columns would go.
#[utoipa::path(
    post,
    path = "/imports",
    operation_id = "upload_import",
    tag = "imports",
    params(Called),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, description = "It is kept.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Asked(asked): Asked<Called>,
    body: Body,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let name = asked.name.unwrap_or_default();
    let begun = who.run(&web, Command::BeginImport(BeginImport { name })).await?;
    let import: ImportId = serde_json::from_value(begun.data["import"].clone())
        .map_err(|_| Problem::unreadable("Something else was done with this key. Use another."))?;
    if begun.repeated {
        return Ok((StatusCode::CREATED, Json(begun)));
    }
    let most = web.settings.import_bytes_max;
    let mut uploading = Uploading::default();
    let (mut number, mut bytes) = (0, 0);
    let mut body = body.into_data_stream();
    while let Some(part) = body.next().await {
        let part =
            part.map_err(|_| Problem::unreadable("The upload broke off. Send the file again."))?;
        bytes += part.len() as u64;
        if bytes > most {
            return Err(Problem::file_too_large(most));
        }
        for chunk in uploading.push(&part) {
            number = keep(&web, &who, &import, number, &chunk).await?;
        }
    }
    let (last, upload) = uploading.finish();
    for chunk in last {
        number = keep(&web, &who, &import, number, &chunk).await?;
    }
    let cause = Cause::new(format!("import:{import}:whole"));
    let finish = Command::FinishUpload(FinishUpload { import, upload });
    let outcome = web.crm.run(&who.actor(), cause, finish).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}

/// Keeps a piece, and gives the number of the next.
async fn keep(
    web: &Web,
    who: &SignedIn,
    import: &ImportId,
    number: i64,
    chunk: &[u8],
) -> Result<i64, Problem> {
    let cause = Cause::new(format!("import:{import}:{number}"));
    let content = BASE64.encode(chunk);
    let add = AddImportChunk { import: import.clone(), number, content };
    web.crm.run(&who.actor(), cause, Command::AddImportChunk(add)).await?;
    Ok(number + 1)
}
