use super::{Market, OrderError, RejectCode};
use crate::amount::{Amount, Exact, MAX_DECIMALS};
use crate::order::{OrderSize, OrderType, Side};

impl Market {
    /// Tests an order against every rule that needs no account.
    ///
    /// `reference` is the venue's average price, or the last one: it values market orders and centres the price band.
    ///
    /// # Errors
    /// The first rule broken, in the order a venue tests them.
    pub fn check(
        &self,
        side: Side,
        kind: OrderType,
        size: OrderSize,
        reference: Amount,
    ) -> Result<(), OrderError> {
        if let Some(price) = kind.limit() {
            self.check_price(side, price, reference)?;
        }
        let is_market = kind == OrderType::Market;
        let notional = match size {
            OrderSize::Base(quantity) => {
                self.check_quantity(quantity, is_market)?;
                Exact::of(quantity).times(kind.limit().unwrap_or(reference))?
            }
            OrderSize::Quote(quote) => Exact::of(quote),
        };
        self.check_notional(&notional, is_market)
    }

    /// Sign, tick and price band.
    ///
    /// # Errors
    /// The first rule broken.
    pub fn check_price(
        &self,
        side: Side,
        price: Amount,
        reference: Amount,
    ) -> Result<(), OrderError> {
        if !price.is_positive() {
            return Err(RejectCode::PriceNotPositive.into());
        }
        if !price.is_multiple_of(self.tick_size)? {
            return Err(RejectCode::PriceOffTick.into());
        }
        if let Some(band) = &self.percent_price {
            let (down, up) = match side {
                Side::Buy => (band.bid_down, band.bid_up),
                Side::Sell => (band.ask_down, band.ask_up),
            };
            let at = |factor| Exact::of(reference).times(factor);
            let price = Exact::of(price);
            if price.compare(&at(down)?)?.is_lt() || price.compare(&at(up)?)?.is_gt() {
                return Err(RejectCode::PriceOutsideBand.into());
            }
        }
        Ok(())
    }

    /// Smallest, largest and lot, the further ones of market orders included.
    ///
    /// # Errors
    /// The first rule broken.
    pub fn check_quantity(&self, quantity: Amount, is_market: bool) -> Result<(), OrderError> {
        let general = (self.lot_size, self.min_quantity, self.max_quantity);
        let market = self.market_lot.as_ref().filter(|_| is_market);
        let further = market.map(|lot| (lot.lot_size, lot.min_quantity, lot.max_quantity));
        for (lot, min, max) in std::iter::once(general).chain(further) {
            if !quantity.is_positive() || quantity < min {
                return Err(RejectCode::BelowMinQuantity.into());
            }
            if max.is_some_and(|max| quantity > max) {
                return Err(RejectCode::AboveMaxQuantity.into());
            }
            if !quantity.is_multiple_of(lot)? {
                return Err(RejectCode::QuantityOffLot.into());
            }
        }
        Ok(())
    }

    fn check_notional(&self, notional: &Exact, is_market: bool) -> Result<(), OrderError> {
        let is_bound_below = !is_market || self.min_notional_for_market;
        if is_bound_below && notional.compare(&Exact::of(self.min_notional))?.is_lt() {
            return Err(RejectCode::BelowMinNotional.into());
        }
        if let Some(max) = self.max_notional
            && (!is_market || self.max_notional_for_market)
            && notional.compare(&Exact::of(max))?.is_gt()
        {
            return Err(RejectCode::AboveMaxNotional.into());
        }
        Ok(())
    }
}

/// Why prices on a tick and quantities on a lot do not multiply without loss; nothing when they do.
pub fn too_fine(tick: Amount, lot: Amount) -> Option<String> {
    let decimals = tick.decimals() + lot.decimals();
    (decimals > MAX_DECIMALS).then(|| {
        format!(
            "the decimals of the tick {tick} and of the lot {lot} must make at most {MAX_DECIMALS} together, are {decimals}"
        )
    })
}
