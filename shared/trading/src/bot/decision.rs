use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{BotStatus, Known, Observation, Reason, Signal, Terms};
use crate::amount::{Amount, Exact, MAX_DECIMALS, Rounding};
use crate::market::{Market, RejectCode};
use crate::order::{DealNumber, Fill, Millis, OrderSize, Purpose, Side};
use crate::paper::with_fee;

/// Why a bot did or did not do something. [`Decision::sentence`] says it in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    /// The reason.
    pub reason: Reason,
    /// The deal it is about.
    pub deal: Option<DealNumber>,
    /// The price it was taken at, in quote.
    pub price: Option<Amount>,
    /// The numbers that decided.
    #[serde(default)]
    pub facts: Facts,
}

/// The numbers behind a decision. Each reason has its own; those that do not apply are absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Facts {
    /// Which way the order goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// What the order is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// Which order of its purpose, as `level` of the order: safety orders and purchases from 1, take-profit steps and grid
    /// lines from 0. Absent where there is one only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<u32>,
    /// Base bought, sold or asked for, before fees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Amount>,
    /// Quote paid, received or to be spent, before fees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<Amount>,
    /// Profit in quote that a sale booked, fees off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub realised: Option<Amount>,
    /// The limit that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// What that limit is set to, or comes to now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_value: Option<Amount>,
    /// What was compared with the limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Amount>,
    /// What the order would have taken from the account: quote of a buy, base of a sell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed: Option<Amount>,
    /// What the account had free of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free: Option<Amount>,
    /// When it is tried again, ends or was due: milliseconds since 1970-01-01 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    pub until: Option<Millis>,
    /// Status in which the bot opens nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<BotStatus>,
    /// The conditions of a rule that decided, and the values that they found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub conditions: Vec<Observation>,
    /// The signal that it is about: its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<String>,
}

/// A limit that a decision went by: a field of the configuration, a rule of the market, or a price that the bot computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Lowest price at which the bot buys.
    MinPrice,
    /// Highest price at which the bot buys.
    MaxPrice,
    /// Least volume in quote of the last 24 hours.
    #[serde(rename = "min_volume_24h")]
    MinVolume24h,
    /// Most quote that a schedule spends.
    MaxTotal,
    /// Deals that may be open at once.
    MaxActiveDeals,
    /// Deals after which the bot ends.
    DisableAfterDealsCount,
    /// Least quote of a first order that can still be sold after the stop-loss.
    MinEntry,
    /// The stop-loss of a deal.
    StopLoss,
    /// The price at which a trailing take-profit arms.
    TakeProfit,
    /// The price at which an armed trailing take-profit sells.
    TrailingStop,
    /// The price below which a trailing take-profit does not sell.
    BreakEven,
    /// The price at which a grid begins.
    TriggerPrice,
    /// The lower exit price of a grid.
    StopLossPrice,
    /// The upper exit price of a grid.
    TakeProfitPrice,
    /// The line at which a grid moves.
    NextLine,
    /// The market's price beside an order that has to rest.
    MarketPrice,
    /// Milliseconds after which a price is too old.
    StaleAfterMs,
    /// The market's price step.
    TickSize,
    /// The market's quantity step.
    LotSize,
    /// The market's smallest quantity.
    MinQuantity,
    /// The market's largest quantity.
    MaxQuantity,
    /// The market's smallest price × quantity.
    MinNotional,
    /// The market's largest price × quantity.
    MaxNotional,
    /// Orders that may be open at once.
    MaxOrders,
    /// Lowest limit that the venue takes now.
    PriceBandLow,
    /// Highest limit that the venue takes now.
    PriceBandHigh,
    /// Least confidence of an entry.
    MinConfidence,
    /// Candles of an interval after which its indicators have settled.
    WarmUp,
    /// Milliseconds after it was sent for which a signal counts.
    MaxLagMs,
}

impl Limit {
    /// The name as it is stored and shown: the field's, where it is one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MinPrice => "min_price",
            Self::MaxPrice => "max_price",
            Self::MinVolume24h => "min_volume_24h",
            Self::MaxTotal => "max_total",
            Self::MaxActiveDeals => "max_active_deals",
            Self::DisableAfterDealsCount => "disable_after_deals_count",
            Self::MinEntry => "min_entry",
            Self::StopLoss => "stop_loss",
            Self::TakeProfit => "take_profit",
            Self::TrailingStop => "trailing_stop",
            Self::BreakEven => "break_even",
            Self::TriggerPrice => "trigger_price",
            Self::StopLossPrice => "stop_loss_price",
            Self::TakeProfitPrice => "take_profit_price",
            Self::NextLine => "next_line",
            Self::MarketPrice => "market_price",
            Self::StaleAfterMs => "stale_after_ms",
            Self::TickSize => "tick_size",
            Self::LotSize => "lot_size",
            Self::MinQuantity => "min_quantity",
            Self::MaxQuantity => "max_quantity",
            Self::MinNotional => "min_notional",
            Self::MaxNotional => "max_notional",
            Self::MaxOrders => "max_orders",
            Self::PriceBandLow => "price_band_low",
            Self::PriceBandHigh => "price_band_high",
            Self::MinConfidence => "min_confidence",
            Self::WarmUp => "warm_up",
            Self::MaxLagMs => "max_lag_ms",
        }
    }

    /// Whether it follows the market, so that another value of it is no other reason.
    pub(super) const fn is_moving(self) -> bool {
        matches!(
            self,
            Self::PriceBandLow | Self::PriceBandHigh | Self::MarketPrice | Self::MinEntry
        )
    }
}

impl Facts {
    /// A limit, what it is set to, and what was compared with it.
    pub(crate) fn limit(limit: Limit, limit_value: Amount, value: Amount) -> Self {
        Self {
            limit: Some(limit),
            limit_value: Some(limit_value),
            value: Some(value),
            ..Self::default()
        }
    }

    /// The signal that a decision is about.
    pub(crate) fn of_signal(signal: &Signal) -> Self {
        Self {
            signal: signal.name(),
            ..Self::default()
        }
    }

    /// A time.
    pub(crate) fn until(until: Millis) -> Self {
        Self {
            until: Some(until),
            ..Self::default()
        }
    }

    /// The configured price that a price is beyond, if it is.
    pub(super) fn outside(min: Option<Amount>, max: Option<Amount>, price: Amount) -> Option<Self> {
        let min = min.filter(|min| price < *min);
        let max = max.filter(|max| price > *max);
        min.map(|min| Self::limit(Limit::MinPrice, min, price))
            .or_else(|| max.map(|max| Self::limit(Limit::MaxPrice, max, price)))
    }

    /// An order that was filled; what a sale booked is known later.
    pub(super) fn filled(order: &Known, level: Option<u32>, fill: &Fill) -> Self {
        Self {
            side: Some(order.side),
            purpose: Some(order.purpose),
            level,
            quantity: Some(fill.quantity),
            quote: Some(fill.quote),
            ..Self::default()
        }
    }

    /// An order of the bot's own, for what concerns it.
    pub(crate) fn order(purpose: Purpose, level: Option<u32>, side: Side, size: OrderSize) -> Self {
        let (quantity, quote) = match size {
            OrderSize::Base(quantity) => (Some(quantity), None),
            OrderSize::Quote(quote) => (None, Some(quote)),
        };
        Self {
            side: Some(side),
            purpose: Some(purpose),
            level,
            quantity,
            quote,
            ..Self::default()
        }
    }

    /// Adds which rule of the market an order broke, and by what. `reference` values market orders and centres the band.
    ///
    /// What cannot be computed is left out: a decision never stops a bot.
    #[must_use]
    pub(crate) fn broke(
        mut self,
        code: RejectCode,
        market: &Market,
        limit: Option<Amount>,
        reference: Amount,
    ) -> Self {
        let found = broken(&self, code, market, limit, reference);
        if let Some((limit, limit_value, value)) = found {
            self.limit = Some(limit);
            self.limit_value = limit_value;
            self.value = value;
        }
        self
    }

    /// An order that spends `quote` at `price`, as far as it was sized.
    pub(crate) fn spending(
        purpose: Purpose,
        level: Option<u32>,
        quote: Amount,
        price: Amount,
        market: &Market,
    ) -> Self {
        let quantity = Exact::of(quote)
            .over(price)
            .and_then(|exact| exact.rounded(MAX_DECIMALS, Rounding::Down))
            .and_then(|quantity| market.quantity(quantity));
        let size = quantity.map_or(OrderSize::Quote(quote), OrderSize::Base);
        Self::order(purpose, level, Side::Buy, size)
    }
}

/// The limit that was broken, its value where it has one, and what was compared with it.
type Broken = (Limit, Option<Amount>, Option<Amount>);

fn broken(
    facts: &Facts,
    code: RejectCode,
    market: &Market,
    limit: Option<Amount>,
    reference: Amount,
) -> Option<Broken> {
    let price = limit.unwrap_or(reference);
    let is_market = limit.is_none();
    let quantity = match (facts.quantity, facts.quote) {
        (Some(quantity), _) => Some(quantity),
        (None, Some(quote)) => market.quantity_for_quote(quote, price).ok(),
        (None, None) => None,
    };
    let notional = match facts.quote {
        Some(quote) => Some(quote),
        None => quantity.and_then(|quantity| quantity.times(price).ok()),
    };
    let further = market.market_lot.as_ref().filter(|_| is_market);
    Some(match code {
        RejectCode::PriceOffTick => (Limit::TickSize, Some(market.tick_size), limit),
        RejectCode::PriceOutsideBand => return band(facts.side?, market, price, reference),
        RejectCode::QuantityOffLot => {
            let is_general = |quantity: Amount| quantity.is_multiple_of(market.lot_size);
            let lot = match further {
                Some(lot) if quantity.is_some_and(|quantity| is_general(quantity) == Ok(true)) => {
                    lot.lot_size
                }
                Some(_) | None => market.lot_size,
            };
            (Limit::LotSize, Some(lot), quantity)
        }
        RejectCode::BelowMinQuantity => {
            let least = further.map_or(market.min_quantity, |lot| {
                lot.min_quantity.max(market.min_quantity)
            });
            (Limit::MinQuantity, Some(least), quantity)
        }
        RejectCode::AboveMaxQuantity => {
            let further = further.and_then(|lot| lot.max_quantity);
            let most = [market.max_quantity, further].into_iter().flatten().min();
            (Limit::MaxQuantity, most, quantity)
        }
        RejectCode::BelowMinNotional => (Limit::MinNotional, Some(market.min_notional), notional),
        RejectCode::AboveMaxNotional => (Limit::MaxNotional, market.max_notional, notional),
        RejectCode::TooManyOrders => {
            let most = market.max_orders.map(Amount::from);
            (Limit::MaxOrders, most, None)
        }
        RejectCode::PriceNotPositive
        | RejectCode::InsufficientBalance
        | RejectCode::WouldTake
        | RejectCode::MarketClosed
        | RejectCode::Refused => return None,
    })
}

fn band(side: Side, market: &Market, price: Amount, reference: Amount) -> Option<Broken> {
    let band = market.percent_price.as_ref()?;
    let (down, up) = match side {
        Side::Buy => (band.bid_down, band.bid_up),
        Side::Sell => (band.ask_down, band.ask_up),
    };
    let (low, high) = (reference.times(down).ok()?, reference.times(up).ok()?);
    Some(if price < low {
        (Limit::PriceBandLow, Some(low), Some(price))
    } else {
        (Limit::PriceBandHigh, Some(high), Some(price))
    })
}

/// What an order takes from the account while it waits: base of a sell, quote of a buy with the fee that comes on top.
/// Nothing is known of a market buy by quantity.
pub(super) fn needed(order: &Known, setup: &Terms) -> Option<Amount> {
    let (_, fees) = setup.of(order.leg);
    let (quote, rate) = match (order.side, order.size, order.limit) {
        (Side::Sell, OrderSize::Base(quantity), _) => return Some(quantity),
        (Side::Buy, OrderSize::Quote(quote), _) => (quote, fees.taker),
        (Side::Buy, OrderSize::Base(quantity), Some(limit)) => {
            (quantity.times(limit).ok()?, fees.worst())
        }
        (Side::Buy, OrderSize::Base(_), None) | (Side::Sell, OrderSize::Quote(_), _) => {
            return None;
        }
    };
    with_fee(quote, rate, fees.charge).ok()
}
