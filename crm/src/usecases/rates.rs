//! What currencies are worth: setting a rate, and the currency that sums are told in.

use rust_decimal::Decimal;

use super::{Done, Work};
use crate::commands::{Command, SetBaseCurrency, SetRate};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::rates::checked_currency;

impl Work<'_> {
    pub(super) async fn set_rate(&mut self, input: SetRate) -> Result<Done> {
        let currency = checked_currency(&input.currency)?;
        let mut rates = self.tx.rates().await?;
        if currency == rates.base {
            return Err(Refusal::invalid(format!(
                "{currency} is the base currency, so one {currency} is one {currency}. Give a \
                 rate for another currency."
            ))
            .into());
        }
        if input.per_base.is_some_and(|rate| rate <= Decimal::ZERO) {
            return Err(Refusal::invalid("A rate is above 0. Give a number like 1.08.").into());
        }
        let before = match input.per_base {
            Some(rate) => rates.per_base.insert(currency.clone(), rate),
            None => rates.per_base.remove(&currency),
        };
        let said = match input.per_base {
            Some(rate) => format!("One {} buys {} {currency}.", rates.base, rate.normalize()),
            None => format!("There is no rate for {currency} any more."),
        };
        if before == input.per_base {
            return Ok(Done::said(said));
        }
        self.tx.put_rates(&rates).await?;
        self.facts.push(FactBody::RatesChanged { currency: currency.clone() });
        self.inverses.push(Command::SetRate(SetRate { currency, per_base: before }));
        Ok(Done::said(said))
    }

    pub(super) async fn set_base_currency(&mut self, input: SetBaseCurrency) -> Result<Done> {
        let currency = checked_currency(&input.currency)?;
        let rates = self.tx.rates().await?;
        let said = format!("Sums are told in {currency} now.");
        if currency == rates.base {
            return Ok(Done::said(said));
        }
        self.tx.put_rates(&rates.rebased(&currency)?).await?;
        self.facts.push(FactBody::RatesChanged { currency });
        let back = SetBaseCurrency { currency: rates.base };
        self.inverses.push(Command::SetBaseCurrency(back));
        Ok(Done::said(said))
    }
}
