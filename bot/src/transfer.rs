//! `tieline import` and `tieline export`: files in and out from the command line, acting as a
//! member. Where Tieline runs on the same PostgreSQL, it may help with the work; each part is
//! done once all the same.

use std::collections::BTreeMap;
use std::io::{Read as _, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use crm::commands::{
    AddImportChunk, BeginImport, Command, ExportRecords, FinishUpload, ReadSensitiveOf,
    StartImport, WorkOnJob,
};
use crm::exports::{Export, ExportFormat};
use crm::ids::{ImportId, JobId, MemberId, RecordId, TenantId};
use crm::imports::uploads::Uploading;
use crm::imports::{Mode, Plan};
use crm::jobs::{Job, JobStatus};
use crm::lists::{Audience, Grouping, Known, List, PAGE_MAX};
use crm::{Actor, Cause, Crm};
use data_encoding::BASE64;

/// How much of a file is read at once.
const READ_BYTES: usize = 256 * 1024;

/// The member that is meant; with one workspace and nobody named, its first owner.
///
/// # Errors
/// When there is none.
pub async fn acting(crm: &Crm, email: Option<&str>) -> Result<(TenantId, MemberId)> {
    if let Some(email) = email {
        return crate::workspace::member_of_address(crm, email).await;
    }
    match crm.hub().tenants().await?.as_slice() {
        [] => bail!("There is no workspace yet. Make one with `tieline init`."),
        [only] => {
            let members = crm.hub().read(&only.id).await?.members().await?;
            let owners = members.into_iter().filter(|m| m.active);
            let owner = owners.max_by_key(|member| member.role).context("nobody is a member")?;
            Ok((only.id.clone(), owner.id))
        }
        _ => bail!("There are several workspaces. Say as whom to act, with --as ADDRESS."),
    }
}

/// How a file is imported.
pub struct ImportFile {
    /// What its rows become.
    pub blueprint: String,
    /// `COLUMN=PLACE` pairs; none means what is suggested.
    pub map: Vec<String>,
    /// Whether to make, to change or both.
    pub mode: Mode,
    /// By what rows are recognised.
    pub match_by: Vec<String>,
    /// Whether days stand before months.
    pub day_first: Option<bool>,
    /// Whether commas separate decimals.
    pub decimal_comma: Option<bool>,
    /// The currency of amounts that name none.
    pub currency: Option<String>,
    /// Only say what would happen.
    pub dry_run: bool,
}

/// Imports a file and gives what to say about it.
///
/// # Errors
/// What is wrong, in a sentence.
pub async fn import(crm: &Crm, actor: &Actor, path: &Path, how: ImportFile) -> Result<String> {
    let id = upload(crm, actor, path).await?;
    let mapping = match how.map.as_slice() {
        [] => None,
        pairs => {
            let mut mapping = BTreeMap::new();
            for pair in pairs {
                let Some((column, place)) = pair.rsplit_once('=') else {
                    bail!("“{pair}” maps nothing. Write it like --map \"E-mail=email\".");
                };
                mapping.insert(column.to_owned(), place.to_owned());
            }
            Some(mapping)
        }
    };
    let plan = Plan {
        blueprint: how.blueprint,
        mapping,
        mode: how.mode,
        match_by: (!how.match_by.is_empty()).then_some(how.match_by),
        day_first: how.day_first,
        decimal_comma: how.decimal_comma,
        currency: how.currency,
        ..Plan::default()
    };
    let start = StartImport { import: id.clone(), plan: Some(plan), dry_run: how.dry_run };
    let outcome = crm.run(actor, fresh(crm), Command::StartImport(start)).await?;
    let mut said = String::new();
    if let Some(mapping) = outcome.data["mapping"].as_object() {
        for (column, place) in mapping {
            said.push_str(&format!("{column} → {}\n", place.as_str().unwrap_or_default()));
        }
    }
    let job: JobId = serde_json::from_value(outcome.data["job"].clone())?;
    let job = work_to_the_end(crm, actor, &job).await?;
    if job.status == JobStatus::Failed {
        bail!("{}", job.why.unwrap_or_else(|| "It failed. The log says why.".to_owned()));
    }
    said.push_str(&crate::answers::told(&job));
    let report = serde_json::from_value::<crm::imports::Report>(job.report.clone());
    for example in report.unwrap_or_default().examples {
        use crm::imports::RowOutcome::{Conflict, Refused};
        if matches!(example.outcome, Refused | Conflict) {
            said.push_str(&format!("\nrow {}: {}", example.row, example.says));
        }
    }
    said.push_str(&format!("\n{id}"));
    Ok(said)
}

async fn upload(crm: &Crm, actor: &Actor, path: &Path) -> Result<ImportId> {
    let mut file =
        std::fs::File::open(path).with_context(|| format!("failed to open {}", path.display()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let begun = crm.run(actor, fresh(crm), Command::BeginImport(BeginImport { name })).await?;
    let import: ImportId = serde_json::from_value(begun.data["import"].clone())?;
    let mut uploading = Uploading::default();
    let mut buffer = vec![0; READ_BYTES];
    let mut number = 0;
    loop {
        let read =
            file.read(&mut buffer).with_context(|| format!("failed to read {}", path.display()))?;
        if read == 0 {
            break;
        }
        for chunk in uploading.push(&buffer[..read]) {
            keep(crm, actor, &import, number, &chunk).await?;
            number += 1;
        }
    }
    let (last, upload) = uploading.finish();
    for chunk in last {
        keep(crm, actor, &import, number, &chunk).await?;
        number += 1;
    }
    let finish = FinishUpload { import: import.clone(), upload };
    crm.run(actor, fresh(crm), Command::FinishUpload(finish)).await?;
    Ok(import)
}

async fn keep(
    crm: &Crm,
    actor: &Actor,
    import: &ImportId,
    number: i64,
    chunk: &[u8],
) -> Result<()> {
    let content = BASE64.encode(chunk);
    let add = AddImportChunk { import: import.clone(), number, content };
    crm.run(actor, fresh(crm), Command::AddImportChunk(add)).await?;
    Ok(())
}

/// Does the parts of a job until it ends.
///
/// # Errors
/// When the store fails.
pub async fn work_to_the_end(crm: &Crm, actor: &Actor, id: &JobId) -> Result<Job> {
    let system = Actor::System { tenant: actor.tenant().clone() };
    loop {
        let job = crm.read(&system).await?.job(id).await?.context("the job is gone")?;
        if job.status != JobStatus::Open {
            return Ok(job);
        }
        // The same cause as that of the program's own workers, so that a part is done once.
        let claimed = crm::jobs::ClaimedJob {
            tenant: actor.tenant().clone(),
            job: id.clone(),
            cursor: job.cursor.clone(),
            attempts: 0,
        };
        let work = Command::WorkOnJob(WorkOnJob { job: id.clone() });
        crm.run(&system, Cause::new(claimed.cause()), work).await?;
    }
}

/// What is exported.
pub struct ExportFile {
    /// The key, name or plural of a blueprint.
    pub blueprint: String,
    /// What the records are like.
    pub filter: String,
    /// In which order.
    pub sort: String,
    /// The columns, separated by commas.
    pub columns: String,
    /// How it is written.
    pub format: ExportFormat,
}

/// Writes records to `out`, and gives how many.
///
/// # Errors
/// What is wrong, in a sentence.
pub async fn export(
    crm: &Crm,
    actor: &Actor,
    what: ExportFile,
    out: &mut impl Write,
) -> Result<usize> {
    let mut read = crm.read(actor).await?;
    let me = actor.member().cloned();
    let known = Known::read(read.as_mut(), me, crm.env().now(), Audience::Member).await?;
    let blueprint = known.blueprints.iter().find(|one| one.is_called(&what.blueprint));
    let blueprint = blueprint
        .cloned()
        .with_context(|| format!("There is no blueprint “{}”.", what.blueprint))?;
    let companies = known.blueprints.iter().find(|one| one.key == "company");
    let companies = companies.and_then(|one| one.id.clone());
    let export = Export::new(&blueprint, &what.columns, what.format, companies)?;
    let filter = format!("blueprint:{} {}", blueprint.key, what.filter);
    let mut list = List::written(&known, filter.trim(), &what.sort, PAGE_MAX, None)?;
    let grouping = Grouping { condition: list.condition.clone(), sum: None };
    let count = read.groups(&grouping).await?.iter().map(|group| group.count).sum();
    let members = read.members().await?;
    drop(read);
    let noted = ExportRecords {
        blueprint: blueprint.key.clone(),
        filter,
        columns: export.columns(),
        format: what.format.as_str().to_owned(),
        count,
    };
    crm.run(actor, fresh(crm), Command::ExportRecords(noted)).await?;
    out.write_all(export.beginning().as_bytes())?;
    let mut written = 0;
    loop {
        let mut page = crm.read(actor).await?.list(&list).await?;
        let mut shown: Vec<RecordId> = Vec::new();
        if !export.sensitive.is_empty() {
            let records = page.records.iter().map(|record| record.id.clone()).collect();
            let reading = ReadSensitiveOf { records, columns: export.sensitive.clone() };
            let read = crm.run(actor, fresh(crm), Command::ReadSensitiveOf(reading)).await?;
            shown = serde_json::from_value(read.data["records"].clone())?;
        }
        for record in page.records.iter_mut().filter(|record| !shown.contains(&record.id)) {
            record.values = blueprint.without_sensitive(std::mem::take(&mut record.values));
        }
        let mut read = crm.read(actor).await?;
        let text = export.written(read.as_mut(), &members, &page.records).await?;
        out.write_all(text.as_bytes())?;
        written += page.records.len();
        match page.next {
            Some(next) => list.after = Some(next),
            None => return Ok(written),
        }
    }
}

fn fresh(crm: &Crm) -> Cause {
    Cause::new(format!("transfer:{}", crm.env().token()))
}
