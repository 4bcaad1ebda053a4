//! Which company a person works at, by the domain of an e-mail address: where one company alone
//! has the domain, the two are linked, and the link says why. Free mail speaks for nobody.
//! A person who may not be changed by whoever asks is left alone, and that is told.

use serde_json::json;

use super::Work;
use crate::commands::{Command, TakeBackMany};
use crate::domains::site_of;
use crate::errors::Result;
use crate::ids::{JobId, RecordId};
use crate::jobs::JobSpec;
use crate::link_kinds::{self, WORKS_AT};
use crate::permissions::Action;
use crate::records::{Identity, IdentityKind, Record};

/// The most people that a new domain links at once; more are linked by a job.
pub(super) const PEOPLE_AT_ONCE: i64 = 50;
/// More companies than this with one domain are not looked at; two are too many already.
const COMPANIES_MAX: i64 = 10;

impl Work<'_> {
    /// Finds the company of a person who got an address, or the people of a company that got a
    /// domain. Nothing is looked for while something is taken back.
    pub(super) async fn match_site(&mut self, record: &Record, identity: &Identity) -> Result<()> {
        let concerns = matches!(identity.kind, IdentityKind::Email | IdentityKind::Domain);
        if !concerns || self.undoing {
            return Ok(());
        }
        let Some(works_at) = link_kinds::kind(WORKS_AT) else { return Ok(()) };
        let Some(site) = site_of(&identity.value) else { return Ok(()) };
        let blueprint = self.blueprint_of(record).await?;
        if identity.kind == IdentityKind::Email && works_at.from.contains(&blueprint.key) {
            if let Some(company) = self.company_at(&site).await? {
                self.employ(record, &company, &site).await?;
            }
        } else if identity.kind == IdentityKind::Domain && works_at.to.contains(&blueprint.key) {
            let only = self.company_at(&site).await?;
            if only.is_some_and(|only| only.id == record.id) {
                self.people_of(record, &site).await?;
            }
        }
        Ok(())
    }

    /// The one company that has this domain, if there is just one.
    async fn company_at(&mut self, site: &str) -> Result<Option<Record>> {
        let Some(works_at) = link_kinds::kind(WORKS_AT) else { return Ok(None) };
        let found = self.tx.identities_at(IdentityKind::Domain, site, None, COMPANIES_MAX).await?;
        let mut companies: Vec<Record> = Vec::new();
        for identity in found {
            if companies.iter().any(|known| known.id == identity.record) {
                continue;
            }
            let Some(record) = self.tx.record(&identity.record).await? else { continue };
            let key = self.blueprint_of(&record).await?.key.clone();
            if works_at.to.contains(&key) {
                companies.push(record);
            }
        }
        Ok(if companies.len() == 1 { companies.pop() } else { None })
    }

    /// Links a person to the company, unless they are linked.
    async fn employ(&mut self, person: &Record, company: &Record, site: &str) -> Result<bool> {
        let links = self.tx.links(&person.id).await?;
        let known = |link: &crate::records::Link| {
            link.kind == WORKS_AT && link.from == person.id && link.to == company.id
        };
        if links.iter().any(known) {
            return Ok(false);
        }
        let why = format!("{site} is the domain of {}", company.title);
        let linked =
            self.put_link_because(person, company, WORKS_AT, None, Some(why.clone()), None).await?;
        if linked.is_some() && !self.in_part {
            let dot = if why.ends_with('.') { "" } else { "." };
            self.asides.push(format!("{} works at {}: {why}{dot}", person.title, company.title));
        }
        Ok(linked.is_some())
    }

    /// Links the people who have addresses at a company's new domain: a few at once, more by a
    /// job.
    async fn people_of(&mut self, company: &Record, site: &str) -> Result<()> {
        let found =
            self.tx.identities_at(IdentityKind::Email, site, None, PEOPLE_AT_ONCE + 1).await?;
        if i64::try_from(found.len()).is_ok_and(|count| count > PEOPLE_AT_ONCE) {
            let spec = JobSpec::LinkPeople { company: company.id.clone(), site: site.to_owned() };
            let report = json!({ "changed": 0, "left_alone": 0 });
            let done = self.begin_job_of(spec, 0, report, String::new()).await?;
            let job = serde_json::from_value::<JobId>(done.data["job"].clone()).ok();
            self.inverses
                .push(Command::TakeBackMany(TakeBackMany { job: job.clone(), each: Vec::new() }));
            self.asides.push(format!(
                "Many people have addresses at {site}; they are being linked ({}).",
                job.map(|job| job.to_string()).unwrap_or_default()
            ));
            return Ok(());
        }
        let people = found.into_iter().map(|identity| identity.record).collect::<Vec<_>>();
        let (_, left_alone) = self.employ_all(people, company, site).await?;
        if left_alone > 0 {
            let them = if left_alone == 1 { "person is" } else { "people are" };
            self.asides.push(format!(
                "{left_alone} {them} somebody else's and left alone; their owners can link them."
            ));
        }
        Ok(())
    }

    /// Links those of these people who may be changed. Gives how many were linked, and how many
    /// were left alone.
    pub(super) async fn employ_all(
        &mut self,
        mut people: Vec<RecordId>,
        company: &Record,
        site: &str,
    ) -> Result<(i64, i64)> {
        let Some(works_at) = link_kinds::kind(WORKS_AT) else { return Ok((0, 0)) };
        people.dedup();
        let (mut linked, mut left_alone) = (0, 0);
        for id in people {
            let Some(person) = self.tx.record(&id).await? else { continue };
            let key = self.blueprint_of(&person).await?.key.clone();
            if person.trashed_at.is_some() || !works_at.from.contains(&key) {
                continue;
            }
            if self.may(Action::Change, &person).is_err() {
                left_alone += 1;
            } else if self.employ(&person, company, site).await? {
                linked += 1;
            }
        }
        Ok((linked, left_alone))
    }
}
