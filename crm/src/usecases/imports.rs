//! Uploading a file, saying how it is imported, stopping it and taking it back. What the jobs do
//! with its rows is in [`rows`], [`companies`], [`writing`] and [`reverting`]. An import acts with
//! the rights that whoever asked for it has at the moment of each part.

mod companies;
mod reverting;
mod rows;
mod updating;
mod writing;

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde_json::{Value as Json, json};

use super::{Done, Work};
use crate::blueprints::Blueprint;
use crate::commands::{
    AddImportChunk, BeginImport, CancelImport, Command, ExportRecords, FinishUpload,
    ReadSensitiveOf, RevertImport, StartImport,
};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::ids::{ImportId, JobId};
use crate::imports::mapping::{Target, suggest, targets};
use crate::imports::reading::style_of;
use crate::imports::tables::{Look, look};
use crate::imports::{CHUNK_BYTES, Import, Mode, NAME_CHARS_MAX, Plan, Planned};
use crate::jobs::{Job, JobSpec, JobStatus};
use crate::permissions::{Action, Part};
use crate::ports::Read;
use crate::records::IdentityKind;
use crate::tenants::Role;

use super::blueprints::stored_id;

/// What a file looks like, from its first piece.
///
/// # Errors
/// A refusal when nothing can be read, or the file was forgotten; the store's failure.
pub async fn look_at(
    read: &mut dyn Read,
    import: &Import,
    layout: &crate::imports::tables::Layout,
) -> Result<Look> {
    let upload = import.upload.as_ref().ok_or_else(|| {
        Refusal::out_of_date("The upload broke off before its end. Upload the file again.")
    })?;
    if upload.bytes == 0 {
        return Err(Refusal::invalid("The file is empty. Upload one with rows in it.").into());
    }
    let first = read.import_chunk(&import.id, 0).await?.ok_or_else(forgotten)?;
    let is_whole = i64::try_from(first.len()).is_ok_and(|length| length >= upload.bytes);
    Ok(look(&first, is_whole, upload, layout)?)
}

fn forgotten() -> Refusal {
    Refusal::gone("The file was forgotten, since it is some days old. Upload it again.")
}

impl Work<'_> {
    /// An import of whoever asks, or anybody's for administrators.
    async fn own_import(&mut self, id: &ImportId) -> Result<Import> {
        let me = self.member.as_ref().map(|member| member.id.clone());
        let sees_all = matches!(self.part, Part::System | Part::Member(Role::Admin | Role::Owner));
        let found = self.tx.import(id).await?.filter(|one| sees_all || one.created_by == me);
        Ok(found.ok_or_else(|| {
            Refusal::not_found("There is no such import. “imports” lists those there are.")
        })?)
    }

    fn import_changed(&mut self, import: &Import, step: &str) {
        let (import, step) = (import.id.clone(), step.to_owned());
        self.facts.push(FactBody::ImportChanged { import, step });
    }

    pub(super) async fn begin_import(&mut self, input: BeginImport) -> Result<Done> {
        let name = input.name.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = name.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX);
        let name = name.collect::<String>().trim().to_owned();
        let import = Import {
            id: ImportId::fresh(self.env),
            name: if name.is_empty() { "file".to_owned() } else { name },
            upload: None,
            plan: None,
            check_job: None,
            run_job: None,
            revert_job: None,
            created_by: self.member.as_ref().map(|member| member.id.clone()),
            created_at: self.now,
            updated_at: self.now,
        };
        self.tx.insert_import(&import).await?;
        Ok(Done { data: json!({ "import": import.id }), ..Done::default() })
    }

    pub(super) async fn add_import_chunk(&mut self, input: AddImportChunk) -> Result<Done> {
        let import = self.own_import(&input.import).await?;
        let bytes = BASE64.decode_len(input.content.len()).unwrap_or(0);
        if import.upload.is_some() || bytes == 0 || bytes > CHUNK_BYTES + 2 || input.number < 0 {
            return Err(Refusal::invalid(
                "This piece does not belong to an upload that is going on. Begin again.",
            )
            .into());
        }
        self.tx.put_import_chunk(&import.id, input.number, &input.content).await?;
        Ok(Done::default())
    }

    pub(super) async fn finish_upload(&mut self, input: FinishUpload) -> Result<Done> {
        let mut import = self.own_import(&input.import).await?;
        if import.upload.is_some() {
            return Err(Refusal::gone("This file was uploaded already.").into());
        }
        let said = format!("{} is here, {} bytes.", import.name, input.upload.bytes);
        import.upload = Some(input.upload);
        import.updated_at = self.now;
        self.tx.update_import(&import).await?;
        self.import_changed(&import, "uploaded");
        Ok(Done { said, data: json!({ "import": import.id }), ..Done::default() })
    }

    pub(super) async fn start_import(&mut self, input: StartImport) -> Result<Done> {
        let mut import = self.own_import(&input.import).await?;
        for job in [&import.check_job, &import.run_job, &import.revert_job] {
            if self.job_of(job).await?.is_some_and(|job| job.status == JobStatus::Open) {
                return Err(Refusal::invalid(
                    "Something is going on with this file. Wait until it ends, or cancel it.",
                )
                .into());
            }
        }
        let before = match input.dry_run {
            true => None,
            false => self.job_of(&import.run_job).await?,
        };
        // What was stopped goes on where it was: those rows are records already.
        let stopped = before.filter(|_| import.revert_job.is_none());
        if let Some(job) = &stopped {
            if job.status == JobStatus::Done {
                return Err(Refusal::gone(format!(
                    "{} was imported already. Revert that first, or upload the file again.",
                    import.name
                ))
                .into());
            }
            let same = |plan: &Plan| import.plan.as_ref().is_some_and(|p| p.plan == *plan);
            if input.plan.as_ref().is_some_and(|plan| !same(plan)) {
                return Err(Refusal::invalid(format!(
                    "{} was stopped after {} rows, and goes on as it was planned. Leave the plan \
                     out, or revert it to begin anew.",
                    import.name, job.done
                ))
                .into());
            }
        }
        let known = import.plan.clone().map(|planned| planned.plan);
        let Some(mut plan) = input.plan.or(known) else {
            return Err(Refusal::invalid(
                "Say what the rows become: name a blueprint, like person.",
            )
            .into());
        };
        let blueprint = self.blueprint_called(&plan.blueprint).await?;
        let blueprint_id = stored_id(&blueprint)?;
        let look = look_at(self.tx.as_mut() as &mut dyn Read, &import, &plan.layout).await?;
        plan.blueprint.clone_from(&blueprint.key);
        self.settle_plan(&mut plan, &look, &blueprint).await?;
        self.free_of_jobs(&blueprint, "").await?;
        let bytes = import.upload.as_ref().map_or(0, |upload| upload.bytes);
        let job = Job {
            id: JobId::fresh(self.env),
            spec: JobSpec::ImportRows {
                import: import.id.clone(),
                blueprint: blueprint_id,
                dry_run: input.dry_run,
            },
            status: JobStatus::Open,
            cursor: stopped.as_ref().and_then(|job| job.cursor.clone()),
            done: stopped.as_ref().map_or(0, |job| job.done),
            total: (bytes - look.table.begins_at).max(0) / look.row_bytes,
            report: stopped.map_or(Json::Null, |job| job.report),
            why: None,
            created_by: self.member.as_ref().map(|member| member.id.clone()),
            created_at: self.now,
            updated_at: self.now,
            ended_at: None,
        };
        if input.dry_run {
            self.tx.forget_dry_run(&import.id).await?;
            import.check_job = Some(job.id.clone());
        } else {
            import.run_job = Some(job.id.clone());
            import.revert_job = None;
        }
        let mapping = plan.mapping.clone();
        import.plan = Some(Planned { plan, table: look.table });
        import.updated_at = self.now;
        self.tx.update_import(&import).await?;
        self.tx.insert_job(&job).await?;
        self.job_changed(&job);
        self.import_changed(&import, if input.dry_run { "checking" } else { "importing" });
        if !input.dry_run {
            self.inverses.push(Command::RevertImport(RevertImport { import: import.id.clone() }));
        }
        let what = if input.dry_run { "looked through" } else { "imported" };
        Ok(Done {
            said: format!("{} is being {what}.", import.name),
            data: json!({ "import": import.id, "job": job.id, "mapping": mapping }),
            ..Done::default()
        })
    }

    async fn job_of(&mut self, id: &Option<JobId>) -> Result<Option<Job>> {
        match id {
            Some(id) => Ok(self.tx.job(id).await?),
            None => Ok(None),
        }
    }

    /// Fills in what a plan leaves open, and checks the rest.
    async fn settle_plan(
        &mut self,
        plan: &mut Plan,
        look: &Look,
        blueprint: &Blueprint,
    ) -> Result<()> {
        let mapping = plan.mapping.get_or_insert_with(|| {
            let suggested = suggest(look, blueprint).into_iter();
            suggested.map(|s| (s.column, s.target)).collect::<BTreeMap<_, _>>()
        });
        let targets = targets(&look.table.columns, mapping, blueprint)?;
        if targets.iter().all(|target| *target == Target::Skip) {
            return Err(Refusal::invalid(format!(
                "No column of this file is mapped. Say where they go, like “{}” to title.",
                look.table.columns.first().map_or("Name", String::as_str)
            ))
            .into());
        }
        if targets.contains(&Target::Company) {
            self.blueprint_called("company").await?;
        }
        let names = |target: &Target| matches!(target, Target::Title | Target::Identity(_));
        if plan.mode != Mode::Update && !targets.iter().any(names) {
            return Err(Refusal::invalid(format!(
                "New {} need a {}. Map a column to title, or only update what is there.",
                blueprint.plural,
                blueprint.title.to_lowercase()
            ))
            .into());
        }
        let matched = match &plan.match_by {
            Some(given) => {
                for one in given {
                    let target = match one.trim() {
                        "key" => Target::Key,
                        "title" => Target::Title,
                        kind => match IdentityKind::parse(&kind.to_lowercase()) {
                            Some(kind) => Target::Identity(kind),
                            None => {
                                let shown = kind.chars().take(60).collect::<String>();
                                return Err(Refusal::invalid(format!(
                                    "Rows are recognised by key, title or a kind of identity like \
                                     email, and “{shown}” is none of them."
                                ))
                                .into());
                            }
                        },
                    };
                    if !targets.contains(&target) {
                        return Err(Refusal::invalid(format!(
                            "Rows are to be recognised by {}, but no column is mapped to it.",
                            target.written()
                        ))
                        .into());
                    }
                }
                given.iter().map(|one| one.trim().to_lowercase()).collect()
            }
            None => {
                let mut all = targets
                    .iter()
                    .filter(|target| match target {
                        Target::Key => true,
                        Target::Identity(kind) => *kind != IdentityKind::Alias,
                        _ => false,
                    })
                    .map(Target::written)
                    .collect::<Vec<_>>();
                all.dedup();
                all
            }
        };
        if matched.is_empty() && plan.mode == Mode::Update {
            return Err(Refusal::invalid(
                "Nothing says which records the rows are about. Map a column to key or email, or \
                 match by title.",
            )
            .into());
        }
        plan.match_by = Some(matched);
        if let Some(currency) = &mut plan.currency {
            *currency = currency.trim().to_uppercase();
            if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
                return Err(
                    Refusal::invalid("A currency has three capital letters, like EUR.").into()
                );
            }
        }
        let (day_first, decimal_comma) = style_of(plan, &targets, blueprint, &look.sample)?;
        plan.day_first = day_first;
        plan.decimal_comma = decimal_comma;
        self.space_for(blueprint, plan.space.as_deref()).await?;
        Ok(())
    }

    pub(super) async fn cancel_import(&mut self, input: CancelImport) -> Result<Done> {
        let import = self.own_import(&input.import).await?;
        for job in [&import.check_job, &import.run_job, &import.revert_job] {
            let Some(mut job) = self.job_of(job).await? else { continue };
            if job.status == JobStatus::Open {
                self.end_job(&mut job, JobStatus::Cancelled).await?;
                return Ok(Done {
                    said: format!(
                        "Stopped after {} rows. What was done so far stays as it is; started \
                         again, it goes on from there.",
                        job.done
                    ),
                    data: json!({ "import": import.id, "job": job.id }),
                    ..Done::default()
                });
            }
        }
        Err(Refusal::gone("This has ended already. There is nothing to stop.").into())
    }

    pub(super) async fn revert_import(&mut self, input: RevertImport) -> Result<Done> {
        let mut import = self.own_import(&input.import).await?;
        let Some(run) = self.job_of(&import.run_job).await? else {
            return Err(Refusal::gone("This file was not imported, so nothing came of it.").into());
        };
        if self.job_of(&import.revert_job).await?.is_some_and(|j| j.status == JobStatus::Open) {
            return Err(Refusal::gone("This import is being taken back already.").into());
        }
        if run.status == JobStatus::Open {
            let mut run = run.clone();
            self.end_job(&mut run, JobStatus::Cancelled).await?;
        }
        let JobSpec::ImportRows { blueprint, .. } = run.spec.clone() else {
            return Err(Refusal::gone("This import never made anything.").into());
        };
        let spec = JobSpec::RevertImport { import: import.id.clone(), blueprint };
        let total = self.tx.count_import_changes(&import.id).await?;
        let said = format!("What came of {} is being taken back: {total} records.", import.name);
        let done = self.begin_job_of(spec, total, Json::Null, said).await?;
        let job = done.data.get("job").cloned().unwrap_or_default();
        import.revert_job = serde_json::from_value(job).ok();
        import.updated_at = self.now;
        self.tx.update_import(&import).await?;
        self.import_changed(&import, "reverting");
        let mut done = done;
        done.data["import"] = import.id.as_str().into();
        Ok(done)
    }

    pub(super) async fn export_records(&mut self, input: ExportRecords) -> Result<Done> {
        let said = format!("{} {} are exported.", input.count, input.blueprint);
        self.facts.push(FactBody::RecordsExported {
            blueprint: input.blueprint,
            filter: input.filter,
            columns: input.columns,
            format: input.format,
            count: input.count,
        });
        Ok(Done::said(said))
    }

    pub(super) async fn read_sensitive_of(&mut self, input: ReadSensitiveOf) -> Result<Done> {
        let mut seen = Vec::new();
        for record in self.tx.records_among(&input.records).await? {
            if self.may(Action::ReadSensitive, &record).is_err() {
                continue;
            }
            let there = self.blueprint_of(&record).await?.sensitive_in(&record.values);
            let columns =
                there.into_iter().filter(|id| input.columns.contains(id)).collect::<Vec<_>>();
            seen.push(record.id.clone());
            if !columns.is_empty() {
                self.facts.push(FactBody::SensitiveRead { record: record.id, columns });
            }
        }
        Ok(Done { data: json!({ "records": seen }), ..Done::default() })
    }
}
