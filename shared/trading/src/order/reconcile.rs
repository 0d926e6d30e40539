//! What our rows and a venue's snapshot of its orders and trades say about each other.
//!
//! For venues, at every start, after every reconnect and from time to time: what was missed in between comes as the
//! inputs that it would have been. The simulated exchange has nothing to reconcile.

use std::collections::{HashMap, HashSet};

use super::{
    Absence, Applied, CLIENT_ORDER_ID_PREFIX, Fee, Fill, Filled, Life, LifeError, Liquidity,
    Lookup, Millis, News, OrderNumber, OrderStatus,
};
use crate::amount::Amount;

/// An order as our rows have it.
#[derive(Clone, Debug)]
pub struct OurOrder {
    /// Its id at the venue, given by us.
    pub client_order_id: String,
    /// Its id at the venue, given by the venue, where it is known.
    pub venue_order_id: Option<String>,
    /// Its number within its bot.
    pub number: OrderNumber,
    /// Where it stands.
    pub life: Life,
    /// What speaks for it not to be there, where it was looked up without being found.
    pub absence: Option<Absence>,
}

/// An order as the venue has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueOrder {
    /// The id that whoever placed it gave it.
    pub client_order_id: String,
    /// The venue's own.
    pub venue_order_id: String,
    /// Where it stands.
    pub status: OrderStatus,
    /// What was filled of it in all.
    pub filled: Filled,
}

/// A trade as the venue has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueTrade {
    /// The venue's id of its order.
    pub venue_order_id: String,
    /// Its identity, unique among the order's.
    pub trade: String,
    /// When it happened.
    pub at: Millis,
    /// Price in quote.
    pub price: Amount,
    /// What changed hands, before fees.
    pub filled: Filled,
    /// What it cost.
    pub fee: Fee,
    /// Maker or taker.
    pub liquidity: Liquidity,
}

impl VenueTrade {
    /// The trade as the bot of its order is told.
    pub fn fill(&self, order: OrderNumber, is_last: bool) -> Fill {
        Fill {
            order,
            trade: self.trade.clone(),
            price: self.price,
            quantity: self.filled.base,
            quote: self.filled.quote,
            fee: self.fee.clone(),
            liquidity: self.liquidity,
            is_last,
        }
    }
}

/// What the venue has: trades that were listed after the orders were, so that none is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Open orders, those that ended since the last reconciliation, and those that were looked up.
    pub orders: Vec<VenueOrder>,
    /// Trades since the last reconciliation, of whatever orders.
    pub trades: Vec<VenueTrade>,
}

/// What follows for an order, named by its client order id. What is an input comes in the order in which its bot is given it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Input: a trade that was missed.
    Fill {
        /// Client order id of the order.
        order: String,
        /// When it happened.
        at: Millis,
        /// What was filled, as its bot is told.
        fill: Fill,
    },
    /// Input, and to be told: a trade of an order that had ended.
    LateFill {
        /// Client order id of the order.
        order: String,
        /// When it happened.
        at: Millis,
        /// What was filled, as its bot is told.
        fill: Fill,
    },
    /// Input: the order moved on.
    Update {
        /// Client order id of the order.
        order: String,
        /// Where it stands.
        status: OrderStatus,
    },
    /// Input: the venue has the order whose outcome was unknown.
    Found {
        /// Client order id of the order.
        order: String,
        /// Where it stands.
        status: OrderStatus,
    },
    /// Input: the order never reached the venue; its intent may be issued again as another order.
    Absent {
        /// Client order id of the order.
        order: String,
    },
    /// The venue lists nothing of an order that should be there: it is to be asked for the order itself.
    LookUp {
        /// Client order id of the order.
        order: String,
    },
    /// The venue has counted more than its trades say: they are to be listed again.
    ListTrades {
        /// Client order id of the order.
        order: String,
        /// Base whose trades are missing.
        missing: Amount,
    },
    /// An order that this platform did not place: it only reduces what is free.
    Foreign {
        /// Client order id of the order.
        order: String,
    },
    /// What cannot be: the bot pauses, and somebody is told.
    Mismatch {
        /// Client order id of the order.
        order: String,
        /// What cannot be.
        why: Mismatch,
    },
}

/// How rows and snapshot contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The venue's news are impossible for the order.
    #[error(transparent)]
    Life(#[from] LifeError),
    /// The order ended at the venue with less filled than is booked.
    #[error("{booked} base are booked, the venue has filled {venue}")]
    BookedMore {
        /// Base that is booked.
        booked: Amount,
        /// Base that the venue filled.
        venue: Amount,
    },
    /// The venue has two orders of one client order id.
    #[error("the venue has two orders of this id")]
    SentTwice,
    /// An order of this platform that has no row.
    #[error("the venue has an order of this platform that has no row")]
    NoRow,
}

/// Compares our orders with what the venue has. `ours` has every order that is not over, and those of which the snapshot
/// may have something new.
pub fn reconcile(ours: &[OurOrder], snapshot: &Snapshot) -> Vec<Resolution> {
    let mut out = Vec::new();
    let mut listed: HashMap<&str, Vec<&VenueOrder>> = HashMap::new();
    for order in &snapshot.orders {
        let same = listed.entry(order.client_order_id.as_str()).or_default();
        same.push(order);
    }
    let mut trades: HashMap<&str, Vec<&VenueTrade>> = HashMap::new();
    for trade in &snapshot.trades {
        let same = trades.entry(trade.venue_order_id.as_str()).or_default();
        same.push(trade);
    }
    let ids = ours
        .iter()
        .filter_map(|order| order.venue_order_id.as_deref());
    let at_venue = snapshot
        .orders
        .iter()
        .map(|order| order.venue_order_id.as_str());
    let known: HashSet<&str> = ids.chain(at_venue).collect();
    // A trade of an order that nobody can name may be of one whose outcome is unknown.
    let has_strays = trades.keys().any(|id| !known.contains(id));
    for order in ours {
        let at_venue = listed.remove(order.client_order_id.as_str());
        let at_venue = at_venue.unwrap_or_default();
        let id = order.venue_order_id.as_deref();
        let id = id.or_else(|| at_venue.first().map(|order| order.venue_order_id.as_str()));
        let mut mine = id.and_then(|id| trades.remove(id)).unwrap_or_default();
        mine.sort_by_key(|trade| (trade.at, &trade.trade));
        Matched {
            order,
            has_strays,
            out: &mut out,
        }
        .resolve(&at_venue, &mine);
    }
    for order in &snapshot.orders {
        if listed.remove(order.client_order_id.as_str()).is_some() {
            out.push(stranger(&order.client_order_id));
        }
    }
    out
}

/// An order at the venue that has no row.
fn stranger(client_order_id: &str) -> Resolution {
    let order = client_order_id.to_owned();
    if client_order_id.starts_with(CLIENT_ORDER_ID_PREFIX) {
        let why = Mismatch::NoRow;
        Resolution::Mismatch { order, why }
    } else {
        Resolution::Foreign { order }
    }
}

/// An order of ours, beside what the venue has of it.
struct Matched<'a> {
    order: &'a OurOrder,
    /// The venue lists trades of orders that are known to nobody here.
    has_strays: bool,
    out: &'a mut Vec<Resolution>,
}

impl Matched<'_> {
    fn resolve(&mut self, at_venue: &[&VenueOrder], trades: &[&VenueTrade]) {
        let mut life = self.order.life.clone();
        for trade in trades {
            self.trade(&mut life, trade);
        }
        match at_venue {
            [] => self.not_listed(&mut life, trades.is_empty()),
            [listed] => self.listed(&mut life, listed),
            [_, _, ..] => self.mismatch(Mismatch::SentTwice),
        }
        match life.missing() {
            Ok(missing) if missing.is_positive() => self.out.push(Resolution::ListTrades {
                order: self.order.client_order_id.clone(),
                missing,
            }),
            Ok(_) => {}
            Err(error) => self.mismatch(LifeError::from(error).into()),
        }
    }

    fn trade(&mut self, life: &mut Life, trade: &VenueTrade) {
        let news = News::Fill {
            trade: &trade.trade,
            filled: trade.filled,
            is_last: false,
        };
        let applied = match life.apply(news) {
            Ok(applied) => applied,
            Err(error) => return self.mismatch(error.into()),
        };
        let order = self.order.client_order_id.clone();
        let at = trade.at;
        let is_last = life.status() == OrderStatus::Filled;
        let fill = trade.fill(self.order.number, is_last);
        match applied {
            Applied::Unchanged | Applied::Moved => {}
            Applied::Filled => self.out.push(Resolution::Fill { order, at, fill }),
            Applied::FilledLate => self.out.push(Resolution::LateFill { order, at, fill }),
        }
    }

    fn listed(&mut self, life: &mut Life, listed: &VenueOrder) {
        let booked = life.filled().base;
        if listed.status.is_terminal() && booked > listed.filled.base {
            let venue = listed.filled.base;
            return self.mismatch(Mismatch::BookedMore { booked, venue });
        }
        let found = Lookup::Found {
            status: listed.status,
            filled: listed.filled,
        };
        let applied = match life.apply(News::LookedUp(found)) {
            Ok(applied) => applied,
            Err(error) => return self.mismatch(error.into()),
        };
        let (order, status) = (self.order.client_order_id.clone(), life.status());
        let was_unconfirmed = self.order.life.status().is_unconfirmed();
        if was_unconfirmed && !status.is_unconfirmed() {
            self.out.push(Resolution::Found { order, status });
        } else if applied == Applied::Moved {
            self.out.push(Resolution::Update { order, status });
        }
    }

    fn not_listed(&mut self, life: &mut Life, has_no_trades: bool) {
        let order = self.order.client_order_id.clone();
        let status = life.status();
        if status.is_terminal() || status == OrderStatus::Sending {
            return;
        }
        let Some(absence) = self.order.absence else {
            return self.out.push(Resolution::LookUp { order });
        };
        let absence = Absence {
            has_no_trades: absence.has_no_trades && has_no_trades && !self.has_strays,
            ..absence
        };
        match life.apply(News::LookedUp(Lookup::NotFound(absence))) {
            Ok(Applied::Moved) => self.out.push(Resolution::Absent { order }),
            Ok(_) => self.out.push(Resolution::LookUp { order }),
            Err(error) => self.mismatch(error.into()),
        }
    }

    fn mismatch(&mut self, why: Mismatch) {
        let order = self.order.client_order_id.clone();
        self.out.push(Resolution::Mismatch { order, why });
    }
}
