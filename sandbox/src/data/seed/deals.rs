//! Sales opportunities in the CRM.

use rust_decimal::Decimal;

use crate::data::{Company, Deal};

use super::DAY;
use super::orders::currency;
use super::random::Random;
use super::special::NORDSOEHNE;

const FIRST_ID: u64 = 8_001_001;
const STAGES: &[&str] =
    &["appointmentscheduled", "qualifiedtobuy", "contractsent", "closedwon", "closedwon", "closedlost", "1043923"];

/// All deals: four for each company that people sign in to, and one for every other ordinary company or so.
pub(super) fn all(now: i64, companies: &[Company]) -> Vec<Deal> {
    let mut random = Random::new(61);
    let mut deals = Vec::new();
    for company in companies {
        let some = if company.id <= NORDSOEHNE { 4 } else { random.between(0, 13) / 7 + random.between(0, 1) / 4 };
        for _ in 0..some {
            let id = FIRST_ID + u64::try_from(deals.len()).unwrap_or_default();
            deals.push(deal(&mut random, now, id, company));
        }
    }
    // More of them at companies that buy often.
    let busy: Vec<&Company> = companies.iter().filter(|company| company.id % 4 == 1).collect();
    for company in busy {
        let id = FIRST_ID + u64::try_from(deals.len()).unwrap_or_default();
        deals.push(deal(&mut random, now, id, company));
    }
    deals
}

fn deal(random: &mut Random, now: i64, id: u64, company: &Company) -> Deal {
    let (rate, decimals) = currency(company.currency);
    let stage = *random.pick(STAGES);
    let created = now - random.between(5, 500) * DAY;
    let modified = created + random.between(0, (now - created) / DAY) * DAY;
    Deal {
        id,
        company: company.id,
        name: format!(
            "{} – {}",
            random.pick(&["Retrofit", "Pump station", "Service & parts", "\"Phase 2\""]),
            id % 1000
        ),
        amount: random
            .chance(90)
            .then(|| (Decimal::new(random.between(90_000, 9_000_000), 2) * rate).round_dp(decimals)),
        currency: random.chance(70).then_some(company.currency),
        stage,
        close: random
            .chance(92)
            .then(|| if stage.starts_with("closed") { modified } else { now + random.between(1, 120) * DAY }),
        created,
        modified,
    }
}
