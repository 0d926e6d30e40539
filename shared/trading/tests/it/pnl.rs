use trading::Amount;
use trading::pnl::{
    ClosedTrades, EquityCurve, EquityPoint, Figures, Moments, Position, TradeStats, annual_growth,
    freqtrade_sharpe, sharpe, sortino,
};

use crate::support::amount;

const DAY: i64 = 86_400_000;

fn curve(equities: &[&str]) -> EquityCurve {
    let mut curve = EquityCurve::new(
        EquityPoint {
            at: 0,
            equity: amount(equities[0]),
        },
        DAY,
    );
    for (day, equity) in (0_i64..).zip(&equities[1..]) {
        curve.record(day * DAY + DAY - 1, amount(equity)).unwrap();
    }
    curve
}

fn closed(start: &str, profits: &[&str]) -> ClosedTrades {
    let mut closed = ClosedTrades::new(amount(start));
    for profit in profits {
        closed.record(amount(profit)).unwrap();
    }
    closed
}

fn moments(values: &[&str]) -> Moments {
    Moments::of(values.iter().map(|value| amount(value).decimal())).unwrap()
}

/// What trades earn has up to 18 decimals: their shares are compared all the same.
#[test]
fn falls_of_a_large_capital_are_compared_to_the_last_decimal() {
    let mut closed = ClosedTrades::new(amount("100000"));
    for profit in [
        "0.123456789012345679",
        "-1.000000000000000001",
        "2.987654321098765433",
        "-1.000000000000000003",
        "3.111111111111111113",
    ] {
        closed.record(amount(profit)).unwrap();
    }
    let curve = curve(&["100000", "100004"]);
    let figures = Figures::of(&curve, &closed).unwrap();
    let fall = figures.closed_drawdown;
    assert_eq!(fall.amount, amount("1.000000000000000003"));
    assert_eq!(fall.ratio, Some(amount("0.000009999988")));
}

#[test]
fn drawdown_is_the_deepest_share_of_a_peak() {
    let drawdown = curve(&["100", "120", "90", "130", "100", "200", "180"])
        .drawdown()
        .unwrap();
    assert_eq!(drawdown.ratio, Some(amount("0.25")));
    assert_eq!(drawdown.amount, amount("30"));
    assert_eq!(
        curve(&["100", "110"]).drawdown().unwrap().ratio,
        Some(amount("0"))
    );
}

/// Returns 10 %, -10 %, 5 %: mean 1/60, sd 0.1040833, downside √(0.01 / 3).
#[test]
fn ratios_follow_their_definitions() {
    let returns = moments(&["0.1", "-0.1", "0.05"]);
    // statistics.mean(r) / statistics.stdev(r) * 365 ** 0.5
    assert!(
        sharpe(&returns).unwrap().to_string().starts_with("3.05924"),
        "{:?}",
        sharpe(&returns)
    );
    // mean / sqrt(0.01 / 3) * 365 ** 0.5
    assert!(
        sortino(&returns)
            .unwrap()
            .to_string()
            .starts_with("5.51513"),
        "{:?}",
        sortino(&returns)
    );
    assert_eq!(sharpe(&moments(&["0.1"])), None);
    assert_eq!(sharpe(&moments(&["0.1"; 5])), None);
    assert_eq!(sortino(&moments(&["0.1", "0.05"])), None);
    assert_eq!(
        freqtrade_sharpe(&moments(&["0.01", "0.01"]), 3),
        Some(amount("-100"))
    );
}

/// What freqtrade 2026.9 (`calculate_sharpe`, `calculate_max_drawdown`) says of the same trades.
#[test]
fn closed_trades_give_the_figures_of_freqtrade() {
    let profits = ["10", "-5", "20", "-30", "4"];
    let mut equities = vec!["1000"; 11];
    equities[10] = "999";
    let curve = curve(&equities);
    let figures = Figures::of(&curve, &closed("1000", &profits)).unwrap();
    let returns = moments(&["0.01", "-0.005", "0.02", "-0.03", "0.004"]);
    let sharpe = freqtrade_sharpe(&returns, 9).unwrap();
    assert!(sharpe.to_string().starts_with("-0.1250509"), "{sharpe}");
    assert_eq!(figures.closed_drawdown.amount, amount("30"));
    assert_eq!(
        figures.closed_drawdown.ratio,
        Some(amount("0.029268292683"))
    );
    // What is held fell by no more than what was lost.
    assert_eq!(figures.drawdown.amount, amount("1"));
    let nothing = Figures::of(&curve, &closed("1000", &[])).unwrap();
    assert_eq!(nothing.freqtrade_sharpe, None);
    assert_eq!(nothing.closed_drawdown.amount, amount("0"));
}

#[test]
fn what_is_held_is_worth_less_by_the_fee_of_its_exit() {
    let position = Position {
        quantity: amount("0.3333"),
        cost: amount("33"),
    };
    assert_eq!(position.unrealised(amount("101")), Ok(amount("0.6633")));
    // 33.6633 × 0.1 %, rounded up at 8 decimals, is 0.0336633.
    let after = position.unrealised_after_fee(amount("101"), amount("0.001"));
    assert_eq!(after, Ok(amount("0.6296367")));
    let none = Position::EMPTY.unrealised_after_fee(amount("101"), amount("0.001"));
    assert_eq!(none, Ok(Amount::ZERO));
}

#[test]
fn growth_is_per_year() {
    assert_eq!(
        annual_growth(amount("100"), amount("121"), 2 * 365 * DAY),
        Some(amount("0.1"))
    );
    assert_eq!(
        annual_growth(amount("100"), amount("50"), 365 * DAY),
        Some(amount("-0.5"))
    );
    assert_eq!(annual_growth(amount("100"), amount("121"), 0), None);
    assert_eq!(annual_growth(amount("0"), amount("121"), DAY), None);
    // Grows beyond all numbers: no figure rather than infinity.
    assert_eq!(annual_growth(amount("1"), amount("1000000"), 1000), None);
}

#[test]
fn trades_count_wins_losses_and_neither() {
    let mut stats = TradeStats::default();
    assert_eq!(
        (stats.profit_factor(), stats.expectancy(), stats.win_rate()),
        (None, None, None)
    );
    for pnl in ["10", "0", "20"] {
        stats.record(amount(pnl)).unwrap();
    }
    assert_eq!(stats.profit_factor(), None);
    stats.record(amount("-5")).unwrap();
    assert_eq!((stats.count, stats.wins, stats.losses), (4, 2, 1));
    assert_eq!(stats.profit_factor(), Some(amount("6")));
    assert_eq!(stats.win_rate(), Some(amount("0.5")));
    assert_eq!(stats.expectancy(), Some(amount("6.25")));
    // (1 + 15 / 5) × 0.5 - 1
    assert_eq!(stats.expectancy_ratio(), Some(amount("1")));
}

#[test]
fn a_flat_run_has_no_ratios() {
    let figures = Figures::of(&curve(&["100", "100", "100"]), &closed("100", &[])).unwrap();
    assert_eq!(
        (figures.sharpe, figures.sortino, figures.calmar),
        (None, None, None)
    );
    assert_eq!(figures.cagr, None);
    assert_eq!(figures.profit, amount("0"));
    let month = Figures::of(&curve(&["100"; 29]), &closed("100", &[])).unwrap();
    assert_eq!((month.cagr, month.calmar), (Some(amount("0")), None));
}

/// `days` whole days of equity between 100 and 101 that ends at 101, with a trade that won and one that lost.
fn days(days: usize) -> Figures {
    let mut equities: Vec<&str> = ["100", "100.5", "101", "99"]
        .into_iter()
        .cycle()
        .take(days)
        .collect();
    equities.push("101");
    Figures::of(&curve(&equities), &closed("100", &["2", "-1"])).unwrap()
}

#[test]
fn a_run_shorter_than_a_month_has_no_figures_by_the_year() {
    for short in [1, 2, 6, 7, 27] {
        let figures = days(short);
        assert_eq!(
            (figures.cagr, figures.calmar, figures.freqtrade_sharpe),
            (None, None, None),
            "{short} days"
        );
        assert!(figures.total_return.is_some());
    }
    let figures = days(28);
    assert!(figures.cagr.is_some_and(Amount::is_positive));
    assert!(figures.calmar.is_some_and(Amount::is_positive));
    assert!(figures.freqtrade_sharpe.is_some_and(Amount::is_positive));
}

#[test]
fn a_run_shorter_than_a_week_has_no_ratios_of_daily_returns() {
    for short in [1, 2, 6] {
        let figures = days(short);
        assert_eq!((figures.sharpe, figures.sortino), (None, None), "{short}");
    }
    let figures = days(7);
    assert!(figures.sharpe.is_some() && figures.sortino.is_some());
}

/// Ties at the eighteenth decimal go to the even neighbour, and what stays is the difference.
#[test]
fn the_cost_of_a_part_is_rounded_half_to_even() {
    for (cost, taken) in [
        ("0.000000000000000001", "0"),
        ("0.000000000000000003", "0.000000000000000002"),
        ("0.000000000000000005", "0.000000000000000002"),
        ("0.000000000000000007", "0.000000000000000004"),
    ] {
        let mut position = Position {
            quantity: amount("2"),
            cost: amount(cost),
        };
        let part = position.take(Amount::ONE).unwrap();
        assert_eq!((part.quantity, part.cost), (Amount::ONE, amount(taken)));
        assert_eq!(position.quantity, Amount::ONE);
        assert_eq!(position.cost.plus(part.cost), Ok(amount(cost)));
    }
}
