use std::collections::BTreeMap;

use trading::{
    Amount, Asset,
    bot::{Fees, FieldCode, FieldError, MOST, RATE_DECIMALS, Severity},
    market::too_fine,
};

use super::MarketRules;

/// What is wrong with an account and its market before any bot is looked at.
pub fn account_findings(
    balances: &BTreeMap<Asset, Amount>,
    fees: &Fees,
    market: &MarketRules,
) -> Vec<FieldError> {
    let mut found = Found(Vec::new());
    for (asset, amount) in balances {
        found.least(&format!("/balances/{asset}"), *amount);
    }
    for (name, rate) in [("maker", fees.maker), ("taker", fees.taker)] {
        let pointer = format!("/fees/{name}");
        if rate.is_negative() || rate > super::market::decimal(1, 1) {
            found.refuse(&pointer, "must be 0 to 0.1, which is 10 %".to_owned());
        } else if rate.decimals() > RATE_DECIMALS {
            let message = format!("must have at most {RATE_DECIMALS} decimals, is {rate}");
            found.refuse(&pointer, message);
        }
    }
    found.market(market);
    found.0
}

struct Found(Vec<FieldError>);

impl Found {
    fn refuse(&mut self, pointer: &str, message: String) {
        self.0.push(FieldError {
            pointer: pointer.to_owned(),
            code: FieldCode::OutOfRange,
            message,
            severity: Severity::Error,
        });
    }

    fn market(&mut self, market: &MarketRules) {
        for (name, step) in [
            ("tick_size", market.tick_size),
            ("lot_size", market.lot_size),
        ] {
            self.above(&format!("/market/{name}"), step);
        }
        if let Some(message) = too_fine(market.tick_size, market.lot_size) {
            self.refuse("/market/lot_size", message);
        }
        for (name, least, most) in [
            ("quantity", market.min_quantity, market.max_quantity),
            ("notional", market.min_notional, market.max_notional),
        ] {
            self.least(&format!("/market/min_{name}"), least);
            self.most(&format!("/market/max_{name}"), least, most);
        }
        if let Some(lot) = &market.market_lot {
            self.least("/market/market_lot/min_quantity", lot.min_quantity);
            self.most(
                "/market/market_lot/max_quantity",
                lot.min_quantity,
                lot.max_quantity,
            );
            self.least("/market/market_lot/lot_size", lot.lot_size);
            if lot.lot_size.is_multiple_of(market.lot_size) == Ok(false) {
                let message = format!(
                    "must be a multiple of the lot {}, is {}",
                    market.lot_size, lot.lot_size
                );
                self.refuse("/market/market_lot/lot_size", message);
            }
        }
    }

    fn above(&mut self, pointer: &str, value: Amount) {
        if value.is_positive() {
            self.least(pointer, value);
        } else {
            self.refuse(pointer, "must be above 0".to_owned());
        }
    }

    fn least(&mut self, pointer: &str, value: Amount) {
        if value.is_negative() {
            self.refuse(pointer, "must not be below 0".to_owned());
        } else if value > MOST {
            self.refuse(pointer, format!("must be at most {MOST}, is {value}"));
        }
    }

    fn most(&mut self, pointer: &str, least: Amount, most: Option<Amount>) {
        let Some(most) = most else {
            return;
        };
        if !most.is_positive() || most < least {
            let message = format!("must be above 0 and not below the smallest, {least}, is {most}");
            self.refuse(pointer, message);
        } else {
            self.least(pointer, most);
        }
    }
}
