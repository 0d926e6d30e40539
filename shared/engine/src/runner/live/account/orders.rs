//! The orders of an account, by the id that the exchange knows them by.

use std::collections::HashSet;

use trading::{
    RejectCode, Symbol,
    bot::Known,
    live::{NewsError, OrderNews},
    order::{Fill, Life, Millis, News, OrderIntent, OrderStatus, reconcile::OurOrder},
};

use super::{Ended, Key, LiveAccount, Sent};

impl LiveAccount {
    /// An order of ours.
    pub(in crate::runner::live) fn sent(&self, client_order_id: &str) -> Option<&Sent> {
        self.sent.get(client_order_id)
    }

    /// What an order asks for and where it stands, while it has not ended.
    pub(in crate::runner::live) fn open(
        &self,
        client_order_id: &str,
    ) -> Option<(&OrderIntent, &Life)> {
        let (bot, number) = self.sent.get(client_order_id)?.key;
        let order = self.kernel.account().order(bot, number)?;
        Some((&order.intent, &order.life))
    }

    /// Client order ids of the orders that have not ended.
    pub(in crate::runner::live) fn open_orders(&self) -> impl Iterator<Item = (&str, &Life)> {
        let orders = self.kernel.account().orders();
        orders.filter_map(|(bot, order)| {
            let name = self.names.get(&(bot, order.intent.number))?;
            Some((name.as_str(), &order.life))
        })
    }

    /// The exchange's own id of an order.
    pub(in crate::runner::live) fn note_venue_id(
        &mut self,
        client_order_id: &str,
        venue_order_id: &str,
    ) {
        let Some(sent) = self.sent.get_mut(client_order_id) else {
            return;
        };
        if sent.venue_order_id.is_some() || venue_order_id.is_empty() {
            return;
        }
        sent.venue_order_id = Some(venue_order_id.to_owned());
        let key = sent.key;
        self.recorder.note_venue_id(self.at, key, venue_order_id);
    }

    /// Where an order stands, as the exchange says. What contradicts what is known is for the caller to tell.
    pub(in crate::runner::live) fn moved(
        &mut self,
        client_order_id: &str,
        news: News<'_>,
        reject: Option<RejectCode>,
    ) -> Result<(), NewsError> {
        let Some(sent) = self.sent.get(client_order_id) else {
            return Err(NewsError::NotOpen);
        };
        if sent.ended.is_some() {
            return Ok(());
        }
        let (key, symbol) = (sent.key, sent.symbol.clone());
        self.news(key, OrderNews::Moved(news, reject))?;
        let ended = self
            .sent
            .get(client_order_id)
            .and_then(|sent| sent.ended.as_ref());
        // After a refusal bots wait; everything else they may go on from at once.
        if ended.is_some_and(|ended| ended.life.status() != OrderStatus::Rejected) {
            self.to_price.insert(symbol);
        }
        Ok(())
    }

    /// A trade of an order of ours.
    pub(in crate::runner::live) fn traded(
        &mut self,
        client_order_id: &str,
        mut fill: Fill,
    ) -> Result<(), NewsError> {
        let Some(sent) = self.sent.get(client_order_id) else {
            return Err(NewsError::NotOpen);
        };
        let key = sent.key;
        fill.order = key.1;
        self.to_price.insert(sent.symbol.clone());
        self.value_fee(&sent.symbol, &mut fill);
        if sent.ended.is_some() {
            return self.traded_late(client_order_id, &fill);
        }
        self.news(key, OrderNews::Traded(&fill))
    }

    /// Gives a fee that is neither base nor quote its value in quote, at the last price.
    pub(super) fn value_fee(&self, symbol: &Symbol, fill: &mut Fill) {
        let fee = &mut fill.fee;
        if fee.asset == *symbol.base() || fee.asset == *symbol.quote() || fee.conversion.is_some() {
            return;
        }
        let pair = Symbol::new(fee.asset.clone(), symbol.quote().clone());
        let price = pair.ok().and_then(|pair| self.last_price(&pair));
        if price.is_none() {
            tracing::warn!(asset = %fee.asset, "the asset of a fee has no price, its value is left out");
        }
        fee.conversion = Some(price.unwrap_or_default());
    }

    pub(super) fn news(&mut self, key: Key, news: OrderNews<'_>) -> Result<(), NewsError> {
        self.input();
        let ended = self
            .kernel
            .tell_news(key, self.at, news, &mut self.recorder)?;
        if let Some(order) = ended
            && let Some(id) = self.recorder.order_id(key)
            && let Some(sent) = self
                .names
                .get(&key)
                .and_then(|name| self.sent.get_mut(name))
        {
            sent.ended = Some(Ended {
                id,
                at: self.at,
                intent: order.intent,
                life: order.life,
            });
        }
        Ok(())
    }

    pub(super) fn traded_late(
        &mut self,
        client_order_id: &str,
        fill: &Fill,
    ) -> Result<(), NewsError> {
        let Some(sent) = self.sent.get_mut(client_order_id) else {
            return Err(NewsError::NotOpen);
        };
        let (key, is_named) = (sent.key, sent.venue_order_id.is_some());
        let Some(ended) = sent.ended.as_mut() else {
            return Err(NewsError::NotOpen);
        };
        let before = ended.life.clone();
        ended.life.apply(News::Fill {
            trade: &fill.trade,
            filled: fill.filled(),
            is_last: false,
        })?;
        if ended.life == before {
            return Ok(());
        }
        tracing::warn!(
            order = client_order_id,
            "an order that had ended was filled"
        );
        metrics::counter!("engine_late_fills_total").increment(1);
        let (id, intent) = (ended.id, ended.intent.clone());
        let known = Known {
            leg: intent.leg,
            deal: intent.deal,
            purpose: intent.purpose,
            level: intent.level,
            side: intent.side,
            limit: intent.kind.limit(),
            size: intent.size,
            filled: before.filled().base,
            status: before.status(),
            reject: None,
        };
        self.input();
        if self.recorder.order_id(key).is_none() {
            self.recorder.add_order(key, id, before, is_named);
        }
        self.kernel
            .tell_late_fill(key.0, self.at, (&intent, known), fill, &mut self.recorder)?;
        Ok(())
    }

    /// The exchange's ids of our orders, as far as they are known.
    pub(in crate::runner::live) fn venue_ids(&self) -> HashSet<String> {
        let ids = self.sent.values();
        ids.filter_map(|sent| sent.venue_order_id.clone()).collect()
    }

    /// Our orders beside which the exchange's are held, with what speaks against those that it did not find.
    pub(in crate::runner::live) fn ours(&self) -> Vec<OurOrder> {
        let ours = self.sent.iter().filter_map(|(client_order_id, sent)| {
            let life = match &sent.ended {
                Some(ended) => ended.life.clone(),
                None => self.open(client_order_id)?.1.clone(),
            };
            Some(OurOrder {
                client_order_id: client_order_id.clone(),
                venue_order_id: sent.venue_order_id.clone(),
                number: sent.key.1,
                life,
                absence: None,
            })
        });
        ours.collect()
    }

    /// Whether an order is one of ours that ended before `since`.
    pub(in crate::runner::live) fn ended_before(
        &self,
        client_order_id: &str,
        since: Millis,
    ) -> bool {
        let sent = self.sent.get(client_order_id);
        let ended = sent.and_then(|sent| sent.ended.as_ref());
        ended.is_some_and(|ended| ended.at < since)
    }

    /// Forgets orders that ended before `since`.
    pub(in crate::runner::live) fn forget_before(&mut self, since: Millis) {
        let old: Vec<String> = self
            .sent
            .iter()
            .filter(|(_, sent)| sent.ended.as_ref().is_some_and(|ended| ended.at < since))
            .map(|(name, _)| name.clone())
            .collect();
        for name in old {
            if let Some(sent) = self.sent.remove(&name) {
                self.names.remove(&sent.key);
            }
        }
    }
}
