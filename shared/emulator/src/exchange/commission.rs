//! What users pay for trades.

use trading::{
    Amount, AmountError, Asset, Market, amount::Rounding, order::Side, paper::FEE_DECIMALS,
};

use super::user::User;

/// The asset that fees may be paid in instead.
pub(crate) const BNB: &str = "BNB";

/// Share of a fee that is left when it is paid in BNB: Binance's discount is 25 %.
fn discounted() -> Amount {
    Amount::from_parts(75, 2).unwrap_or(Amount::ONE)
}

/// A fee and what it is paid in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commission {
    pub(crate) asset: Asset,
    pub(crate) amount: Amount,
}

/// The fee of a fill: from what is received, or in BNB at `bnb_price` (quote for one BNB) where the user chose so and has
/// enough of it. Rounded up at eight decimals.
pub(crate) fn commission(
    user: &User,
    market: &Market,
    side: Side,
    (quantity, quote): (Amount, Amount),
    is_maker: bool,
    bnb_price: Option<Amount>,
) -> Result<Commission, AmountError> {
    let rate = if is_maker {
        user.maker_fee
    } else {
        user.taker_fee
    };
    if let Some((price, asset)) = bnb_price
        .filter(|_| user.pays_fees_in_bnb)
        .zip(BNB.parse::<Asset>().ok())
    {
        let worth = quote.mul_rounded(rate.times(discounted())?, 18, Rounding::Up)?;
        let amount = worth.div_rounded(price, FEE_DECIMALS, Rounding::Up)?;
        // What the fill itself gives and takes must not be counted on.
        if user.account.balance(&asset).free >= amount
            && (side == Side::Buy || market.symbol.base() != &asset)
            && (side == Side::Sell || market.symbol.quote() != &asset)
        {
            return Ok(Commission { asset, amount });
        }
    }
    let (asset, received) = match side {
        Side::Buy => (market.symbol.base(), quantity),
        Side::Sell => (market.symbol.quote(), quote),
    };
    Ok(Commission {
        asset: asset.clone(),
        amount: received.mul_rounded(rate, FEE_DECIMALS, Rounding::Up)?,
    })
}
