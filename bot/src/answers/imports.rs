//! What `imports` and `export` answer: how far one's imports are, and where records are
//! downloaded. Files are uploaded on the page, with the API or the command line; a room sees no
//! row of them, and an export is a link that only members open.

use crm::commands::Command;
use crm::imports::{Import, Report, RevertReport};
use crm::jobs::{Job, JobStatus};
use crm::lists::{Audience, Filter, Known, List};
use crm::ports::Read;
use crm::tenants::Role;
use crm::{Refusal, Result};

use super::{Desk, Speaker, say};

/// As many lines as a room bears.
const LINES_MAX: usize = 10;
/// How many of the newest are looked at.
const NEWEST: i64 = 50;

pub(super) async fn list(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    speaker: &Speaker,
) -> Result<Command> {
    let Some(member) = &speaker.member else {
        return Err(Refusal::forbidden("Link your chat account first, with “link”.").into());
    };
    let mut imports = read.imports(NEWEST).await?;
    imports.retain(|import| {
        member.role >= Role::Admin || import.created_by.as_ref() == Some(&member.id)
    });
    if imports.is_empty() {
        return Ok(say(format!(
            "There is no import yet. Upload a file at {}api/v1/imports, or run “tieline import \
             people.csv --blueprint person”.",
            desk.public_url
        )));
    }
    let mut lines = Vec::new();
    for import in imports.iter().take(LINES_MAX) {
        lines.push(line(read, import).await?);
    }
    Ok(say(lines.join("\n")))
}

async fn line(read: &mut dyn Read, import: &Import) -> Result<String> {
    let name = &import.name;
    let steps = [
        (&import.revert_job, "taken back", "being taken back"),
        (&import.run_job, "imported", "being imported"),
        (&import.check_job, "tried", "being tried"),
    ];
    for (id, done, doing) in steps {
        let Some(id) = id else { continue };
        let Some(job) = read.job(id).await? else { continue };
        let says = told(&job);
        return Ok(match job.status {
            JobStatus::Open => {
                let percent = (job.done * 100 / job.total.max(1)).min(99);
                format!("{name} · {doing}, {percent} % · {says}")
            }
            JobStatus::Done => format!("{name} · {done} · {says}"),
            JobStatus::Cancelled => format!("{name} · stopped · {says}"),
            JobStatus::Failed => {
                format!("{name} · failed: {}", job.why.as_deref().unwrap_or("the log says why"))
            }
        });
    }
    Ok(match &import.upload {
        Some(upload) => format!("{name} · uploaded, {} KiB", upload.bytes / 1024),
        None => format!("{name} · the upload broke off"),
    })
}

/// What a job's report says.
pub fn told(job: &Job) -> String {
    let is_dry = matches!(job.spec, crm::jobs::JobSpec::ImportRows { dry_run: true, .. });
    if matches!(job.spec, crm::jobs::JobSpec::RevertImport { .. }) {
        let report = serde_json::from_value::<RevertReport>(job.report.clone());
        let report = report.unwrap_or_default();
        return format!(
            "{} records went to the trash, {} are as they were, {} stayed as they are.",
            report.trashed, report.put_back, report.kept
        );
    }
    let report = serde_json::from_value::<Report>(job.report.clone()).unwrap_or_default();
    report.says(is_dry)
}

pub(super) async fn export(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    speaker: &Speaker,
    what: &str,
) -> Result<Command> {
    let me = speaker.member.as_ref().map(|member| member.id.clone());
    let known = Known::read(read, me, speaker.at, Audience::Room).await?;
    let (first, rest) = what.split_once(char::is_whitespace).unwrap_or((what, ""));
    let called = first.strip_prefix("blueprint:").unwrap_or(first);
    let named = known.blueprints.iter().find(|one| one.is_called(called));
    let (key, filter) = match named {
        Some(blueprint) => (blueprint.key.clone(), rest.trim()),
        None => {
            Filter::parse(what)?;
            // The one kind of record of which this can be asked.
            let fits = |key: &str| {
                let filter = format!("blueprint:{key} {what}");
                List::written(&known, &filter, "", 1, None).is_ok()
            };
            let fitting = known.blueprints.iter().map(|one| one.key.as_str());
            let fitting = fitting.filter(|key| fits(key)).collect::<Vec<_>>();
            match fitting.as_slice() {
                [] => {
                    List::written(&known, what, "", 1, None)?;
                    ("person".to_owned(), what)
                }
                [only] => ((*only).to_owned(), what),
                several => {
                    return Err(Refusal::invalid(format!(
                        "Of what? Say “{} export {} {what}”; there is {}.",
                        desk.prefix,
                        several[0],
                        crm::flows::listed(several)
                    ))
                    .into());
                }
            }
        }
    };
    List::written(&known, format!("blueprint:{key} {filter}").trim(), "", 1, None)?;
    let mut url = desk
        .public_url
        .join("api/v1/records/export")
        .map_err(|_| Refusal::gone("The public address is not set up. Tell an administrator."))?;
    url.query_pairs_mut().append_pair("blueprint", &key);
    if !filter.is_empty() {
        url.query_pairs_mut().append_pair("filter", filter);
    }
    Ok(say(format!(
        "Download it, signed in to Tieline: {url} (add &format=jsonl or &format=vcard for another \
         format, &columns=… for fewer columns)"
    )))
}
