use std::fmt::Write as _;

use engine::spec::Summary;
use platform::time::to_wire;
use trading::{Amount, amount::Rounding, bot::FieldError};

use crate::decision::BotDecision;

/// Decisions that the report for people ends with.
const SHOWN: usize = 20;

/// The report for people.
pub(super) fn table(summary: &Summary, notes: &[FieldError]) -> String {
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
    for note in notes {
        let _ = writeln!(out, "\nNote: {} {}", note.pointer, note.message);
    }
    out
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

fn percent(value: Option<Amount>) -> String {
    value
        .and_then(|value| {
            value
                .mul_rounded(Amount::HUNDRED, 3, Rounding::HalfEven)
                .ok()
        })
        .map_or_else(none, |value| format!("{value} %"))
}
