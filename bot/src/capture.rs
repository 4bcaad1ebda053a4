//! Capture: messages in, proposed people, companies and deals out, each value with the words
//! it was read from and with what accepting would do. It reads and proposes; it changes nothing.
//!
//! Exact channels attach. A name alone only suggests, since two people may share it.

mod matching;
mod words;

use crm::StoreError;
use crm::blueprints::Money;
use crm::ports::Read;
use crm::proposals::{CapturedMessage, Match, ProposedLink, ProposedRecord, Slot, SourceSpan};
use crm::records::IdentityKind;
use extractors::contacts::{self, Extraction, Options, Span, SpanKind};
use extractors::fold;
use serde_json::{Value as Json, json};

use self::matching::{
    blueprint_key, finished, match_by_identity, match_people_by_name, open_deal_of,
};
use self::words::{deal_words, is_free_mail, is_role_mailbox, name_of_mailbox};
use crate::names::Names;

/// Below this an organisation is a guess not worth a person's time.
const ORGANISATION_CONFIDENCE_MIN: f32 = 0.5;

/// A person, company or deal while it is being gathered.
struct Draft {
    title: String,
    fields: Vec<Found>,
    existing: Option<Match>,
}

/// A value while it is being gathered.
struct Found {
    slot: Slot,
    value: Json,
    source: SourceSpan,
}

impl Draft {
    fn new(title: &str, source: SourceSpan) -> Self {
        let found = Found { slot: Slot::Title, value: title.into(), source };
        Self { title: title.to_owned(), fields: vec![found], existing: None }
    }

    fn add(&mut self, slot: Slot, value: Json, source: SourceSpan) {
        if !self.fields.iter().any(|f| f.slot == slot && f.value == value) {
            self.fields.push(Found { slot, value, source });
        }
    }

    fn has_identity(&self, kind: IdentityKind, value: &str) -> bool {
        self.fields.iter().any(|f| f.slot == Slot::Identity(kind) && f.value == value)
    }
}

/// What messages would make of themselves.
///
/// # Errors
/// When the store cannot be reached.
pub async fn proposed(
    read: &mut dyn Read,
    names: &Names,
    messages: &[CapturedMessage],
) -> Result<(Vec<ProposedRecord>, Vec<ProposedLink>), StoreError> {
    let tenant = read.tenant().await?;
    let options = Options {
        region: tenant.region.clone(),
        platform: messages.first().map(|m| m.author.network.clone()),
        language: Some(tenant.language.clone()),
    };
    let mut people: Vec<Draft> = Vec::new();
    let mut companies: Vec<Draft> = Vec::new();
    let mut deal: Option<Draft> = None;
    let mut works_at: Vec<(usize, usize)> = Vec::new();

    for (place, message) in messages.iter().enumerate() {
        let extraction = contacts::extract(&message.text, &options);
        let source = |span: &Span, extractor: &str| SourceSpan {
            message: place,
            start: span.start,
            end: span.end,
            sentence: sentence(&message.text, span.start, span.end),
            extractor: extractor.to_owned(),
            confidence: percent(span.confidence),
        };
        for span in &extraction.spans {
            if span.kind == SpanKind::Organisation && span.confidence >= ORGANISATION_CONFIDENCE_MIN
            {
                company(&mut companies, &span.value, source(span, "organisation"));
            }
        }
        // Companies that are known already are recognised by any of their names.
        for mention in names.find(&tenant.id, &message.text) {
            let [only] = mention.candidates.as_slice() else { continue };
            let Ok(id) = only.parse() else { continue };
            let Some(record) = read.record(&id).await? else { continue };
            let span = SourceSpan {
                message: place,
                start: mention.start,
                end: mention.end,
                sentence: sentence(&message.text, mention.start, mention.end),
                extractor: "known-name".to_owned(),
                confidence: 95,
            };
            match blueprint_key(read, &record).await?.as_deref() {
                Some("company") => {
                    let at = company(&mut companies, &record.title, span);
                    companies[at].existing.get_or_insert(Match {
                        record: record.id.clone(),
                        reason: format!("is called {}", mention.text),
                        certain: true,
                    });
                }
                Some("person") => {
                    let at = person(&mut people, &record.title, span);
                    people[at].existing.get_or_insert(Match {
                        record: record.id.clone(),
                        reason: format!("is called {}", mention.text),
                        certain: false,
                    });
                }
                _ => {}
            }
        }
        for contact in &extraction.contacts {
            let at = contact_of(&extraction, contact, &source, &mut people, &mut companies);
            if let (Some(person), Some(company)) = at
                && !works_at.contains(&(person, company))
            {
                works_at.push((person, company));
            }
        }
        if let Some(found) = deal_in(&message.text, place, &extraction) {
            match &mut deal {
                None => deal = Some(found),
                Some(known) => {
                    for field in found.fields.into_iter().filter(|f| f.slot != Slot::Title) {
                        if !known.fields.iter().any(|k| k.slot == field.slot) {
                            known.fields.push(field);
                        }
                    }
                }
            }
        }
    }
    // With one company in the talk, whoever has no other works there.
    if companies.len() == 1 {
        for person in 0..people.len() {
            if !works_at.iter().any(|(p, _)| *p == person) {
                works_at.push((person, 0));
            }
        }
    }
    for draft in people.iter_mut().chain(&mut companies) {
        match_by_identity(read, draft).await?;
    }
    match_people_by_name(read, names, &tenant.id, &mut people).await?;
    if let Some(deal) = &mut deal {
        let company = companies.first();
        let name = company.or(people.first()).map(|draft| draft.title.clone());
        if let Some(name) = name {
            deal.title = format!("{name} – {}", deal.title);
            if let Some(title) = deal.fields.iter_mut().find(|f| f.slot == Slot::Title) {
                title.value = deal.title.clone().into();
            }
        }
        if let Some(found) = company.and_then(|company| company.existing.clone()) {
            deal.existing = open_deal_of(read, &found, &companies[0].title).await?;
        }
    }
    let mut records = Vec::new();
    let mut links = Vec::new();
    let people_count = people.len();
    let companies_count = companies.len();
    for draft in people {
        records.push(finished(read, "person", draft).await?);
    }
    for draft in companies {
        records.push(finished(read, "company", draft).await?);
    }
    for (person, company) in works_at {
        links.push(ProposedLink {
            from: person,
            to: people_count + company,
            kind: "works_at".to_owned(),
        });
    }
    // A deal needs somebody to sell to.
    if let Some(draft) = deal
        && people_count + companies_count > 0
    {
        let at = records.len();
        records.push(finished(read, "deal", draft).await?);
        for person in 0..people_count {
            links.push(ProposedLink { from: at, to: person, kind: "contact".to_owned() });
        }
        if companies_count > 0 {
            let kind = "customer".to_owned();
            links.push(ProposedLink { from: at, to: people_count, kind });
        }
    }
    Ok((records, links))
}

/// Turns one contact into a person, a company, or both; gives their places.
fn contact_of(
    extraction: &Extraction,
    contact: &contacts::Contact,
    source: &impl Fn(&Span, &str) -> SourceSpan,
    people: &mut Vec<Draft>,
    companies: &mut Vec<Draft>,
) -> (Option<usize>, Option<usize>) {
    let spans = contact.spans.iter().filter_map(|at| extraction.spans.get(*at)).collect::<Vec<_>>();
    let of_kind = |kind: SpanKind| spans.iter().copied().filter(move |span| span.kind == kind);
    let mut employer = None;
    if let Some(span) = of_kind(SpanKind::Organisation).next()
        && span.confidence >= ORGANISATION_CONFIDENCE_MIN
    {
        employer = Some(company(companies, &span.value, source(span, "organisation")));
    }
    let mut identities = Vec::new();
    for span in &spans {
        let found = match span.kind {
            SpanKind::Email => Some((IdentityKind::Email, span.value.clone(), "email")),
            SpanKind::Phone => {
                let number = span.value.split(';').next().unwrap_or_default().to_owned();
                number.starts_with('+').then_some((IdentityKind::Phone, number, "phone"))
            }
            SpanKind::Handle => span.value.split_once(':').and_then(|(network, account)| {
                IdentityKind::parse(network).map(|kind| (kind, account.to_owned(), "handle"))
            }),
            _ => None,
        };
        identities
            .extend(found.map(|(kind, value, extractor)| (kind, value, source(span, extractor))));
    }
    // An address at a company's own domain says who the company is.
    for (kind, value, span) in &identities {
        let domain = value.rsplit_once('@').map(|(_, domain)| domain);
        let Some(domain) = domain.filter(|d| *kind == IdentityKind::Email && !is_free_mail(d))
        else {
            continue;
        };
        let at = employer.unwrap_or_else(|| company_of_domain(companies, domain, span.clone()));
        companies[at].add(
            Slot::Identity(IdentityKind::Domain),
            domain.into(),
            SourceSpan { extractor: "email-domain".to_owned(), ..span.clone() },
        );
        employer = Some(at);
    }
    let name = contact.name.as_ref().and_then(|name| {
        of_kind(SpanKind::Person).next().map(|span| (name.clone(), source(span, "name")))
    });
    let name = name.or_else(|| {
        identities
            .iter()
            .find(|(kind, value, _)| *kind == IdentityKind::Email && !is_role_mailbox(value))
            .map(|(_, value, span)| (name_of_mailbox(value), span.clone()))
    });
    let Some((name, span)) = name else {
        // A role mailbox or a lone number belongs to the company it stands beside.
        if let Some(at) = employer {
            for (kind, value, span) in identities {
                companies[at].add(Slot::Identity(kind), value.into(), span);
            }
        }
        return (None, employer);
    };
    let at = people
        .iter()
        .position(|draft| {
            fold(&draft.title) == fold(&name)
                || identities.iter().any(|(kind, value, _)| draft.has_identity(*kind, value))
        })
        .unwrap_or_else(|| person(people, &name, span));
    for (kind, value, span) in identities {
        people[at].add(Slot::Identity(kind), value.into(), span);
    }
    if let Some(title) = &contact.title
        && let Some(span) = of_kind(SpanKind::Title).next()
    {
        let slot = Slot::Column("job_title".to_owned());
        if !people[at].fields.iter().any(|f| f.slot == slot) {
            people[at].add(slot, title.clone().into(), source(span, "title"));
        }
    }
    (Some(at), employer)
}

fn person(people: &mut Vec<Draft>, name: &str, source: SourceSpan) -> usize {
    let known = people.iter().position(|draft| fold(&draft.title) == fold(name));
    known.unwrap_or_else(|| {
        people.push(Draft::new(name, source));
        people.len() - 1
    })
}

fn company(companies: &mut Vec<Draft>, name: &str, source: SourceSpan) -> usize {
    let wanted = fold(name);
    let known = companies.iter().position(|draft| {
        let title = fold(&draft.title);
        title == wanted
            || title.strip_prefix(&wanted).is_some_and(|rest| rest.starts_with(' '))
            || wanted.strip_prefix(&title).is_some_and(|rest| rest.starts_with(' '))
    });
    known.unwrap_or_else(|| {
        companies.push(Draft::new(name, source));
        companies.len() - 1
    })
}

fn company_of_domain(companies: &mut Vec<Draft>, domain: &str, source: SourceSpan) -> usize {
    let label = domain.split('.').next().unwrap_or(domain);
    let known = companies.iter().position(|draft| {
        draft.has_identity(IdentityKind::Domain, domain)
            || fold(&draft.title).replace([' ', '-'], "") == label.replace('-', "")
            || fold(&draft.title).split(' ').next() == Some(label)
    });
    known.unwrap_or_else(|| {
        let mut letters = label.chars();
        let name = letters
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
        companies.push(Draft::new(&name, source));
        companies.len() - 1
    })
}

/// A deal, when the text talks of money or of a sale.
fn deal_in(text: &str, place: usize, extraction: &Extraction) -> Option<Draft> {
    let amount = extraction.spans.iter().find(|span| span.kind == SpanKind::Amount);
    let amount = amount.and_then(|span| {
        let read = extractors::amounts::parse_amount(&span.value)?;
        let money = Money { amount: read.value.normalize(), currency: read.currency? };
        Some((span, money))
    });
    let words = deal_words(text);
    if amount.is_none() && words.is_none() {
        return None;
    }
    let source = |start: usize, end: usize, extractor: &str, confidence: u8| SourceSpan {
        message: place,
        start,
        end,
        sentence: sentence(text, start, end),
        extractor: extractor.to_owned(),
        confidence,
    };
    let mut draft = match &words {
        Some((start, end, words)) => Draft::new(words, source(*start, *end, "deal-words", 60)),
        None => {
            let span = amount.as_ref().map(|(span, _)| (span.start, span.end)).unwrap_or_default();
            Draft::new("deal", source(span.0, span.1, "amount", 50))
        }
    };
    if let Some((start, end, words)) = words
        && words.contains("plan")
    {
        let slot = Slot::Column("plan".to_owned());
        draft.add(slot, words.into(), source(start, end, "deal-words", 70));
    }
    if let Some((span, money)) = amount {
        let value = json!({ "amount": money.amount.to_string(), "currency": money.currency });
        let source = source(span.start, span.end, "amount", percent(span.confidence));
        draft.add(Slot::Column("value".to_owned()), value, source);
    }
    let day = extraction.spans.iter().find(|span| {
        span.kind == SpanKind::Date && span.value.parse::<chrono::NaiveDate>().is_ok()
    });
    if let Some(day) = day {
        let source = source(day.start, day.end, "date", percent(day.confidence));
        draft.add(Slot::Column("close_on".to_owned()), day.value.clone().into(), source);
    }
    Some(draft)
}

/// The sentence or line around a span, for people.
fn sentence(text: &str, start: usize, end: usize) -> String {
    let letters = text.chars().collect::<Vec<_>>();
    let ends = |at: usize| {
        let c = letters[at];
        c == '\n'
            || (matches!(c, '.' | '!' | '?')
                && letters.get(at + 1).is_none_or(|next| next.is_whitespace()))
    };
    let start = start.min(letters.len());
    let end = end.min(letters.len());
    let from = (start.saturating_sub(200)..start)
        .rev()
        .find(|at| ends(*at))
        .map_or_else(|| start.saturating_sub(200), |at| at + 1);
    let to = (end..letters.len().min(end + 200))
        .find(|at| ends(*at))
        .map_or_else(|| letters.len().min(end + 200), |at| at + 1);
    letters[from..to.max(from)].iter().collect::<String>().trim().to_owned()
}

fn percent(confidence: f32) -> u8 {
    // Between 0 and 100 by construction, so nothing is cut off.
    (confidence.clamp(0.0, 1.0) * 100.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_around_a_value_is_what_people_see() {
        let text = "Hi all. Anna wants 12k EUR. More later.\nBye";
        assert_eq!(sentence(text, 8, 12), "Anna wants 12k EUR.");
        assert_eq!(sentence(text, 40, 43), "Bye");
        assert_eq!(sentence("ünïcode", 0, 99), "ünïcode");
    }
}
