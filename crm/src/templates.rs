//! Templates: blueprints as data, from which spaces are made. They are compiled in, so that a
//! program without any files can make a workspace.

use serde::{Deserialize, Serialize};

use crate::blueprints::Blueprint;
use crate::errors::Refusal;

/// A set of blueprints that belong together.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its name, for people.
    pub name: String,
    /// What it makes.
    pub blueprints: Vec<Blueprint>,
}

const SHIPPED: &[(&str, &str)] = &[("crm", include_str!("templates/crm.toml"))];

/// The template with this key.
///
/// # Errors
/// A refusal that lists the templates there are.
pub fn template(key: &str) -> Result<Template, Refusal> {
    let text = SHIPPED.iter().find(|(shipped, _)| *shipped == key).map(|(_, text)| *text);
    let Some(text) = text else {
        let all = SHIPPED.iter().map(|(key, _)| *key).collect::<Vec<_>>();
        return Err(Refusal::not_found(format!(
            "There is no template “{key}”. There is {}.",
            crate::flows::listed(&all)
        )));
    };
    toml::from_str(text)
        .map_err(|error| Refusal::invalid(format!("The template “{key}” does not read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_template_reads_and_its_flows_hold_together() {
        for (key, _) in SHIPPED {
            let template = template(key).unwrap_or_else(|refusal| panic!("{refusal}"));
            for blueprint in &template.blueprints {
                for flow in &blueprint.flows {
                    flow.check().unwrap_or_else(|refusal| panic!("{refusal}"));
                }
            }
        }
    }

    #[test]
    fn a_new_sales_pipeline_is_open_negotiating_won_and_lost() {
        let crm = template("crm").expect("shipped");
        let deal = crm.blueprints.iter().find(|b| b.key == "deal").expect("deals");
        let names = deal.flows[0].stages.iter().map(|s| s.name.as_str()).collect::<Vec<_>>();
        assert_eq!(names, ["Open", "Negotiating", "Won", "Lost"]);
    }
}
