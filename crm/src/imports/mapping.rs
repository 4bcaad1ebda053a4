//! Where the columns of a file go. Suggestions are made from the blueprint's own names, from what
//! such columns are called in several languages, and from what their values look like; what is
//! asked for is checked against the blueprint and refused by name.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::tables::Look;
use crate::blueprints::{Blueprint, ColumnType};
use crate::errors::Refusal;
use crate::flows::listed;
use crate::folding::fold;
use crate::records::IdentityKind;

/// Where the cells of a column go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// The title. Several columns are joined in their order, as given and family names are.
    Title,
    /// The key of a record that is there.
    Key,
    /// Who looks after it, by e-mail address or name.
    Owner,
    /// The pipeline.
    Pipeline,
    /// The stage.
    Stage,
    /// The company it belongs to, by key, domain or name.
    Company,
    /// A note.
    Note,
    /// Tags, separated by commas.
    Tags,
    /// The currency of the row's amounts.
    Currency,
    /// A channel or another name.
    Identity(IdentityKind),
    /// A column of the blueprint, by id.
    Column(String),
    /// Nowhere.
    Skip,
}

impl Target {
    /// Reads a target of a mapping.
    ///
    /// # Errors
    /// A refusal that names what there is instead.
    pub fn parse(given: &str, blueprint: &Blueprint) -> Result<Self, Refusal> {
        let wanted = given.trim();
        if let Some(id) = wanted.strip_prefix("column:") {
            return Self::of_column(id, blueprint);
        }
        let plain = fold(wanted.strip_prefix("identity:").unwrap_or(wanted));
        let target = match plain.as_str() {
            "title" => Self::Title,
            "key" => Self::Key,
            "owner" => Self::Owner,
            "pipeline" if !blueprint.flows.is_empty() => Self::Pipeline,
            "stage" if !blueprint.flows.is_empty() => Self::Stage,
            "company" if blueprint.key != "company" && own(blueprint, wanted).is_none() => {
                Self::Company
            }
            "tags" if own(blueprint, wanted).is_none() => Self::Tags,
            "note" if own(blueprint, wanted).is_none() => Self::Note,
            "currency" if own(blueprint, wanted).is_none() => Self::Currency,
            "skip" | "-" | "" => Self::Skip,
            _ => match IdentityKind::parse(&plain) {
                Some(kind) if takes(blueprint, kind) => Self::Identity(kind),
                _ => return Self::of_column(wanted, blueprint),
            },
        };
        Ok(target)
    }

    fn of_column(given: &str, blueprint: &Blueprint) -> Result<Self, Refusal> {
        if let Some(id) = own(blueprint, given) {
            return Ok(Self::Column(id));
        }
        let shown = given.trim().chars().take(60).collect::<String>();
        let wanted = fold(given.trim());
        let shelved = blueprint.shelved.iter().find(|c| c.id == wanted || fold(&c.name) == wanted);
        if let Some(column) = shelved {
            return Err(Refusal::gone(format!(
                "The column {} of {} was put aside. Bring it back, or map to another.",
                column.name, blueprint.plural
            )));
        }
        if fold(&blueprint.title) == wanted {
            return Ok(Self::Title);
        }
        let mut all = blueprint.columns.iter().map(|c| c.id.clone()).collect::<Vec<_>>();
        all.push("title, key, owner, tags, note".to_owned());
        if blueprint.identities {
            all.push("email, phone, domain".to_owned());
        }
        if !blueprint.flows.is_empty() {
            all.push("stage".to_owned());
        }
        all.push("skip".to_owned());
        Err(Refusal::invalid(format!(
            "A {} has no place “{shown}” for a column of a file. There is {}.",
            blueprint.name,
            listed(&all)
        )))
    }

    /// The target as a mapping names it.
    pub fn written(&self) -> String {
        match self {
            Self::Title => "title".to_owned(),
            Self::Key => "key".to_owned(),
            Self::Owner => "owner".to_owned(),
            Self::Pipeline => "pipeline".to_owned(),
            Self::Stage => "stage".to_owned(),
            Self::Company => "company".to_owned(),
            Self::Note => "note".to_owned(),
            Self::Tags => "tags".to_owned(),
            Self::Currency => "currency".to_owned(),
            Self::Identity(kind) => kind.as_str().to_owned(),
            Self::Column(id) => format!("column:{id}"),
            Self::Skip => "skip".to_owned(),
        }
    }

    /// Whether several columns of a file may go there.
    fn takes_several(&self) -> bool {
        matches!(self, Self::Title | Self::Identity(_) | Self::Note | Self::Tags | Self::Skip)
    }
}

fn own(blueprint: &Blueprint, given: &str) -> Option<String> {
    let wanted = fold(given.trim());
    let found = blueprint.columns.iter().find(|c| c.id == wanted || fold(&c.name) == wanted);
    found.map(|column| column.id.clone())
}

fn takes(blueprint: &Blueprint, kind: IdentityKind) -> bool {
    blueprint.identities || kind == IdentityKind::Alias
}

/// The targets of a file's columns, in their order.
///
/// # Errors
/// A refusal that names the column that the file does not have, or the place that there is not.
pub fn targets(
    columns: &[String],
    mapping: &BTreeMap<String, String>,
    blueprint: &Blueprint,
) -> Result<Vec<Target>, Refusal> {
    let mut targets = vec![Target::Skip; columns.len()];
    let mut taken = BTreeSet::new();
    for (name, given) in mapping {
        let wanted = fold(name.trim());
        let Some(place) = columns.iter().position(|column| fold(column) == wanted) else {
            let shown = name.chars().take(60).collect::<String>();
            return Err(Refusal::invalid(format!(
                "The file has no column “{shown}”. It has {}.",
                listed(&columns.iter().take(30).collect::<Vec<_>>())
            )));
        };
        let target = Target::parse(given, blueprint)?;
        if !target.takes_several() && !taken.insert(target.clone()) {
            return Err(Refusal::invalid(format!(
                "Two columns of the file are mapped to “{}”, which takes one. Skip one of them.",
                target.written()
            )));
        }
        targets[place] = target;
    }
    Ok(targets)
}

/// Where a column would go, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Suggestion {
    /// The column of the file.
    pub column: String,
    /// Where it would go, as a mapping names it.
    pub target: String,
    /// Why, as a sentence.
    pub why: String,
}

/// What columns are called in files, by where they go: English, German, French, Spanish, Italian,
/// Portuguese, Dutch, Polish, Turkish, Ukrainian, Russian, Japanese and Chinese, and what address
/// books and other CRMs export.
const SYNONYMS: &[(&str, &str)] = &[
    ("key", "record key|tieline key"),
    (
        "title",
        "name|full name|display name|contact|contact name|person|first name|given name|forename|last name|surname|family name|vorname|nachname|familienname|nom|prenom|nom complet|nombre|nombre completo|apellido|apellidos|nome|cognome|nome completo|sobrenome|naam|voornaam|achternaam|imie|nazwisko|imie i nazwisko|ad|soyad|ad soyad|имя|фамилия|фио|ім'я|прізвище|піб|氏名|名前|姓名|company|company name|firma|firmenname|unternehmen|organisation|organization|organization name|account|account name|raison sociale|empresa|azienda|bedrijf|deal|deal name|opportunity|opportunity name|subject|betreff",
    ),
    (
        "email",
        "email|e mail|e-mail|mail|email address|e-mail address|e-mail-adresse|emailadresse|mailadresse|courriel|adresse e-mail|adresse email|correo|correo electronico|posta elettronica|indirizzo e-mail|endereco de e-mail|e-mailadres|adres e-mail|e-posta|eposta|электронная почта|почта|эл. почта|електронна пошта|пошта|メール|メールアドレス|电子邮件|邮箱|work email|email 1|e-mail 1 - value|primary email",
    ),
    (
        "phone",
        "phone|telephone|tel|tel.|phone number|mobile|mobile phone|cell|cell phone|telefon|telefonnummer|handy|mobil|rufnummer|telephone portable|portable|telefono|movil|cellulare|telefone|celular|telefoon|mobiel|telefoonnummer|numer telefonu|komorka|cep|cep telefonu|телефон|мобильный|мобільний|電話|電話番号|电话|手机|phone 1 - value|work phone|business phone",
    ),
    ("domain", "domain|domain name|company domain|domaine|dominio|domein|домен"),
    ("linkedin", "linkedin|linkedin url|linkedin profile|linkedin-profil|person linkedin url"),
    ("github", "github|github url|github username|github user"),
    ("telegram", "telegram|telegram username|телеграм"),
    ("twitter", "twitter|x|twitter handle|twitter username"),
    ("discord", "discord|discord username|discord user"),
    ("matrix", "matrix|matrix id|matrix user"),
    ("alias", "nickname|alias|also known as|aka|spitzname|surnom|apodo|псевдоним"),
    (
        "owner",
        "owner|record owner|contact owner|account owner|deal owner|assigned to|assignee|besitzer|zustandig|verantwortlich|verantwortlicher|betreuer|proprietaire|responsable|propietario|proprietario|responsavel|eigenaar|wlasciciel|opiekun|sahip|ответственный|владелец|відповідальний|担当者|负责人",
    ),
    ("pipeline", "pipeline|pijplijn|воронка"),
    (
        "stage",
        "stage|deal stage|status|phase|lead status|etape|etapa|fase|faza|etap|asama|стадия|этап|этап сделки|статус|стадія|ステージ|阶段",
    ),
    (
        "company",
        "company|company name|organization|organisation|organization name|organization 1 - name|employer|account|account name|firma|firmenname|unternehmen|arbeitgeber|entreprise|societe|empresa|compania|azienda|societa|ditta|bedrijf|bedrijfsnaam|sirket|компания|организация|компанія|会社|会社名|公司",
    ),
    (
        "tags",
        "tags|tag|labels|label|categories|category|schlagworte|schlagworter|kategorien|etiquettes|libelles|etiquetas|etichette|marcadores|labels|etykiety|etiketler|теги|метки|мітки|タグ|标签|keywords|groups|group membership",
    ),
    (
        "note",
        "note|notes|comment|comments|remark|remarks|notiz|notizen|bemerkung|bemerkungen|kommentar|commentaire|commentaires|remarque|nota|notas|comentario|comentarios|commento|opmerking|notatka|uwagi|not|заметка|комментарий|примечание|нотатка|коментар|備考|备注",
    ),
    (
        "currency",
        "currency|wahrung|devise|moneda|valuta|moeda|waluta|para birimi|валюта|通貨|货币|deal currency|amount currency",
    ),
    (
        "column:job_title",
        "job title|title|position|role|function|jobtitle|titel|berufsbezeichnung|funktion|poste|fonction|cargo|puesto|ruolo|qualifica|functie|stanowisko|unvan|должность|посада|役職|职位|organization 1 - title",
    ),
    (
        "column:website",
        "website|web|url|web page|homepage|site web|sitio web|pagina web|sito web|strona www|strona internetowa|web sitesi|сайт|ウェブサイト|网站|company domain name",
    ),
    (
        "column:industry",
        "industry|branche|secteur|sector|settore|setor|bransche|branza|sektor|отрасль|галузь|業種|行业",
    ),
    (
        "column:value",
        "value|amount|deal amount|deal value|price|wert|betrag|summe|auftragswert|montant|valeur|importe|valor|monto|importo|valore|bedrag|waarde|wartosc|kwota|tutar|сумма|сума|金額|金额",
    ),
    (
        "column:close_on",
        "close date|expected close|expected close date|closing date|abschlussdatum|abschluss|date de cloture|fecha de cierre|data di chiusura|data de fechamento|sluitdatum|data zamkniecia|дата закрытия",
    ),
    (
        "column:about",
        "about|description|beschreibung|descripcion|descrizione|descricao|omschrijving|opis|описание|опис|説明|描述|bio",
    ),
];

/// Whether files name columns like this.
pub(super) fn is_known_name(given: &str) -> bool {
    let wanted = fold(given.trim());
    SYNONYMS.iter().any(|(_, names)| names.split('|').any(|name| fold(name) == wanted))
}

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Email,
    Phone,
    Url,
    Date,
    Money,
    Number,
}

/// What a text looks like; none means words.
pub(super) fn shape_of(text: &str) -> Option<Shape> {
    let text = text.trim();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let only = |also: &str| text.chars().all(|c| c.is_ascii_digit() || also.contains(c));
    if let Some((local, domain)) = text.split_once('@')
        && !local.is_empty()
        && domain.contains('.')
        && !text.contains(char::is_whitespace)
    {
        return Some(Shape::Email);
    }
    if text.starts_with("https://") || text.starts_with("http://") || text.starts_with("www.") {
        return Some(Shape::Url);
    }
    if digits == 0 {
        return None;
    }
    let parts = text.split(['-', '.', '/']).collect::<Vec<_>>();
    if let [a, b, c] = parts.as_slice()
        && only("-./")
        && [a, b, c].iter().all(|part| (1..=4).contains(&part.len()))
        && (a.len() == 4 || c.len() == 4 || (a.len() <= 2 && b.len() <= 2 && c.len() == 2))
    {
        return Some(Shape::Date);
    }
    if (text.starts_with('+') || text.starts_with("00") || text.contains([' ', '/', '(']))
        && only("+ -/().")
        && (7..=16).contains(&digits)
    {
        return Some(Shape::Phone);
    }
    if only("-.,'’ \u{a0}") {
        return Some(Shape::Number);
    }
    let letters = text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
    let sign = text.contains(['€', '$', '£', '¥', '₴', '₽', '₹']);
    let code = letters.len() == 3 && letters.bytes().all(|b| b.is_ascii_uppercase());
    let rest = |c: char| c.is_ascii_digit() || "-., \u{a0}'€$£¥₴₽₹".contains(c);
    if (sign && text.chars().all(rest))
        || (code && text.chars().all(|c| rest(c) || c.is_ascii_uppercase()))
    {
        return Some(Shape::Money);
    }
    None
}

/// Where the columns of a file would go.
pub fn suggest(look: &Look, blueprint: &Blueprint) -> Vec<Suggestion> {
    let mut taken = BTreeSet::new();
    let mut suggestions = vec![None; look.table.columns.len()];
    let mut suggest = |place: usize, target: Target, why: String| {
        let free = target.takes_several() || !taken.contains(&target);
        if free && suggestions[place].is_none() {
            taken.insert(target.clone());
            suggestions[place] = Some((target, why));
        }
    };
    // The blueprint's own names come first, so that no other column takes their place.
    for (place, name) in look.table.columns.iter().enumerate() {
        if let Some(id) = own(blueprint, name) {
            suggest(place, Target::Column(id), "It is called like it.".to_owned());
        } else if [&blueprint.title, &blueprint.name].iter().any(|own| fold(name) == fold(own)) {
            suggest(place, Target::Title, "It is called like it.".to_owned());
        } else if let Ok(target) = Target::parse(name, blueprint) {
            suggest(place, target, "It is called like it.".to_owned());
        }
    }
    for (place, name) in look.table.columns.iter().enumerate() {
        // “Name (2)” and “E-mail 2” are called like what they repeat.
        let folded = fold(name.trim());
        let bare = folded.trim_end_matches(|c: char| c.is_ascii_digit() || " ()#".contains(c));
        for (target, names) in meant_here(blueprint) {
            let known = |one: &str| {
                let one = fold(one);
                one == folded || one == bare
            };
            if names.split('|').any(known)
                && let Ok(target) = Target::parse(target, blueprint)
            {
                suggest(place, target, "Such columns are often called so.".to_owned());
            }
        }
    }
    for place in 0..look.table.columns.len() {
        let Some(shape) = shape_of_column(&look.sample, place) else { continue };
        let only = |kind: ColumnType| {
            let mut of_kind = blueprint.columns.iter().filter(|c| c.kind == kind);
            match (of_kind.next(), of_kind.next()) {
                (Some(column), None) => Some(Target::Column(column.id.clone())),
                _ => None,
            }
        };
        let (target, what) = match shape {
            Shape::Email if blueprint.identities => {
                (Some(Target::Identity(IdentityKind::Email)), "e-mail addresses")
            }
            Shape::Email => (only(ColumnType::Email), "e-mail addresses"),
            Shape::Phone if blueprint.identities => {
                (Some(Target::Identity(IdentityKind::Phone)), "phone numbers")
            }
            Shape::Phone => (only(ColumnType::Phone), "phone numbers"),
            Shape::Url => (only(ColumnType::Url), "web addresses"),
            Shape::Date => (only(ColumnType::Date), "days"),
            Shape::Money => (only(ColumnType::Money), "amounts of money"),
            Shape::Number => (None, "numbers"),
        };
        if let Some(target) = target {
            suggest(place, target, format!("Its values look like {what}."));
        }
    }
    let columns = look.table.columns.iter().zip(suggestions);
    columns
        .filter_map(|(column, suggested)| {
            let (target, why) = suggested?;
            Some(Suggestion { column: column.clone(), target: target.written(), why })
        })
        .collect()
}

/// The synonyms as this blueprint takes them: of a person, a company's name is not the title.
fn meant_here(blueprint: &Blueprint) -> Vec<(&'static str, &'static str)> {
    let mut meant = SYNONYMS.to_vec();
    if blueprint.key != "company" && blueprint.identities {
        // What is the company's comes before what may be the title.
        meant.sort_by_key(|(target, _)| match *target {
            "company" | "column:job_title" => 0,
            _ => 1,
        });
    }
    meant
}

/// What most values of a column look like.
fn shape_of_column(sample: &[Vec<String>], place: usize) -> Option<Shape> {
    let cells = sample.iter().filter_map(|row| row.get(place)).filter(|c| !c.trim().is_empty());
    let shapes = cells.map(|cell| shape_of(cell)).collect::<Vec<_>>();
    let first = shapes.iter().flatten().next().copied()?;
    let alike = shapes.iter().filter(|shape| **shape == Some(first)).count();
    (alike * 10 >= shapes.len() * 8).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::Upload;
    use crate::imports::tables::{Layout, look};
    use crate::templates::template;

    fn blueprint(key: &str) -> Blueprint {
        let crm = template("crm").expect("there is one");
        crm.blueprints.into_iter().find(|b| b.key == key).expect("there is one")
    }

    fn check(key: &str, file: &str, expected: &[(&str, &str)]) {
        let upload =
            Upload { bytes: 0, sha256: String::new(), is_utf8: true, converted_from: None };
        let look = look(file.as_bytes(), true, &upload, &Layout::default()).expect("it reads");
        let found = suggest(&look, &blueprint(key));
        let found = found.iter().map(|s| (s.column.as_str(), s.target.as_str()));
        assert_eq!(found.collect::<Vec<_>>(), expected, "{file}");
    }

    #[test]
    fn columns_are_suggested_by_names_in_many_languages_and_by_their_values() {
        check(
            "person",
            "Vorname;Nachname;E-Mail-Adresse;Telefon;Firma;Position\na;b;c;d;e;f\n",
            &[
                ("Vorname", "title"),
                ("Nachname", "title"),
                ("E-Mail-Adresse", "email"),
                ("Telefon", "phone"),
                ("Firma", "company"),
                ("Position", "column:job_title"),
            ],
        );
        check(
            "person",
            "Имя,Компания,Должность,Почта\nа,б,в,г\n",
            &[
                ("Имя", "title"),
                ("Компания", "company"),
                ("Должность", "column:job_title"),
                ("Почта", "email"),
            ],
        );
        check(
            "company",
            "Company,Website,E-mail 2\nAcme,acme.io,a@acme.io\n",
            &[("Company", "title"), ("Website", "column:website"), ("E-mail 2", "email")],
        );
        check(
            "deal",
            "Deal name,Amount,Close date,Stage,Owner\nx,1,2027-01-01,won,r\n",
            &[
                ("Deal name", "title"),
                ("Amount", "column:value"),
                ("Close date", "column:close_on"),
                ("Stage", "stage"),
                ("Owner", "owner"),
            ],
        );
        check(
            "person",
            "who,c1,c2\nAnna,anna@acme.io,+49 30 1234567\n",
            &[("c1", "email"), ("c2", "phone")],
        );
    }

    #[test]
    fn a_mapping_to_nothing_there_is_refused_by_name() {
        let mut person = blueprint("person");
        let columns = ["Name".to_owned(), "Size".to_owned()];
        let refused = |person: &Blueprint, column: &str, target: &str| {
            let mapping = BTreeMap::from([(column.to_owned(), target.to_owned())]);
            targets(&columns, &mapping, person).expect_err("refused").message
        };
        assert!(refused(&person, "Weight", "title").contains("no column “Weight”"));
        assert!(refused(&person, "Size", "shoe").contains("has no place “shoe”"));
        assert!(refused(&person, "Size", "column:shoe").contains("has no place “shoe”"));
        let about = person.columns.remove(1);
        person.shelved.push(about);
        assert!(refused(&person, "Size", "about").contains("was put aside"));
        let twice = BTreeMap::from([
            ("Name".to_owned(), "owner".to_owned()),
            ("Size".to_owned(), "owner".to_owned()),
        ]);
        let refusal = targets(&columns, &twice, &person).expect_err("refused");
        assert!(refusal.message.contains("which takes one"));
    }
}
