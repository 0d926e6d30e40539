//! Markets, their candles and their books.

use std::fmt;

use trading::{Amount, Market, Symbol, candle::Candle, order::Millis};

/// The markets of a venue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instruments {
    /// Those that can be used.
    pub listed: Vec<Instrument>,
    /// Those whose rules or names could not be read: the venue's name and why.
    pub unreadable: Vec<(String, String)>,
}

/// A market and what the venue says of it beyond the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// The market's rules.
    pub market: Market,
    /// The venue's own name: `BTCUSDT`.
    pub venue_name: String,
    /// Decimals with which the venue counts amounts of the quote: what a trade moves is cut towards zero to them.
    pub quote_decimals: u32,
    /// Whether it trades now.
    pub status: MarketStatus,
    /// Smallest price of a limit; zero where there is none.
    pub min_price: Amount,
    /// Largest price of a limit.
    pub max_price: Option<Amount>,
    /// Market orders may ask for an amount of quote.
    pub allows_quote_size: bool,
    /// Market orders are accepted.
    pub allows_market: bool,
    /// Limit orders that never take are accepted.
    pub allows_post_only: bool,
    /// It is a spot market that spot accounts may trade.
    pub is_spot: bool,
}

/// Whether a market trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarketStatus {
    /// Orders are accepted and filled.
    Trading,
    /// Only cancels are accepted.
    CancelOnly,
    /// Nothing is traded for the time being.
    Halted,
    /// It was closed for good, or for the day.
    Ended,
    /// The venue said something that the adapter does not know: no orders are to be sent.
    Unknown,
}

/// Which candles are read.
#[derive(Clone, Copy, Debug)]
pub struct CandleRange {
    /// Length of a candle.
    pub interval: CandleInterval,
    /// Candles that open at this millisecond since 1970 or later.
    pub from: Millis,
    /// Candles that open at this millisecond since 1970 or earlier.
    pub to: Option<Millis>,
}

/// Candles, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandlePage {
    /// The candles of the page, oldest first.
    pub candles: Vec<VenueCandle>,
    /// Where the next page begins, if this one was full.
    pub next_from: Option<Millis>,
}

/// A candle as a venue tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VenueCandle {
    /// The candle, in the kernel's form.
    pub candle: Candle,
    /// Its interval is over: it will not change any more.
    pub is_closed: bool,
}

/// Length of a candle that venues know. All begin at multiples of their length since 1970, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CandleInterval {
    /// Candles of one minute.
    Minute1,
    /// Candles of three minutes.
    Minute3,
    /// Candles of five minutes.
    Minute5,
    /// A quarter of an hour.
    Minute15,
    /// Half an hour.
    Minute30,
    /// Candles of one hour.
    Hour1,
    /// Candles of two hours.
    Hour2,
    /// Candles of four hours.
    Hour4,
    /// Candles of six hours.
    Hour6,
    /// Candles of eight hours.
    Hour8,
    /// Candles of twelve hours.
    Hour12,
    /// Candles of one day.
    Day1,
}

/// One side of the top of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Price in quote.
    pub price: Amount,
    /// Base offered there.
    pub quantity: Amount,
}

/// The top of a book; a side is absent when nobody offers anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookTop {
    /// The best bid.
    pub bid: Option<Level>,
    /// The best ask.
    pub ask: Option<Level>,
}

impl CandleInterval {
    /// All lengths, shortest first.
    pub const ALL: [Self; 12] = [
        Self::Minute1,
        Self::Minute3,
        Self::Minute5,
        Self::Minute15,
        Self::Minute30,
        Self::Hour1,
        Self::Hour2,
        Self::Hour4,
        Self::Hour6,
        Self::Hour8,
        Self::Hour12,
        Self::Day1,
    ];

    /// Length in milliseconds.
    pub const fn millis(self) -> Millis {
        let minutes = match self {
            Self::Minute1 => 1,
            Self::Minute3 => 3,
            Self::Minute5 => 5,
            Self::Minute15 => 15,
            Self::Minute30 => 30,
            Self::Hour1 => 60,
            Self::Hour2 => 120,
            Self::Hour4 => 240,
            Self::Hour6 => 360,
            Self::Hour8 => 480,
            Self::Hour12 => 720,
            Self::Day1 => 1_440,
        };
        minutes * 60_000
    }
}

impl Instruments {
    /// The instrument of a market.
    pub fn find(&self, symbol: &Symbol) -> Option<&Instrument> {
        self.listed
            .iter()
            .find(|instrument| instrument.market.symbol == *symbol)
    }
}

impl fmt::Display for CandleInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.millis() / 60_000;
        match minutes {
            1_440 => f.write_str("1d"),
            60.. => write!(f, "{}h", minutes / 60),
            _ => write!(f, "{minutes}m"),
        }
    }
}

impl MarketStatus {
    /// Whether orders may be sent.
    pub const fn takes_orders(self) -> bool {
        matches!(self, Self::Trading)
    }
}
