//! Exports records as a file: those that a filter lists, in its order, with chosen columns. They
//! are read and written page by page, so that an export of any size needs little memory; records
//! that change meanwhile are shown as they are when their page is read.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use crm::commands::{ExportRecords, ReadSensitiveOf};
use crm::exports::{Export, ExportFormat};
use crm::ids::RecordId;
use crm::lists::{Audience, Grouping, Known, List, PAGE_MAX};
use crm::records::Record;
use crm::tenants::Member;
use crm::{Actor, Cause, Command, Error, Refusal};
use serde::Deserialize;
use tokio_stream::wrappers::ReceiverStream;

use crate::Web;
use crate::extract::Asked;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// What to export.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct What {
    /// What they are: a blueprint's key, name or plural.
    blueprint: String,
    /// What they are like besides: `stage:negotiating owner:me`.
    filter: Option<String>,
    /// In which order, as lists are sorted.
    sort: Option<String>,
    /// The columns, separated by commas; all that are not sensitive when left out.
    columns: Option<String>,
    /// `csv`, `jsonl` or `vcard`; CSV when left out.
    format: Option<ExportFormat>,
}

/// Exports records as CSV, JSON lines or vCards. Cells of CSV that a spreadsheet would take for a
/// formula stand behind an apostrophe, which an import takes off again. Who exported what is
/// noted before the first record is sent; sensitive columns are only written when they are named,
/// for those who may see them, and every reading is noted.
#[utoipa::path(
    get,
    path = "/records/export",
    operation_id = "export_records",
    tag = "records",
    params(What),
    responses((status = 200, description = "The file.", body = String, content_type = "text/csv"), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Asked(asked): Asked<What>,
) -> Result<Response, Problem> {
    let format = asked.format.unwrap_or_default();
    let mut read = web.crm.read(&who.actor()).await?;
    let me = Some(who.member.id.clone());
    let known = Known::read(read.as_mut(), me, web.crm.env().now(), Audience::Member).await?;
    let blueprint = known.blueprints.iter().find(|one| one.is_called(&asked.blueprint));
    let blueprint = blueprint.cloned().ok_or_else(|| {
        let keys = known.blueprints.iter().map(|one| one.key.as_str()).collect::<Vec<_>>();
        let given = asked.blueprint.chars().take(60).collect::<String>();
        Refusal::not_found(format!(
            "There is no blueprint “{given}”. There is {}.",
            crm::flows::listed(&keys)
        ))
    })?;
    let companies = known.blueprints.iter().find(|one| one.key == "company");
    let companies = companies.and_then(|one| one.id.clone());
    let columns = asked.columns.unwrap_or_default();
    let export = Export::new(&blueprint, &columns, format, companies)?;
    let filter = format!("blueprint:{} {}", blueprint.key, asked.filter.unwrap_or_default());
    let sort = asked.sort.unwrap_or_default();
    let list = List::written(&known, filter.trim(), &sort, PAGE_MAX, None)?;
    let grouping = Grouping { condition: list.condition.clone(), sum: None };
    let count = read.groups(&grouping).await?.iter().map(|group| group.count).sum();
    let members = read.members().await?;
    drop(read);
    let noted = ExportRecords {
        blueprint: blueprint.key.clone(),
        filter: filter.trim().to_owned(),
        columns: export.columns(),
        format: format.as_str().to_owned(),
        count,
    };
    // Each export is noted, also one that is asked for again.
    let name = format!("{}.{}", blueprint.key, format.as_str());
    let cause = Cause::new(format!("export:{}", web.crm.env().token()));
    web.crm.run(&who.actor(), cause, Command::ExportRecords(noted)).await?;
    let (send, receive) = tokio::sync::mpsc::channel::<Result<String, std::io::Error>>(4);
    let pages = Pages { web, actor: who.actor(), export, list, members };
    tokio::spawn(async move {
        let mut pages = pages;
        let _ = send.send(Ok(pages.export.beginning())).await;
        loop {
            match pages.next().await {
                Ok((text, is_last)) => {
                    if send.send(Ok(text)).await.is_err() || is_last {
                        return;
                    }
                }
                // A file that ends in the middle must not look whole.
                Err(error) => {
                    let _ = send.send(Err(std::io::Error::other(error))).await;
                    return;
                }
            }
        }
    });
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, Body::from_stream(ReceiverStream::new(receive))).into_response())
}

struct Pages {
    web: Arc<Web>,
    actor: Actor,
    export: Export,
    list: List,
    members: Vec<Member>,
}

impl Pages {
    /// The next page, written, and whether it was the last.
    async fn next(&mut self) -> Result<(String, bool), Error> {
        let mut page = self.web.crm.read(&self.actor).await?.list(&self.list).await?;
        self.without_hidden(&mut page.records).await?;
        let mut read = self.web.crm.read(&self.actor).await?;
        let text = self.export.written(read.as_mut(), &self.members, &page.records).await?;
        let is_last = page.next.is_none();
        self.list.after = page.next;
        Ok((text, is_last))
    }

    /// Takes sensitive values out, but for those that were asked for and may be seen.
    async fn without_hidden(&self, records: &mut [Record]) -> Result<(), Error> {
        let mut shown: Vec<RecordId> = Vec::new();
        if !self.export.sensitive.is_empty() && !records.is_empty() {
            let records = records.iter().map(|record| record.id.clone()).collect();
            let reading = ReadSensitiveOf { records, columns: self.export.sensitive.clone() };
            let cause = Cause::new(format!("export:{}", self.web.crm.env().token()));
            let read =
                self.web.crm.run(&self.actor, cause, Command::ReadSensitiveOf(reading)).await?;
            shown = serde_json::from_value(read.data["records"].clone()).unwrap_or_default();
        }
        for record in records.iter_mut().filter(|record| !shown.contains(&record.id)) {
            let values = std::mem::take(&mut record.values);
            record.values = self.export.blueprint.without_sensitive(values);
        }
        Ok(())
    }
}
