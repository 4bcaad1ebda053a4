//! What currencies are worth in a tenant: its base currency and how much of each other one unit
//! of it buys. Amounts are converted, summed and weighted here, exactly, in decimals; a missing
//! rate is a refusal and never a guess. Rates are typed in by people; none is fetched.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::blueprints::Money;
use crate::errors::Refusal;

/// The base currency until somebody says otherwise.
pub const BASE: &str = "EUR";
/// How many decimals a converted amount keeps.
const DECIMALS: u32 = 2;

/// What currencies are worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Rates {
    /// The currency in which sums and forecasts are told (ISO 4217).
    pub base: String,
    /// How much of each other currency one unit of the base buys, as decimal text.
    #[schema(value_type = BTreeMap<String, String>)]
    pub per_base: BTreeMap<String, Decimal>,
}

impl Default for Rates {
    fn default() -> Self {
        Self { base: BASE.to_owned(), per_base: BTreeMap::new() }
    }
}

/// What deals are worth together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Forecast {
    /// All of it.
    pub total: Money,
    /// Each part times its chance to be won.
    pub weighted: Money,
}

impl Rates {
    /// An amount in the base currency, to the cent.
    ///
    /// # Errors
    /// A refusal that names the rate that is missing, or says that the amount is too large.
    pub fn in_base(&self, money: &Money) -> Result<Decimal, Refusal> {
        if money.currency == self.base {
            return Ok(money.amount);
        }
        let rate = self.per_base.get(&money.currency).filter(|rate| !rate.is_zero());
        let rate = rate.ok_or_else(|| self.missing(&money.currency))?;
        let converted = money.amount.checked_div(*rate).ok_or_else(too_large)?;
        Ok(converted.round_dp(DECIMALS))
    }

    /// An amount in another currency, to the cent.
    ///
    /// # Errors
    /// As [`Self::in_base`].
    pub fn convert(&self, money: &Money, to: &str) -> Result<Money, Refusal> {
        if money.currency == to {
            return Ok(money.clone());
        }
        let rate_of = |currency: &str| {
            if currency == self.base {
                return Ok(Decimal::ONE);
            }
            let rate = self.per_base.get(currency).filter(|rate| !rate.is_zero());
            rate.copied().ok_or_else(|| self.missing(currency))
        };
        let (from, into) = (rate_of(&money.currency)?, rate_of(to)?);
        let amount = money.amount.checked_mul(into).and_then(|a| a.checked_div(from));
        let amount = amount.ok_or_else(too_large)?.round_dp(DECIMALS);
        Ok(Money { amount, currency: to.to_owned() })
    }

    /// What amounts are worth together, and weighted by the chance of each in percent, in the
    /// base currency.
    ///
    /// # Errors
    /// As [`Self::in_base`].
    pub fn forecast<'m>(
        &self,
        parts: impl IntoIterator<Item = (&'m Money, u8)>,
    ) -> Result<Forecast, Refusal> {
        let (mut total, mut weighted) = (Decimal::ZERO, Decimal::ZERO);
        for (money, chance) in parts {
            let amount = self.in_base(money)?;
            let share = amount.checked_mul(Decimal::from(chance)).ok_or_else(too_large)?;
            let share = share / Decimal::ONE_HUNDRED;
            total = total.checked_add(amount).ok_or_else(too_large)?;
            weighted = weighted.checked_add(share).ok_or_else(too_large)?;
        }
        let money = |amount: Decimal| Money {
            amount: amount.round_dp(DECIMALS),
            currency: self.base.clone(),
        };
        Ok(Forecast { total: money(total), weighted: money(weighted) })
    }

    /// What amounts are worth together, in the base currency.
    ///
    /// # Errors
    /// As [`Self::in_base`].
    pub fn sum<'m>(&self, parts: impl IntoIterator<Item = &'m Money>) -> Result<Money, Refusal> {
        Ok(self.forecast(parts.into_iter().map(|money| (money, 100)))?.total)
    }

    /// The same rates told in another base currency.
    ///
    /// # Errors
    /// A refusal when there are rates, and none of them is for that currency.
    pub fn rebased(&self, base: &str) -> Result<Self, Refusal> {
        if base == self.base || self.per_base.is_empty() {
            return Ok(Self { base: base.to_owned(), per_base: self.per_base.clone() });
        }
        let rate = self.per_base.get(base).ok_or_else(|| self.missing(base))?;
        let mut per_base = BTreeMap::new();
        for (currency, other) in &self.per_base {
            if currency != base {
                let other = other.checked_div(*rate).ok_or_else(too_large)?;
                per_base.insert(currency.clone(), other.normalize());
            }
        }
        let back = Decimal::ONE.checked_div(*rate).ok_or_else(too_large)?;
        per_base.insert(self.base.clone(), back.normalize());
        Ok(Self { base: base.to_owned(), per_base })
    }

    fn missing(&self, currency: &str) -> Refusal {
        Refusal::invalid(format!(
            "There is no rate for {currency}. An administrator can say how much {currency} one \
             {} buys.",
            self.base
        ))
    }
}

/// A currency in its normal form.
///
/// # Errors
/// A refusal when it is none.
pub fn checked_currency(given: &str) -> Result<String, Refusal> {
    let currency = given.trim().to_uppercase();
    if currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase()) {
        return Ok(currency);
    }
    let shown = given.chars().take(20).collect::<String>();
    Err(Refusal::invalid(format!("“{shown}” is no currency. Write three letters, like EUR.")))
}

fn too_large() -> Refusal {
    Refusal::invalid("These amounts are too large to be added up. Look for one that is mistyped.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount: &str, currency: &str) -> Money {
        Money { amount: amount.parse().expect("a number"), currency: currency.to_owned() }
    }

    fn rates() -> Rates {
        let per_base = [("USD", "1.25"), ("GBP", "0.8")];
        let per_base = per_base.map(|(c, rate)| (c.to_owned(), rate.parse().expect("a number")));
        Rates { base: "EUR".to_owned(), per_base: per_base.into() }
    }

    #[test]
    fn amounts_are_converted_to_the_cent() {
        let check = |given: Money, to: &str, amount: &str| {
            assert_eq!(rates().convert(&given, to), Ok(money(amount, to)));
        };
        check(money("100", "EUR"), "USD", "125.00");
        check(money("100", "USD"), "EUR", "80");
        check(money("1", "USD"), "GBP", "0.64");
        check(money("9.999", "EUR"), "EUR", "9.999");
    }

    #[test]
    fn a_missing_rate_is_a_refusal_and_no_guess() {
        let refusal = rates().convert(&money("1", "CHF"), "EUR").expect_err("no rate");
        assert_eq!(
            refusal.message,
            "There is no rate for CHF. An administrator can say how much CHF one EUR buys."
        );
        assert!(rates().sum([&money("1", "EUR"), &money("1", "CHF")]).is_err());
    }

    #[test]
    fn a_forecast_weighs_each_part_by_its_chance() {
        let parts = [(money("12000", "EUR"), 50), (money("1250", "USD"), 10)];
        let forecast = rates().forecast(parts.iter().map(|(m, chance)| (m, *chance)));
        let expected =
            Forecast { total: money("13000.00", "EUR"), weighted: money("6100.00", "EUR") };
        assert_eq!(forecast, Ok(expected));
    }

    #[test]
    fn another_base_tells_the_same_worth() {
        let rebased = rates().rebased("USD").expect("there is a rate");
        assert_eq!(rebased.per_base["EUR"], "0.8".parse().expect("a number"));
        assert_eq!(rebased.per_base["GBP"], "0.64".parse().expect("a number"));
        assert!(rates().rebased("CHF").is_err());
        assert_eq!(Rates::default().rebased("CHF").expect("no rates yet").base, "CHF");
    }

    #[test]
    fn amounts_beyond_reason_are_refused_instead_of_overflowing() {
        let huge = Money { amount: Decimal::MAX, currency: "EUR".to_owned() };
        assert!(rates().sum([&huge, &huge]).is_err());
        assert!(rates().convert(&huge, "USD").is_err());
    }
}
