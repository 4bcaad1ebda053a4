//! The companies of an import: those that rows name, which are found or made, and those at whose
//! domains people have addresses, whichever of the two came first.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::rows::{Decided, Desk, Draft};
use super::writing::Making;
use crate::blueprints::{Blueprint, Values};
use crate::domains::site_of;
use crate::errors::{Refusal, Result};
use crate::folding::fold;
use crate::ids::RecordId;
use crate::imports::Mode;
use crate::link_kinds::{self, WORKS_AT};
use crate::ports::NewRecord;
use crate::records::IdentityKind;
use crate::usecases::Work;
use crate::usecases::identities::normal_identity;
use crate::usecases::moves::Entered;
use crate::usecases::records::checked_title;

/// The companies that rows name, by the name they give.
#[derive(Default)]
pub(super) struct Companies {
    found: HashMap<String, Result<Option<RecordId>, Refusal>>,
    titles: HashMap<RecordId, String>,
    /// The companies that have a domain, where rows hold addresses at it.
    at: HashMap<String, Vec<RecordId>>,
    pub(super) made: Vec<Making>,
}

impl Companies {
    pub(super) fn title(&self, id: &RecordId) -> String {
        self.titles.get(id).cloned().unwrap_or_default()
    }

    /// The one company that has this domain.
    pub(super) fn only_at(&self, site: &str) -> Option<&RecordId> {
        match self.at.get(site).map(Vec::as_slice) {
            Some([only]) => Some(only),
            _ => None,
        }
    }
}

impl Work<'_> {
    /// The companies that the rows name: those that are there, and new ones where there are none.
    pub(super) async fn companies(&mut self, desk: &Desk, decided: &Decided) -> Result<Companies> {
        let mut companies = Companies::default();
        let Some((blueprint, id, space)) = desk.company.clone() else { return Ok(companies) };
        let made = decided.made.iter().flat_map(|(draft, later)| {
            std::iter::once(draft).chain(later.iter()).collect::<Vec<_>>()
        });
        let all = made.chain(decided.changes.iter().map(|(draft, _)| draft));
        let mut named = BTreeMap::new();
        for draft in all {
            if let Some(name) = &draft.company {
                named.entry(name.clone()).or_insert(draft.row);
            }
        }
        let domain = |name: &str| {
            let plain = !name.contains(char::is_whitespace) && name.contains('.');
            plain.then(|| normal_identity(IdentityKind::Domain, name).ok()).flatten()
        };
        let keys = named.keys().map(|name| name.to_uppercase()).collect::<Vec<_>>();
        let domains = named.keys().filter_map(|name| domain(name)).collect::<Vec<_>>();
        let titles = named.keys().map(|name| fold(name)).collect::<Vec<_>>();
        let mut found: HashMap<String, Vec<RecordId>> = HashMap::new();
        let mut there = HashMap::new();
        let mut known = self.tx.records_with_keys(&keys).await?;
        known.retain(|record| record.blueprint == id);
        for record in known {
            found.entry(format!("key:{}", record.key)).or_default().push(record.id.clone());
            there.insert(record.id.clone(), record.title);
        }
        let identities = self.tx.identities_among(IdentityKind::Domain, &domains).await?;
        let owners = identities.iter().map(|one| one.record.clone()).collect::<Vec<_>>();
        let mut owners = self.tx.records_among(&owners).await?;
        owners.retain(|record| record.blueprint == id);
        for identity in identities {
            if let Some(record) = owners.iter().find(|record| record.id == identity.record) {
                let same = found.entry(format!("domain:{}", identity.value)).or_default();
                if !same.contains(&record.id) {
                    same.push(record.id.clone());
                }
                there.insert(record.id.clone(), record.title.clone());
            }
        }
        for record in self.tx.records_titled(&id, &titles).await? {
            found
                .entry(format!("title:{}", fold(&record.title)))
                .or_default()
                .push(record.id.clone());
            there.insert(record.id, record.title);
        }
        let seen = match desk.is_dry {
            true => {
                let signs = titles.iter().map(|title| format!("company:{title}"));
                self.tx.rows_seen(&desk.import.id, &signs.collect::<Vec<_>>()).await?
            }
            false => Vec::new(),
        };
        let mut fresh = Vec::new();
        for (name, row) in named {
            let by_domain = domain(&name);
            let signs = [
                Some(format!("key:{}", name.to_uppercase())),
                by_domain.as_ref().map(|domain| format!("domain:{domain}")),
                Some(format!("title:{}", fold(&name))),
            ];
            let same = signs.iter().flatten().find_map(|sign| found.get(sign)).cloned();
            let one = match same.as_deref() {
                Some([one]) => Ok(Some(one.clone())),
                Some([_, ..]) => Err(Refusal::invalid(format!(
                    "There are several companies called “{name}”. Name one by its key or its \
                     domain."
                ))),
                _ if desk.planned.plan.mode == Mode::Update => Err(Refusal::not_found(format!(
                    "There is no company “{name}”, and this import makes nothing new."
                ))),
                _ => match checked_title(&name) {
                    Err(refusal) => Err(refusal),
                    Ok(title) => {
                        let sign = format!("company:{}", fold(&name));
                        let values = blueprint.with_defaults(Values::new(), &desk.moment);
                        let mut record = self.blank(&blueprint, &id, &space, title, values);
                        if !desk.planned.plan.unclaimed {
                            record.owner = self.member.as_ref().map(|member| member.id.clone());
                        }
                        let identities = by_domain.iter();
                        let identities = identities
                            .map(|d| self.identity(&record.id, IdentityKind::Domain, d))
                            .collect();
                        // Two spellings of one name are one company.
                        for sign in signs.iter().flatten() {
                            found.entry(sign.clone()).or_default().push(record.id.clone());
                        }
                        there.insert(record.id.clone(), record.title.clone());
                        let made = record.id.clone();
                        if !seen.iter().any(|(known, _)| *known == sign) {
                            fresh.push((sign, row));
                            let keys = blueprint.index_keys(&record.values);
                            companies.made.push(Making {
                                title: record.title.clone(),
                                new: NewRecord { keys, record, identities },
                                entered: Entered::default(),
                                row,
                                companies: Vec::new(),
                                tags: Vec::new(),
                                notes: Vec::new(),
                            });
                        }
                        Ok(Some(made))
                    }
                },
            };
            companies.found.insert(name, one);
        }
        if desk.is_dry {
            self.tx.insert_rows_seen(&desk.import.id, &fresh).await?;
        }
        companies.titles = there;
        Ok(companies)
    }

    /// Links the people who are there to the companies whose domains their addresses have.
    pub(super) async fn employees(&mut self, companies: &[RecordId]) -> Result<()> {
        let identities = self.tx.identities_of(companies).await?;
        let mut by_site = BTreeMap::new();
        for identity in identities.into_iter().filter(|one| one.kind == IdentityKind::Domain) {
            if let Some(site) = site_of(&identity.value) {
                by_site.entry(site).or_insert(identity);
            }
        }
        let sites = by_site.keys().cloned().collect::<Vec<_>>();
        let people = self.tx.identities_at_any(IdentityKind::Email, &sites).await?;
        let wanted = people.iter().filter_map(|one| site_of(&one.value)).collect::<BTreeSet<_>>();
        for (_, identity) in by_site.into_iter().filter(|(site, _)| wanted.contains(site)) {
            if let Some(company) = self.tx.record(&identity.record).await? {
                self.match_site(&company, &identity).await?;
            }
        }
        Ok(())
    }

    /// The companies at whose domains new people have addresses.
    pub(super) async fn employers(
        &mut self,
        desk: &Desk,
        decided: &Decided,
        companies: &mut Companies,
    ) -> Result<()> {
        let Some(works_at) = link_kinds::kind(WORKS_AT) else { return Ok(()) };
        if !works_at.from.contains(&desk.blueprint.key) {
            return Ok(());
        }
        let drafts =
            decided.made.iter().flat_map(|(draft, later)| std::iter::once(draft).chain(later));
        let wanted =
            drafts.flat_map(sites).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
        let found = self.tx.identities_at_any(IdentityKind::Domain, &wanted).await?;
        let made = companies.made.iter().flat_map(|making| &making.new.identities).cloned();
        let found = found.into_iter().chain(made).collect::<Vec<_>>();
        let ids = found.iter().map(|identity| identity.record.clone()).collect::<Vec<_>>();
        let mut blueprints = HashMap::new();
        for record in self.tx.records_among(&ids).await? {
            if !blueprints.contains_key(&record.blueprint) {
                let key = self.blueprint_of(&record).await?.key.clone();
                blueprints.insert(record.blueprint.clone(), key);
            }
            let is_company = works_at.to.contains(&blueprints[&record.blueprint]);
            if is_company {
                companies.titles.insert(record.id, record.title);
            }
        }
        for identity in found {
            let Some(site) = site_of(&identity.value) else { continue };
            let there = companies.at.entry(site).or_default();
            if companies.titles.contains_key(&identity.record) && !there.contains(&identity.record)
            {
                there.push(identity.record);
            }
        }
        Ok(())
    }
}

/// The company that a row names.
pub(super) fn company_of(companies: &Companies, name: &str) -> Result<Option<RecordId>, Refusal> {
    companies.found.get(name).cloned().unwrap_or(Ok(None))
}

/// How records of a blueprint are related to companies.
pub(super) fn link_kind(blueprint: &Blueprint) -> &'static str {
    if blueprint.key == "person" { "works_at" } else { "customer" }
}

/// The sites at which the row has addresses.
pub(super) fn sites(draft: &Draft) -> Vec<String> {
    let addresses = draft.identities.iter().filter(|(kind, _)| *kind == IdentityKind::Email);
    addresses.filter_map(|(_, address)| site_of(address)).collect()
}
