use std::fmt::Write as _;

use engine::spec::Summary;
use platform::time::to_wire;
use trading::{Amount, amount::Rounding, bot::FieldError};

use super::insight::Insight;
use crate::decision::BotDecision;

/// Decisions that the report for people ends with.
const SHOWN: usize = 20;

/// The report for people.
pub(super) fn table(summary: &Summary, insight: &Insight, notes: &[FieldError]) -> String {
    let quote = summary.symbol.quote();
    let money = |amount: Amount| format!("{} {quote}", rounded(amount, 8));
    let money_or = |amount: Option<Amount>| amount.map_or_else(none, money);
    let (figures, trades) = (&summary.figures, &summary.figures.trades);
    let status = serde_json::to_value(summary.status).unwrap_or_default();
    let fall = figures.drawdown;
    let rows = [
        ("Bot", format!("{} on {}", summary.bot, summary.symbol)),
        (
            "Period",
            format!("{} – {}", to_wire(summary.from), to_wire(summary.to)),
        ),
        (
            "Candles",
            format!(
                "{} ({} missing)",
                summary.market.candles, summary.market.missing
            ),
        ),
        (
            "Status at the end",
            status.as_str().unwrap_or_default().to_owned(),
        ),
        ("", String::new()),
        ("Equity at the start", money(figures.start_equity)),
        ("Equity at the end", money(figures.end_equity)),
        (
            "Profit",
            format!(
                "{} ({})",
                money(figures.profit),
                percent(figures.total_return)
            ),
        ),
        ("  realised", money(summary.realised)),
        ("  unrealised", money(summary.unrealised)),
        ("    if sold", money_or(summary.unrealised_after_fee)),
        ("Fees", money(summary.fees)),
        ("Volume", money(summary.volume)),
        (
            "Position at the end",
            format!(
                "{} {}, cost {}",
                rounded(summary.position.quantity, 8),
                summary.symbol.base(),
                money(summary.position.cost)
            ),
        ),
        ("", String::new()),
        ("Fills", summary.fills.to_string()),
        (
            "Closed trades",
            format!(
                "{} ({} won, {} lost)",
                trades.count, trades.wins, trades.losses
            ),
        ),
        ("Closed deals", summary.closed_deals.to_string()),
        ("Win rate", percent(figures.win_rate)),
        ("Best trade", money_or(trades.best)),
        ("Worst trade", money_or(trades.worst)),
        ("Expectancy", money_or(figures.expectancy)),
        ("Profit factor", ratio(figures.profit_factor)),
        ("Time in market", percent(summary.time_in_market)),
        ("", String::new()),
        (
            "Max drawdown",
            format!("{} ({})", money(fall.amount), percent(fall.ratio)),
        ),
        ("Sharpe (daily, ×√365)", ratio(figures.sharpe)),
        ("Sortino (daily, ×√365)", ratio(figures.sortino)),
        ("Calmar", ratio(figures.calmar)),
        ("Growth a year", percent(figures.cagr)),
        ("", String::new()),
        (
            "Drawdown, closed only",
            format!(
                "{} ({})",
                money(figures.closed_drawdown.amount),
                percent(figures.closed_drawdown.ratio)
            ),
        ),
        ("Sharpe, freqtrade's", ratio(figures.freqtrade_sharpe)),
    ];
    let mut out = String::new();
    for (name, value) in rows {
        let line = format!("{name:<24}{value}");
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out += &told(insight, quote.as_str());
    for note in notes {
        let _ = writeln!(out, "\nNote: {} {}", note.pointer, note.message);
    }
    out
}

/// What is asked beside the figures.
fn told(insight: &Insight, quote: &str) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(out, "{}", format!("{name:<24}{value}").trim_end());
    };
    if let Some(fall) = &insight.drawdown {
        let recovered = fall.recovered.map_or_else(
            || "not made up for".to_owned(),
            |at| format!("made up for {}", to_wire(at)),
        );
        let dates = format!("{} – {}, {recovered}", to_wire(fall.from), to_wire(fall.to));
        line("Deepest fall", dates);
    }
    if let Some(seconds) = insight.average_deal_s {
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
        line("Average deal", format!("{hours} h {minutes} min"));
    }
    if let Some(held) = &insight.buy_and_hold {
        let profit = rounded(held.profit, 8);
        let came_to = format!(
            "{profit} {quote} ({}), fees not counted",
            percent(Some(held.total_return))
        );
        line("Buy and hold", came_to);
    }
    if !insight.exits.is_empty() {
        line("", String::new());
    }
    for exit in &insight.exits {
        let (count, won) = (exit.count, exit.won);
        let name = format!("Closed: {}", word(&exit.reason));
        line(
            &name,
            format!("{count} ({won} won), {} {quote}", rounded(exit.realised, 8)),
        );
    }
    for sold in &insight.sales {
        let name = format!("Sold: {}", word(&sold.purpose));
        line(
            &name,
            format!("{}, {} {quote}", sold.count, rounded(sold.quote, 8)),
        );
    }
    line("", String::new());
    for month in &insight.months {
        let profit = format!(
            "{} {quote} ({})",
            rounded(month.profit, 8),
            percent(month.total_return)
        );
        line(&month.name, profit);
    }
    out
}

/// A word of the API.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => none(),
    }
}

/// A sum with eight decimals at most.
pub(super) fn sum(value: Option<Amount>) -> String {
    value.map_or_else(none, |value| rounded(value, 8).to_string())
}

/// The last decisions in words.
pub(super) fn log(decisions: &[BotDecision], dropped: u64) -> String {
    let mut out = String::new();
    if decisions.is_empty() {
        return out;
    }
    let shown = &decisions[decisions.len().saturating_sub(SHOWN)..];
    let (kept, count) = (decisions.len(), shown.len());
    let _ = writeln!(
        out,
        "\nDecisions, the last {count} of {kept} (all of them: --json)"
    );
    for decision in shown {
        let at = decision.at.map(to_wire).unwrap_or_default();
        let _ = writeln!(out, "{at}  {}", decision.sentence);
    }
    if dropped > 0 {
        let _ = writeln!(out, "{dropped} later ones were not kept.");
    }
    out
}

fn none() -> String {
    "–".to_owned()
}

fn rounded(amount: Amount, decimals: u32) -> Amount {
    amount
        .mul_rounded(Amount::ONE, decimals, Rounding::HalfEven)
        .unwrap_or(amount)
}

fn ratio(value: Option<Amount>) -> String {
    value.map_or_else(none, |value| rounded(value, 3).to_string())
}

pub(super) fn percent(value: Option<Amount>) -> String {
    value
        .and_then(|value| {
            value
                .mul_rounded(Amount::HUNDRED, 3, Rounding::HalfEven)
                .ok()
        })
        .map_or_else(none, |value| format!("{value} %"))
}
