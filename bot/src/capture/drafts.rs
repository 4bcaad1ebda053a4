//! People, companies and deals while they are being gathered. There are never more than a person
//! can review, whatever the text is.

use crm::proposals::{Match, ProposedRecord, Slot, SourceSpan};
use crm::records::IdentityKind;
use extractors::fold;
use serde_json::Value as Json;

/// How many records of one kind are proposed at once.
pub(crate) const DRAFTS_MAX: usize = 30;
/// How many values one of them has.
const FIELDS_MAX: usize = 16;

/// A person, company or deal while it is being gathered.
pub(super) struct Draft {
    pub(super) title: String,
    /// The title, folded.
    pub(super) folded: String,
    pub(super) fields: Vec<Found>,
    pub(super) existing: Option<Match>,
    /// Whether its channels are several records' alike.
    pub(super) is_disputed: bool,
    /// What somebody should look at before it is made.
    pub(super) warning: Option<String>,
}

/// A value while it is being gathered.
pub(super) struct Found {
    pub(super) slot: Slot,
    pub(super) value: Json,
    pub(super) source: SourceSpan,
}

impl Draft {
    pub(super) fn new(title: &str, source: SourceSpan) -> Self {
        let found = Found { slot: Slot::Title, value: title.into(), source };
        Self {
            title: title.to_owned(),
            folded: fold(title),
            fields: vec![found],
            existing: None,
            is_disputed: false,
            warning: None,
        }
    }

    /// What is proposed already, to be added to.
    pub(super) fn proposed(record: &ProposedRecord) -> Option<Self> {
        let mut draft = Self::new(&record.title, record.title_source()?.clone());
        let found = record.fields.iter().map(|field| Found {
            slot: field.slot.clone(),
            value: field.value.clone(),
            source: field.source.clone(),
        });
        draft.fields = found.collect();
        draft.existing.clone_from(&record.existing);
        Some(draft)
    }

    /// Adds a value that is not there yet, while there is room.
    pub(super) fn add(&mut self, slot: Slot, value: Json, source: SourceSpan) {
        if self.fields.len() < FIELDS_MAX
            && !self.fields.iter().any(|f| f.slot == slot && f.value == value)
        {
            self.fields.push(Found { slot, value, source });
        }
    }

    /// Adds a value to a column that has none yet.
    pub(super) fn add_first(&mut self, slot: Slot, value: Json, source: SourceSpan) {
        if !self.fields.iter().any(|f| f.slot == slot) {
            self.add(slot, value, source);
        }
    }

    pub(super) fn has_identity(&self, kind: IdentityKind, value: &str) -> bool {
        self.fields.iter().any(|f| f.slot == Slot::Identity(kind) && f.value == value)
    }

    pub(super) fn retitle(&mut self, title: &str) {
        self.title = title.to_owned();
        self.folded = fold(title);
        if let Some(field) = self.fields.iter_mut().find(|f| f.slot == Slot::Title) {
            field.value = title.into();
        }
    }

    /// How far the nearest of its values stands from a place: in messages, then in characters.
    pub(super) fn distance(&self, to: &SourceSpan) -> (usize, usize) {
        let distance = |field: &Found| {
            let source = &field.source;
            (source.message.abs_diff(to.message), source.start.abs_diff(to.start))
        };
        self.fields.iter().map(distance).min().unwrap_or((usize::MAX, usize::MAX))
    }
}

/// The person of this name; a new one while there is room. A first name alone is the one person
/// of that first name, whoever comes first.
pub(super) fn person(people: &mut Vec<Draft>, name: &str, source: SourceSpan) -> Option<usize> {
    let at = known_person(people, name).or_else(|| push(people, name, source))?;
    let draft = people.get_mut(at)?;
    if fold(name).strip_prefix(&draft.folded).is_some_and(|rest| rest.starts_with(' ')) {
        draft.retitle(name);
    }
    Some(at)
}

/// Who of these is meant by a name: whoever has it, else the only one who has it as a first name,
/// or whose first name is all that is known.
pub(super) fn known_person(people: &[Draft], name: &str) -> Option<usize> {
    let wanted = fold(name);
    if let Some(at) = people.iter().position(|draft| draft.folded == wanted) {
        return Some(at);
    }
    let begins = |long: &str, short: &str| {
        !short.contains(' ') && long.strip_prefix(short).is_some_and(|rest| rest.starts_with(' '))
    };
    let fits = |draft: &Draft| begins(&draft.folded, &wanted) || begins(&wanted, &draft.folded);
    let mut fitting = people.iter().enumerate().filter(|(_, draft)| fits(draft));
    match (fitting.next(), fitting.next()) {
        (Some((at, _)), None) => Some(at),
        _ => None,
    }
}

/// The company of this name, also of a longer or a shorter one; a new one while there is room.
pub(super) fn company(companies: &mut Vec<Draft>, name: &str, source: SourceSpan) -> Option<usize> {
    known_company(companies, name).or_else(|| push(companies, name, source))
}

/// The company that is meant by a name, also by a longer or a shorter one.
pub(super) fn known_company(companies: &[Draft], name: &str) -> Option<usize> {
    let wanted = fold(name);
    let continues = |long: &str, short: &str| {
        long.strip_prefix(short).is_some_and(|rest| rest.starts_with(' '))
    };
    companies.iter().position(|draft| {
        let title = draft.folded.as_str();
        title == wanted || continues(title, &wanted) || continues(&wanted, title)
    })
}

/// The company that a domain belongs to; a new one while there is room.
pub(super) fn company_of_domain(
    companies: &mut Vec<Draft>,
    domain: &str,
    source: SourceSpan,
) -> Option<usize> {
    let label = company_label(domain);
    let known = companies.iter().position(|draft| {
        draft.has_identity(IdentityKind::Domain, domain)
            || draft.folded.replace([' ', '-'], "") == label.replace('-', "")
            || draft.folded.split(' ').next() == Some(label)
    });
    known.or_else(|| {
        let mut letters = label.chars();
        let name = letters
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
        push(companies, &name, source)
    })
}

/// A new one, while there is room.
pub(super) fn push(drafts: &mut Vec<Draft>, title: &str, source: SourceSpan) -> Option<usize> {
    if drafts.len() >= DRAFTS_MAX {
        return None;
    }
    drafts.push(Draft::new(title, source));
    Some(drafts.len() - 1)
}

/// `acme` of `mail.acme.co.uk`
pub(super) fn company_label(domain: &str) -> &str {
    let labels = domain.split('.').collect::<Vec<_>>();
    let ending = match labels[..] {
        [_, .., "co" | "com" | "org" | "net" | "ac", last] if last.len() == 2 => 2,
        _ => 1,
    };
    let at = labels.len().saturating_sub(ending + 1);
    labels.get(at).copied().unwrap_or(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_name_is_the_one_person_who_has_it() {
        let source = SourceSpan {
            message: 0,
            start: 0,
            end: 0,
            sentence: String::new(),
            extractor: "name".to_owned(),
            confidence: 90,
            inferred: false,
        };
        let mut people = Vec::new();
        for name in ["Clara", "Clara Neumann", "clara", "Ola Berg", "Ola Lind", "Ola"] {
            person(&mut people, name, source.clone());
        }
        let titles = people.iter().map(|draft| draft.title.as_str()).collect::<Vec<_>>();
        assert_eq!(titles, ["Clara Neumann", "Ola Berg", "Ola Lind", "Ola"]);
    }

    #[test]
    fn the_label_of_a_domain_is_the_name_of_its_company() {
        assert_eq!(company_label("mail.acme.co.uk"), "acme");
        assert_eq!(company_label("acme.io"), "acme");
        assert_eq!(company_label("acme"), "acme");
    }
}
