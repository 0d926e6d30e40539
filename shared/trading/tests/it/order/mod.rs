//! The life of orders, and what a venue's snapshot says about it.

mod life;
mod reconcile;

use trading::order::{Filled, Life, News, OrderSize, OrderStatus};

use crate::support::amount;

fn filled(base: &str, quote: &str) -> Filled {
    Filled {
        base: amount(base),
        quote: amount(quote),
    }
}

/// An order for one base that the venue has.
fn open() -> Life {
    Life::begin(OrderSize::Base(amount("1")), OrderStatus::Open)
}

fn fill<'a>(trade: &'a str, base: &str, quote: &str) -> News<'a> {
    News::Fill {
        trade,
        filled: filled(base, quote),
        is_last: false,
    }
}

fn update(status: OrderStatus, told: Option<Filled>) -> News<'static> {
    News::Update {
        status,
        filled: told,
    }
}
