//! What an exchange tells without being asked.

use std::collections::BTreeSet;

use tokio::{
    sync::{mpsc, watch},
    task::JoinError,
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use trading::{
    Amount, Asset, RejectCode, Symbol,
    order::{Millis, reconcile::VenueTrade},
};

use crate::{
    accounts::Balance,
    markets::{BookTop, CandleInterval, VenueCandle},
    orders::OrderState,
};

/// What comes out of a stream, in the order in which the venue told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamItem<E> {
    /// The stream is connected and subscribed from here on. After a [`StreamItem::Gap`], and at the start, whatever may
    /// have been missed is to be asked for now.
    Live,
    /// Something may be missed from here until the next [`StreamItem::Live`].
    Gap(GapReason),
    /// Something that the venue told.
    Event(E),
}

/// Why something may have been missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GapReason {
    /// No connection could be made.
    NotConnected,
    /// The venue closed the connection, or it broke.
    Disconnected,
    /// The connection was open, but nothing came any more, not even answers to pings.
    Silent,
    /// The connection had nearly reached the longest time that the venue allows.
    Renewed,
    /// The venue announced that it ends this connection or subscription.
    Announced,
    /// Something came that should have been understood and was not: what it was.
    Unreadable(String),
    /// The venue did not accept the subscription.
    Refused {
        /// The venue's error code, where it gave one.
        code: Option<i64>,
    },
    /// The venue does not accept the API key. The stream goes on trying, slowly, until it is closed.
    Credential {
        /// The venue's error code.
        code: i64,
    },
}

/// Something that happened in an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserEvent {
    /// An order changed.
    Order(Box<OrderEvent>),
    /// What is held of some assets, not of all.
    Balances {
        /// When, in milliseconds since 1970.
        at: Millis,
        /// The balances that changed.
        balances: Vec<Balance>,
    },
    /// A deposit, withdrawal or transfer changed a balance.
    BalanceChanged {
        /// When, in milliseconds since 1970.
        at: Millis,
        /// The asset that this is about.
        asset: Asset,
        /// By how much; below zero where the account has less.
        change: Amount,
    },
    /// Something of a kind that the adapter does not follow, by the venue's name.
    Other(String),
}

/// A change of an order, with the trade that caused it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderEvent {
    /// The order after the change.
    pub state: OrderState,
    /// The trade, if one caused the change.
    pub trade: Option<VenueTrade>,
    /// Why the order was refused, if it was.
    pub reject: Option<RejectCode>,
}

/// What can be followed of a market.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Every trade of a market.
    Trades(Symbol),
    /// The last price, once a second.
    LastPrice(Symbol),
    /// The best bid and ask, at each change.
    BookTop(Symbol),
    /// Candles, the current one included.
    Candles(Symbol, CandleInterval),
}

/// Something that happened in a market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarketEvent {
    /// A trade of a market.
    Trade {
        /// The market that this is about.
        symbol: Symbol,
        /// When, in milliseconds since 1970.
        at: Millis,
        /// Price in quote.
        price: Amount,
        /// Base that changed hands.
        quantity: Amount,
    },
    /// The last price.
    LastPrice {
        /// The market that this is about.
        symbol: Symbol,
        /// When, in milliseconds since 1970.
        at: Millis,
        /// Price in quote.
        price: Amount,
    },
    /// The best bid and ask. The venue does not say when.
    BookTop {
        /// The market that this is about.
        symbol: Symbol,
        /// The best bid and ask.
        top: BookTop,
    },
    /// A candle, closed or still changing.
    Candle {
        /// The market that this is about.
        symbol: Symbol,
        /// Length of the candle.
        interval: CandleInterval,
        /// The candle, in the kernel's form.
        candle: VenueCandle,
    },
    /// The venue lists no such market: nothing will come of this topic.
    Unavailable(Topic),
}

/// A stream that runs in a task of its own. Dropping it ends the task; [`EventStream::close`] also waits for it.
#[derive(Debug)]
pub struct EventStream<E> {
    items: mpsc::Receiver<StreamItem<E>>,
    stop: CancellationToken,
    task: AbortOnDropHandle<()>,
}

/// A stream of markets whose topics can change while it runs.
#[derive(Debug)]
pub struct MarketStream {
    events: EventStream<MarketEvent>,
    wanted: watch::Sender<BTreeSet<Topic>>,
    most_topics: usize,
}

/// Why a stream does not follow a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stream follows as many topics as one connection may: another stream is needed")]
pub struct TooManyTopics;

impl Topic {
    /// The market that it is about.
    pub const fn symbol(&self) -> &Symbol {
        match self {
            Self::Trades(symbol)
            | Self::LastPrice(symbol)
            | Self::BookTop(symbol)
            | Self::Candles(symbol, _) => symbol,
        }
    }
}

impl<E> EventStream<E> {
    pub(crate) const fn new(
        items: mpsc::Receiver<StreamItem<E>>,
        stop: CancellationToken,
        task: AbortOnDropHandle<()>,
    ) -> Self {
        Self { items, stop, task }
    }

    /// The next item; nothing once the stream has ended because it was told to. Nothing is lost if the wait is given up.
    pub async fn next(&mut self) -> Option<StreamItem<E>> {
        self.items.recv().await
    }

    /// Ends the stream and waits for its task.
    ///
    /// # Errors
    /// When the task panicked.
    pub async fn close(mut self) -> Result<(), JoinError> {
        self.stop.cancel();
        self.items.close();
        (&mut self.task).await
    }
}

impl MarketStream {
    pub(crate) const fn new(
        events: EventStream<MarketEvent>,
        wanted: watch::Sender<BTreeSet<Topic>>,
        most_topics: usize,
    ) -> Self {
        Self {
            events,
            wanted,
            most_topics,
        }
    }

    /// Follows a topic as well. Following it already is fine.
    ///
    /// # Errors
    /// [`TooManyTopics`] when no more topics fit.
    pub fn subscribe(&self, topic: Topic) -> Result<(), TooManyTopics> {
        let mut has_room = true;
        self.wanted.send_if_modified(|wanted| {
            has_room = wanted.contains(&topic) || wanted.len() < self.most_topics;
            has_room && wanted.insert(topic)
        });
        if has_room { Ok(()) } else { Err(TooManyTopics) }
    }

    /// Follows a topic no more. What is under way still arrives.
    pub fn unsubscribe(&self, topic: &Topic) {
        self.wanted.send_if_modified(|wanted| wanted.remove(topic));
    }

    /// The topics that the stream follows.
    pub fn topics(&self) -> BTreeSet<Topic> {
        self.wanted.borrow().clone()
    }

    /// The next item; nothing once the stream has ended because it was told to. Nothing is lost if the wait is given up.
    pub async fn next(&mut self) -> Option<StreamItem<MarketEvent>> {
        self.events.next().await
    }

    /// Ends the stream and waits for its task.
    ///
    /// # Errors
    /// When the task panicked.
    pub async fn close(self) -> Result<(), JoinError> {
        self.events.close().await
    }
}
