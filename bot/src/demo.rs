//! The demo: Tieline with a sample team, sample customers and its own chat, on a database in a
//! folder of its own. No account anywhere is needed, and nothing leaves the machine.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Result;
use crm::commands::{
    AddMember, AddNote, AddTask, Command, CreateRecord, LinkRecords, NewIdentity, OpenRoom,
};
use crm::ids::{MemberId, RecordId, TenantId};
use crm::records::IdentityKind;
use crm::tenants::{Role, UnlinkedPolicy};
use crm::{Actor, Cause, Crm};
use serde_json::json;

use crate::app::CONSOLE;
use crate::config::Config;
use crate::workspace::{self, NewWorkspace};

/// The configuration of the demo.
///
/// # Errors
/// Never, but for an address that is none.
pub fn config(folder: &Path, listen: SocketAddr) -> Result<Config> {
    let text = format!(
        "[server]\nlisten = \"{listen}\"\npublic_url = \"http://{listen}\"\n\
         [database]\nurl = {url}\nfolder = {folder}\n[log]\nlevel = \"warn\"\n",
        url = json!(format!("sqlite:{}", folder.join("demo.db").display())),
        folder = json!(folder.display().to_string()),
    );
    Ok(Config::parse(&text, "the demo's configuration")?)
}

/// The sample workspace: made the first time, found again after.
///
/// # Errors
/// When the store fails.
pub async fn workspace(crm: &Crm) -> Result<(TenantId, MemberId)> {
    if let Some(tenant) = crm.hub().tenants().await?.into_iter().next() {
        let members = crm.hub().read(&tenant.id).await?.members().await?;
        if let Some(rosa) = members.into_iter().find(|m| m.role == Role::Owner) {
            return Ok((tenant.id, rosa.id));
        }
    }
    let (tenant, rosa) = workspace::make(
        crm,
        NewWorkspace {
            name: "Northwind Sales".to_owned(),
            timezone: "Europe/Berlin".to_owned(),
            region: Some("DE".to_owned()),
            unlinked: UnlinkedPolicy::Nothing,
            owner: "Rosa Keller".to_owned(),
            email: "rosa@northwind.example".to_owned(),
        },
    )
    .await?;
    let actor = Actor::Member { tenant: tenant.clone(), member: rosa.clone() };
    let sample = Sample { crm, actor: &actor };
    let imre = AddMember {
        name: "Imre Nagy".to_owned(),
        email: "imre@northwind.example".to_owned(),
        role: Role::Member,
    };
    workspace::add_member(crm, &actor, imre).await?;
    sample.places().await?;
    sample.customers().await?;
    Ok((tenant, rosa))
}

/// The sample, as its owner makes it.
struct Sample<'a> {
    crm: &'a Crm,
    actor: &'a Actor,
}

impl Sample<'_> {
    async fn run(&self, command: Command) -> Result<crm::Outcome> {
        let cause = Cause::new(format!("demo:{}", self.crm.env().token()));
        Ok(self.crm.run(self.actor, cause, command).await?)
    }

    async fn places(&self) -> Result<()> {
        for name in ["sales", "support"] {
            self.run(Command::OpenRoom(OpenRoom {
                connection: CONSOLE.to_owned(),
                name: name.to_owned(),
            }))
            .await?;
        }
        Ok(())
    }

    async fn record(
        &self,
        blueprint: &str,
        title: &str,
        values: serde_json::Value,
        identities: &[(IdentityKind, &str)],
    ) -> Result<RecordId> {
        let outcome = self
            .run(Command::CreateRecord(CreateRecord {
                blueprint: blueprint.to_owned(),
                title: title.to_owned(),
                values: serde_json::from_value(values)?,
                identities: identities
                    .iter()
                    .map(|(kind, value)| NewIdentity { kind: *kind, value: (*value).to_owned() })
                    .collect(),
                ..CreateRecord::default()
            }))
            .await?;
        Ok(serde_json::from_value(outcome.data["record"].clone())?)
    }

    async fn link(
        &self,
        from: &RecordId,
        to: &RecordId,
        kind: &str,
        role: Option<&str>,
    ) -> Result<()> {
        self.run(Command::LinkRecords(LinkRecords {
            from: from.clone(),
            to: to.clone(),
            kind: kind.to_owned(),
            role: role.map(str::to_owned),
            again: None,
        }))
        .await?;
        Ok(())
    }

    async fn customers(&self) -> Result<()> {
        use IdentityKind::{Alias, Domain, Email, Github, Phone};
        let acme = self
            .record(
                "company",
                "Acme Inc.",
                json!({ "industry": "Machine tools", "website": "https://acme.example" }),
                &[(Domain, "acme.example"), (Alias, "Acme Machines")],
            )
            .await?;
        let globex = self
            .record(
                "company",
                "Globex",
                json!({ "industry": "Energy" }),
                &[(Domain, "globex.example")],
            )
            .await?;
        let initech = self
            .record(
                "company",
                "Initech GmbH",
                json!({ "industry": "Software" }),
                &[(Domain, "initech.example")],
            )
            .await?;
        let tomas = self
            .record(
                "person",
                "Tomás Herrera",
                json!({ "job_title": "Head of Purchasing" }),
                &[(Email, "tomas.herrera@acme.example"), (Phone, "+34 600 123 456")],
            )
            .await?;
        let mei = self
            .record(
                "person",
                "Mei Tanaka",
                json!({ "job_title": "CTO" }),
                &[(Email, "mei@globex.example"), (Github, "meitanaka")],
            )
            .await?;
        let annual = self
            .record(
                "deal",
                "Acme annual plan",
                json!({ "value": { "amount": "12000", "currency": "EUR" }, "plan": "annual" }),
                &[],
            )
            .await?;
        let pilot = self
            .record(
                "deal",
                "Globex pilot",
                json!({ "value": { "amount": "4800", "currency": "EUR" } }),
                &[],
            )
            .await?;
        self.link(&annual, &acme, "customer", None).await?;
        self.link(&annual, &tomas, "contact", Some("Decision Maker")).await?;
        self.link(&pilot, &globex, "customer", None).await?;
        self.link(&pilot, &mei, "contact", Some("Champion")).await?;
        self.link(&tomas, &acme, "works_at", None).await?;
        self.link(&mei, &globex, "works_at", None).await?;
        self.run(Command::AddNote(AddNote {
            record: annual,
            body: "They renew in spring and want one invoice a year.".to_owned(),
        }))
        .await?;
        self.run(Command::AddTask(AddTask {
            title: "Send Initech the price list".to_owned(),
            record: Some(initech),
            ..AddTask::default()
        }))
        .await?;
        Ok(())
    }
}
