//! What one asks of a backtest beside its figures: against buying and holding, by reason, by month, and when it fell.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use engine::spec::{EquitySample, Played};
use serde::Serialize;
use trading::{
    Amount,
    amount::{AmountError, Rounding},
    bot::CloseReason,
    candle::Candle,
    order::{Purpose, Side},
};

/// Decimals of shares and of sums that are divided.
const DECIMALS: u32 = 8;

/// The first and the last price of what was played.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Market {
    first: Option<Amount>,
    last: Option<Amount>,
}

impl Market {
    pub(super) fn see(&mut self, candle: &Candle) {
        self.first.get_or_insert(candle.open);
        self.last = Some(candle.close);
    }
}

/// See the fields.
#[derive(Debug, Serialize)]
pub(super) struct Insight {
    /// What the equity at the start would have come to as base, fees not counted.
    pub(super) buy_and_hold: Option<Holding>,
    /// Why deals were closed, most often first.
    pub(super) exits: Vec<Exit>,
    /// What sales were for, most often first.
    pub(super) sales: Vec<Sales>,
    /// Profit by month, in UTC, out of the equity series.
    pub(super) months: Vec<Month>,
    /// How long closed deals lasted, in seconds.
    pub(super) average_deal_s: Option<i64>,
    /// When the equity fell most, in parts of what it was, out of the equity series.
    pub(super) drawdown: Option<Fall>,
}

#[derive(Debug, Serialize)]
pub(super) struct Holding {
    pub(super) first_price: Amount,
    pub(super) last_price: Amount,
    pub(super) profit: Amount,
    pub(super) total_return: Amount,
}

#[derive(Debug, Serialize)]
pub(super) struct Exit {
    pub(super) reason: CloseReason,
    pub(super) count: u64,
    pub(super) won: u64,
    pub(super) realised: Amount,
}

#[derive(Debug, Serialize)]
pub(super) struct Sales {
    pub(super) purpose: Purpose,
    pub(super) count: u64,
    pub(super) quote: Amount,
}

#[derive(Debug, Serialize)]
pub(super) struct Month {
    /// As `2024-01`.
    #[serde(rename = "month")]
    pub(super) name: String,
    pub(super) profit: Amount,
    pub(super) total_return: Option<Amount>,
}

#[derive(Debug, Serialize)]
pub(super) struct Fall {
    #[serde(with = "platform::time::wire")]
    pub(super) from: DateTime<Utc>,
    #[serde(with = "platform::time::wire")]
    pub(super) to: DateTime<Utc>,
    /// When the equity was as high again; null where it never was.
    #[serde(with = "platform::time::wire_option")]
    pub(super) recovered: Option<DateTime<Utc>>,
}

impl Insight {
    /// Of a run and of the market that it was played on.
    ///
    /// # Errors
    /// When a sum is too large.
    pub(super) fn of(played: &Played, market: Market) -> Result<Self, AmountError> {
        let summary = &played.summary;
        let (start, end) = (summary.figures.start_equity, summary.figures.end_equity);
        Ok(Self {
            buy_and_hold: holding(market, start)?,
            exits: exits(played)?,
            sales: sales(played)?,
            months: months(&summary.equity, (summary.from, start), (summary.to, end))?,
            average_deal_s: average_duration(played),
            drawdown: fall(&summary.equity)?,
        })
    }
}

fn ratio(part: Amount, whole: Amount) -> Result<Option<Amount>, AmountError> {
    if !whole.is_positive() {
        return Ok(None);
    }
    part.div_rounded(whole, DECIMALS, Rounding::HalfEven)
        .map(Some)
}

fn holding(market: Market, start: Amount) -> Result<Option<Holding>, AmountError> {
    let (Some(first_price), Some(last_price)) = (market.first, market.last) else {
        return Ok(None);
    };
    let Some(total_return) = ratio(last_price.minus(first_price)?, first_price)? else {
        return Ok(None);
    };
    let profit = start.mul_rounded(total_return, DECIMALS, Rounding::HalfEven)?;
    Ok(Some(Holding {
        first_price,
        last_price,
        profit,
        total_return,
    }))
}

fn exits(played: &Played) -> Result<Vec<Exit>, AmountError> {
    let mut exits: Vec<Exit> = Vec::new();
    for deal in played.excerpt.deals.kept() {
        let known = exits.iter().position(|exit| exit.reason == deal.reason);
        let at = known.unwrap_or_else(|| {
            exits.push(Exit {
                reason: deal.reason,
                count: 0,
                won: 0,
                realised: Amount::ZERO,
            });
            exits.len() - 1
        });
        let exit = &mut exits[at];
        exit.count += 1;
        exit.won += u64::from(deal.realised.is_positive());
        exit.realised = exit.realised.plus(deal.realised)?;
    }
    exits.sort_by_key(|exit| std::cmp::Reverse(exit.count));
    Ok(exits)
}

fn sales(played: &Played) -> Result<Vec<Sales>, AmountError> {
    let mut sales: Vec<Sales> = Vec::new();
    let fills = played.excerpt.fills.kept().iter();
    for fill in fills.filter(|fill| fill.side == Side::Sell) {
        let known = sales.iter().position(|sold| sold.purpose == fill.purpose);
        let at = known.unwrap_or_else(|| {
            sales.push(Sales {
                purpose: fill.purpose,
                count: 0,
                quote: Amount::ZERO,
            });
            sales.len() - 1
        });
        let sold = &mut sales[at];
        sold.count += 1;
        sold.quote = sold.quote.plus(fill.fill.quote)?;
    }
    sales.sort_by_key(|sold| std::cmp::Reverse(sold.count));
    Ok(sales)
}

/// What is at midnight belongs to the month that ends with it.
fn months(
    series: &[EquitySample],
    (from, start): (DateTime<Utc>, Amount),
    (to, end): (DateTime<Utc>, Amount),
) -> Result<Vec<Month>, AmountError> {
    let name = |at: DateTime<Utc>| {
        (at - TimeDelta::milliseconds(1))
            .format("%Y-%m")
            .to_string()
    };
    let mut ends = BTreeMap::new();
    for sample in series.iter().filter(|sample| sample.at > from) {
        ends.insert(name(sample.at), sample.equity);
    }
    ends.insert(name(to), end);
    let mut before = start;
    ends.into_iter()
        .map(|(name, equity)| {
            let profit = equity.minus(before)?;
            let total_return = ratio(profit, before)?;
            before = equity;
            Ok(Month {
                name,
                profit,
                total_return,
            })
        })
        .collect()
}

fn average_duration(played: &Played) -> Option<i64> {
    let deals = played.excerpt.deals.kept();
    let lasted: i64 = deals
        .iter()
        .map(|deal| deal.closed_at - deal.opened_at)
        .sum();
    let count = i64::try_from(deals.len()).ok()?;
    (count > 0).then(|| lasted / count / 1_000)
}

fn fall(series: &[EquitySample]) -> Result<Option<Fall>, AmountError> {
    let Some(mut peak) = series.first() else {
        return Ok(None);
    };
    let mut deepest: Option<(Amount, EquitySample, usize)> = None;
    for (index, sample) in series.iter().enumerate() {
        if sample.equity >= peak.equity {
            peak = sample;
            continue;
        }
        let Some(depth) = ratio(peak.equity.minus(sample.equity)?, peak.equity)? else {
            continue;
        };
        if deepest.is_none_or(|(known, ..)| depth > known) {
            deepest = Some((depth, *peak, index));
        }
    }
    Ok(deepest.map(|(_, peak, index)| Fall {
        from: peak.at,
        to: series[index].at,
        recovered: series[index..]
            .iter()
            .find(|sample| sample.equity >= peak.equity)
            .map(|sample| sample.at),
    }))
}

#[cfg(test)]
mod tests {
    use engine::spec::EquitySample;

    use super::{fall, months};

    fn sample(at: &str, equity: &str) -> EquitySample {
        EquitySample {
            at: at.parse().unwrap(),
            equity: equity.parse().unwrap(),
        }
    }

    #[test]
    fn months_end_at_midnight_and_add_up() {
        let series = [
            sample("2024-01-30T00:00:00Z", "100"),
            sample("2024-02-01T00:00:00Z", "110"),
            sample("2024-02-20T00:00:00Z", "88"),
        ];
        let from = (
            "2024-01-30T00:00:00Z".parse().unwrap(),
            "100".parse().unwrap(),
        );
        let to = (
            "2024-03-01T00:00:00Z".parse().unwrap(),
            "99".parse().unwrap(),
        );
        let months = months(&series, from, to).unwrap();
        let told: Vec<String> = months
            .iter()
            .map(|month| {
                format!(
                    "{} {} {:?}",
                    month.name,
                    month.profit,
                    month.total_return.unwrap().to_string()
                )
            })
            .collect();
        assert_eq!(told, [r#"2024-01 10 "0.1""#, r#"2024-02 -11 "-0.1""#]);
    }

    #[test]
    fn the_deepest_fall_is_dated_from_its_peak_to_its_recovery() {
        let series = [
            sample("2024-01-01T00:00:00Z", "100"),
            sample("2024-01-02T00:00:00Z", "99"),
            sample("2024-01-03T00:00:00Z", "120"),
            sample("2024-01-04T00:00:00Z", "90"),
            sample("2024-01-05T00:00:00Z", "119"),
            sample("2024-01-06T00:00:00Z", "120"),
        ];
        let day = |at: chrono::DateTime<chrono::Utc>| at.format("%d").to_string();
        let fall_of = |series: &[EquitySample]| fall(series).unwrap().unwrap();
        let found = fall_of(&series);
        assert_eq!(
            (day(found.from), day(found.to)),
            ("03".to_owned(), "04".to_owned())
        );
        assert_eq!(found.recovered.map(day), Some("06".to_owned()));
        assert_eq!(fall_of(&series[..5]).recovered, None);
        assert!(fall(&series[..1]).unwrap().is_none());
    }
}
