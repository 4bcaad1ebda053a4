//! Templates: blueprints as data, from which spaces are made. They are compiled in, so that a
//! program without any files can make a workspace. One is checked as a whole when it is read;
//! what a space is made of can be changed afterwards.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::blueprints::{Blueprint, ColumnType};
use crate::errors::Refusal;

/// A set of blueprints that belong together.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its name, for people.
    pub name: String,
    /// What it is for, in a sentence.
    pub about: String,
    /// What it makes.
    pub blueprints: Vec<Blueprint>,
}

const SHIPPED: &[(&str, &str)] = &[
    ("crm", include_str!("templates/crm.toml")),
    ("delivery", include_str!("templates/delivery.toml")),
    ("recruiting", include_str!("templates/recruiting.toml")),
    ("stock", include_str!("templates/stock.toml")),
    ("support", include_str!("templates/support.toml")),
];

/// The keys of all templates.
pub fn keys() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(key, _)| *key)
}

/// The template with this key.
///
/// # Errors
/// A refusal that lists the templates there are.
pub fn template(key: &str) -> Result<Template, Refusal> {
    let text = SHIPPED.iter().find(|(shipped, _)| *shipped == key).map(|(_, text)| *text);
    let Some(text) = text else {
        let all = keys().collect::<Vec<_>>();
        let key = key.chars().take(60).collect::<String>();
        return Err(Refusal::not_found(format!(
            "There is no template “{key}”. There is {}.",
            crate::flows::listed(&all)
        )));
    };
    read(key, text)
}

/// Whether a template makes this blueprint.
pub(crate) fn makes(template_key: &str, blueprint: &str) -> bool {
    static MADE: OnceLock<Vec<(&str, String)>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let of = |key| {
            let blueprints = template(key).map(|template| template.blueprints).unwrap_or_default();
            blueprints.into_iter().map(move |blueprint| (key, blueprint.key))
        };
        keys().flat_map(of).collect()
    });
    made.iter().any(|(key, made)| *key == template_key && made == blueprint)
}

fn read(key: &str, text: &str) -> Result<Template, Refusal> {
    let template: Template = toml::from_str(text).map_err(|error| {
        Refusal::invalid(format!("The template “{key}” does not read: {error}"))
    })?;
    template.check().map_err(|refusal| {
        Refusal::invalid(format!("The template “{key}” does not hold together. {refusal}"))
    })?;
    Ok(template)
}

impl Template {
    /// Whether everything in it fits together.
    ///
    /// # Errors
    /// A refusal naming the first thing that does not.
    pub fn check(&self) -> Result<(), Refusal> {
        let refuse = |why: String| Err(Refusal::invalid(why));
        if self.name.trim().is_empty() || self.blueprints.is_empty() {
            return refuse("It needs a name and at least one blueprint.".to_owned());
        }
        let (mut keys, mut prefixes, mut flows) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for blueprint in &self.blueprints {
            let name = &blueprint.name;
            if !is_key(&blueprint.key) || !keys.insert(&blueprint.key) {
                return refuse(format!("The key of {name} is no key of its own: small letters."));
            }
            let prefix = &blueprint.prefix;
            let reads =
                (2..=6).contains(&prefix.len()) && prefix.bytes().all(|b| b.is_ascii_uppercase());
            if !reads || !prefixes.insert(prefix) {
                return refuse(format!(
                    "What the keys of {name} begin with is not its own: 2 to 6 capital letters."
                ));
            }
            if blueprint.id.is_some() || blueprint.version != 1 {
                return refuse(format!("{name} has an id or a version; leave both out."));
            }
            let words = [name, &blueprint.plural, &blueprint.title];
            if words.iter().any(|word| word.trim().is_empty()) {
                return refuse(format!("{} lacks a name, a plural or a title.", blueprint.key));
            }
            check_columns(blueprint)?;
            for flow in &blueprint.flows {
                if !is_key(&flow.key) || !flows.insert(&flow.key) {
                    return refuse(format!("The key of {} is not its own.", flow.name));
                }
                if flow.owner.is_some() || !flow.shared_with.is_empty() {
                    return refuse(format!("{} names members, whom nobody knows yet.", flow.name));
                }
                flow.check()?;
                flow.check_columns(blueprint)?;
            }
        }
        Ok(())
    }
}

fn check_columns(blueprint: &Blueprint) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for column in &blueprint.columns {
        let refuse = |why: &str| {
            let of = format!("The column “{}” of {} {why}.", column.id, blueprint.name);
            Err(Refusal::invalid(of))
        };
        if !is_key(&column.id) || !seen.insert(column.id.to_lowercase()) {
            return refuse("has an id that is not its own");
        }
        let name = column.name.to_lowercase();
        if name.trim().is_empty() || (name != column.id.to_lowercase() && !seen.insert(name)) {
            return refuse("has a name that is not its own");
        }
        let chooses = matches!(column.kind, ColumnType::Select | ColumnType::MultiSelect);
        let options = column.options.iter().map(|option| option.to_lowercase());
        let options = options.collect::<BTreeSet<_>>();
        if chooses == options.is_empty() || options.len() != column.options.len() {
            return refuse("has options that do not fit");
        }
    }
    Ok(())
}

fn is_key(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_template_holds_together() {
        for key in keys() {
            template(key).unwrap_or_else(|refusal| panic!("{refusal}"));
        }
    }

    #[test]
    fn no_two_templates_are_in_each_others_way() {
        let (mut keys_seen, mut prefixes, mut flows) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for key in keys() {
            for blueprint in template(key).expect("shipped").blueprints {
                assert!(prefixes.insert(blueprint.prefix.clone()), "{}", blueprint.prefix);
                for flow in &blueprint.flows {
                    assert!(flows.insert(flow.key.clone()), "{}", flow.key);
                }
                assert!(keys_seen.insert(blueprint.key.clone()), "{}", blueprint.key);
            }
        }
    }

    #[test]
    fn a_template_with_a_mistake_is_refused_with_the_mistake() {
        let text = SHIPPED[0].1;
        let check = |from: &str, to: &str, words: &str| {
            assert!(text.contains(from), "the mistake can be planted: {from}");
            let refusal = read("crm", &text.replacen(from, to, 1)).expect_err(words);
            assert!(refusal.message.contains(words), "{refusal}");
        };
        check("name = \"CRM\"", "name = \"\"", "needs a name");
        check("key = \"person\"", "key = \"company\"", "no key of its own");
        check("prefix = \"PER\"", "prefix = \"COM\"", "begin with");
        check("id = \"about\"", "id = \"job_title\"", "an id that is not its own");
        check("type = \"long_text\"", "type = \"select\"", "options that do not fit");
        check("key = \"negotiating\"", "key = \"open\"", "two stages");
        check("probability = 50", "probability = 150", "above 100");
        check("probability = 50", "requires = [\"budget\"]", "no column “budget”");
        check("mentionable", "mentionabel", "does not read");
    }

    #[test]
    fn a_new_sales_pipeline_is_open_negotiating_won_and_lost() {
        let crm = template("crm").expect("shipped");
        let deal = crm.blueprints.iter().find(|b| b.key == "deal").expect("deals");
        let names = deal.flows[0].stages.iter().map(|s| s.name.as_str()).collect::<Vec<_>>();
        assert_eq!(names, ["Open", "Negotiating", "Won", "Lost"]);
    }

    #[test]
    fn a_delivery_and_a_stock_item_have_the_columns_of_their_tables() {
        let columns = |key: &str| {
            let template = template(key).expect("shipped");
            template.blueprints[0].columns.iter().map(|c| c.id.clone()).collect::<Vec<_>>()
        };
        assert_eq!(
            columns("delivery"),
            [
                "deliver_from",
                "deliver_to",
                "cargo",
                "status",
                "created_at",
                "started_at",
                "delivered_at"
            ]
        );
        assert_eq!(columns("stock"), ["type", "space", "weight", "qty", "timestamp"]);
    }
}
