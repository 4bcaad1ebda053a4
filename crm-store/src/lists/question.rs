//! One question about records as SQL text: what a record must be like, and which records an index
//! gives for that. Values are bound, never written into the text.

use std::ops::Bound as End;

use crm::ids::BlueprintId;
use crm::lists::{ColumnTest, Condition, KeyKind, Moment, SortBy, SortKey, Span, TextTest};

use crate::core::Value;
use crate::indexing::IN_TITLE;

/// How many alternatives of a condition are looked up by index.
const ALTERNATIVES_MAX: usize = 8;

/// Where a row of `field_index` stands in a question.
#[derive(Clone, Copy)]
pub(super) enum At {
    /// By itself, to be found by its value.
    Alone,
    /// The list is walked along it, as `s1`.
    Walked,
    /// As `f`, to be checked.
    Checked,
}

impl At {
    /// Its text, number and time.
    fn columns(self) -> (String, String, String) {
        let of = |alias: &str| {
            let column = |name: &str| format!("{alias}{name}");
            (column("text_value"), column("num_value"), column("time_value"))
        };
        match self {
            Self::Alone => of(""),
            Self::Walked => of("s1."),
            Self::Checked => {
                let (text, number, time) = of("f.");
                (format!("({text} || '')"), format!("({number} + 0)"), format!("({time} + 0)"))
            }
        }
    }
}

/// A question as it grows. `$1` is the tenant.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) args: Vec<Value>,
    /// The id of the record that is looked at, from the first table that has it: what is asked of
    /// it elsewhere is then asked before the record itself is read.
    pub(super) id: &'static str,
    /// Whether values are checked record by record, and PostgreSQL may not make sets of all that
    /// have them.
    pub(super) one_by_one: bool,
}

impl Default for Question {
    fn default() -> Self {
        Self { args: Vec::new(), id: "r.id", one_by_one: false }
    }
}

impl Question {
    /// The placeholder of a value.
    pub(crate) fn arg(&mut self, value: impl Into<Value>) -> String {
        self.args.push(value.into());
        format!("${}", self.args.len() + 1)
    }

    fn list<'v, T: 'v>(&mut self, values: impl IntoIterator<Item = &'v T>) -> String
    where
        Value: From<&'v T>,
    {
        let all = values.into_iter().map(|value| self.arg(value)).collect::<Vec<_>>();
        all.join(", ")
    }

    /// A comparison with a text; one that is only checked gives no index a chance.
    pub(crate) fn text(&mut self, column: &str, test: &TextTest) -> String {
        match test {
            TextTest::Equals(text) => format!("{column} = {}", self.arg(text)),
            TextTest::Begins(beginning) => {
                // Everything that begins so lies between the beginning and itself with the last
                // of all characters behind it.
                let low = self.arg(beginning);
                let high = self.arg(format!("{beginning}\u{10ffff}"));
                format!("({column} >= {low} AND {column} < {high})")
            }
        }
    }

    /// The place of a record's stage or owner, as a number.
    pub(super) fn place(&mut self, by: &SortBy) -> String {
        let mut cases = String::new();
        match by {
            SortBy::Stage(places) => {
                for (of, place) in places {
                    let blueprint = self.arg(&of.blueprint);
                    let (flow, state) = (self.arg(&of.flow), self.arg(&of.state));
                    cases.push_str(&format!(
                        " WHEN r.blueprint = {blueprint} AND r.flow = {flow} \
                         AND r.state = {state} THEN {place}"
                    ));
                }
            }
            SortBy::Owner(owners) => {
                for (place, owner) in owners.iter().enumerate() {
                    let owner = self.arg(owner);
                    cases.push_str(&format!(" WHEN r.owner = {owner} THEN {place}"));
                }
            }
            SortBy::Title | SortBy::Time(_) | SortBy::Column { .. } => {}
        }
        match cases.is_empty() {
            true => nothing(by).to_owned(),
            false => format!("CAST(CASE{cases} END AS DOUBLE PRECISION)"),
        }
    }

    fn span(&mut self, column: &str, span: &Span) -> String {
        let mut parts = vec![format!("{column} IS NOT NULL")];
        parts.extend(span.from.map(|from| format!("{column} >= {}", self.arg(from))));
        parts.extend(span.until.map(|until| format!("{column} < {}", self.arg(until))));
        format!("({})", parts.join(" AND "))
    }

    /// A test on columns of `field_index`: by their names where an index is to answer it, and as
    /// expressions where it is only checked. Without that, SQLite takes an index on values to
    /// look up a record, and reads all of it each time.
    pub(super) fn value(&mut self, test: &ColumnTest, at: At) -> String {
        let (text, number, time) = at.columns();
        let mut parts = Vec::new();
        match test {
            ColumnTest::Present => parts.push("1 = 1".to_owned()),
            ColumnTest::Text(test) => {
                parts.push(format!("{text} IS NOT NULL"));
                parts.push(self.text(&text, test));
            }
            ColumnTest::Time(span) => parts.push(self.span(&time, span)),
            ColumnTest::Number { low, high, currency } => {
                parts.push(format!("{number} IS NOT NULL"));
                for (end, with, without) in [(low, ">=", ">"), (high, "<=", "<")] {
                    let (sign, end) = match end {
                        End::Included(end) => (with, *end),
                        End::Excluded(end) => (without, *end),
                        End::Unbounded => continue,
                    };
                    parts.push(format!("{number} {sign} {}", self.arg(Some(end))));
                }
                let currency = currency.as_ref();
                parts.extend(currency.map(|code| format!("{text} = {}", self.arg(code))));
            }
        }
        format!("({})", parts.join(" AND "))
    }

    /// A condition that must hold by itself. PostgreSQL knows how common its values are, and may
    /// look for them in any index; SQLite may where a stage is listed in its order.
    pub(super) fn conjunct(
        &mut self,
        condition: &Condition,
        knows: bool,
        by_stage: bool,
    ) -> String {
        match condition {
            Condition::Stage(stages) if (knows || by_stage) && !stages.is_empty() => {
                let parts = stages.iter().map(|stage| {
                    let blueprint = self.arg(&stage.blueprint);
                    let (flow, state) = (self.arg(&stage.flow), self.arg(&stage.state));
                    format!("(r.blueprint = {blueprint} AND r.flow = {flow} AND r.state = {state})")
                });
                format!("({})", parts.collect::<Vec<_>>().join(" OR "))
            }
            Condition::Owner(member) if knows => format!("r.owner = {}", self.arg(member)),
            other => self.condition(other),
        }
    }

    /// What a record `r` must be like: true or false, never unknown, so that it can be negated.
    pub(crate) fn condition(&mut self, condition: &Condition) -> String {
        match condition {
            Condition::Every(all) => self.joined(all, " AND ", "1 = 1"),
            Condition::Any(all) => self.joined(all, " OR ", "1 = 0"),
            Condition::Not(inner) => format!("NOT ({})", self.condition(inner)),
            Condition::Blueprint(ids) if ids.is_empty() => "1 = 0".to_owned(),
            Condition::Blueprint(ids) => match ids.as_slice() {
                [one] => format!("r.blueprint = {}", self.arg(one)),
                several => format!("r.blueprint IN ({})", self.list(several)),
            },
            Condition::Stage(stages) => {
                let parts = stages.iter().map(|stage| {
                    let blueprint = self.arg(&stage.blueprint);
                    let (flow, state) = (self.arg(&stage.flow), self.arg(&stage.state));
                    format!(
                        "(r.blueprint = {blueprint} AND COALESCE(r.flow, '') = {flow} \
                         AND COALESCE(r.state, '') = {state})"
                    )
                });
                let parts = parts.collect::<Vec<_>>();
                if parts.is_empty() { "1 = 0".into() } else { format!("({})", parts.join(" OR ")) }
            }
            Condition::HasStage => "r.state IS NOT NULL".to_owned(),
            Condition::Owner(member) => format!("COALESCE(r.owner, '') = {}", self.arg(member)),
            Condition::HasOwner => "r.owner IS NOT NULL".to_owned(),
            Condition::Space(space) => format!("r.space = {}", self.arg(space)),
            Condition::Key(key) => format!("r.key = {}", self.arg(key)),
            Condition::Title(test) => self.text("(r.title_folded || '')", test),
            Condition::Word(beginning) => {
                let test = self.text("w.word", &TextTest::Begins(beginning.clone()));
                format!(
                    "EXISTS (SELECT 1 FROM search_word AS w WHERE w.tenant = $1 \
                     AND w.record = {id} AND w.place = {IN_TITLE} AND {test})",
                    id = self.id
                )
            }
            Condition::Time(moment, span) => {
                let column = moment_column(*moment);
                let there = format!("{column} IS NOT NULL");
                format!("({there} AND {})", self.span(&format!("({column} + 0)"), span))
            }
            Condition::HasTouched => "r.touched_at IS NOT NULL".to_owned(),
            Condition::Column { blueprint, column, test } => {
                let (blueprint, column) = (self.arg(blueprint), self.arg(column));
                let test = self.value(test, At::Checked);
                let alone = if self.one_by_one { " OFFSET 0" } else { "" };
                // The blueprint as an expression, so that the only index is the one on the record.
                format!(
                    "EXISTS (SELECT 1 FROM field_index AS f WHERE f.tenant = $1 \
                     AND f.record = {id} AND f.column_id = {column} \
                     AND (f.blueprint || '') = {blueprint} AND {test}{alone})",
                    id = self.id
                )
            }
            Condition::Identity { kind, value } => {
                let kind = self.arg(kind.as_str());
                let value = value.as_ref().map(|v| format!(" AND i.value = {}", self.arg(v)));
                format!(
                    "EXISTS (SELECT 1 FROM identity AS i WHERE i.tenant = $1 \
                     AND i.record = {id} AND i.kind = {kind}{})",
                    value.unwrap_or_default(),
                    id = self.id
                )
            }
            Condition::Tag(tag) => {
                let tag = self.arg(tag);
                format!(
                    "EXISTS (SELECT 1 FROM record_tag AS t WHERE t.tenant = $1 \
                     AND t.record = {id} AND t.tag = {tag})",
                    id = self.id
                )
            }
            Condition::HasTag => format!(
                "EXISTS (SELECT 1 FROM record_tag AS t WHERE t.tenant = $1 AND t.record = {})",
                self.id
            ),
            Condition::Segment(segment) => {
                let segment = self.arg(segment);
                format!(
                    "EXISTS (SELECT 1 FROM segment_member AS m WHERE m.tenant = $1 \
                     AND m.record = {id} AND m.segment = {segment})",
                    id = self.id
                )
            }
        }
    }

    fn joined(&mut self, all: &[Condition], between: &str, none: &str) -> String {
        let parts = all.iter().map(|one| self.condition(one)).collect::<Vec<_>>();
        match parts.is_empty() {
            true => none.to_owned(),
            false => format!("({})", parts.join(between)),
        }
    }

    /// The records that an index gives for a condition, or more; none where no index answers it.
    pub(crate) fn by_index(
        &mut self,
        condition: &Condition,
        scope: &[BlueprintId],
    ) -> Option<String> {
        let of_record = |test: String| {
            Some(format!("SELECT id AS record FROM record WHERE tenant = $1 AND {test}"))
        };
        match condition {
            Condition::Any(all) if (1..=ALTERNATIVES_MAX).contains(&all.len()) => {
                let parts = all.iter().map(|one| self.by_index(one, scope));
                Some(parts.collect::<Option<Vec<_>>>()?.join(" UNION ALL "))
            }
            Condition::Owner(member) => of_record(format!("owner = {}", self.arg(member))),
            Condition::Key(key) => of_record(format!("key = {}", self.arg(key))),
            Condition::Title(test) if !scope.is_empty() => {
                let scope = self.list(scope);
                let test = self.text("title_folded", test);
                of_record(format!("blueprint IN ({scope}) AND {test}"))
            }
            Condition::Stage(stages) if !stages.is_empty() => {
                let states = self.list(stages.iter().map(|stage| &stage.state));
                of_record(format!("state IN ({states})"))
            }
            Condition::Time(moment, span) if !scope.is_empty() => {
                let scope = self.list(scope);
                let column = &moment_column(*moment)[2..];
                let span = self.span(column, span);
                of_record(format!("blueprint IN ({scope}) AND {span}"))
            }
            Condition::Word(beginning) if !scope.is_empty() => {
                let scope = self.list(scope);
                let test = self.text("word", &TextTest::Begins(beginning.clone()));
                Some(format!(
                    "SELECT record FROM search_word WHERE tenant = $1 AND blueprint IN ({scope}) \
                     AND place = {IN_TITLE} AND {test}"
                ))
            }
            Condition::Column { test: ColumnTest::Present, .. } => None,
            Condition::Column { blueprint, column, test } => {
                let (blueprint, column) = (self.arg(blueprint), self.arg(column));
                let test = self.value(test, At::Alone);
                Some(format!(
                    "SELECT record FROM field_index WHERE tenant = $1 AND blueprint = {blueprint} \
                     AND column_id = {column} AND {test}"
                ))
            }
            Condition::Identity { kind, value: Some(value) } => {
                let (kind, value) = (self.arg(kind.as_str()), self.arg(value));
                Some(format!(
                    "SELECT record FROM identity WHERE tenant = $1 AND kind = {kind} \
                     AND value = {value}"
                ))
            }
            Condition::Tag(tag) => {
                let tag = self.arg(tag);
                Some(format!("SELECT record FROM record_tag WHERE tenant = $1 AND tag = {tag}"))
            }
            Condition::Segment(segment) => {
                let segment = self.arg(segment);
                Some(format!(
                    "SELECT record FROM segment_member WHERE tenant = $1 AND segment = {segment}"
                ))
            }
            _ => None,
        }
    }
}

pub(super) fn moment_column(moment: Moment) -> &'static str {
    match moment {
        Moment::Created => "r.created_at",
        Moment::Updated => "r.updated_at",
        Moment::Touched => "r.touched_at",
    }
}

pub(super) fn key_column(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Text => "text_value",
        KeyKind::Number => "num_value",
        KeyKind::Time => "time_value",
    }
}

/// Whether a test of this condition names columns of the record itself.
pub(super) fn looks_at_record(condition: &Condition) -> bool {
    match condition {
        Condition::Every(all) | Condition::Any(all) => all.iter().any(looks_at_record),
        Condition::Not(inner) => looks_at_record(inner),
        Condition::Blueprint(_)
        | Condition::Stage(_)
        | Condition::HasStage
        | Condition::Owner(_)
        | Condition::HasOwner
        | Condition::Space(_)
        | Condition::Key(_)
        | Condition::Title(_)
        | Condition::Time(..)
        | Condition::HasTouched => true,
        Condition::Word(_)
        | Condition::Column { .. }
        | Condition::Identity { .. }
        | Condition::Tag(_)
        | Condition::HasTag
        | Condition::Segment(_) => false,
    }
}

/// A key that is not there, of the type that it would have.
pub(super) fn nothing(by: &SortBy) -> &'static str {
    match by.kind() {
        KeyKind::Text => "CAST(NULL AS TEXT)",
        KeyKind::Number => "CAST(NULL AS DOUBLE PRECISION)",
        KeyKind::Time => "CAST(NULL AS BIGINT)",
    }
}

impl From<&SortKey> for Value {
    fn from(key: &SortKey) -> Self {
        match key {
            SortKey::Text(text) => text.into(),
            SortKey::Number(number) => Some(*number).into(),
            SortKey::Time(at) => (*at).into(),
        }
    }
}
