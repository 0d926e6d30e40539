//! Accounts: balances, fills, fees, permissions.

use serde_json::{Value, json};
use trading::{Amount, order::Side};

use super::{call::Call, symbols::required};
use crate::{
    error::ApiError,
    exchange::{Exchange, TradeRow, User},
    wire::fixed,
};

/// A fee rate in hundredths of a percent, as the oldest fields of an account have it.
fn basis_points(rate: Amount) -> u64 {
    let points = rate.times(Amount::from_int(10_000)).unwrap_or_default();
    points.to_string().parse().unwrap_or(0)
}

/// Answers the route `account`.
pub(crate) fn account(exchange: &Exchange, call: &mut Call<'_>) -> Result<Value, ApiError> {
    let user = call.user()?;
    let omits_zero = call.params.flag("omitZeroBalances")?;
    call.params.finish()?;
    let user = exchange.users.get(&user).ok_or(ApiError::Key)?;
    let account = if call.circumstances.shows_balances_before {
        &user.before
    } else {
        &user.account
    };
    let balances = account
        .balances()
        .iter()
        .filter(|(_, balance)| {
            !omits_zero || !balance.free.is_zero() || !balance.reserved.is_zero()
        })
        .map(|(asset, balance)| {
            json!({
                "asset": asset.as_str(), "free": fixed(balance.free), "locked": fixed(balance.reserved),
            })
        });
    Ok(json!({
        "makerCommission": basis_points(user.maker_fee), "takerCommission": basis_points(user.taker_fee),
        "buyerCommission": 0, "sellerCommission": 0,
        "commissionRates": {
            "maker": fixed(user.maker_fee), "taker": fixed(user.taker_fee), "buyer": fixed(Amount::ZERO),
            "seller": fixed(Amount::ZERO),
        },
        "canTrade": user.can_trade, "canWithdraw": user.can_withdraw, "canDeposit": true, "brokered": false,
        "requireSelfTradePrevention": false, "preventSor": false, "updateTime": user.updated,
        "accountType": "SPOT", "balances": balances.collect::<Vec<_>>(), "permissions": ["SPOT"],
        "uid": user.uid,
    }))
}

/// Answers the route `myTrades`.
pub(crate) fn trades(exchange: &Exchange, call: &mut Call<'_>) -> Result<Value, ApiError> {
    let user = call.user()?;
    let symbol = required(exchange, call)?;
    let order: Option<u64> = call.params.number("orderId")?;
    let from_id: Option<u64> = call.params.number("fromId")?;
    let [from, to] = call.range()?;
    let limit = call.params.limit(500, 1_000)?;
    call.params.finish()?;
    if from_id.is_some() && (from.is_some() || to.is_some()) {
        return Err(ApiError::Combination);
    }
    let trades: Vec<&TradeRow> = exchange
        .trades
        .iter()
        .filter(|trade| trade.user == user && trade.symbol == symbol)
        .filter(|trade| order.is_none_or(|order| trade.order == order))
        .filter(|trade| from_id.is_none_or(|id| trade.id >= id))
        .filter(|trade| from.is_none_or(|from| trade.time >= from))
        .filter(|trade| to.is_none_or(|to| trade.time <= to))
        .collect();
    // From an id or a time on the oldest are meant, else the newest.
    let rows = if from_id.is_some() || from.is_some() {
        &trades[..trades.len().min(limit)]
    } else {
        &trades[trades.len().saturating_sub(limit)..]
    };
    let rows = rows.iter().map(|trade| {
        json!({
            "symbol": trade.symbol, "id": trade.id, "orderId": trade.order, "orderListId": -1,
            "price": fixed(trade.price), "qty": fixed(trade.quantity), "quoteQty": fixed(trade.quote),
            "commission": fixed(trade.fee), "commissionAsset": trade.fee_asset.as_str(), "time": trade.time,
            "isBuyer": trade.side == Side::Buy, "isMaker": trade.is_maker, "isBestMatch": true,
        })
    });
    Ok(rows.collect())
}

/// Whether and how fees are cheaper in BNB.
pub(crate) fn discount(user: &User) -> Value {
    json!({
        "enabledForAccount": user.pays_fees_in_bnb, "enabledForSymbol": true, "discountAsset": "BNB",
        "discount": "0.75000000",
    })
}

/// Answers the route `account/commission`.
pub(crate) fn commission(exchange: &Exchange, call: &mut Call<'_>) -> Result<Value, ApiError> {
    let user = call.user()?;
    let symbol = required(exchange, call)?;
    call.params.finish()?;
    let user = exchange.users.get(&user).ok_or(ApiError::Key)?;
    let zero = fixed(Amount::ZERO);
    let none = json!({ "maker": zero, "taker": zero, "buyer": zero, "seller": zero });
    Ok(json!({
        "symbol": symbol,
        "standardCommission": {
            "maker": fixed(user.maker_fee), "taker": fixed(user.taker_fee), "buyer": zero, "seller": zero,
        },
        "specialCommission": none, "taxCommission": none, "discount": discount(user),
    }))
}

/// What the key of a request may do.
pub(crate) fn permissions(exchange: &Exchange, call: &mut Call<'_>) -> Result<Value, ApiError> {
    let user = call.user()?;
    call.params.finish()?;
    let user = exchange.users.get(&user).ok_or(ApiError::Key)?;
    Ok(json!({
        "ipRestrict": false, "createTime": 0, "enableReading": true, "enableWithdrawals": user.can_withdraw,
        "enableInternalTransfer": false, "enableMargin": false, "enableFutures": false,
        "permitsUniversalTransfer": false, "enableVanillaOptions": false, "enableFixApiTrade": false,
        "enableFixReadOnly": false, "enableSpotAndMarginTrading": user.can_trade,
        "enablePortfolioMarginTrading": false,
    }))
}

/// The currencies of the exchange, as far as clients read them before they trade.
pub(crate) fn currencies(exchange: &Exchange, call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.params.finish()?;
    let markets = exchange
        .symbols
        .values()
        .map(|listing| &listing.market.symbol);
    let assets: std::collections::BTreeSet<&str> = markets
        .flat_map(|symbol| [symbol.base().as_str(), symbol.quote().as_str()])
        .collect();
    let rows = assets.into_iter().map(|asset| {
        json!({
            "coin": asset, "name": asset, "depositAllEnable": true, "withdrawAllEnable": false, "free": "0",
            "locked": "0", "freeze": "0", "withdrawing": "0", "ipoing": "0", "ipoable": "0", "storage": "0",
            "isLegalMoney": false, "trading": true, "networkList": [],
        })
    });
    Ok(rows.collect())
}
