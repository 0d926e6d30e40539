use trading::candle::Candle;
use trading::indicator::{Bar, Board, Definition, Price, Real, Source, TooCoarse, batch};
use trading::order::{LegId, Millis};

use crate::support::{MINUTE, amount};

const EMA: Definition = Definition::Ema {
    period: 3,
    source: Source::Price(Price::Close),
};

fn candle(minute: Millis, price: &str) -> Candle {
    let price = amount(price);
    Candle {
        open_time: minute * MINUTE,
        close_time: (minute + 1) * MINUTE - 1,
        open: price,
        high: price,
        low: price,
        close: price,
        volume: amount("1"),
    }
}

/// Conditions that ask for the same share it, whatever leg or interval makes it another.
#[test]
fn an_indicator_is_there_once() {
    let mut board = Board::default();
    let one = board.place(LegId::FIRST, MINUTE, EMA, 0);
    assert_eq!(board.place(LegId::FIRST, MINUTE, EMA, 0), one);
    assert_ne!(board.place(LegId::FIRST, 5 * MINUTE, EMA, 0), one);
    assert_ne!(board.place(LegId(1), MINUTE, EMA, 0), one);
    let rsi = Definition::Rsi { period: 3 };
    assert_ne!(board.place(LegId::FIRST, MINUTE, rsi, 0), one);
    let saved = serde_json::to_string(&board).unwrap();
    assert_eq!(saved.matches("\"ema\"").count(), 6, "{saved}");
    let restored: Board = serde_json::from_str(&saved).unwrap();
    assert_eq!(restored, board);
}

/// Minute `m` costs `100 + m % 7`.
fn series(minutes: impl IntoIterator<Item = Millis>) -> Vec<Candle> {
    let priced = |minute: Millis| candle(minute, &(100 + minute.rem_euclid(7)).to_string());
    minutes.into_iter().map(priced).collect()
}

/// Values of the EMA of five minutes after each candle that closes one, with the time.
fn of_five(candles: &[Candle]) -> Vec<(Millis, f64)> {
    let mut board = Board::default();
    let place = board.place(LegId::FIRST, 5 * MINUTE, EMA, 0);
    let mut found = Vec::new();
    for candle in candles {
        board.take(LegId::FIRST, candle).unwrap();
        if board.has_closed(0, candle.close_time) {
            found.push((candle.close_time, board.value(place).0));
        }
    }
    found
}

fn bar(minute: Millis, of: &[Candle]) -> Bar {
    let mut bars = of.iter().map(Bar::of);
    let first = bars.next().unwrap();
    bars.fold(first, |all, bar| Bar {
        open_time: minute * MINUTE,
        open: all.open,
        high: Real(all.high.0.max(bar.high.0)),
        low: Real(all.low.0.min(bar.low.0)),
        close: bar.close,
        volume: Real(all.volume.0 + bar.volume.0),
    })
}

#[test]
fn longer_candles_are_made_on_whole_intervals_of_utc() {
    // Begins two minutes into an interval: what is left of that is no candle.
    let candles = series(12..40);
    let whole: Vec<Bar> = (15..40)
        .step_by(5)
        .map(|minute| {
            let from = usize::try_from(minute - 12).unwrap();
            bar(minute, &candles[from..from + 5])
        })
        .collect();
    let expected: Vec<_> = batch(EMA, &whole)
        .into_iter()
        .zip(1..)
        .map(|(values, number)| ((15 + number * 5) * MINUTE - 1, values[0].to_bits()))
        .collect();
    let found = of_five(&candles);
    let bits = found.iter().map(|(at, value)| (*at, value.to_bits()));
    assert_eq!(bits.collect::<Vec<_>>(), expected);
}

/// A candle whose last minute never comes is closed by the next one, late: it counts, and nothing is decided by it.
#[test]
fn a_candle_that_is_cut_short_counts_and_decides_nothing() {
    let whole = series(0..40);
    let cut: Vec<Candle> = whole
        .iter()
        .filter(|candle| candle.open_time != 19 * MINUTE)
        .copied()
        .collect();
    let (all, found) = (of_five(&whole), of_five(&cut));
    assert_eq!(all.len(), 8);
    let times = |found: &[(Millis, f64)]| found.iter().map(|(at, _)| *at).collect::<Vec<_>>();
    let decided = all.iter().filter(|(at, _)| *at != 20 * MINUTE - 1);
    assert_eq!(
        times(&found),
        decided.map(|(at, _)| *at).collect::<Vec<_>>()
    );
    let mut bars: Vec<Bar> = (0..8)
        .map(|five| bar(five * 5, &whole[usize::try_from(five * 5).unwrap()..][..5]))
        .collect();
    bars[3] = bar(15, &whole[15..19]);
    let last = batch(EMA, &bars).last().unwrap()[0];
    assert_eq!(found.last().unwrap().1.to_bits(), last.to_bits());
}

#[test]
fn candles_that_do_not_make_up_an_interval_are_refused() {
    let mut board = Board::default();
    board.series(LegId::FIRST, MINUTE);
    let long = Candle {
        close_time: 5 * MINUTE - 1,
        ..candle(0, "100")
    };
    let refused = Err(TooCoarse { interval: MINUTE });
    assert_eq!(board.take(LegId::FIRST, &long), refused);
    let mut board = Board::default();
    board.series(LegId::FIRST, 5 * MINUTE);
    let three = Candle {
        close_time: 3 * MINUTE - 1,
        ..candle(0, "100")
    };
    let refused = Err(TooCoarse {
        interval: 5 * MINUTE,
    });
    assert_eq!(board.take(LegId::FIRST, &three), refused);
    assert_eq!(board.take(LegId(1), &three), Ok(()));
}

/// What is asked for again goes on, in whatever order; what is new begins, and counts when it has seen enough itself.
#[test]
fn a_board_inherits_what_another_one_computed() {
    let rsi = Definition::Rsi { period: 5 };
    let mut before = Board::default();
    before.place(LegId::FIRST, 5 * MINUTE, EMA, 0);
    let ema = before.place(LegId::FIRST, MINUTE, EMA, 0);
    for candle in series(0..22) {
        before.take(LegId::FIRST, &candle).unwrap();
    }
    let value = before.value(ema).0.to_bits();
    let mut board = Board::default();
    let new = board.place(LegId::FIRST, MINUTE, rsi, 0);
    let kept = board.place(LegId::FIRST, MINUTE, EMA, 0);
    let longer = board.place(LegId::FIRST, 5 * MINUTE, EMA, 0);
    board.inherit(before);
    assert_eq!(board.value(kept).0.to_bits(), value);
    assert!(board.is_settled(kept) && !board.is_settled(new) && !board.is_settled(longer));
    assert_eq!(board.unsettled(), Some((5 * MINUTE, 4, 12)));
    for candle in series(22..42) {
        assert!(!board.is_settled(new));
        board.take(LegId::FIRST, &candle).unwrap();
    }
    assert!(board.is_settled(new));
    let whole = of_five(&series(0..42)).pop().unwrap().1;
    assert_eq!(board.value(longer).0.to_bits(), whole.to_bits());
}

#[test]
fn a_series_settles_after_four_times_its_longest_period() {
    let mut board = Board::default();
    board.place(LegId::FIRST, MINUTE, EMA, 0);
    board.place(LegId::FIRST, MINUTE, Definition::Rsi { period: 5 }, 0);
    for (seen, candle) in (0..20).zip(series(0..20)) {
        assert_eq!(board.unsettled(), Some((MINUTE, seen, 20)));
        board.take(LegId::FIRST, &candle).unwrap();
    }
    assert_eq!(board.unsettled(), None);
}
