use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Decision, Facts, Limit, Reason, pairs};
use crate::amount::Amount;
use crate::order::{DealNumber, Purpose};

/// What a bot last said why it does not do something, by what that is, so that it says so once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Said(#[serde(with = "pairs")] BTreeMap<Topic, Saying>);

/// What is not done: an order of a deal, something with a deal, or something of the whole bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Topic {
    deal: Option<DealNumber>,
    purpose: Option<Purpose>,
    level: u32,
}

/// Why. Numbers that change with every price are no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saying {
    reason: Reason,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<Limit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit_value: Option<Amount>,
}

impl Topic {
    /// All purchases of a schedule are one topic: each of them is another level.
    fn of(deal: Option<DealNumber>, purpose: Option<Purpose>, level: Option<u32>) -> Self {
        let level = match purpose {
            Some(Purpose::Interval) => 0,
            Some(_) | None => level.unwrap_or(0),
        };
        Self {
            deal,
            purpose,
            level,
        }
    }
}

impl Saying {
    fn of(reason: Reason, facts: &Facts) -> Self {
        Self {
            reason,
            limit: facts.limit,
            limit_value: facts
                .limit_value
                .filter(|_| facts.limit.is_some_and(|limit| !limit.is_moving())),
        }
    }
}

impl Said {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was last said of the whole bot.
    #[inline]
    pub(super) fn of_bot(&self) -> Option<Reason> {
        let saying = self.0.get(&Topic::of(None, None, None));
        saying.map(|saying| saying.reason)
    }

    /// Takes note of a decision; false when it was said before.
    pub(super) fn note(&mut self, decision: &Decision) -> bool {
        let facts = &decision.facts;
        let topic = Topic::of(decision.deal, facts.purpose, facts.level);
        let saying = Saying::of(decision.reason, facts);
        self.0.insert(topic, saying) != Some(saying)
    }

    /// An order was filled: what kept it from being placed is over.
    pub(super) fn was_filled(&mut self, deal: DealNumber, purpose: Purpose, level: u32) {
        self.0
            .remove(&Topic::of(Some(deal), Some(purpose), Some(level)));
    }

    /// An order is placed: it no longer waits. What a venue refuses may be refused again, and is not said again.
    pub(super) fn is_placed(&mut self, deal: DealNumber, purpose: Purpose, level: u32) {
        if self.is_empty() {
            return;
        }
        let topic = Topic::of(Some(deal), Some(purpose), Some(level));
        let is_over = |saying: &Saying| !matches!(saying.reason, Reason::OrderRejected(_));
        if self.0.get(&topic).is_some_and(is_over) {
            self.0.remove(&topic);
        }
    }

    /// A fresh price was seen: the next one that is too old is news.
    #[inline]
    pub(super) fn is_fresh(&mut self) {
        if self.is_empty() {
            return;
        }
        let topic = Topic::of(None, None, None);
        if self
            .0
            .get(&topic)
            .is_some_and(|saying| saying.reason == Reason::StalePrice)
        {
            self.0.remove(&topic);
        }
    }

    /// Forgets what concerns the whole bot: what kept it from opening a deal is over.
    pub(super) fn opens(&mut self) {
        self.0.remove(&Topic::of(None, None, None));
    }

    /// Forgets a deal that is over.
    pub(super) fn forget(&mut self, deal: DealNumber) {
        self.0.retain(|topic, _| topic.deal != Some(deal));
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
