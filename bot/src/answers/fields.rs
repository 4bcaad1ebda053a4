//! The columns of a blueprint, as a list that says what each takes.

use crm::blueprints::{Classification, Column, ColumnType};
use crm::commands::Command;
use crm::flows::listed;
use crm::ports::Read;
use crm::{Refusal, Result};

use super::say;

/// The command that lists the columns.
pub(super) async fn list(read: &mut dyn Read, given: &str) -> Result<Command> {
    let wanted = given.trim().to_lowercase();
    let all = read.blueprints().await?;
    let is_called = |name: &String| name.to_lowercase() == wanted;
    let found = all.iter().find(|b| [&b.key, &b.name, &b.plural].into_iter().any(is_called));
    let Some(blueprint) = found else {
        let keys = all.iter().map(|b| b.key.as_str()).collect::<Vec<_>>();
        return Err(Refusal::not_found(format!(
            "There is no blueprint “{}”. There is {}.",
            given.chars().take(40).collect::<String>(),
            listed(&keys)
        ))
        .into());
    };
    let mut lines = vec![format!("{} (version {}):", blueprint.plural, blueprint.version)];
    lines.push(format!("{} · text, required", blueprint.title));
    lines.extend(blueprint.columns.iter().map(line));
    Ok(say(lines.join("\n")))
}

fn line(column: &Column) -> String {
    let mut parts = vec![holds(column)];
    if column.required {
        parts.push("required".to_owned());
    }
    match column.classification {
        Classification::Public => {}
        Classification::Private => parts.push("private".to_owned()),
        Classification::Sensitive => parts.push("sensitive".to_owned()),
    }
    format!("{} · {}", column.name, parts.join(", "))
}

fn holds(column: &Column) -> String {
    match column.kind {
        ColumnType::Select => format!("one of {}", listed(&column.options)),
        ColumnType::MultiSelect => format!("some of {}", listed(&column.options)),
        ColumnType::Reference => {
            let which = if column.references.is_empty() {
                "record".to_owned()
            } else {
                column.references.join(" or ")
            };
            if column.many { format!("several: {which}") } else { which }
        }
        kind => {
            let name = serde_json::to_value(kind).unwrap_or_default();
            name.as_str().unwrap_or_default().replace('_', " ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_says_what_it_takes() {
        let mut column = Column::new("status", "Status", ColumnType::Select);
        column.options = vec!["Pending".into(), "Delivered".into()];
        column.required = true;
        assert_eq!(line(&column), "Status · one of Pending and Delivered, required");
        let mut column = Column::new("with", "With", ColumnType::Reference);
        column.references = vec!["person".into(), "company".into()];
        column.many = true;
        column.classification = Classification::Private;
        assert_eq!(line(&column), "With · several: person or company, private");
        let column = Column::new("due", "Due", ColumnType::DateTime);
        assert_eq!(line(&column), "Due · date time");
    }
}
