use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::market::RejectCode;

/// Why a deal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// Its take-profit was reached.
    TakeProfit,
    /// Its stop-loss was reached.
    StopLoss,
    /// A person or a signal closed it.
    Closed,
    /// Cancelled; its base, if any, stays with the bot.
    Cancelled,
    /// Its first order could not be placed, or ended with too little to be sold: that goes with the next deal.
    Failed,
    /// Its grid reached its upper exit price.
    UpperExit,
    /// Its grid reached its lower exit price.
    LowerExit,
    /// Its bot failed; its base stays with the bot.
    BotFailed,
}

/// Reasons of decisions and status changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(tag = "code", content = "detail", rename_all = "snake_case")]
pub enum Reason {
    /// An order bought.
    Bought,
    /// An order sold.
    Sold,
    /// A purchase is due.
    PurchaseDue,
    /// A scheduled purchase was missed and is not made up for.
    PurchaseMissed,
    /// The price is outside the configured band.
    PriceOutsideLimits,
    /// The configured total is spent.
    TotalReached,
    /// The configured end is reached.
    EndReached,
    /// Less was traded in the last 24 hours than configured.
    VolumeTooLow,
    /// No candle of the last 24 hours has been seen, so nothing is known of their volume.
    VolumeUnknown,
    /// What the first order buys could not be sold any more: less its fee, on the lot, at the stop-loss.
    ExitNotViable,
    /// A deal is opened.
    DealStart,
    /// As many deals are open as configured.
    TooManyDeals,
    /// A cooldown or start delay runs.
    Cooldown,
    /// The bot is not running, or the deal that funds are added to is not open.
    NotRunning,
    /// The configured number of deals is done.
    DealsDone,
    /// The take-profit price armed the trailing exit.
    TrailingArmed,
    /// The price fell from its peak by the trailing distance.
    TrailingTriggered,
    /// The trailing exit did not fill above break-even; it starts over.
    TrailingReset,
    /// The stop-loss price is reached; its timeout runs.
    StopLossTouched,
    /// The stop-loss closes the deal.
    StopLossTriggered,
    /// The price recovered, or the stop-loss moved, before its timeout.
    StopLossRecovered,
    /// The stop-loss stops the bot too.
    StoppedByStopLoss,
    /// The grid waits for its trigger price.
    WaitingForTrigger,
    /// The price is beyond an exit price of the grid: it starts when it is back.
    BeyondExit,
    /// A buy line lies above the market and waits until it does not.
    LineCrossed,
    /// The grid moves with the price.
    GridMoved,
    /// The grid's exit price is reached.
    ExitPriceReached,
    /// An order was not placed or was refused.
    OrderRejected(RejectCode),
    /// The account lacks funds; the order is tried again later.
    WaitingForFunds,
    /// The account has funds again.
    FundsBack,
    /// A fill arrived for an order that had ended.
    LateFill,
    /// The price is too old to act on.
    StalePrice,
    /// The account of the bot's user was suspended.
    AccountSuspended,
    /// The prices of the paper account have come to their end.
    FeedEnded,
    /// Less base is in the account that no other bot owns than the bot was to be supplied with.
    InsufficientUnownedBase,
    /// The exit conditions of the bot hold.
    ExitSignal,
    /// Too few candles were seen for the indicators of the bot to have settled.
    WarmingUp,
    /// The entry conditions of the bot do not hold.
    ConditionsNotMet,
    /// Fewer of the entry conditions hold than min_confidence asks for.
    LowConfidence,
    /// Entry and exit conditions hold at once.
    EntryAndExit,
    /// The candles of the market are longer than those that the conditions are of.
    CandlesTooLong,
    /// A deal was held as long as max_hold_s allows.
    MaxHoldReached,
    /// The first order of a deal was not filled whole in its time; the rest is cancelled.
    EntryTimedOut,
    /// A signal came, or was told, later after it was sent than max_lag allows.
    SignalTooLate,
    /// A signal to enter while a deal is open, and in_position is ignore.
    SignalIgnored,
    /// A signal to enter that waited for a price when one to leave came.
    SignalOvertaken,
    /// A signal to leave while nothing is held.
    NothingToClose,
    /// A signal let the bot open deals again, or keeps it from that.
    SignalApplied,
    /// A signal says how much to a bot that goes by volumes of its own.
    AmountNotSupported,
    /// A signal asks for a deal that the free funds do not pay for.
    InsufficientFunds,
}

/// The reasons without what belongs to some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// An order bought.
    Bought,
    /// An order sold.
    Sold,
    /// A purchase is due.
    PurchaseDue,
    /// A scheduled purchase was missed and is not made up for.
    PurchaseMissed,
    /// The price is outside the configured band.
    PriceOutsideLimits,
    /// The configured total is spent.
    TotalReached,
    /// The configured end is reached.
    EndReached,
    /// Less was traded in the last 24 hours than configured.
    VolumeTooLow,
    /// No candle of the last 24 hours has been seen, so nothing is known of their volume.
    VolumeUnknown,
    /// What the first order buys could not be sold any more after the stop-loss.
    ExitNotViable,
    /// A deal is opened.
    DealStart,
    /// As many deals are open as configured.
    TooManyDeals,
    /// A cooldown or start delay runs.
    Cooldown,
    /// The bot is not running, or the deal that funds are added to is not open.
    NotRunning,
    /// The configured number of deals is done.
    DealsDone,
    /// The take-profit price armed the trailing exit.
    TrailingArmed,
    /// The price fell from its peak by the trailing distance.
    TrailingTriggered,
    /// The trailing exit did not fill above break-even; it starts over.
    TrailingReset,
    /// The stop-loss price is reached; its timeout runs.
    StopLossTouched,
    /// The stop-loss closes the deal.
    StopLossTriggered,
    /// The price recovered, or the stop-loss moved, before its timeout.
    StopLossRecovered,
    /// The stop-loss stops the bot too.
    StoppedByStopLoss,
    /// The grid waits for its trigger price.
    WaitingForTrigger,
    /// The price is beyond an exit price of the grid: it starts when it is back.
    BeyondExit,
    /// A buy line lies above the market and waits until it does not.
    LineCrossed,
    /// The grid moves with the price.
    GridMoved,
    /// The grid's exit price is reached.
    ExitPriceReached,
    /// An order was not placed or was refused.
    OrderRejected,
    /// The account lacks funds; the order is tried again later.
    WaitingForFunds,
    /// The account has funds again.
    FundsBack,
    /// A fill arrived for an order that had ended.
    LateFill,
    /// The price is too old to act on.
    StalePrice,
    /// The account of the bot's user was suspended.
    AccountSuspended,
    /// The prices of the paper account have come to their end.
    FeedEnded,
    /// Less base is in the account that no other bot owns than the bot was to be supplied with.
    InsufficientUnownedBase,
    /// The exit conditions of the bot hold.
    ExitSignal,
    /// Too few candles were seen for the indicators of the bot to have settled.
    WarmingUp,
    /// The entry conditions of the bot do not hold.
    ConditionsNotMet,
    /// Fewer of the entry conditions hold than min_confidence asks for.
    LowConfidence,
    /// Entry and exit conditions hold at once.
    EntryAndExit,
    /// The candles of the market are longer than those that the conditions are of.
    CandlesTooLong,
    /// A deal was held as long as max_hold_s allows.
    MaxHoldReached,
    /// The first order of a deal was not filled whole in its time; the rest is cancelled.
    EntryTimedOut,
    /// A signal came, or was told, later after it was sent than max_lag allows.
    SignalTooLate,
    /// A signal to enter while a deal is open, and in_position is ignore.
    SignalIgnored,
    /// A signal to enter that waited for a price when one to leave came.
    SignalOvertaken,
    /// A signal to leave while nothing is held.
    NothingToClose,
    /// A signal let the bot open deals again, or keeps it from that.
    SignalApplied,
    /// A signal says how much to a bot that goes by volumes of its own.
    AmountNotSupported,
    /// A signal asks for a deal that the free funds do not pay for.
    InsufficientFunds,
}

impl Reason {
    /// Its code alone.
    pub const fn code(self) -> ReasonCode {
        match self {
            Self::Bought => ReasonCode::Bought,
            Self::Sold => ReasonCode::Sold,
            Self::PurchaseDue => ReasonCode::PurchaseDue,
            Self::PurchaseMissed => ReasonCode::PurchaseMissed,
            Self::PriceOutsideLimits => ReasonCode::PriceOutsideLimits,
            Self::TotalReached => ReasonCode::TotalReached,
            Self::EndReached => ReasonCode::EndReached,
            Self::VolumeTooLow => ReasonCode::VolumeTooLow,
            Self::VolumeUnknown => ReasonCode::VolumeUnknown,
            Self::ExitNotViable => ReasonCode::ExitNotViable,
            Self::DealStart => ReasonCode::DealStart,
            Self::TooManyDeals => ReasonCode::TooManyDeals,
            Self::Cooldown => ReasonCode::Cooldown,
            Self::NotRunning => ReasonCode::NotRunning,
            Self::DealsDone => ReasonCode::DealsDone,
            Self::TrailingArmed => ReasonCode::TrailingArmed,
            Self::TrailingTriggered => ReasonCode::TrailingTriggered,
            Self::TrailingReset => ReasonCode::TrailingReset,
            Self::StopLossTouched => ReasonCode::StopLossTouched,
            Self::StopLossTriggered => ReasonCode::StopLossTriggered,
            Self::StopLossRecovered => ReasonCode::StopLossRecovered,
            Self::StoppedByStopLoss => ReasonCode::StoppedByStopLoss,
            Self::WaitingForTrigger => ReasonCode::WaitingForTrigger,
            Self::BeyondExit => ReasonCode::BeyondExit,
            Self::LineCrossed => ReasonCode::LineCrossed,
            Self::GridMoved => ReasonCode::GridMoved,
            Self::ExitPriceReached => ReasonCode::ExitPriceReached,
            Self::OrderRejected(_) => ReasonCode::OrderRejected,
            Self::WaitingForFunds => ReasonCode::WaitingForFunds,
            Self::FundsBack => ReasonCode::FundsBack,
            Self::LateFill => ReasonCode::LateFill,
            Self::StalePrice => ReasonCode::StalePrice,
            Self::AccountSuspended => ReasonCode::AccountSuspended,
            Self::FeedEnded => ReasonCode::FeedEnded,
            Self::InsufficientUnownedBase => ReasonCode::InsufficientUnownedBase,
            Self::ExitSignal => ReasonCode::ExitSignal,
            Self::WarmingUp => ReasonCode::WarmingUp,
            Self::ConditionsNotMet => ReasonCode::ConditionsNotMet,
            Self::LowConfidence => ReasonCode::LowConfidence,
            Self::EntryAndExit => ReasonCode::EntryAndExit,
            Self::CandlesTooLong => ReasonCode::CandlesTooLong,
            Self::MaxHoldReached => ReasonCode::MaxHoldReached,
            Self::EntryTimedOut => ReasonCode::EntryTimedOut,
            Self::SignalTooLate => ReasonCode::SignalTooLate,
            Self::SignalIgnored => ReasonCode::SignalIgnored,
            Self::SignalOvertaken => ReasonCode::SignalOvertaken,
            Self::NothingToClose => ReasonCode::NothingToClose,
            Self::SignalApplied => ReasonCode::SignalApplied,
            Self::AmountNotSupported => ReasonCode::AmountNotSupported,
            Self::InsufficientFunds => ReasonCode::InsufficientFunds,
        }
    }

    /// Whether it tells what happened: that is said each time. What does not happen is said when the reason changes.
    pub(super) const fn is_event(self) -> bool {
        match self {
            Self::Bought
            | Self::Sold
            | Self::PurchaseDue
            | Self::PurchaseMissed
            | Self::TotalReached
            | Self::EndReached
            | Self::DealStart
            | Self::TrailingArmed
            | Self::TrailingTriggered
            | Self::TrailingReset
            | Self::StopLossTouched
            | Self::StopLossTriggered
            | Self::StopLossRecovered
            | Self::StoppedByStopLoss
            | Self::GridMoved
            | Self::ExitPriceReached
            | Self::ExitSignal
            | Self::MaxHoldReached
            | Self::EntryTimedOut
            | Self::SignalTooLate
            | Self::SignalIgnored
            | Self::SignalOvertaken
            | Self::NothingToClose
            | Self::SignalApplied
            | Self::AmountNotSupported
            | Self::InsufficientFunds
            | Self::LateFill => true,
            Self::PriceOutsideLimits
            | Self::VolumeTooLow
            | Self::VolumeUnknown
            | Self::ExitNotViable
            | Self::TooManyDeals
            | Self::Cooldown
            | Self::NotRunning
            | Self::DealsDone
            | Self::WaitingForTrigger
            | Self::BeyondExit
            | Self::FeedEnded
            | Self::InsufficientUnownedBase
            | Self::LineCrossed
            | Self::OrderRejected(_)
            | Self::WaitingForFunds
            | Self::FundsBack
            | Self::StalePrice
            | Self::WarmingUp
            | Self::ConditionsNotMet
            | Self::LowConfidence
            | Self::EntryAndExit
            | Self::CandlesTooLong
            | Self::AccountSuspended => false,
        }
    }
}

/// Where a bot stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BotStatus {
    /// Not started yet.
    Draft,
    /// Asked to start.
    Starting,
    /// It trades.
    Running,
    /// Opens nothing new.
    Paused,
    /// Waits until the account has funds.
    WaitingFunds,
    /// Winds down.
    Stopping,
    /// It has ended and trades no more.
    Stopped,
    /// Cannot go on without a person.
    Error,
}
