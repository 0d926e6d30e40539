mod exits;
mod ledger;
mod live;
mod lookahead;
mod presets;
mod refusals;
mod rules;
mod still;

pub(crate) use lookahead::any_strategy;
use serde_json::{Value, json};
use trading::bot::{BotConfig, FeeCharge};
use trading::candle::Candle;
use trading::order::Millis;

use crate::support::{MINUTE, World, amount, fees};

pub(crate) fn config(value: Value) -> BotConfig {
    serde_json::from_value(value).unwrap()
}

/// Buys 0.1 when one average crosses above another, and sells when it crosses below.
pub(crate) fn ema_cross(fast: u32, slow: u32) -> Value {
    let rule = |operator: &str| {
        json!({ "conditions": [{
            "left": { "indicator": "ema", "period": fast },
            "operator": operator,
            "right": { "indicator": "ema", "period": slow },
        }] })
    };
    json!({
        "type": "strategy", "interval": "1m", "entry": rule("crosses_above"), "exit": rule("crosses_below"),
        "size": { "unit": "base", "amount": "0.1" },
    })
}

/// A rule of one condition: the close against a number.
pub(crate) fn close(operator: &str, value: &str) -> Value {
    json!({ "conditions": [{
        "left": { "price": "close" }, "operator": operator, "right": { "value": value },
    }] })
}

/// Buys for 100 while the close is above 100.
pub(super) fn above_100(more: &Value) -> Value {
    let mut value = json!({
        "type": "strategy", "interval": "1m", "entry": close("above", "100"),
        "size": { "unit": "quote", "amount": "100" },
    });
    for (name, field) in more.as_object().unwrap() {
        value[name] = field.clone();
    }
    value
}

pub(super) fn minute(number: Millis, prices: [&str; 4]) -> Candle {
    let [open, high, low, close] = prices.map(amount);
    Candle {
        open_time: number * MINUTE,
        close_time: (number + 1) * MINUTE - 1,
        open,
        high,
        low,
        close,
        volume: amount("10"),
    }
}

/// A strategy bot on a market of which candles are told.
pub(super) struct Minutes {
    pub(super) world: World,
    next: Millis,
}

impl Minutes {
    pub(super) fn new(value: Value) -> Self {
        let fees = fees("0.001", FeeCharge::Quote);
        Self {
            world: World::new(config(value), fees, "10000"),
            next: 0,
        }
    }

    /// Plays a candle: its four points, and then its end.
    pub(super) fn candle(&mut self, prices: [&str; 4]) {
        let candle = minute(self.next, prices);
        self.next += 1;
        for point in candle.points(candle.is_high_first().unwrap()) {
            self.world.at = point.at;
            self.world
                .session
                .point(0, point.at, point.price, &mut self.world.recorder)
                .unwrap();
        }
        self.world
            .session
            .candle(0, &candle, &mut self.world.recorder)
            .unwrap();
        let entry = &self.world.session.bots()[0];
        entry.state.check(&entry.setup).unwrap();
        assert!(entry.state.is_balanced().unwrap());
    }

    /// Candles that stand still at a price.
    pub(super) fn flat(&mut self, price: &str, count: u32) {
        for _ in 0..count {
            self.candle([price; 4]);
        }
    }

    /// Price and time of every fill, and whether it sold.
    pub(super) fn fills(&self) -> Vec<(Millis, String, bool)> {
        let ledger = self.world.recorder.ledger(&self.world.session);
        let orders = ledger.orders.iter();
        orders
            .flat_map(|order| {
                let sells = order.side == trading::order::Side::Sell;
                let fills = order.fills.iter();
                fills.map(move |fill| (fill.at / MINUTE, fill.price.to_string(), sells))
            })
            .collect()
    }

    pub(super) fn sentences(&self) -> Vec<String> {
        self.world.sentences()
    }
}
