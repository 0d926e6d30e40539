//! What people at Stripe, customers and the network do.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Policy, Shared, WorldError};

/// Something that is done to the fake: over HTTP at `POST /control`, or in a test.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Makes a monthly price.
    AddPrice {
        /// Its id.
        id: String,
        /// In the smallest unit.
        unit_amount: i64,
        /// Three small letters.
        currency: String,
    },
    /// A customer pays a checkout.
    PaySession {
        /// Which.
        session: String,
    },
    /// The next period begins.
    Renew {
        /// Which.
        subscription: String,
        /// Whether the payment succeeds.
        paid: bool,
    },
    /// The open invoice is tried again.
    Retry {
        /// Which.
        subscription: String,
        /// Whether the payment succeeds.
        paid: bool,
    },
    /// Stripe no longer tries.
    GiveUp {
        /// Which.
        subscription: String,
    },
    /// Another price.
    ChangePrice {
        /// Which.
        subscription: String,
        /// The price.
        price: String,
    },
    /// Ends it.
    Cancel {
        /// Which.
        subscription: String,
        /// With the period, or now.
        at_period_end: bool,
    },
    /// How webhooks are sent from now on.
    Deliver(Policy),
    /// Sends an event once more.
    Resend {
        /// Which.
        event: String,
    },
}

pub(super) fn act(shared: &Shared, action: Action) -> Result<Value, WorldError> {
    match action {
        Action::Deliver(policy) => {
            *shared.policy() = policy;
            shared.changed.notify_one();
            Ok(json!({}))
        }
        Action::Resend { event } => {
            let known = shared.world().events.contains_key(&event);
            if !known {
                let kind = "event";
                return Err(WorldError::Missing { kind, id: event });
            }
            shared.policy().again.push(event);
            shared.changed.notify_one();
            Ok(json!({}))
        }
        Action::AddPrice {
            id,
            unit_amount,
            currency,
        } => Ok(shared.act(|world| world.add_price(&id, unit_amount, &currency))),
        Action::PaySession { session } => shared.act(|world| world.pay_session(&session)),
        Action::Renew { subscription, paid } => {
            shared.act(|world| world.renew(&subscription, paid))
        }
        Action::Retry { subscription, paid } => {
            shared.act(|world| world.retry(&subscription, paid))
        }
        Action::GiveUp { subscription } => shared.act(|world| world.give_up(&subscription)),
        Action::ChangePrice {
            subscription,
            price,
        } => shared.act(|world| world.change_price(&subscription, &price)),
        Action::Cancel {
            subscription,
            at_period_end,
        } => shared.act(|world| world.cancel(&subscription, at_period_end)),
    }
}
