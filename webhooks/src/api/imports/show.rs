//! Shows an import: what its file looks like, where its columns would go, and how far it is.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::Error;
use crm::ids::JobId;
use crm::imports::Import;
use crm::imports::look_at;
use crm::imports::mapping::{Suggestion, suggest};
use crm::imports::tables::{Encoding, Format, Layout, PreviewRow, Table};
use crm::jobs::Job;
use crm::ports::Read;
use serde::{Deserialize, Serialize};

use super::own;
use crate::Web;
use crate::extract::{Asked, At};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// What to take the file for, where what is found in it is wrong.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct As {
    /// What its rows become, for suggestions: `person` when left out.
    blueprint: Option<String>,
    /// The format.
    format: Option<Format>,
    /// The encoding: `utf-8` or `windows-1252`.
    encoding: Option<Encoding>,
    /// What stands between cells.
    delimiter: Option<String>,
    /// Whether the first row names the columns.
    header: Option<bool>,
}

/// An import and what its file looks like.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ImportShown {
    /// The import.
    import: Import,
    /// How the file is read; none when it cannot be.
    table: Option<Table>,
    /// Its first rows.
    preview: Vec<PreviewRow>,
    /// What was guessed, in sentences.
    notes: Vec<String>,
    /// Why nothing can be read.
    problem: Option<String>,
    /// Where its columns would go.
    suggestions: Vec<Suggestion>,
    /// The last dry run: how far it is, and what would become of the rows.
    check: Option<Job>,
    /// The import itself: how far it is, and what became of the rows.
    run: Option<Job>,
    /// Taking it back: how far that is, and what stayed and why.
    revert: Option<Job>,
}

/// Shows an import, with the first rows of its file and suggestions for a mapping.
#[utoipa::path(
    get,
    path = "/imports/{id}",
    operation_id = "show_import",
    tag = "imports",
    params(("id" = String, Path, description = "The import's id"), As),
    responses((status = 200, description = "The import.", body = ImportShown), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Asked(asked): Asked<As>,
) -> Answer<ImportShown> {
    let mut read = web.crm.read(&who.actor()).await?;
    let read = read.as_mut();
    let import = own(read, &who, &given).await?;
    let check = job(read, &import.check_job).await?;
    let run = job(read, &import.run_job).await?;
    let revert = job(read, &import.revert_job).await?;
    let layout = Layout {
        format: asked.format,
        encoding: asked.encoding,
        delimiter: asked.delimiter,
        header: asked.header,
    };
    let name = asked.blueprint.as_deref().unwrap_or("person");
    let blueprint = read.blueprints().await?.into_iter().find(|one| one.is_called(name));
    let mut shown = ImportShown {
        table: None,
        preview: Vec::new(),
        notes: Vec::new(),
        problem: None,
        suggestions: Vec::new(),
        check,
        run,
        revert,
        import,
    };
    match look_at(read, &shown.import, &layout).await {
        Ok(look) => {
            shown.suggestions =
                blueprint.map(|blueprint| suggest(&look, &blueprint)).unwrap_or_default();
            shown.table = Some(look.table);
            shown.preview = look.preview;
            shown.notes = look.notes;
        }
        Err(Error::Refused(refusal)) => shown.problem = Some(refusal.message),
        Err(Error::Store(error)) => return Err(error.into()),
    }
    Ok(Json(shown))
}

async fn job(read: &mut dyn Read, id: &Option<JobId>) -> Result<Option<Job>, Problem> {
    match id {
        Some(id) => Ok(read.job(id).await?),
        None => Ok(None),
    }
}
