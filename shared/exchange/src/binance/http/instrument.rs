//! A market of the exchange and its rules.

use trading::{
    Amount, Market, Symbol,
    market::{MarketLot, PercentPrice},
};

use super::{convert::asset, models};
use crate::{
    binance::common::{
        enums,
        parse::{ParseError, not_negative},
        symbols::QUOTE_DECIMALS,
    },
    venue::Instrument,
};

/// A largest quantity or price, which is no rule where it is zero.
fn maximum(value: Amount) -> Option<Amount> {
    (!value.is_zero()).then_some(value)
}

/// A market and its rules. Two bands for prices, or two smallest notionals, do not come together.
pub(crate) fn instrument(info: &models::SymbolInfo) -> Result<Instrument, ParseError> {
    let base = asset(&info.base_asset)?;
    let named = Symbol::new(base, asset(&info.quote_asset)?);
    let named = named.map_err(|_| ParseError::NotKnown {
        field: "symbol",
        value: info.symbol.clone(),
    })?;
    let has = |kind: &str| info.order_types.iter().any(|listed| listed == kind);
    let mut scopes = info
        .permissions
        .iter()
        .chain(info.permission_sets.iter().flatten());
    let mut instrument = Instrument {
        market: Market {
            venue: trading::Venue::Binance,
            min_notional_for_market: false,
            min_quantity: Amount::ZERO,
            ..Market::simple(named, Amount::ZERO, Amount::ZERO, Amount::ZERO)
        },
        venue_name: info.symbol.clone(),
        quote_decimals: info.quote_asset_precision.unwrap_or(QUOTE_DECIMALS),
        status: enums::market_status(&info.status),
        min_price: Amount::ZERO,
        max_price: None,
        allows_quote_size: info.quote_order_qty_market_allowed,
        allows_market: has("MARKET"),
        allows_post_only: has("LIMIT_MAKER"),
        is_spot: info.is_spot_trading_allowed && scopes.any(|scope| scope == "SPOT"),
    };
    for filter in &info.filters {
        apply(&mut instrument, filter)?;
    }
    Ok(instrument)
}

fn apply(instrument: &mut Instrument, filter: &models::Filter) -> Result<(), ParseError> {
    let market = &mut instrument.market;
    let positive = |value| not_negative("a rule of a market", value);
    match *filter {
        models::Filter::Price {
            min_price,
            max_price,
            tick_size,
        } => {
            market.tick_size = positive(tick_size)?;
            instrument.min_price = positive(min_price)?;
            instrument.max_price = maximum(positive(max_price)?);
        }
        models::Filter::Lot(lot) => {
            market.lot_size = positive(lot.step_size)?;
            market.min_quantity = positive(lot.min_qty)?;
            market.max_quantity = maximum(positive(lot.max_qty)?);
        }
        models::Filter::MarketLot(lot) => {
            market.market_lot = Some(MarketLot {
                lot_size: positive(lot.step_size)?,
                min_quantity: positive(lot.min_qty)?,
                max_quantity: maximum(positive(lot.max_qty)?),
            });
        }
        models::Filter::PercentPriceBySide {
            bid_multiplier_up,
            bid_multiplier_down,
            ask_multiplier_up,
            ask_multiplier_down,
        } => {
            market.percent_price = Some(PercentPrice {
                bid_up: positive(bid_multiplier_up)?,
                bid_down: positive(bid_multiplier_down)?,
                ask_up: positive(ask_multiplier_up)?,
                ask_down: positive(ask_multiplier_down)?,
            });
        }
        models::Filter::PercentPrice {
            multiplier_up,
            multiplier_down,
        } => {
            let (up, down) = (positive(multiplier_up)?, positive(multiplier_down)?);
            market.percent_price = Some(PercentPrice {
                bid_up: up,
                bid_down: down,
                ask_up: up,
                ask_down: down,
            });
        }
        models::Filter::Notional {
            min_notional,
            apply_min_to_market,
            max_notional,
            apply_max_to_market,
        } => {
            market.min_notional = positive(min_notional)?;
            market.min_notional_for_market = apply_min_to_market;
            market.max_notional = maximum(positive(max_notional)?);
            market.max_notional_for_market = apply_max_to_market;
        }
        models::Filter::MinNotional {
            min_notional,
            apply_to_market,
        } => {
            market.min_notional = positive(min_notional)?;
            market.min_notional_for_market = apply_to_market;
        }
        models::Filter::MaxNumOrders { max_num_orders } => {
            market.max_orders = Some(max_num_orders);
        }
        models::Filter::Other => {}
    }
    Ok(())
}
