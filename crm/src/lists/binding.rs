//! Binding: what the words of a filter mean in this tenant. Columns are found by name in the
//! newest version of each blueprint that the filter still allows, values are read as what the
//! columns hold, and what is not understood is refused with what there is instead.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::blueprints::{Blueprint, Classification, Column, ColumnType, index_text};
use crate::errors::{Refusal, StoreError};
use crate::flows::{StageKind, listed};
use crate::folding::fold;
use crate::ids::{BlueprintId, MemberId, RecordId, SpaceId};
use crate::lists::condition::{ColumnTest, Condition, Moment, Span, StageOf, TextTest};
use crate::lists::language::{Filter, Given, Operator, Term};
use crate::lists::searching::title_words;
use crate::lists::values::{self, Today};
use crate::ports::Read;
use crate::records::IdentityKind;
use crate::scoring::{Product, SCORE_COLUMN, product_called, score_column};
use crate::segments::Segment;
use crate::tags::{self, Tag};
use crate::tenants::{Member, Space};

/// The columns that every record has, as filters name them.
const STANDARD: [&str; 12] = [
    "blueprint",
    "key",
    "title",
    "owner",
    "stage",
    "kind",
    "space",
    "created",
    "updated",
    "touched",
    "tag",
    "segment",
];
/// How alike a name must be to be offered.
const NEAR: f64 = 0.8;

/// Who is shown the answer, and with it which columns may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The member alone: every column but the sensitive ones, whose every reading is noted.
    Member,
    /// A room: only columns that may stand on a card there.
    Room,
}

/// What the words of a filter can mean.
#[derive(Debug, Clone)]
pub struct Known {
    /// The newest version of each blueprint.
    pub blueprints: Vec<Arc<Blueprint>>,
    /// All members.
    pub members: Vec<Member>,
    /// All spaces.
    pub spaces: Vec<Space>,
    /// The library of tags.
    pub tags: Vec<Tag>,
    /// All segments.
    pub segments: Vec<Segment>,
    /// All products, whose scores are columns: `score.annual_plan>60`.
    pub products: Vec<Product>,
    /// Who `me` is.
    pub me: Option<MemberId>,
    /// What time it is.
    pub now: DateTime<Utc>,
    /// Where days begin and end.
    pub timezone: Tz,
    /// Who is shown the answer.
    pub audience: Audience,
}

/// A condition on one blueprint's column, or why there can be none.
type Meant = Result<Condition, Refusal>;

impl Known {
    /// What there is now.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn read(
        read: &mut dyn Read,
        me: Option<MemberId>,
        now: DateTime<Utc>,
        audience: Audience,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            blueprints: read.blueprints().await?,
            members: read.members().await?,
            spaces: read.spaces().await?,
            tags: read.tags().await?,
            segments: read.segments().await?,
            products: read.products().await?,
            me,
            now,
            timezone: read.tenant().await?.timezone.parse().unwrap_or(Tz::UTC),
            audience,
        })
    }

    /// What a filter comes to here.
    ///
    /// # Errors
    /// A refusal that names the part that means nothing, what is understood there and an example.
    pub fn bind(&self, filter: &Filter) -> Result<Condition, Refusal> {
        let all = self.blueprints.iter().map(Arc::as_ref).collect::<Vec<_>>();
        self.bound(filter, &all)
    }

    fn bound(&self, filter: &Filter, scope: &[&Blueprint]) -> Result<Condition, Refusal> {
        let all = |parts: &[Filter], scope: &[&Blueprint]| {
            parts.iter().map(|part| self.bound(part, scope)).collect::<Result<Vec<_>, _>>()
        };
        Ok(match filter {
            Filter::Every(parts) => Condition::Every(all(parts, &self.narrowed(filter, scope)?)?),
            Filter::Any(parts) => Condition::Any(all(parts, scope)?),
            Filter::Not(inner) => Condition::Not(Box::new(self.bound(inner, scope)?)),
            Filter::Words(words) => {
                Condition::Every(title_words(words).into_iter().map(Condition::Word).collect())
            }
            Filter::Term(term) => self.term(term, scope)?,
        })
    }

    /// The blueprints that the terms of a filter leave.
    pub(super) fn narrowed<'b>(
        &self,
        filter: &Filter,
        scope: &[&'b Blueprint],
    ) -> Result<Vec<&'b Blueprint>, Refusal> {
        let parts = match filter {
            Filter::Every(parts) => parts.as_slice(),
            one => std::slice::from_ref(one),
        };
        let mut left = scope.to_vec();
        for part in parts {
            if let Filter::Term(term) = part
                && fold(&term.column) == "blueprint"
            {
                let ids = self.blueprint_ids(term)?;
                left.retain(|one| one.id.as_ref().is_some_and(|id| ids.contains(id)));
            }
        }
        Ok(left)
    }

    fn term(&self, term: &Term, scope: &[&Blueprint]) -> Result<Condition, Refusal> {
        let one = |text: &str| -> Result<Condition, Refusal> { self.presence(text, scope) };
        let texts = |what: &str| plain(term, what);
        let any = |parts: Vec<Condition>| match <[Condition; 1]>::try_from(parts) {
            Ok([only]) => only,
            Err(parts) => Condition::Any(parts),
        };
        let name = fold(&term.column);
        let parts = match name.as_str() {
            "has" | "no" => {
                let found = texts("the name of a column, like has:owner or no:owner")?
                    .into_iter()
                    .map(one)
                    .collect::<Result<Vec<_>, _>>()?;
                let there = any(found);
                return Ok(if name == "has" { there } else { Condition::Not(Box::new(there)) });
            }
            "blueprint" => return Ok(Condition::Blueprint(self.blueprint_ids(term)?)),
            "key" => texts("a key like DEAL-12")?
                .into_iter()
                .map(|key| Condition::Key(key.trim().to_uppercase()))
                .collect(),
            "title" => title(term)?,
            "owner" => texts("me, or a member's name or e-mail address")?
                .into_iter()
                .map(|who| match fold(who).as_str() {
                    "none" | "nobody" => Ok(Condition::Not(Box::new(Condition::HasOwner))),
                    _ => self.owner(who).map(Condition::Owner),
                })
                .collect::<Result<_, _>>()?,
            "stage" | "state" => texts("a stage, like stage:negotiating")?
                .into_iter()
                .map(|stage| stages(stage, scope))
                .collect::<Result<_, _>>()?,
            "kind" => texts("open, won or lost")?
                .into_iter()
                .map(|kind| of_kind(kind, scope))
                .collect::<Result<_, _>>()?,
            "space" => texts("the name of a space")?
                .into_iter()
                .map(|space| self.space_named(space).map(Condition::Space))
                .collect::<Result<_, _>>()?,
            "tag" => self.tagged(term)?,
            "segment" => texts("the name of a segment, like segment:big")?
                .into_iter()
                .map(|segment| self.segment(segment))
                .collect::<Result<_, _>>()?,
            "created" => self.moments(term, Moment::Created)?,
            "updated" => self.moments(term, Moment::Updated)?,
            "touched" => self.moments(term, Moment::Touched)?,
            _ => return self.custom(term, scope),
        };
        Ok(any(parts))
    }

    /// The product whose score this column is.
    pub(super) fn scored(&self, name: &str) -> Result<Option<&Product>, Refusal> {
        match fold(name).strip_prefix(SCORE_COLUMN) {
            Some(product) => product_called(&self.products, product).map(Some),
            None => Ok(None),
        }
    }

    /// The column of a product's score in each blueprint that has it.
    fn score_of(
        &self,
        product: &Product,
        scope: &[&Blueprint],
        test: impl Fn() -> Result<ColumnTest, Refusal>,
    ) -> Meant {
        let mut parts = Vec::new();
        for blueprint in scope.iter().filter(|blueprint| product.takes(&blueprint.key)) {
            let Some(blueprint) = blueprint.id.clone() else { continue };
            let column = score_column(&product.key);
            parts.push(Condition::Column { blueprint, column, test: test()? });
        }
        Ok(Condition::Any(parts))
    }

    /// A term on columns of blueprints, on scores, or on identities.
    fn custom(&self, term: &Term, scope: &[&Blueprint]) -> Result<Condition, Refusal> {
        if let Some(product) = self.scored(&term.column)? {
            let parts = term.values.iter().map(|given| {
                let test = || values::number_test(&term.column, term.operator, given, false);
                self.score_of(product, scope, test)
            });
            return one_of(parts.collect());
        }
        let mut meant: Vec<Meant> = Vec::new();
        for (_, id, column) in self.columns(&term.column, scope)? {
            let tests = term
                .values
                .iter()
                .map(|given| self.test(column, term.operator, given))
                .collect::<Result<Vec<_>, _>>();
            meant.push(tests.map(|tests| {
                Condition::Any(
                    tests
                        .into_iter()
                        .map(|test| Condition::Column {
                            blueprint: id.clone(),
                            column: column.id.clone(),
                            test,
                        })
                        .collect(),
                )
            }));
        }
        if let Some(kind) = identity_kind(&term.column, scope) {
            let what = format!("a whole {}", kind.as_str());
            meant.push(plain(term, &what).map(|values| {
                let value = |text: &str| Some(text.trim().to_lowercase());
                let each =
                    values.into_iter().map(|v| Condition::Identity { kind, value: value(v) });
                Condition::Any(each.collect())
            }));
        }
        if meant.is_empty() && is_title(&term.column, scope) {
            return one_of(vec![Ok(Condition::Any(title(term)?))]);
        }
        if meant.is_empty() {
            let example = "stage:negotiating owner:me value>10000";
            return Err(self.unknown(&term.column, scope, &STANDARD, "filter", example));
        }
        one_of(meant)
    }

    /// Whether a record has a value there.
    fn presence(&self, name: &str, scope: &[&Blueprint]) -> Result<Condition, Refusal> {
        match fold(name).as_str() {
            "owner" => return Ok(Condition::HasOwner),
            "stage" | "state" => return Ok(Condition::HasStage),
            "touched" => return Ok(Condition::HasTouched),
            "tag" => return Ok(Condition::HasTag),
            _ => {}
        }
        if let Some(product) = self.scored(name)? {
            return self.score_of(product, scope, || Ok(ColumnTest::Present));
        }
        let mut meant = Vec::new();
        for (_, id, column) in self.columns(name, scope)? {
            let (blueprint, column) = (id.clone(), column.id.clone());
            meant.push(Ok(Condition::Column { blueprint, column, test: ColumnTest::Present }));
        }
        if let Some(kind) = identity_kind(name, scope) {
            meant.push(Ok(Condition::Identity { kind, value: None }));
        }
        if meant.is_empty() {
            let optional = ["owner", "stage", "tag", "touched", "email", "phone", "domain"];
            return Err(self.unknown(name, scope, &optional, "filter", "has:owner -has:phone"));
        }
        one_of(meant)
    }

    /// The columns of this name, by id or name, that the audience may be shown.
    pub(super) fn columns<'b>(
        &self,
        name: &str,
        scope: &[&'b Blueprint],
    ) -> Result<Vec<(&'b Blueprint, &'b BlueprintId, &'b Column)>, Refusal> {
        let wanted = fold(name.trim());
        let mut found = Vec::new();
        let mut hidden = None;
        for blueprint in scope {
            let column = blueprint
                .columns
                .iter()
                .find(|column| fold(&column.id) == wanted || fold(&column.name) == wanted);
            let (Some(id), Some(column)) = (&blueprint.id, column) else { continue };
            match (self.audience, column.classification) {
                // A filter would tell what they hold.
                (_, Classification::Sensitive) => hidden = Some(column),
                (Audience::Member, _) | (_, Classification::Public) => {
                    found.push((*blueprint, id, column));
                }
                _ => hidden = Some(column),
            }
        }
        match (found.is_empty(), hidden) {
            (true, Some(column)) if column.classification == Classification::Sensitive => {
                Err(Refusal::forbidden(format!(
                    "{} is sensitive, so no list is chosen or sorted by it. Open a record to read \
                     it, if you may.",
                    column.name
                )))
            }
            (true, Some(column)) => Err(Refusal::forbidden(format!(
                "{} is private, so nothing is told about it in a room. Ask on the page instead.",
                column.name
            ))),
            _ => Ok(found),
        }
    }

    fn test(
        &self,
        column: &Column,
        operator: Operator,
        given: &Given,
    ) -> Result<ColumnTest, Refusal> {
        let name = column.name.as_str();
        let today = Today { now: self.now, timezone: self.timezone };
        let text = |what: &str| one_text(name, operator, given, what);
        Ok(match column.kind {
            ColumnType::Integer | ColumnType::Decimal => {
                values::number_test(name, operator, given, false)?
            }
            ColumnType::Money => values::number_test(name, operator, given, true)?,
            ColumnType::Date => ColumnTest::Time(values::span(name, operator, given, today, true)?),
            ColumnType::DateTime => {
                ColumnTest::Time(values::span(name, operator, given, today, false)?)
            }
            ColumnType::Boolean => {
                let given = text("yes or no")?;
                let number = match fold(&given).as_str() {
                    "yes" | "true" | "1" => 1.0,
                    "no" | "false" | "0" => 0.0,
                    _ => return Err(takes(name, "yes or no", &given)),
                };
                let bound = std::ops::Bound::Included(number);
                ColumnTest::Number { low: bound, high: bound, currency: None }
            }
            ColumnType::Select | ColumnType::MultiSelect => {
                let given = text("one of its options")?;
                ColumnTest::Text(TextTest::Equals(option(column, &given)?))
            }
            ColumnType::Reference => {
                let given = text("the id of a record, like rec_06cq3m5v9k2f8h1t")?;
                let id = given.trim().parse::<RecordId>().map_err(|_| {
                    takes(name, "the id of a record, like rec_06cq3m5v9k2f8h1t", &given)
                })?;
                ColumnTest::Text(TextTest::Equals(index_text(id.as_str())))
            }
            ColumnType::Text
            | ColumnType::LongText
            | ColumnType::Markdown
            | ColumnType::Url
            | ColumnType::Email
            | ColumnType::Phone
            | ColumnType::Attachment => {
                let folded = index_text(&text("text")?);
                ColumnTest::Text(match operator {
                    Operator::Equals => TextTest::Equals(folded),
                    _ => TextTest::Begins(folded),
                })
            }
        })
    }

    fn moments(&self, term: &Term, moment: Moment) -> Result<Vec<Condition>, Refusal> {
        let today = Today { now: self.now, timezone: self.timezone };
        let span = |given: &Given| -> Result<Span, Refusal> {
            values::span(&term.column, term.operator, given, today, false)
        };
        term.values.iter().map(|v| Ok(Condition::Time(moment, span(v)?))).collect()
    }

    fn blueprint_ids(&self, term: &Term) -> Result<Vec<BlueprintId>, Refusal> {
        let mut ids = Vec::new();
        for given in plain(term, "the key of a blueprint, like blueprint:deal")? {
            let wanted = fold(given.trim());
            let found = self.blueprints.iter().find(|one| {
                [&one.key, &one.name, &one.plural].iter().any(|name| fold(name) == wanted)
            });
            let keys = self.blueprints.iter().map(|one| one.key.as_str()).collect::<Vec<_>>();
            let id = found.and_then(|one| one.id.clone()).ok_or_else(|| {
                Refusal::not_found(format!(
                    "There is no blueprint “{}”.{} There is {}.",
                    shortened(given),
                    nearest(&wanted, keys.iter().copied()),
                    listed(&keys)
                ))
            })?;
            ids.push(id);
        }
        Ok(ids)
    }

    fn owner(&self, given: &str) -> Result<MemberId, Refusal> {
        let wanted = fold(given.trim().trim_start_matches('@'));
        if wanted == "me" {
            return self.me.clone().ok_or_else(|| {
                Refusal::invalid(
                    "I do not know who “me” is here. Link your chat account, or name the owner.",
                )
            });
        }
        let exact = self
            .members
            .iter()
            .find(|member| fold(member.id.as_str()) == wanted || fold(&member.email) == wanted);
        if let Some(member) = exact {
            return Ok(member.id.clone());
        }
        let full = |member: &&Member| fold(&member.name) == wanted;
        let first =
            |member: &&Member| fold(&member.name).split(' ').next() == Some(wanted.as_str());
        let mut found = self.members.iter().filter(full).collect::<Vec<_>>();
        if found.is_empty() {
            found = self.members.iter().filter(first).collect();
        }
        match found.as_slice() {
            [member] => Ok(member.id.clone()),
            [] => {
                let names = self.members.iter().filter(|m| m.active).map(|m| m.name.as_str());
                let names = names.take(20).collect::<Vec<_>>();
                Err(Refusal::not_found(format!(
                    "There is no member called “{}”.{} There is {}.",
                    shortened(given),
                    nearest(&wanted, names.iter().copied()),
                    listed(&names)
                )))
            }
            _ => Err(Refusal::invalid(format!(
                "Several members are called “{}”; use the e-mail address.",
                shortened(given)
            ))),
        }
    }

    /// The space of this name or id.
    ///
    /// # Errors
    /// A refusal with the spaces there are.
    pub fn space_named(&self, given: &str) -> Result<SpaceId, Refusal> {
        let wanted = fold(given.trim());
        let found = self
            .spaces
            .iter()
            .find(|space| fold(&space.name) == wanted || fold(space.id.as_str()) == wanted);
        let names = self.spaces.iter().map(|space| space.name.as_str()).collect::<Vec<_>>();
        found.map(|space| space.id.clone()).ok_or_else(|| {
            Refusal::not_found(format!(
                "There is no space called “{}”.{} There is {}.",
                shortened(given),
                nearest(&wanted, names.iter().copied()),
                listed(&names)
            ))
        })
    }

    fn tagged(&self, term: &Term) -> Result<Vec<Condition>, Refusal> {
        let given = plain(term, "the name of a tag, like tag:vip")?;
        let condition = |given: &str| match tags::key_of(given).as_str() {
            tags::NONE => Ok(Condition::Not(Box::new(Condition::HasTag))),
            _ => Ok(Condition::Tag(tags::named(&self.tags, given)?.id.clone())),
        };
        given.into_iter().map(condition).collect()
    }

    fn segment(&self, given: &str) -> Result<Condition, Refusal> {
        let segment = crate::segments::named(&self.segments, given)?;
        if self.audience == Audience::Room && segment.private {
            return Err(Refusal::forbidden(format!(
                "{} is chosen by private columns, so nothing is told about it in a room. Ask on \
                 the page instead.",
                segment.name
            )));
        }
        Ok(Condition::Segment(segment.id.clone()))
    }

    pub(super) fn unknown(
        &self,
        name: &str,
        scope: &[&Blueprint],
        standard: &[&str],
        what: &str,
        example: &str,
    ) -> Refusal {
        let mut names = BTreeMap::new();
        for column in scope.iter().flat_map(|blueprint| &blueprint.columns) {
            if self.audience == Audience::Member || column.classification == Classification::Public
            {
                names.insert(column.id.as_str(), column.name.as_str());
            }
        }
        let all = standard.iter().copied().chain(names.keys().copied()).collect::<Vec<_>>();
        let offered = all.iter().copied().chain(names.values().copied());
        Refusal::invalid(format!(
            "There is no column “{}” here.{} This {what} understands {}. For example: {example}.",
            shortened(name),
            nearest(&fold(name), offered),
            listed(&all[..all.len().min(40)])
        ))
    }
}

pub(crate) fn shortened(given: &str) -> String {
    given.trim().chars().take(60).collect()
}

fn takes(column: &str, what: &str, given: &str) -> Refusal {
    Refusal::invalid(format!("{column} takes {what}, and “{}” is not.", shortened(given)))
}

/// " Did you mean …?", when something comes near.
pub(crate) fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> String {
    names
        .map(|name| (strsim::jaro_winkler(&fold(name), wanted), name))
        .filter(|(score, _)| *score >= NEAR)
        .reduce(|best, one| if one.0 > best.0 { one } else { best })
        .map(|(_, name)| format!(" Did you mean {name}?"))
        .unwrap_or_default()
}

/// The one value, as text: `..` is nothing special in it, and it is neither more nor less.
fn one_text(
    column: &str,
    operator: Operator,
    given: &Given,
    what: &str,
) -> Result<String, Refusal> {
    if operator.compares() {
        let sign = operator.as_str();
        return Err(Refusal::invalid(format!(
            "{column} takes {what}, which is not more or less than anything. Use : or = instead \
             of {sign}."
        )));
    }
    Ok(match given {
        Given::One(text) => text.clone(),
        Given::Range(from, to) => format!("{from}..{to}"),
    })
}

/// The values, where ranges and comparisons make no sense.
fn plain<'t>(term: &'t Term, what: &str) -> Result<Vec<&'t str>, Refusal> {
    let texts = term.values.iter().map(|given| match given {
        Given::One(text) if !term.operator.compares() => Ok(text.as_str()),
        Given::One(text) => Err(takes(
            &term.column,
            &format!("{what}, behind : or ="),
            &format!("{}{text}", term.operator.as_str()),
        )),
        Given::Range(from, to) => Err(takes(&term.column, what, &format!("{from}..{to}"))),
    });
    texts.collect()
}

fn title(term: &Term) -> Result<Vec<Condition>, Refusal> {
    let tests = term.values.iter().map(|given| {
        let folded = fold(one_text(&term.column, term.operator, given, "text")?.trim());
        Ok(Condition::Title(match term.operator {
            Operator::Equals => TextTest::Equals(folded),
            _ => TextTest::Begins(folded),
        }))
    });
    tests.collect()
}

/// Whether it is what blueprints call their titles.
pub(super) fn is_title(name: &str, scope: &[&Blueprint]) -> bool {
    let wanted = fold(name);
    wanted == "name" || scope.iter().any(|blueprint| fold(&blueprint.title) == wanted)
}

fn identity_kind(name: &str, scope: &[&Blueprint]) -> Option<IdentityKind> {
    let kind = IdentityKind::parse(&fold(name))?;
    scope.iter().any(|blueprint| blueprint.identities).then_some(kind)
}

/// Any of what the blueprints understand; a refusal only when none does.
fn one_of(meant: Vec<Meant>) -> Meant {
    let mut refusal = None;
    let mut parts = Vec::new();
    for one in meant {
        match one {
            Ok(Condition::Any(inner)) => parts.extend(inner),
            Ok(condition) => parts.push(condition),
            Err(why) => refusal = refusal.or(Some(why)),
        }
    }
    match (parts.len(), refusal) {
        (0, Some(refusal)) => Err(refusal),
        (1, _) => Ok(parts.remove(0)),
        _ => Ok(Condition::Any(parts)),
    }
}

fn all_stages<'b>(
    scope: &[&'b Blueprint],
) -> impl Iterator<Item = (StageOf, &'b crate::flows::Stage)> {
    let flows = scope.iter().flat_map(|blueprint| {
        blueprint.flows.iter().filter_map(|flow| Some((blueprint.id.clone()?, flow)))
    });
    flows.flat_map(|(blueprint, flow)| {
        flow.stages.iter().map(move |stage| {
            let (flow, state) = (flow.key.clone(), stage.key.clone());
            (StageOf { blueprint: blueprint.clone(), flow, state }, stage)
        })
    })
}

/// The stages of this key or name; the beginning of one will do where it is clear.
fn stages(given: &str, scope: &[&Blueprint]) -> Result<Condition, Refusal> {
    let wanted = fold(given.trim());
    let names = |stage: &crate::flows::Stage| [fold(&stage.key), fold(&stage.name)];
    let found = |fits: &dyn Fn(&String) -> bool| {
        let fitting = all_stages(scope).filter(|(_, stage)| names(stage).iter().any(fits));
        fitting.collect::<Vec<_>>()
    };
    let mut fitting = found(&|name| *name == wanted);
    if fitting.is_empty() && !wanted.is_empty() {
        fitting = found(&|name| name.starts_with(&wanted));
        let clear = fitting.iter().all(|(_, stage)| stage.key == fitting[0].1.key);
        if !clear {
            fitting.clear();
        }
    }
    if !fitting.is_empty() {
        return Ok(Condition::Stage(fitting.into_iter().map(|(of, _)| of).collect()));
    }
    let mut known: Vec<&str> = Vec::new();
    for (_, stage) in all_stages(scope) {
        if !known.contains(&stage.key.as_str()) {
            known.push(&stage.key);
        }
    }
    Err(Refusal::invalid(match known.is_empty() {
        true => "Nothing that this filter lists goes through stages.".to_owned(),
        false => format!(
            "There is no stage “{}”.{} There is {}.",
            shortened(given),
            nearest(&wanted, known.iter().copied()),
            listed(&known)
        ),
    }))
}

fn of_kind(given: &str, scope: &[&Blueprint]) -> Result<Condition, Refusal> {
    let kind = match fold(given.trim()).as_str() {
        "open" => StageKind::Open,
        "won" => StageKind::Won,
        "lost" => StageKind::Lost,
        _ => return Err(takes("kind", "open, won or lost", given)),
    };
    let of_kind = all_stages(scope).filter(|(_, stage)| stage.kind == kind);
    Ok(Condition::Stage(of_kind.map(|(of, _)| of).collect()))
}

/// The option that is meant, as indexes keep it.
fn option(column: &Column, given: &str) -> Result<String, Refusal> {
    let wanted = index_text(given.trim());
    let folded = column.options.iter().map(|option| index_text(option)).collect::<Vec<_>>();
    if folded.contains(&wanted) {
        return Ok(wanted);
    }
    let mut beginning = folded.iter().filter(|o| !wanted.is_empty() && o.starts_with(&wanted));
    match (beginning.next(), beginning.next()) {
        (Some(only), None) => Ok(only.clone()),
        _ => Err(Refusal::invalid(format!(
            "{} has no option “{}”.{} It takes {}.",
            column.name,
            shortened(given),
            nearest(&wanted, column.options.iter().map(String::as_str)),
            listed(&column.options)
        ))),
    }
}
