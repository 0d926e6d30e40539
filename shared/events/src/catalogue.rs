//! The event types: one list, shown in the OpenAPI.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// A text that names no event type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an event type")]
pub struct UnknownEventType(String);

macro_rules! event_types {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// What happened to a user's things. `noun.verb_past`; a name never changes its meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum EventType {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)+
        }

        impl EventType {
            /// Every type.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its name on the wire and in the log.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        /// By hand: the derive does not see names that a macro gives.
        impl PartialSchema for EventType {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some("What happened: `noun.verb_past`. A name never changes its meaning."))
                    .enum_values(Some(Self::ALL.iter().map(|event| event.as_str())))
                    .into()
            }
        }

        impl ToSchema for EventType {}

        impl FromStr for EventType {
            type Err = UnknownEventType;

            fn from_str(text: &str) -> Result<Self, UnknownEventType> {
                match text {
                    $($name => Ok(Self::$variant),)+
                    _ => Err(UnknownEventType(text.to_owned())),
                }
            }
        }
    };
}

event_types! {
    /// The account was made.
    UserRegistered = "user.registered",
    /// Profile, preferences, role or status changed.
    UserUpdated = "user.updated",
    /// Somebody logged in.
    SessionCreated = "session.created",
    /// A login was ended, by its owner or for them.
    SessionRevoked = "session.revoked",
    /// Logins and step-ups ask for codes from now on.
    SecondFactorEnabled = "second_factor.enabled",
    /// Logins and step-ups no longer ask for codes.
    SecondFactorDisabled = "second_factor.disabled",
    /// An API token was made.
    ApiTokenCreated = "api_token.created",
    /// An API token was revoked.
    ApiTokenRevoked = "api_token.revoked",
    /// An exchange connection or paper account was made.
    ConnectionCreated = "connection.created",
    /// An exchange connection, a paper account or its feed changed.
    ConnectionUpdated = "connection.updated",
    /// An exchange connection or paper account is gone.
    ConnectionDeleted = "connection.deleted",
    /// A bot was made.
    BotCreated = "bot.created",
    /// A bot's name or configuration changed.
    BotUpdated = "bot.updated",
    /// A bot is gone.
    BotDeleted = "bot.deleted",
    /// A bot stands somewhere else than before.
    BotStatusChanged = "bot.status_changed",
    /// A deal has begun.
    DealOpened = "deal.opened",
    /// A deal has ended.
    DealClosed = "deal.closed",
    /// An order was placed.
    OrderCreated = "order.created",
    /// An order was filled, whole or in part.
    OrderFilled = "order.filled",
    /// An order was cancelled, or ended by its time in force.
    OrderCancelled = "order.cancelled",
    /// An order was refused.
    OrderRejected = "order.rejected",
    /// What an account holds changed: the newest balances of a moment.
    BalanceUpdated = "balance.updated",
    /// A backtest or a search was asked for.
    BacktestCreated = "backtest.created",
    /// A backtest or a search has ended, whichever way.
    BacktestFinished = "backtest.finished",
    /// A backtest or a search is gone.
    BacktestDeleted = "backtest.deleted",
    /// A checkout was completed.
    BillingCheckoutCompleted = "billing.checkout_completed",
    /// A subscription began, changed or ended.
    BillingSubscriptionChanged = "billing.subscription_changed",
    /// An invoice was paid.
    BillingInvoicePaid = "billing.invoice_paid",
    /// A payment failed.
    BillingPaymentFailed = "billing.payment_failed",
    /// The plan became smaller; bots that it leaves no room for were told to pause.
    BillingPlanDowngraded = "billing.plan_downgraded",
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::EventType;

    #[test]
    fn every_name_reads_back_and_is_a_noun_with_a_verb() {
        for event in EventType::ALL {
            assert_eq!(event.as_str().parse(), Ok(*event));
            assert_eq!(
                serde_json::to_value(event).unwrap(),
                serde_json::Value::from(event.as_str())
            );
            let (noun, verb) = event.as_str().split_once('.').unwrap();
            let plain = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            assert!(plain(noun) && plain(verb), "{event}");
        }
        assert!("user.deleted_yesterday".parse::<EventType>().is_err());
    }
    #[test]
    fn the_guide_to_sockets_has_every_type() {
        let guide = include_str!("../../../ops/docs/REALTIME.md");
        let (_, section) = guide.split_once("\n## Events\n").unwrap();
        let (section, _) = section.split_once("\n## ").unwrap();
        let told: Vec<EventType> = section
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once(" | "))
            .flat_map(|(types, _)| types.split(", "))
            .map(|name| name.trim_matches('`').parse().unwrap())
            .collect();
        let missing: Vec<_> = EventType::ALL
            .iter()
            .filter(|event| !told.contains(event))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
