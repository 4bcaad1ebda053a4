//! What a language model's answer adds to a proposal. Only what stands in the messages is taken,
//! in the words that stand there, and only beside what the rules found: whoever is proposed
//! already keeps their values, and gets those that nobody has. It reads and proposes; nothing in
//! an answer names a record, so that whether one exists is looked up here as for any other find.

use chrono_tz::Tz;
use crm::StoreError;
use crm::blueprints::Money;
use crm::ports::Read;
use crm::proposals::{
    FieldEffect, MODEL, Proposal, ProposedField, ProposedLink, ProposedRecord, ProposedTask, Slot,
    SourceSpan,
};
use crm::records::IdentityKind;
use extractors::fold;
use extractors::model::{Answer, NamedCompany, NamedDeal, NamedPerson, NamedTask, Place, Texts};
use extractors::senders::{Mailbox, mailbox};
use serde_json::json;

use super::drafts::{Draft, company_label, known_company, known_person, push};
use super::gathering::{Channel, Own};
use super::matching::{finished, match_by_identity, match_companies_by_name, match_people_by_name};
use super::prose::Prose;
use super::{beginning, options_of, own, tasks};
use crate::names::Names;

/// How sure a model's words are that stand in a message, and such that do not.
const STANDS: u8 = 60;
const INFERRED: u8 = 30;
/// The longest name and position, in words and characters.
const NAME_WORDS_MAX: usize = 6;
const NAME_CHARS_MAX: usize = 80;
/// A sale's own words are at least so many; one alone says nothing.
const DEAL_WORDS_MIN: usize = 2;

/// What there is to do is told in so many words, and so many characters.
const TASK_WORDS_MIN: usize = 2;
const TASK_CHARS_MAX: usize = 120;

/// What an answer adds to a proposal.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Improvement {
    /// Values for proposed records, with their places.
    pub(crate) fields: Vec<(usize, ProposedField)>,
    /// Further records.
    pub(crate) records: Vec<ProposedRecord>,
    /// Further relations.
    pub(crate) links: Vec<ProposedLink>,
    /// Further things to do.
    pub(crate) tasks: Vec<ProposedTask>,
}

/// What an answer adds to a proposal.
///
/// # Errors
/// When the store cannot be reached.
pub(crate) async fn improvement(
    read: &mut dyn Read,
    names: &Names,
    proposal: &Proposal,
    answer: &Answer,
) -> Result<Improvement, StoreError> {
    let tenant = read.tenant().await?;
    let timezone = tenant.timezone.parse::<Tz>().unwrap_or(Tz::UTC);
    let messages = proposal.messages.iter().map(|message| {
        (beginning(&message.text), message.at.with_timezone(&timezone).date_naive())
    });
    let mut listening = Listening {
        texts: Texts::new(messages.clone(), &options_of(&tenant, &proposal.messages)),
        prose: messages.clone().enumerate().map(|(at, (text, _))| Prose::new(at, text)).collect(),
        days: messages.map(|(_, day)| day).collect(),
        own: own(read).await?,
        tenant: fold(&tenant.name),
        people: Kind::of(proposal, "person"),
        companies: Kind::of(proposal, "company"),
        deals: Kind::of(proposal, "deal"),
        works_at: Vec::new(),
    };
    for named in &answer.companies {
        listening.company(named);
    }
    for named in &answer.people {
        listening.person(named);
    }
    if let Some(named) = answer.deals.first() {
        listening.deal(named);
    }
    let to_do = answer.tasks.iter().filter_map(|named| listening.task(named)).collect::<Vec<_>>();
    let Listening { mut people, mut companies, deals, works_at, .. } = listening;

    for draft in companies.further_mut() {
        match_by_identity(read, draft, "company").await?;
    }
    match_companies_by_name(read, names, &tenant.id, companies.further_mut()).await?;
    for draft in people.further_mut() {
        match_by_identity(read, draft, "person").await?;
    }
    match_people_by_name(read, names, &tenant.id, people.further_mut(), &[], &[]).await?;

    let mut found = Improvement::default();
    let mut next = proposal.records.len();
    let people = people.finish(read, "person", proposal, &mut next, &mut found).await?;
    let companies = companies.finish(read, "company", proposal, &mut next, &mut found).await?;
    let has_deal = deals.known.is_empty() && !deals.drafts.is_empty();
    let deals = deals.finish(read, "deal", proposal, &mut next, &mut found).await?;
    let mut link = |from: usize, to: usize, kind: &str| {
        found.links.push(ProposedLink { from, to, kind: kind.to_owned(), by_model: true });
    };
    for (person, company) in works_at {
        link(people[person], companies[company], "works_at");
    }
    if has_deal {
        // With several, who buys is for a person to say.
        if let [only] = people[..] {
            link(deals[0], only, "contact");
        }
        if let [only] = companies[..] {
            link(deals[0], only, "customer");
        }
    }
    let all = proposal.records.iter().chain(&found.records).cloned().collect::<Vec<_>>();
    let links = proposal.links.iter().chain(&found.links).cloned().collect::<Vec<_>>();
    for mut task in to_do {
        task.about = tasks::about(&task.title, &task.source, &all, &links);
        if !tasks::is_there(read, &task, &all).await? {
            found.tasks.push(task);
        }
    }
    Ok(found)
}

/// The drafts of one kind of record: those that are proposed, then further ones.
struct Kind {
    drafts: Vec<Draft>,
    /// The place in the proposal and the number of values of each that is proposed.
    known: Vec<(usize, usize)>,
}

impl Kind {
    fn of(proposal: &Proposal, blueprint: &str) -> Self {
        let mut kind = Self { drafts: Vec::new(), known: Vec::new() };
        for (place, record) in proposal.records.iter().enumerate() {
            if record.blueprint == blueprint
                && let Some(draft) = Draft::proposed(record)
            {
                kind.known.push((place, record.fields.len()));
                kind.drafts.push(draft);
            }
        }
        kind
    }

    fn further_mut(&mut self) -> &mut [Draft] {
        self.drafts.get_mut(self.known.len()..).unwrap_or_default()
    }

    /// Turns the drafts into what is added, and gives the place that each has from now on.
    async fn finish(
        self,
        read: &mut dyn Read,
        blueprint: &str,
        proposal: &Proposal,
        next: &mut usize,
        found: &mut Improvement,
    ) -> Result<Vec<usize>, StoreError> {
        let mut places = Vec::new();
        for (at, draft) in self.drafts.into_iter().enumerate() {
            let mut record = finished(read, blueprint, draft).await?;
            let Some((place, before)) = self.known.get(at).copied() else {
                // Who is meant is at most a question.
                if let Some(existing) = &mut record.existing {
                    existing.certain = false;
                }
                found.records.push(record);
                places.push(*next);
                *next += 1;
                continue;
            };
            let is_new = |field: &ProposedField| {
                matches!(field.effect, FieldEffect::Create | FieldEffect::Attach)
            };
            let further = record.fields.drain(before..).filter(is_new);
            found.fields.extend(further.map(|field| (place, field)));
            debug_assert_eq!(record.blueprint, proposal.records[place].blueprint);
            places.push(place);
        }
        Ok(places)
    }
}

/// An answer while it is held against the messages.
struct Listening {
    texts: Texts,
    prose: Vec<Prose>,
    /// The day of each message.
    days: Vec<chrono::NaiveDate>,
    own: Own,
    /// What the team calls itself, folded.
    tenant: String,
    people: Kind,
    companies: Kind,
    deals: Kind,
    /// Who works where, by places among the drafts.
    works_at: Vec<(usize, usize)>,
}

impl Listening {
    fn source(&self, place: &Place) -> SourceSpan {
        self.prose[place.text].source_at(place.start, place.end, MODEL, STANDS)
    }

    /// The source of what was concluded from these words.
    fn inferred(&self, place: &Place) -> SourceSpan {
        SourceSpan { inferred: true, confidence: INFERRED, ..self.source(place) }
    }

    /// A name that stands in the messages.
    fn name(&self, name: &str) -> Option<Place> {
        self.texts.words(name).filter(|place| is_name(&place.words))
    }

    /// Whether a channel is anybody's already.
    fn is_taken(&self, kind: IdentityKind, value: &str) -> bool {
        let all = self.people.drafts.iter().chain(&self.companies.drafts);
        all.into_iter().any(|draft| draft.has_identity(kind, value))
    }

    fn company(&mut self, named: &NamedCompany) {
        let domain = named.domain.as_deref().and_then(|domain| self.domain(domain));
        let (title, source) = match (self.name(&named.name), &domain) {
            (Some(place), _) => (place.words.clone(), self.source(&place)),
            (None, Some((domain, place))) if is_name_of(&named.name, domain) => {
                (named.name.clone(), self.inferred(place))
            }
            _ => return,
        };
        if fold(&title) == self.tenant || self.own.has(Some(&title), &[]) {
            return;
        }
        if known_person(&self.people.drafts, &title).is_some() {
            return;
        }
        let by_domain = domain.as_ref().and_then(|(domain, _)| {
            let has = |draft: &Draft| draft.has_identity(IdentityKind::Domain, domain);
            self.companies.drafts.iter().position(has)
        });
        let drafts = &mut self.companies.drafts;
        let known = by_domain.or_else(|| known_company(drafts, &title));
        let Some(at) = known.or_else(|| push(drafts, &title, source)) else { return };
        if let Some((domain, place)) = domain
            && !self.is_taken(IdentityKind::Domain, &domain)
        {
            let source = self.source(&place);
            self.companies.drafts[at].add(
                Slot::Identity(IdentityKind::Domain),
                domain.into(),
                source,
            );
        }
    }

    /// A company's own domain that stands in the messages.
    fn domain(&self, domain: &str) -> Option<(String, Place)> {
        let domain = domain.trim().to_lowercase();
        let domain = domain.trim_start_matches("https://").trim_start_matches("http://");
        let domain = domain.trim_start_matches("www.").trim_end_matches('/').to_owned();
        let site = crm::domains::site_of(&domain).filter(|_| domain.contains('.'))?;
        if self.own.sites.contains(&site) {
            return None;
        }
        let place = self.texts.words(&domain)?;
        Some((domain, place))
    }

    fn person(&mut self, named: &NamedPerson) {
        let Some(place) = self.name(&named.name) else { return };
        let channels = self.channels(named);
        let name = &place.words;
        if self.own.has(Some(name), &channels) || fold(name) == self.tenant {
            return;
        }
        if known_company(&self.companies.drafts, name).is_some() {
            return;
        }
        let source = self.source(&place);
        let drafts = &mut self.people.drafts;
        let by_channel = channels.iter().find_map(|(kind, value, _)| {
            drafts.iter().position(|draft| draft.has_identity(*kind, value))
        });
        let known = by_channel.or_else(|| known_person(drafts, name));
        let Some(at) = known.or_else(|| push(drafts, name, source)) else { return };
        for (kind, value, source) in channels {
            if !self.is_taken(kind, &value) {
                self.people.drafts[at].add(Slot::Identity(kind), value.into(), source);
            }
        }
        let position = named.title.as_deref().and_then(|title| self.texts.words(title));
        if let Some(position) = position.filter(|position| is_position(&position.words, name)) {
            let source = self.source(&position);
            let slot = Slot::Column("job_title".to_owned());
            self.people.drafts[at].add_first(slot, position.words.into(), source);
        }
        let company = named.company.as_deref().and_then(|company| self.name(company));
        if let Some(company) = company.filter(|company| fold(&company.words) != self.tenant) {
            let source = self.source(&company);
            let drafts = &mut self.companies.drafts;
            let known = known_company(drafts, &company.words);
            let employer = known.or_else(|| push(drafts, &company.words, source));
            self.works_at.extend(employer.map(|employer| (at, employer)));
        }
    }

    /// The channels of a person that stand in the messages. Mailboxes of machines and of roles
    /// are nobody's.
    fn channels(&self, named: &NamedPerson) -> Vec<Channel> {
        let emails = named.emails.iter().filter_map(|email| self.texts.email(email));
        let own =
            emails.filter(|(email, _)| !matches!(mailbox(email), Mailbox::Machine | Mailbox::Role));
        let emails = own.map(|(email, place)| (IdentityKind::Email, email, self.source(&place)));
        let phones = named.phones.iter().filter_map(|phone| self.texts.phone(phone));
        let phones = phones.map(|(phone, place)| (IdentityKind::Phone, phone, self.source(&place)));
        emails.chain(phones).collect()
    }

    fn deal(&mut self, named: &NamedDeal) {
        let amount = named.amount.as_deref();
        let amount = amount.and_then(|amount| self.texts.amount(amount, named.currency.as_deref()));
        let title = named.title.as_deref().and_then(|title| self.texts.words(title));
        let title = title.filter(|place| place.words.split(' ').count() >= DEAL_WORDS_MIN);
        let draft = match (self.deals.drafts.pop(), &amount, title) {
            (Some(known), ..) => Some(known),
            (None, _, Some(place)) => Some(Draft::new(&place.words, self.source(&place))),
            (None, Some((_, place)), None) => {
                named.title.as_deref().map(|title| Draft::new(title, self.inferred(place)))
            }
            (None, None, None) => None,
        };
        let Some(mut draft) = draft else { return };
        let is_proposed = !self.deals.known.is_empty();
        // A deal needs somebody to sell to.
        if !is_proposed && self.people.drafts.is_empty() && self.companies.drafts.is_empty() {
            return;
        }
        if let Some((amount, place)) = amount
            && let Some(currency) = amount.currency
        {
            let money = Money { amount: amount.value.normalize(), currency };
            let value = json!({ "amount": money.amount.to_string(), "currency": money.currency });
            draft.add_first(Slot::Column("value".to_owned()), value, self.source(&place));
        }
        let close = named.close_on.as_deref().and_then(|day| self.texts.day(day));
        if let Some((day, place)) = close.filter(|(day, place)| *day >= self.days[place.text]) {
            let slot = Slot::Column("close_on".to_owned());
            draft.add_first(slot, day.to_string().into(), self.source(&place));
        }
        self.deals.drafts.push(draft);
    }

    /// Something to do that stands in the messages, with a day that stands there, too.
    fn task(&self, named: &NamedTask) -> Option<ProposedTask> {
        let place = self.texts.words(&named.what).filter(|place| is_task(&place.words))?;
        let due = named.due.as_deref().and_then(|due| self.texts.due(due));
        let due = due.filter(|(day, place)| *day >= self.days[place.text]);
        Some(ProposedTask {
            title: place.words.clone(),
            due_on: due.as_ref().map(|(day, _)| *day),
            due_at: None,
            assignee: None,
            about: Vec::new(),
            effect: FieldEffect::Create,
            source: self.source(&place),
            due_source: due.map(|(_, place)| self.source(&place)),
        })
    }
}

/// Whether words say what to do.
fn is_task(words: &str) -> bool {
    words.split(' ').count() >= TASK_WORDS_MIN
        && words.chars().count() <= TASK_CHARS_MAX
        && words.starts_with(char::is_alphanumeric)
}

/// Whether words read as a name: some words, the first of which is not written small.
fn is_name(words: &str) -> bool {
    words.split(' ').count() <= NAME_WORDS_MAX
        && words.chars().count() <= NAME_CHARS_MAX
        && words
            .chars()
            .next()
            .is_some_and(|first| first.is_alphanumeric() && !first.is_lowercase())
        && words.contains(char::is_alphabetic)
        && !words.contains(['@', '/', '\\', '<', '>'])
}

/// Whether words read as somebody's position.
fn is_position(words: &str, name: &str) -> bool {
    words.chars().count() <= NAME_CHARS_MAX
        && words.split(' ').count() <= NAME_WORDS_MAX
        && words.contains(char::is_alphabetic)
        && !words.contains(['@', '<', '>'])
        && fold(words) != fold(name)
}

/// Whether a company of this name may have this domain: it is called as the domain is.
fn is_name_of(name: &str, domain: &str) -> bool {
    let bare = |text: &str| fold(text).chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let (name, label) = (bare(name), bare(company_label(domain)));
    !label.is_empty() && name.starts_with(&label)
}
