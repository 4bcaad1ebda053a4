//! Reads the messages of one capture and puts together who and what they tell of. Pure: what
//! is known already is given.

use chrono::NaiveDate;
use crm::blueprints::Money;
use crm::ids::RecordId;
use crm::proposals::{Match, Slot, SourceSpan};
use crm::records::IdentityKind;
use extractors::contacts::{self, Extraction, Options, Span, SpanKind};
use extractors::senders::{Mailbox, mailbox};
use serde_json::json;

use super::drafts::{Draft, company, company_of_domain, person};
use super::prose::Prose;
use super::words::{deal_words, is_mailbox_of, name_of_mailbox, names_a_last_day};

/// Below this an organisation is a guess not worth a person's time.
const ORGANISATION_CONFIDENCE_MIN: f32 = 0.5;
/// Below this a number that belongs to nobody is not worth a person of its own.
const NUMBER_CONFIDENCE_MIN: u8 = 80;
/// The most characters between a mailbox and its name: a space, a quote and a bracket.
const MAILBOX_GAP_MAX: usize = 3;

/// A record that a message names.
pub(super) struct Known {
    pub(super) start: usize,
    pub(super) end: usize,
    /// What it is called there.
    pub(super) text: String,
    pub(super) record: RecordId,
    pub(super) title: String,
    pub(super) is_person: bool,
}

/// A channel and the words it was read from.
pub(super) type Channel = (IdentityKind, String, SourceSpan);

/// The team itself, of whom nothing is captured.
#[derive(Default)]
pub(super) struct Own {
    /// The members' names, folded.
    pub(super) names: Vec<String>,
    /// The members' addresses.
    pub(super) emails: Vec<String>,
    /// The domains of these, where not anybody gets an address.
    pub(super) sites: Vec<String>,
}

impl Own {
    pub(super) fn has(&self, name: Option<&str>, channels: &[Channel]) -> bool {
        let mut emails = channels.iter().filter(|channel| channel.0 == IdentityKind::Email);
        let is_own = |value: &String| {
            self.emails.contains(value)
                || crm::domains::site_of(value).is_some_and(|site| self.sites.contains(&site))
        };
        emails.any(|(_, value, _)| is_own(value))
            || (channels.is_empty() && name.is_some_and(|name| self.is_called(name)))
    }

    /// Whether a member has this name, or it as a first name.
    fn is_called(&self, name: &str) -> bool {
        let name = extractors::fold(name);
        self.names.iter().any(|own| {
            own.strip_prefix(&name).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        })
    }
}

/// What the messages tell so far.
#[derive(Default)]
pub(super) struct Gathered {
    /// The team that reads them.
    own: Own,
    pub(super) people: Vec<Draft>,
    pub(super) companies: Vec<Draft>,
    pub(super) deal: Option<Draft>,
    /// Who works where.
    pub(super) works_at: Vec<(usize, usize)>,
    /// Channels that belong to nobody yet.
    loose: Vec<Channel>,
}

/// Whether a name stands right before or behind an address, as the name of its mailbox.
fn is_beside(name: &Span, address: &Span) -> bool {
    let gap = match name.start < address.start {
        true => address.start.saturating_sub(name.end),
        false => name.start.saturating_sub(address.end),
    };
    gap <= MAILBOX_GAP_MAX
}

impl Gathered {
    /// Nothing yet.
    pub(super) fn for_team(own: Own) -> Self {
        Self { own, ..Self::default() }
    }

    /// Reads the next message. `today` is the day it was written on.
    pub(super) fn read(
        &mut self,
        place: usize,
        text: &str,
        options: &Options,
        known: &[Known],
        today: NaiveDate,
    ) {
        let extraction = contacts::extract(text, options);
        let prose = Prose::new(place, text);
        for span in &extraction.spans {
            if span.kind == SpanKind::Organisation && span.confidence >= ORGANISATION_CONFIDENCE_MIN
            {
                let name = company_name(span, known);
                company(&mut self.companies, name, prose.source(span, "organisation"));
            }
        }
        for known in known {
            self.add_known(known, prose.source_at(known.start, known.end, "known-name", 95));
        }
        for contact in &extraction.contacts {
            if let (Some(person), Some(company)) =
                self.add_contact(&extraction, contact, &prose, known)
                && !self.works_at.contains(&(person, company))
            {
                self.works_at.push((person, company));
            }
        }
        if let Some(found) = deal_in(text, &prose, &extraction, today) {
            match &mut self.deal {
                None => self.deal = Some(found),
                Some(known) => {
                    for field in found.fields.into_iter().filter(|f| f.slot != Slot::Title) {
                        known.add_first(field.slot, field.value, field.source);
                    }
                }
            }
        }
    }

    /// Gives what belongs to nobody to the nearest, and people without a company to the only one.
    pub(super) fn settle(&mut self) {
        for (kind, value, source) in std::mem::take(&mut self.loose) {
            let has = |draft: &Draft| draft.has_identity(kind, &value);
            if self.people.iter().any(has) || self.companies.iter().any(has) {
                continue;
            }
            if let Some(draft) = self.nearest(&source) {
                draft.add(Slot::Identity(kind), value.into(), source);
            } else if kind == IdentityKind::Phone && source.confidence >= NUMBER_CONFIDENCE_MIN {
                let at = person(&mut self.people, &value, source.clone());
                if let Some(draft) = at.and_then(|at| self.people.get_mut(at)) {
                    draft.add(Slot::Identity(kind), value.into(), source);
                }
            }
        }
        if self.companies.len() == 1 {
            for person in 0..self.people.len() {
                if !self.works_at.iter().any(|(p, _)| *p == person) {
                    self.works_at.push((person, 0));
                }
            }
        }
    }

    /// The only person, else the only company, else whoever is named nearest.
    fn nearest(&mut self, source: &SourceSpan) -> Option<&mut Draft> {
        match (&mut self.people[..], &mut self.companies[..]) {
            ([only], _) | ([], [only]) => Some(only),
            (people, companies) => {
                people.iter_mut().chain(companies).min_by_key(|draft| draft.distance(source))
            }
        }
    }

    fn add_known(&mut self, known: &Known, source: SourceSpan) {
        let drafts = if known.is_person { &mut self.people } else { &mut self.companies };
        let at = if known.is_person {
            person(drafts, &known.title, source)
        } else {
            company(drafts, &known.title, source)
        };
        if let Some(draft) = at.and_then(|at| drafts.get_mut(at)) {
            draft.existing.get_or_insert(Match {
                record: known.record.clone(),
                reason: format!("is called {}", known.text),
                // Two people may share a name; companies seldom do.
                certain: !known.is_person,
            });
        }
    }

    /// Turns one contact into a person, a company, or both; gives their places.
    fn add_contact(
        &mut self,
        extraction: &Extraction,
        contact: &contacts::Contact,
        prose: &Prose,
        known: &[Known],
    ) -> (Option<usize>, Option<usize>) {
        let spans =
            contact.spans.iter().filter_map(|at| extraction.spans.get(*at)).collect::<Vec<_>>();
        let found = spans.iter().filter_map(|span| channel(span, prose)).collect::<Vec<_>>();
        if self.own.has(contact.name.as_deref(), &found) {
            return (None, None);
        }
        let first = |kind: SpanKind| spans.iter().copied().find(|span| span.kind == kind);
        let mut employer = first(SpanKind::Organisation)
            .filter(|span| span.confidence >= ORGANISATION_CONFIDENCE_MIN)
            .and_then(|span| {
                let name = company_name(span, known);
                company(&mut self.companies, name, prose.source(span, "organisation"))
            });
        let of_machine = |(kind, value, _): &Channel| {
            *kind == IdentityKind::Email && mailbox(value) == Mailbox::Machine
        };
        let (machines, channels): (Vec<_>, Vec<_>) = found.into_iter().partition(of_machine);
        // "Acme News <newsletter@…>" is nobody; somebody of whom such a mail speaks is.
        let is_named_so = first(SpanKind::Person).is_none_or(|name| {
            let mut addresses = spans.iter().filter(|span| span.kind == SpanKind::Email);
            addresses.any(|address| is_beside(name, address))
        });
        if !machines.is_empty() && channels.is_empty() && contact.title.is_none() && is_named_so {
            return (None, employer);
        }
        // An address at a company's own domain says who the company is.
        for (kind, value, source) in &channels {
            let domain = value.rsplit_once('@').map(|(_, domain)| domain);
            let Some(domain) = domain
                .filter(|d| *kind == IdentityKind::Email && crm::domains::site_of(d).is_some())
            else {
                continue;
            };
            let at =
                employer.or_else(|| company_of_domain(&mut self.companies, domain, source.clone()));
            let Some(draft) = at.and_then(|at| self.companies.get_mut(at)) else { continue };
            draft.add(
                Slot::Identity(IdentityKind::Domain),
                domain.into(),
                SourceSpan { extractor: "email-domain".to_owned(), ..source.clone() },
            );
            employer = at;
        }
        let is_role = |(kind, value, _): &Channel| {
            *kind == IdentityKind::Email && mailbox(value) == Mailbox::Role
        };
        let name = contact.name.as_ref().and_then(|name| {
            let span = first(SpanKind::Person)?;
            Some((name.clone(), prose.source(span, "name")))
        });
        let name = name.or_else(|| {
            channels
                .iter()
                .find(|channel| channel.0 == IdentityKind::Email && !is_role(channel))
                .map(|(_, value, source)| (name_of_mailbox(value), source.clone()))
        });
        let Some((name, source)) = name else {
            // A role mailbox and what stands beside it belong to its company.
            self.give(employer, channels);
            return (None, employer);
        };
        let (roles, own): (Vec<_>, Vec<_>) = channels.into_iter().partition(is_role);
        self.give(employer, roles);
        let known = self
            .people
            .iter()
            .position(|draft| own.iter().any(|(kind, value, _)| draft.has_identity(*kind, value)));
        let mut owners = self
            .people
            .iter()
            .enumerate()
            .filter(|(_, draft)| name.contains('@') && is_mailbox_of(&name, &draft.folded));
        let owner = match (owners.next(), owners.next()) {
            (Some((at, _)), None) => Some(at),
            _ => None,
        };
        let at = known.or(owner).or_else(|| person(&mut self.people, &name, source));
        let Some(draft) = at.and_then(|at| self.people.get_mut(at)) else {
            return (None, employer);
        };
        if draft.title.contains('@') && !name.contains('@') {
            draft.retitle(&name);
        }
        for (kind, value, source) in own {
            draft.add(Slot::Identity(kind), value.into(), source);
        }
        if let (Some(title), Some(span)) = (&contact.title, first(SpanKind::Title)) {
            let slot = Slot::Column("job_title".to_owned());
            draft.add_first(slot, title.clone().into(), prose.source(span, "title"));
        }
        (at, employer)
    }

    fn give(&mut self, company: Option<usize>, channels: Vec<Channel>) {
        match company.and_then(|at| self.companies.get_mut(at)) {
            Some(draft) => {
                for (kind, value, source) in channels {
                    draft.add(Slot::Identity(kind), value.into(), source);
                }
            }
            None => {
                let room = super::drafts::DRAFTS_MAX.saturating_sub(self.loose.len());
                self.loose.extend(channels.into_iter().take(room));
            }
        }
    }
}

/// What a company is called: as its record is, where it is named by another of its names.
fn company_name<'a>(span: &'a Span, known: &'a [Known]) -> &'a str {
    let here = known.partition_point(|known| known.end <= span.start);
    let named = known[here..].iter().take_while(|known| known.start < span.end);
    named
        .filter(|known| !known.is_person)
        .map(|known| known.title.as_str())
        .next()
        .unwrap_or(&span.value)
}

/// The channel that a find is.
fn channel(span: &Span, prose: &Prose) -> Option<Channel> {
    let (kind, value, extractor) = match span.kind {
        SpanKind::Email => (IdentityKind::Email, span.value.as_str(), "email"),
        SpanKind::Phone => {
            let number = span.value.split(';').next().filter(|number| number.starts_with('+'))?;
            (IdentityKind::Phone, number, "phone")
        }
        SpanKind::Handle => {
            let (network, account) = span.value.split_once(':')?;
            let kind = match network {
                "x" => IdentityKind::Twitter,
                // The page of a company is nobody's account.
                "linkedin" if account.starts_with("company/") => return None,
                _ => IdentityKind::parse(network)?,
            };
            (kind, account, "handle")
        }
        _ => return None,
    };
    Some((kind, value.to_owned(), prose.source(span, extractor)))
}

/// A deal, when the text talks of money or of a sale.
fn deal_in(text: &str, prose: &Prose, extraction: &Extraction, today: NaiveDate) -> Option<Draft> {
    let amount = extraction.spans.iter().find(|span| span.kind == SpanKind::Amount);
    let amount = amount.and_then(|span| {
        let read = extractors::amounts::parse_amount(&span.value)?;
        let money = Money { amount: read.value.normalize(), currency: read.currency? };
        Some((span, money))
    });
    let words = deal_words(text);
    let mut draft = match (&words, &amount) {
        (Some((start, end, words)), _) => {
            Draft::new(words, prose.source_at(*start, *end, "deal-words", 60))
        }
        (None, Some((span, _))) => {
            Draft::new("deal", prose.source_at(span.start, span.end, "amount", 50))
        }
        (None, None) => return None,
    };
    if let Some((start, end, words)) = words
        && words.contains("plan")
    {
        let slot = Slot::Column("plan".to_owned());
        draft.add(slot, words.into(), prose.source_at(start, end, "deal-words", 70));
    }
    if let Some((span, money)) = amount {
        let value = json!({ "amount": money.amount.to_string(), "currency": money.currency });
        draft.add(Slot::Column("value".to_owned()), value, prose.source(span, "amount"));
    }
    let days = extraction.spans.iter().filter(|span| span.kind == SpanKind::Date);
    let close = days.filter_map(|span| Some((span, close_day(span, prose, today)?))).next();
    if let Some((span, day)) = close {
        let slot = Slot::Column("close_on".to_owned());
        draft.add(slot, day.to_string().into(), prose.source(span, "date"));
    }
    Some(draft)
}

/// The day by which a sale should close: a day with its year, or "by the end of January".
fn close_day(span: &Span, prose: &Prose, today: NaiveDate) -> Option<NaiveDate> {
    let day = span.value.parse().ok().or_else(|| {
        let is_last = names_a_last_day(&prose.before(span.start, 24), &span.value);
        is_last.then(|| extractors::when::parse_due(&span.value, today)).flatten()
    })?;
    (day >= today).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered(messages: &[&str]) -> Gathered {
        let options = Options { region: Some("DE".into()), ..Options::default() };
        let today = NaiveDate::from_ymd_opt(2027, 1, 10).expect("a day");
        let mut gathered = Gathered::default();
        for (place, text) in messages.iter().enumerate() {
            gathered.read(place, text, &options, &[], today);
        }
        gathered.settle();
        gathered
    }

    fn told(drafts: &[Draft]) -> Vec<String> {
        let channels = |draft: &Draft| {
            let values = draft.fields.iter().filter(|f| matches!(f.slot, Slot::Identity(_)));
            values.filter_map(|f| f.value.as_str()).collect::<Vec<_>>().join(" ")
        };
        drafts.iter().map(|d| format!("{}: {}", d.title, channels(d))).collect()
    }

    #[test]
    fn a_number_in_the_next_message_is_the_only_persons() {
        let found = gathered(&[
            "Clara Neumann from Initech: clara@initech.example",
            "her number is 0151 23456789, mobile",
        ]);
        assert_eq!(told(&found.people), ["Clara Neumann: clara@initech.example +4915123456789"]);
        assert_eq!(told(&found.companies), ["Initech: initech.example"]);
        assert_eq!(found.works_at, [(0, 0)]);
    }

    #[test]
    fn a_number_beside_a_person_of_a_company_is_theirs() {
        let found = gathered(&["Ola Berg from Lind AB, +46 8 123 456 78"]);
        assert_eq!(told(&found.people), ["Ola Berg: +46812345678"]);
        assert_eq!(told(&found.companies), ["Lind AB: "]);
    }

    #[test]
    fn a_number_without_a_person_is_the_companys_and_alone_it_is_a_person() {
        let found = gathered(&["call with Globex", "switchboard +49 30 901820"]);
        assert_eq!(told(&found.companies), ["Globex: +4930901820"]);
        let found = gathered(&["+49 30 901820"]);
        assert_eq!(told(&found.people), ["+4930901820: +4930901820"]);
    }

    #[test]
    fn a_number_among_several_people_is_the_nearest_ones() {
        let found = gathered(&["Anna Schmidt called", "Bob Miller called too", "ring +4930901820"]);
        assert_eq!(told(&found.people), ["Anna Schmidt: ", "Bob Miller: +4930901820"]);
    }

    #[test]
    fn mailboxes_of_machines_are_nobody_and_make_no_company() {
        for text in [
            "from no-reply@globex.example",
            "Globex News <newsletter@globex.example>",
            "MAILER-DAEMON@mx.globex.example bounced, bounce+12@globex.example",
            "notifications@globex.example",
        ] {
            let found = gathered(&[text]);
            assert!(told(&found.people).is_empty(), "{text}: {:?}", told(&found.people));
            assert!(told(&found.companies).is_empty(), "{text}: {:?}", told(&found.companies));
        }
    }

    #[test]
    fn somebody_of_whom_a_machine_writes_is_somebody_without_its_mailbox() {
        let found =
            gathered(&["no-reply@desk.example says: your ticket was closed by Ruben Castellanos"]);
        assert_eq!(told(&found.people), ["Ruben Castellanos: "]);
    }

    #[test]
    fn mailboxes_of_a_role_are_the_companys() {
        let found = gathered(&["Anna Schmidt, sales@globex.example"]);
        assert_eq!(told(&found.people), ["Anna Schmidt: "]);
        assert_eq!(told(&found.companies), ["Globex: globex.example sales@globex.example"]);
    }

    #[test]
    fn a_sale_closes_on_the_last_day_that_is_told() {
        fn check(text: &str, day: Option<&str>) {
            let found = gathered(&[text]);
            let deal = found.deal.expect("a deal");
            let slot = Slot::Column("close_on".to_owned());
            let close = deal.fields.iter().find(|f| f.slot == slot);
            assert_eq!(close.and_then(|f| f.value.as_str()), day, "{text}");
        }
        check("renewal until end of January", Some("2027-01-31"));
        check("12k EUR, Vertrag bis Ende Januar", Some("2027-01-31"));
        check("renewal by the end of March", Some("2027-03-31"));
        check("renewal closes 2027-03-12", Some("2027-03-12"));
        check("renewal by March", None);
        check("we met on 2026-03-12 about the renewal", None);
        check("call tomorrow about the renewal, quote by Friday", None);
    }

    #[test]
    fn a_flood_of_addresses_makes_a_list_that_can_be_reviewed() {
        let text = (0..1000).map(|n| format!("a{n}@b{n}.example\n")).collect::<String>();
        let found = gathered(&[&text]);
        assert_eq!(found.people.len(), super::super::DRAFTS_MAX);
        assert_eq!(found.companies.len(), super::super::DRAFTS_MAX);
    }
}
