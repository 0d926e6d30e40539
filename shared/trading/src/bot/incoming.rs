use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::amount::Amount;
use crate::order::Millis;

/// A signal that passed every check of its sender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    /// What decisions name it by.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// What it asks for.
    pub action: SignalAction,
    /// How much it asks for; as the bot is configured where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<SignalAmount>,
    /// How sure its sender is, 0–1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Amount>,
    /// Seconds after it was sent for which it counts, 1–3600; as the bot is configured where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_lag_s: Option<u32>,
    /// Milliseconds by wall clock from when it was sent to when the bot is told: 0 in a backtest, whose signals have no way.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lag_ms: Millis,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_zero(millis: &Millis) -> bool {
    *millis == 0
}

impl Signal {
    /// A signal that says nothing but what it asks for.
    pub const fn of(action: SignalAction) -> Self {
        Self {
            id: String::new(),
            action,
            amount: None,
            confidence: None,
            max_lag_s: None,
            lag_ms: 0,
        }
    }

    /// Its name, where it has one.
    pub(super) fn name(&self) -> Option<String> {
        (!self.id.is_empty()).then(|| self.id.clone())
    }
}

/// What a signal can ask for on spot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignalAction {
    /// Open a deal.
    EnterLong,
    /// Close the deals at market.
    ExitLong,
    /// Close the oldest deal at market.
    CloseAtMarket,
    /// Close all deals at market.
    CloseAtMarketAll,
    /// Open no more deals.
    Disable,
    /// Open deals again.
    Enable,
}

impl SignalAction {
    /// Every one there is.
    pub const ALL: [Self; 6] = [
        Self::EnterLong,
        Self::ExitLong,
        Self::CloseAtMarket,
        Self::CloseAtMarketAll,
        Self::Disable,
        Self::Enable,
    ];

    /// Its name in documents and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EnterLong => "enter_long",
            Self::ExitLong => "exit_long",
            Self::CloseAtMarket => "close_at_market",
            Self::CloseAtMarketAll => "close_at_market_all",
            Self::Disable => "disable",
            Self::Enable => "enable",
        }
    }
}

/// How much a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "unit", rename_all = "snake_case", deny_unknown_fields)]
pub enum SignalAmount {
    /// To buy for a sum of quote, fee not counted.
    Quote {
        /// Quote to spend, fee not counted.
        value: Amount,
    },
    /// To buy a quantity of base.
    Base {
        /// Base to buy, before fees.
        value: Amount,
    },
    /// To buy for a part of the free quote.
    FreePercent {
        /// Percent, above 0 and at most 100.
        value: Amount,
    },
    /// To sell a part of what the deals hold.
    PositionPercent {
        /// Percent, above 0 and at most 100.
        value: Amount,
    },
}

impl SignalAmount {
    /// The number.
    pub const fn value(self) -> Amount {
        match self {
            Self::Quote { value }
            | Self::Base { value }
            | Self::FreePercent { value }
            | Self::PositionPercent { value } => value,
        }
    }

    /// What is wrong with it for an action, in words.
    pub fn fault(self, action: SignalAction) -> Option<String> {
        let value = self.value();
        let is_percent = matches!(
            self,
            Self::FreePercent { .. } | Self::PositionPercent { .. }
        );
        if is_percent && (!value.is_positive() || value > Amount::HUNDRED) {
            return Some(format!(
                "must be above 0 and at most 100 percent, is {value}"
            ));
        }
        if !value.is_positive() {
            return Some(format!("must be above 0, is {value}"));
        }
        if value > super::MOST || value.decimals() > 18 {
            return Some(format!(
                "must be at most {} and have at most 18 decimals, is {value}",
                super::MOST
            ));
        }
        match (action, self) {
            (SignalAction::EnterLong, Self::PositionPercent { .. }) => {
                Some("a percentage of the position is for exits".to_owned())
            }
            (
                SignalAction::ExitLong | SignalAction::CloseAtMarket,
                Self::PositionPercent { .. },
            )
            | (SignalAction::EnterLong, _) => None,
            (
                SignalAction::ExitLong | SignalAction::CloseAtMarket,
                Self::Quote { .. } | Self::Base { .. } | Self::FreePercent { .. },
            ) => Some("an exit sells a percentage of the position".to_owned()),
            (SignalAction::CloseAtMarketAll | SignalAction::Disable | SignalAction::Enable, _) => {
                Some("this action takes no amount".to_owned())
            }
        }
    }
}
