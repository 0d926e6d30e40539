//! Answers of REST as the engine's types.

use trading::{
    Amount, Asset, Symbol,
    amount::{AmountError, Rounding},
    candle::Candle,
    market::{FeeCharge, Fees},
    order::{
        Fee, Filled, Liquidity, Millis,
        reconcile::{VenueOrder, VenueTrade},
    },
};

use super::models;
use crate::{
    binance::common::{
        enums,
        parse::{ParseError, filled, not_negative},
        symbols::SymbolTable,
    },
    venue::{
        AccountTrade, Balance, BookTop, FeeDiscount, FeeRates, KeyPermissions, Level, OrderState,
        Permissions, Submitted, VenueCandle,
    },
};

/// The market of a name.
pub(crate) fn symbol(table: &SymbolTable, name: &str) -> Result<Symbol, ParseError> {
    let known = table.symbol(name).cloned();
    known.ok_or_else(|| ParseError::UnknownMarket(name.to_owned()))
}

/// The asset of a name.
pub(crate) fn asset(name: &str) -> Result<Asset, ParseError> {
    name.parse().map_err(|_| ParseError::NotKnown {
        field: "asset",
        value: name.to_owned(),
    })
}

pub(crate) fn order(order: &models::Order, table: &SymbolTable) -> Result<OrderState, ParseError> {
    let at = order.transact_time.or(order.update_time);
    let id = match order.orig_client_order_id.as_deref() {
        None | Some("") => &order.client_order_id,
        Some(original) => original,
    };
    Ok(OrderState {
        symbol: symbol(table, &order.symbol)?,
        order: VenueOrder {
            client_order_id: id.to_owned(),
            venue_order_id: order.id.to_string(),
            status: enums::order_status(&order.status),
            filled: filled(order.executed_qty, order.cummulative_quote_qty)?,
        },
        updated_at: at.ok_or(ParseError::Missing {
            field: "transactTime or updateTime",
        })?,
    })
}

/// A new order and what was filled of it when it arrived, which is always as taker.
pub(crate) fn submitted(
    answer: &models::Order,
    table: &SymbolTable,
) -> Result<Submitted, ParseError> {
    let state = order(answer, table)?;
    enums::side_of(&answer.side).ok_or_else(|| ParseError::NotKnown {
        field: "side",
        value: answer.side.clone(),
    })?;
    let decimals = table.quote_decimals(&state.symbol);
    let trades = answer.fills.iter().map(|fill| {
        let price = not_negative("the price of a fill", fill.price)?;
        Ok(VenueTrade {
            venue_order_id: state.order.venue_order_id.clone(),
            trade: fill.trade_id.to_string(),
            at: state.updated_at,
            price,
            filled: traded(fill.qty, price, decimals)?,
            fee: fee(fill.commission, &fill.commission_asset)?,
            liquidity: Liquidity::Taker,
        })
    });
    let trades = trades.collect::<Result<_, ParseError>>()?;
    Ok(Submitted { state, trades })
}

/// What changed hands where the venue does not say how much quote it was: cut towards zero to the decimals of the quote,
/// as the exchange does wherever it says so. A trade has one value, whoever tells of it.
pub(crate) fn traded(base: Amount, price: Amount, decimals: u32) -> Result<Filled, ParseError> {
    let base = not_negative("the quantity of a fill", base)?;
    let quote = base.mul_rounded(price, decimals, Rounding::Down);
    Ok(Filled {
        base,
        quote: quote.map_err(|_: AmountError| ParseError::Inexact {
            field: "price × quantity",
        })?,
    })
}

pub(crate) fn fee(amount: Amount, asset_name: &str) -> Result<Fee, ParseError> {
    Ok(Fee {
        asset: asset(asset_name)?,
        amount,
        rate: None,
        is_estimated: false,
        conversion: None,
    })
}

pub(crate) fn account_trade(
    trade: &models::AccountTrade,
    table: &SymbolTable,
) -> Result<AccountTrade, ParseError> {
    Ok(AccountTrade {
        symbol: symbol(table, &trade.symbol)?,
        trade: VenueTrade {
            venue_order_id: trade.order_id.to_string(),
            trade: trade.id.to_string(),
            at: trade.time,
            price: not_negative("the price of a trade", trade.price)?,
            filled: Filled {
                base: not_negative("the quantity of a trade", trade.qty)?,
                quote: not_negative("the quote of a trade", trade.quote_qty)?,
            },
            fee: fee(trade.commission, &trade.commission_asset)?,
            liquidity: if trade.is_maker {
                Liquidity::Maker
            } else {
                Liquidity::Taker
            },
        },
    })
}

/// A balance; nothing for an asset whose name no market here can have.
pub(crate) fn balance(
    name: &str,
    free: Amount,
    locked: Amount,
) -> Result<Option<Balance>, ParseError> {
    let Ok(asset) = name.parse() else {
        return Ok(None);
    };
    Ok(Some(Balance {
        asset,
        free: not_negative("a free balance", free)?,
        locked: not_negative("a locked balance", locked)?,
    }))
}

pub(crate) fn permissions(
    account: models::Account,
    key: Option<models::KeyRestrictions>,
) -> Permissions {
    Permissions {
        account: account.uid.map(|uid| uid.to_string()),
        can_trade: account.can_trade,
        can_withdraw: account.can_withdraw,
        can_deposit: account.can_deposit,
        scopes: account.permissions,
        key: key.map(|key| KeyPermissions {
            can_read: key.enable_reading,
            can_trade_spot: key.enable_spot_and_margin_trading,
            can_withdraw: key.enable_withdrawals,
            can_transfer: key.enable_internal_transfer || key.permits_universal_transfer,
            is_bound_to_addresses: key.ip_restrict,
        }),
    }
}

/// Rates without a discount: the parts of the commission added up, the dearer of buyer and seller included.
pub(crate) fn fee_rates(commission: &models::Commission) -> Result<FeeRates, ParseError> {
    let parts = [commission.special, commission.tax];
    let parts = [Some(commission.standard)]
        .into_iter()
        .chain(parts)
        .flatten();
    let (mut maker, mut taker) = (Amount::ZERO, Amount::ZERO);
    let inexact = |_: AmountError| ParseError::Inexact {
        field: "a fee rate",
    };
    for part in parts {
        let by_side = part.buyer.max(part.seller);
        for (sum, rate) in [(&mut maker, part.maker), (&mut taker, part.taker)] {
            let rate = rate.plus(by_side).map_err(inexact)?;
            *sum = sum
                .plus(not_negative("a fee rate", rate)?)
                .map_err(inexact)?;
        }
    }
    let discount = commission
        .discount
        .as_ref()
        .filter(|discount| discount.enabled_for_account && discount.enabled_for_symbol);
    let discount = match discount.and_then(|found| Some((found, found.discount_asset.as_ref()?))) {
        Some((found, name)) => Some(FeeDiscount {
            asset: asset(name)?,
            factor: not_negative("a discount", found.discount)?,
        }),
        None => None,
    };
    let charge = FeeCharge::Received;
    Ok(FeeRates {
        fees: Fees {
            maker,
            taker,
            charge,
        },
        discount,
    })
}

/// A candle, of which `now` on the exchange's clock says whether it is closed.
pub(crate) fn candle(kline: &models::Kline, now: Millis) -> Result<VenueCandle, ParseError> {
    let [open, high, low, close, volume] = kline.figures;
    let candle = Candle {
        open_time: kline.open_time,
        close_time: kline.close_time,
        open,
        high,
        low,
        close,
        volume,
    };
    if !candle.is_consistent() {
        return Err(ParseError::Candle(kline.open_time));
    }
    Ok(VenueCandle {
        candle,
        is_closed: kline.close_time < now,
    })
}

/// A level of a book; nothing where the venue writes zero because nobody offers anything.
pub(crate) fn level(price: Amount, quantity: Amount) -> Result<Option<Level>, ParseError> {
    let price = not_negative("the price of a level", price)?;
    let quantity = not_negative("the quantity of a level", quantity)?;
    let is_empty = price.is_zero() || quantity.is_zero();
    Ok((!is_empty).then_some(Level { price, quantity }))
}

pub(crate) fn book_top(ticker: &models::BookTicker) -> Result<BookTop, ParseError> {
    Ok(BookTop {
        bid: level(ticker.bid_price, ticker.bid_qty)?,
        ask: level(ticker.ask_price, ticker.ask_qty)?,
    })
}
