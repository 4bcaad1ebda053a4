//! Binding: a room that belongs to nobody answers only who redeems a code in it.

use chrono::{DateTime, Days, Months, NaiveDate, NaiveTime, Utc};
use crm::chat::Message;
use crm::commands::BindPlace;
use crm::places::secret_hash;
use crm::ports::ClaimedInbound;
use crm::{Actor, Command, Error, StoreError};

use super::{Passed, Road, reply_to};

impl Road {
    /// A room that is bound to nobody answers only who redeems a code in it.
    pub(super) async fn bind(
        &self,
        claimed: &ClaimedInbound,
        message: &Message,
        code: &str,
        since: &str,
    ) -> Result<Passed, StoreError> {
        let hub = self.crm.hub();
        let code_hash = secret_hash(code);
        let found = hub.bind_code(&code_hash).await?;
        let bound = hub.tenant_of_place(&message.place).await?;
        let reply = reply_to(message);
        let refused = |text: &str| text.to_owned();
        let (tenant, text) = match (found, bound) {
            (Some(code), Some(bound)) if code.tenant != bound => (
                Some(bound),
                refused("This room belongs to another team's Tieline. Unbind it there first."),
            ),
            (Some(code), _) => {
                let step = self.step(code.tenant.clone(), claimed);
                let since = match read_since(since, message.at) {
                    Ok(since) => since,
                    Err(refusal) => return self.answer(&step, refusal, reply).await,
                };
                let actor = Actor::Member { tenant: code.tenant, member: code.member };
                let bind = BindPlace {
                    place: message.place.clone(),
                    name: message.room_name.as_ref().unwrap_or(&message.place.room).clone(),
                    code_hash,
                    since,
                };
                let cause = step.cause(Some(reply.clone()));
                return match self.crm.run(&actor, cause, Command::BindPlace(bind)).await {
                    Ok(outcome) => Ok(Passed::Effect(outcome)),
                    Err(Error::Refused(refusal)) => {
                        self.answer(&step, refusal.message, reply).await
                    }
                    Err(Error::Store(error)) => Err(error),
                };
            }
            (None, bound) => {
                // Nobody's room: only an installation with one tenant knows who would answer.
                let only = match bound {
                    Some(tenant) => Some(tenant),
                    None => {
                        let mut tenants = hub.tenants().await?;
                        if tenants.len() == 1 { tenants.pop().map(|t| t.id) } else { None }
                    }
                };
                (
                    only,
                    refused(
                        "This code was used, has run out or never was. An administrator can take \
                         a new one in the console.",
                    ),
                )
            }
        };
        match tenant {
            Some(tenant) => {
                let step = self.step(tenant, claimed);
                self.answer(&step, text, reply).await
            }
            None => Ok(Passed::Nothing),
        }
    }
}

/// The furthest back that is read.
const BACK_MONTHS_MAX: u32 = 24;

/// The moment since which a room is read: a day, or so many days, weeks or months before now.
fn read_since(since: &str, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, String> {
    let since = since.trim().to_lowercase();
    if since.is_empty() {
        return Ok(None);
    }
    let today = now.date_naive();
    let earliest = today.checked_sub_months(Months::new(BACK_MONTHS_MAX));
    let day = day_back(&since, today).filter(|day| *day <= today && Some(*day) >= earliest);
    let at = day.map(|day| day.and_time(NaiveTime::MIN).and_utc());
    match at {
        Some(at) => Ok(Some(at)),
        None => Err(format!(
            "I do not know the day “{}”. Say since:{}, or since:30 days; at most two years back. The \
             code is still good.",
            since.chars().take(60).collect::<String>(),
            today - Days::new(30),
        )),
    }
}

fn day_back(since: &str, today: NaiveDate) -> Option<NaiveDate> {
    match since {
        "today" => return Some(today),
        "yesterday" => return today.pred_opt(),
        _ => {}
    }
    if let Ok(day) = since.parse::<NaiveDate>() {
        return Some(day);
    }
    let (count, unit) = since.split_once(char::is_whitespace)?;
    let count = count.parse::<u32>().ok()?;
    match unit.trim().trim_end_matches('s') {
        "day" => today.checked_sub_days(Days::new(count.into())),
        "week" => today.checked_sub_days(Days::new(u64::from(count) * 7)),
        "month" => today.checked_sub_months(Months::new(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_read_since_a_day_or_so_long_ago() {
        let now = "2026-11-30T12:00:00Z".parse::<DateTime<Utc>>().expect("an instant");
        let check = |given: &str, expected: &str| {
            let since = read_since(given, now).expect(given).expect(given);
            assert_eq!(since.format("%Y-%m-%d").to_string(), expected, "{given}");
        };
        check("2026-11-01", "2026-11-01");
        check("30 days", "2026-10-31");
        check("2 Weeks", "2026-11-16");
        check("1 month", "2026-10-30");
        check("yesterday", "2026-11-29");
        assert_eq!(read_since(" ", now), Ok(None));
        for wrong in ["soon", "2027-01-01", "2020-01-01", "5", "99999999999 days", "4000000 months"]
        {
            let refusal = read_since(wrong, now).expect_err(wrong);
            assert!(refusal.contains("since:2026-10-31"), "{refusal}");
        }
    }
}
