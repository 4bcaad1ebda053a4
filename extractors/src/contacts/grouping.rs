//! Puts together what stands together: a name with the address, number, position
//! and company of its sentence, or of its signature.

use std::ops::Range;

use hashbrown::HashMap;

use super::lexicon::is_free_mail;
use super::{Contact, ContactSource, Draft, SpanKind};
use crate::folding::fold;
use crate::shelter::overlaps;

/// Words with a full stop that end no sentence.
const ABBREVIATIONS: [&str; 22] = [
    "inc", "ltd", "co", "corp", "dr", "mr", "mrs", "ms", "prof", "st", "tel", "ext", "no", "nr",
    "vs", "z", "o", "e", "g", "approx", "dept", "jr",
];

/// How many people on either side of a find are asked whether it is theirs.
const PEOPLE_NEAR: usize = 12;
/// How many people at the head of a text are asked about an address far below.
const PEOPLE_FAR: usize = 20;
/// How far a signature reaches below its name, in bytes.
const SIGNATURE_BYTES_MAX: usize = 1_000;
/// How many values of one kind a contact keeps.
const VALUES_MAX: usize = 64;

/// The contacts of a text, made from its finds outside the quoted lines.
pub(crate) fn contacts(text: &str, drafts: &[Draft], quoted: &[Range<usize>]) -> Vec<Contact> {
    let usable: Vec<usize> =
        (0..drafts.len()).filter(|&at| !overlaps(quoted, &drafts[at].range)).collect();
    // Only these make a contact.
    let makes_one = |at: &usize| {
        matches!(
            drafts[*at].kind,
            SpanKind::Person | SpanKind::Email | SpanKind::Phone | SpanKind::Handle | SpanKind::Fax
        )
    };
    if !usable.iter().any(makes_one) {
        return Vec::new();
    }
    let sentences = sentences(text);
    let mut people = people(text, drafts, &usable, &sentences);
    let mut nameless: Vec<Group> = Vec::new();
    for &at in &usable {
        let draft = &drafts[at];
        match draft.kind {
            // The page of a company is nobody's account.
            SpanKind::Handle if draft.value.starts_with("linkedin:company/") => {}
            SpanKind::Email | SpanKind::Phone | SpanKind::Handle | SpanKind::Fax => {
                if let Some(owner) = owner(draft, &people) {
                    people[owner].add(at, draft);
                    continue;
                }
                // Without any name, a number joins the address it stands beside.
                let sentence = sentence_at(&sentences, draft.range.start);
                match nameless.last_mut() {
                    Some(last) if draft.kind != SpanKind::Email && last.scope == sentence => {
                        last.add(at, draft);
                    }
                    _ => nameless.push(Group::of(draft, at, sentence)),
                }
            }
            SpanKind::Title | SpanKind::Organisation => {
                if let Some(owner) = nearest_person(draft, &people) {
                    people[owner].add(at, draft);
                }
            }
            _ => {}
        }
    }
    share_companies(&mut people);
    let companies = companies_by_label(drafts, &usable);
    let mut groups = people;
    groups.extend(nameless);
    groups.sort_by_key(|group| group.range.start);
    merged(groups.into_iter().map(|group| contact(drafts, group, &companies)).collect())
}

struct Group {
    name: Option<String>,
    /// The folded parts of the name.
    parts: Vec<String>,
    range: Range<usize>,
    /// The part of the text that speaks of this contact.
    scope: Range<usize>,
    members: Vec<usize>,
    has_email: bool,
    company: Option<usize>,
    source: ContactSource,
}

impl Group {
    fn of(draft: &Draft, at: usize, scope: Range<usize>) -> Self {
        let is_person = draft.kind == SpanKind::Person;
        let folded = if is_person { fold(&draft.value) } else { String::new() };
        Self {
            name: is_person.then(|| draft.value.clone()),
            parts: folded
                .split([' ', '-', '.'])
                .filter(|part| !part.is_empty())
                .map(String::from)
                .collect(),
            range: draft.range.clone(),
            scope,
            members: vec![at],
            has_email: draft.kind == SpanKind::Email,
            company: None,
            source: draft.source,
        }
    }

    fn add(&mut self, at: usize, draft: &Draft) {
        self.members.push(at);
        self.has_email |= draft.kind == SpanKind::Email;
        if draft.kind == SpanKind::Organisation {
            self.company.get_or_insert(at);
        }
    }

    /// Whether an account is made of this name: `anna.s`, `aschmidt`, `as`.
    fn sounds_like(&self, account: &str) -> bool {
        let is_inside =
            |part: &String| part.chars().count() >= 3 && account.contains(part.as_str());
        if self.parts.iter().any(is_inside) {
            return true;
        }
        match &self.parts[..] {
            [first, .., last] => {
                let initials = first.chars().take(1).chain(last.chars().take(1));
                account.chars().eq(initials)
            }
            _ => false,
        }
    }
}

/// The people of the text, in its order.
fn people(
    text: &str,
    drafts: &[Draft],
    usable: &[usize],
    sentences: &[Range<usize>],
) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for &at in usable.iter().filter(|&&at| drafts[at].kind == SpanKind::Person) {
        let draft = &drafts[at];
        let mut scope = sentence_at(sentences, draft.range.start);
        if draft.source == ContactSource::Signature {
            let limit = text.floor_char_boundary(draft.range.end + SIGNATURE_BYTES_MAX);
            let below = &text[draft.range.end..limit];
            let block_end = draft.range.end + below.find("\n\n").unwrap_or(below.len());
            scope.end = scope.end.max(block_end);
        }
        if let Some(last) = groups.last_mut()
            && last.source == ContactSource::Signature
            && draft.source == ContactSource::Signature
        {
            last.scope.end = last.scope.end.min(draft.range.start);
        }
        groups.push(Group::of(draft, at, scope));
    }
    groups
}

/// The people around a place, nearest text first on neither side.
fn near(people: &[Group], at: usize) -> Range<usize> {
    let here = people.partition_point(|group| group.range.start < at);
    here.saturating_sub(PEOPLE_NEAR)..(here + PEOPLE_NEAR).min(people.len())
}

/// Whose address, number or handle this is.
fn owner(draft: &Draft, people: &[Group]) -> Option<usize> {
    let at = draft.range.start;
    let account = match draft.kind {
        SpanKind::Email => draft.value.rsplit_once('@').map(|(local, _)| fold(local)),
        SpanKind::Handle => draft.value.split_once(':').map(|(_, name)| fold(name)),
        _ => None,
    };
    let sounds_like =
        |group: &Group| account.as_deref().is_some_and(|account| group.sounds_like(account));
    let in_reach: Vec<usize> =
        near(people, at).filter(|&i| people[i].scope.contains(&at)).collect();
    if let Some(&found) = in_reach.iter().find(|&&i| sounds_like(&people[i])) {
        return Some(found);
    }
    // A second address that does not sound like the name is somebody else's.
    let may_own = |i: &usize| draft.kind != SpanKind::Email || !people[*i].has_email;
    let before = in_reach.iter().copied().rfind(|&i| people[i].range.end <= at);
    if before.is_some() {
        return before.filter(may_own);
    }
    let after = in_reach.iter().copied().find(may_own);
    if after.is_some() || draft.kind != SpanKind::Email {
        return after;
    }
    people.iter().take(PEOPLE_FAR).position(sounds_like)
}

fn nearest_person(draft: &Draft, people: &[Group]) -> Option<usize> {
    let at = draft.range.start;
    near(people, at).filter(|&i| people[i].scope.contains(&at)).min_by_key(|&i| {
        let range = &people[i].range;
        if range.end <= at {
            at - range.end
        } else {
            range.start.saturating_sub(draft.range.end) + 1
        }
    })
}

/// "Anna and Bob from Acme": the company is both people's.
fn share_companies(people: &mut [Group]) {
    for at in 0..people.len() {
        if people[at].company.is_some() {
            continue;
        }
        let from = at.saturating_sub(PEOPLE_NEAR);
        let to = (at + PEOPLE_NEAR).min(people.len());
        let shared = people[from..to]
            .iter()
            .filter(|other| {
                other.scope == people[at].scope && other.source != ContactSource::Signature
            })
            .find_map(|other| other.company);
        if let Some(company) = shared {
            people[at].members.push(company);
        }
    }
}

/// Companies of the text by the first word of their name.
fn companies_by_label(drafts: &[Draft], usable: &[usize]) -> HashMap<String, usize> {
    let mut companies = HashMap::new();
    for &at in usable.iter().filter(|&&at| drafts[at].kind == SpanKind::Organisation) {
        if let Some(word) = fold(&drafts[at].value).split_whitespace().next() {
            companies.entry(word.to_string()).or_insert(at);
        }
    }
    companies
}

fn contact(drafts: &[Draft], group: Group, companies: &HashMap<String, usize>) -> Contact {
    let mut contact = Contact {
        name: group.name,
        title: None,
        organisation: None,
        emails: Vec::new(),
        phones: Vec::new(),
        handles: Vec::new(),
        source: group.source,
        spans: group.members,
    };
    for &at in &contact.spans {
        let draft = &drafts[at];
        let value = || draft.value.clone();
        match draft.kind {
            SpanKind::Email => push_new(&mut contact.emails, value()),
            SpanKind::Phone => push_new(&mut contact.phones, value()),
            SpanKind::Handle => push_new(&mut contact.handles, value()),
            SpanKind::Title if contact.title.is_none() => contact.title = Some(value()),
            SpanKind::Organisation if contact.organisation.is_none() => {
                contact.organisation = Some(value());
            }
            _ => {}
        }
    }
    if contact.organisation.is_none()
        && let Some(host) = contact.emails.iter().find_map(|email| company_host(email))
    {
        match companies.get(&company_label(host)) {
            Some(&at) => {
                contact.organisation = Some(drafts[at].value.clone());
                contact.spans.push(at);
            }
            None => contact.organisation = Some(host.to_string()),
        }
    }
    contact
}

fn push_new(values: &mut Vec<String>, value: String) {
    if values.len() < VALUES_MAX && !values.contains(&value) {
        values.push(value);
    }
}

/// The host of an address, unless anyone can have an address there.
fn company_host(email: &str) -> Option<&str> {
    let (_, host) = email.rsplit_once('@')?;
    (!is_free_mail(host)).then_some(host)
}

/// `acme` of `mail.acme.co.uk`
fn company_label(host: &str) -> String {
    let labels: Vec<&str> = host.split('.').collect();
    let ending = match labels[..] {
        [.., "co" | "com" | "org" | "net" | "ac", last] if last.len() == 2 => 2,
        _ => 1,
    };
    labels
        .len()
        .checked_sub(ending + 1)
        .and_then(|at| labels.get(at))
        .map(|label| fold(label))
        .unwrap_or_default()
}

/// Joins contacts of one name or one address.
fn merged(contacts: Vec<Contact>) -> Vec<Contact> {
    let mut by_key: HashMap<String, usize> = HashMap::new();
    let mut out: Vec<Contact> = Vec::new();
    for contact in contacts {
        let keys: Vec<String> = contact
            .name
            .iter()
            .map(|name| format!("name {}", fold(name)))
            .chain(contact.emails.iter().map(|email| format!("email {email}")))
            .collect();
        let known = keys.iter().find_map(|key| by_key.get(key)).copied().filter(|&at| {
            contact.name.is_none()
                || out[at].name.is_none()
                || out[at].name.as_deref().map(fold) == contact.name.as_deref().map(fold)
        });
        let at = match known {
            Some(at) => {
                let into = &mut out[at];
                into.name = into.name.take().or(contact.name);
                into.title = into.title.take().or(contact.title);
                into.organisation = into.organisation.take().or(contact.organisation);
                contact.emails.into_iter().for_each(|v| push_new(&mut into.emails, v));
                contact.phones.into_iter().for_each(|v| push_new(&mut into.phones, v));
                contact.handles.into_iter().for_each(|v| push_new(&mut into.handles, v));
                into.spans.extend(contact.spans);
                at
            }
            None => {
                out.push(contact);
                out.len() - 1
            }
        };
        for key in keys {
            by_key.entry(key).or_insert(at);
        }
    }
    for contact in &mut out {
        contact.spans.sort_unstable();
        contact.spans.dedup();
    }
    out
}

/// The sentences of a text: lines, cut at full stops before a capital.
fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let bytes = text.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        let ends = match byte {
            b'\n' => true,
            b'.' | b'!' | b'?' => {
                bytes.get(at + 1) == Some(&b' ')
                    && text[at + 1..].trim_start_matches(' ').starts_with(char::is_uppercase)
                    && !(byte == b'.' && is_abbreviation(&text[start..at]))
            }
            _ => false,
        };
        if ends {
            sentences.push(start..at + 1);
            start = at + 1;
        }
    }
    sentences.push(start..text.len() + 1);
    sentences
}

fn is_abbreviation(before: &str) -> bool {
    let length: usize =
        before.chars().rev().take(8).take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum();
    let word = before[before.len() - length..].to_lowercase();
    word.chars().count() == 1 || ABBREVIATIONS.contains(&word.as_str())
}

fn sentence_at(sentences: &[Range<usize>], at: usize) -> Range<usize> {
    let found = sentences.partition_point(|sentence| sentence.end <= at);
    sentences.get(found).cloned().unwrap_or(at..at + 1)
}
