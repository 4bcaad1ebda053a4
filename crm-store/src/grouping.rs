//! Boards as SQL: how many records stand in each state and what their numbers come to. Where the
//! totals that are kept answer, they do; otherwise the records that fit are added up.

use crm::StoreError;
use crm::lists::{Group, Grouping, Sum};

use crate::bound::Bound;
use crate::core::{Row, assembled};
use crate::lists::{Question, rare, scope_of};
use crate::{blueprints, totals};

pub(crate) async fn groups(tx: &mut Bound, grouping: &Grouping) -> Result<Vec<Group>, StoreError> {
    if let Some(groups) = totals::groups(tx, grouping).await? {
        return Ok(groups);
    }
    let all = blueprints::blueprints(tx).await?;
    let conjuncts = grouping.condition.conjuncts();
    let scope = scope_of(&conjuncts, &all);
    let rare = rare(tx, &conjuncts, &scope).await?;
    let base = |q: &mut Question| {
        let mut from = "record AS r".to_owned();
        let mut tests = "r.tenant = $1 AND r.trashed_at IS NULL".to_owned();
        if let Some(given) = rare.and_then(|rare| q.by_index(rare, &scope)) {
            from = format!(
                "(SELECT DISTINCT (record || '') AS record FROM ({given}) AS given) AS d \
                 CROSS JOIN record AS r"
            );
            tests.push_str(" AND r.id = d.record");
        }
        tests.push_str(&format!(" AND {}", q.condition(&grouping.condition)));
        (from, tests)
    };
    let mut q = Question::default();
    let (from, tests) = base(&mut q);
    let sql = format!(
        "SELECT r.blueprint AS blueprint, r.flow AS flow, r.state AS state, COUNT(*) AS count \
         FROM {from} WHERE {tests} GROUP BY r.blueprint, r.flow, r.state"
    );
    let read = |row: &Row| {
        Ok(Group {
            blueprint: row.parsed("blueprint")?,
            flow: row.opt_text("flow")?,
            state: row.opt_text("state")?,
            count: row.int("count")?,
            sums: Vec::new(),
        })
    };
    let mut groups = tx.all(assembled(sql), q.args, read).await?;
    groups
        .sort_by(|a, b| (&a.blueprint, &a.flow, &a.state).cmp(&(&b.blueprint, &b.flow, &b.state)));
    let Some((blueprint, column)) = &grouping.sum else { return Ok(groups) };

    let mut q = Question::default();
    let (from, tests) = base(&mut q);
    let (of, column) = (q.arg(blueprint), q.arg(column));
    let sql = format!(
        "SELECT r.flow AS flow, r.state AS state, s.text_value AS currency, \
             SUM(s.num_value) AS total \
         FROM {from} CROSS JOIN field_index AS s WHERE {tests} AND r.blueprint = {of} \
             AND s.tenant = $1 AND s.record = r.id AND s.column_id = {column} \
             AND (s.num_value + 0) IS NOT NULL \
         GROUP BY r.flow, r.state, s.text_value"
    );
    let read = |row: &Row| {
        let state = (row.opt_text("flow")?, row.opt_text("state")?);
        Ok((state, row.opt_text("currency")?, row.opt_float("total")?))
    };
    let mut sums = tx.all(assembled(sql), q.args, read).await?;
    sums.sort_by(|a, b| a.1.cmp(&b.1));
    for ((flow, state), currency, total) in sums {
        let group = groups.iter_mut().find(|group| {
            group.blueprint == *blueprint && group.flow == flow && group.state == state
        });
        if let (Some(group), Some(total)) = (group, total) {
            let currency = currency.map(|code| code.to_uppercase());
            group.sums.extend(Sum::of(currency, total));
        }
    }
    Ok(groups)
}
