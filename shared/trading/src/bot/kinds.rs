//! The kinds of bots: a new one is a folder of its own and a line in the list at the end of this file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema, Type},
};

use super::contract::{Bot, Needs};
use super::core::{Context, Core, OpenDeal};
use super::dca::{DcaConfig, DcaState};
use super::findings::Findings;
use super::grid::{GridConfig, GridState};
use super::interval::{IntervalConfig, IntervalState};
#[cfg(test)]
use super::pair::{PairConfig, PairState};
use super::signal::{SignalConfig, SignalState};
use super::strategy::{StrategyConfig, StrategyState};
use super::{CloseReason, DealRequest, Known, Quote, Signal, StepError, StopMode, Timer, Watch};
use crate::amount::{Amount, AmountError};
use crate::candle::Candle;
use crate::order::{DealNumber, Fill, LegId, Legs, Millis, OrderNumber};
use crate::pnl::Position;

/// Makes the enums of all kinds, their names and schemas, and one `match` a method of [`Bot`].
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $(#[cfg($cfg:meta)])? $name:literal => $kind:ident($config:ty, $state:ty), since $since:literal;)+) => {
        /// What a bot does, by type.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "type")]
        pub enum BotConfig {
            $($(#[doc = $doc])+ $(#[cfg($cfg)])? #[serde(rename = $name)] $kind($config),)+
        }

        /// What a bot of a kind remembers.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "type")]
        pub enum KindState {
            $($(#[doc = $doc])+ $(#[cfg($cfg)])? #[serde(rename = $name)] $kind($state),)+
        }

        /// The type of a bot.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum BotKind {
            $($(#[doc = $doc])+ $(#[cfg($cfg)])? $kind,)+
        }

        impl BotKind {
            /// All types of bots, in the order of the list.
            pub const ALL: &'static [Self] = &[$($(#[cfg($cfg)])? Self::$kind,)+];

            /// Its name in documents and tables.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($(#[cfg($cfg)])? Self::$kind => $name,)+
                }
            }

            /// State format of the first release that knows it: an engine of an older one must not take the bot.
            pub const fn since(self) -> u16 {
                match self {
                    $($(#[cfg($cfg)])? Self::$kind => $since,)+
                }
            }
        }

        /// By hand: the derive puts the tag beside the variant's schema, which takes no field that it does not know.
        impl PartialSchema for BotConfig {
            fn schema() -> RefOr<Schema> {
                let kinds = OneOfBuilder::new().description(Some("What a bot does, by type."));
                $($(#[cfg($cfg)])? let kinds = kinds.item(tagged($name, <$config>::schema()));)+
                kinds.into()
            }
        }

        impl ToSchema for BotConfig {
            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                $($(#[cfg($cfg)])? <$config>::schemas(schemas);)+
            }
        }

        impl BotConfig {
            /// The type of bot that it configures.
            pub const fn kind(&self) -> BotKind {
                match self {
                    $($(#[cfg($cfg)])? Self::$kind(_) => BotKind::$kind,)+
                }
            }

            /// What it asks of whoever runs the bot.
            pub fn needs(&self) -> Needs {
                match self {
                    $($(#[cfg($cfg)])? Self::$kind(config) => <$state>::needs(config),)+
                }
            }

            /// State format of the first release whose engines run bots of this configuration.
            pub fn since(&self) -> u16 {
                let of_config = match self {
                    $($(#[cfg($cfg)])? Self::$kind(config) => <$state>::since(config),)+
                };
                of_config.max(self.kind().since())
            }

            pub(super) fn assess(&self, findings: &mut Findings<'_>) -> Result<(), AmountError> {
                match self {
                    $($(#[cfg($cfg)])? Self::$kind(config) => <$state>::assess(config, findings),)+
                }
            }

            pub(super) fn assess_request(
                &self,
                request: DealRequest,
                findings: &mut Findings<'_>,
            ) -> Result<(), AmountError> {
                match self {
                    $($(#[cfg($cfg)])? Self::$kind(config) => <$state>::assess_request(config, request, findings),)+
                }
            }

            /// Whether a bot that runs takes another configuration: the state format of the first release whose engines apply
            /// the change, or none where the bot has to be at rest.
            pub fn takes_edit(&self, after: &Self) -> Option<u16> {
                match (self, after) {
                    $($(#[cfg($cfg)])? (Self::$kind(before), Self::$kind(after)) => <$state>::takes_edit(before, after),)+
                    _ => None,
                }
            }

            pub(super) fn assess_edit(&self, findings: &mut Findings<'_>) -> Result<(), AmountError> {
                match self {
                    $($(#[cfg($cfg)])? Self::$kind(config) => <$state>::assess_edit(config, findings),)+
                }
            }

            /// Takes the conditions of the start as met; gives the price at which the bot starts.
            pub(crate) fn at_its_start(&mut self, now: Amount) -> Amount {
                match self {
                    $($(#[cfg($cfg)])? Self::$kind(config) => <$state>::at_its_start(config, now),)+
                }
            }

            /// Times at which the bot will act next.
            pub(crate) fn times(&self, at: Millis, most: usize) -> Vec<Millis> {
                match self {
                    $($(#[cfg($cfg)])? Self::$kind(config) => <$state>::times(config, at, most),)+
                }
            }
        }

        impl KindState {
            /// What a bot remembers that was never started.
            pub(super) fn new(config: &BotConfig) -> Self {
                match config {
                    $($(#[cfg($cfg)])? BotConfig::$kind(_) => Self::$kind(<$state>::default()),)+
                }
            }

            /// The type of bot that remembers this.
            pub const fn kind(&self) -> BotKind {
                match self {
                    $($(#[cfg($cfg)])? Self::$kind(_) => BotKind::$kind,)+
                }
            }

            pub(super) fn position(&self, leg: LegId) -> Result<Position, AmountError> {
                match self {
                    $($(#[cfg($cfg)])? Self::$kind(state) => Bot::position(state, leg),)+
                }
            }

            pub(super) fn deal(&self) -> Option<DealNumber> {
                match self {
                    $($(#[cfg($cfg)])? Self::$kind(state) => Bot::deal(state),)+
                }
            }

            pub(super) fn has_levels(&self, order: &Known) -> bool {
                match self {
                    $($(#[cfg($cfg)])? Self::$kind(state) => Bot::has_levels(state, order),)+
                }
            }

            pub(super) fn take_kept(&mut self) -> Position {
                match self {
                    $($(#[cfg($cfg)])? Self::$kind(state) => Bot::take_kept(state),)+
                }
            }

            pub(super) fn open_deals(&self) -> BTreeMap<DealNumber, OpenDeal> {
                match self {
                    $($(#[cfg($cfg)])? Self::$kind(state) => Bot::open_deals(state),)+
                }
            }

            /// Every price where state and configuration are of two kinds: the step says so.
            pub(super) fn watch(&self, config: &BotConfig, core: &Core, leg: LegId) -> Watch {
                match (self, config) {
                    $($(#[cfg($cfg)])? (Self::$kind(state), BotConfig::$kind(config)) => Bot::watch(state, config, core, leg),)+
                    _ => Watch::EVERY,
                }
            }
        }

        impl KindState {
            /// Nothing where state and configuration are of two kinds.
            pub(super) fn warm_up(&self, config: &BotConfig) -> Millis {
                match (self, config) {
                    $($(#[cfg($cfg)])? (Self::$kind(state), BotConfig::$kind(config)) => Bot::warm_up(state, config),)+
                    _ => 0,
                }
            }
        }

        /// What needs the configuration: an error where it is of another kind than the state.
        impl KindState {
            pub(super) fn start(
                &mut self,
                context: &mut Context<'_>,
                config: &BotConfig,
            ) -> Result<(), StepError> {
                match (self, config) {
                    $($(#[cfg($cfg)])? (Self::$kind(state), BotConfig::$kind(config)) => Bot::start(state, context, config),)+
                    _ => Err(StepError::WrongKind),
                }
            }

            pub(super) fn stop(
                &mut self,
                context: &mut Context<'_>,
                mode: StopMode,
                config: &BotConfig,
            ) -> Result<(), StepError> {
                match (self, config) {
                    $($(#[cfg($cfg)])? (Self::$kind(state), BotConfig::$kind(config)) => Bot::stop(state, context, config, mode),)+
                    _ => Err(StepError::WrongKind),
                }
            }

            pub(super) fn resume(
                &mut self,
                context: &mut Context<'_>,
                config: &BotConfig,
            ) -> Result<(), StepError> {
                match (self, config) {
                    $($(#[cfg($cfg)])? (Self::$kind(state), BotConfig::$kind(config)) => Bot::resume(state, context, config),)+
                    _ => return Err(StepError::WrongKind),
                }
                Ok(())
            }

            pub(super) fn configured(
                &mut self,
                context: &mut Context<'_>,
                config: &BotConfig,
            ) -> Result<(), StepError> {
                match (self, config) {
                    $($(#[cfg($cfg)])? (Self::$kind(state), BotConfig::$kind(config)) => Bot::configured(state, context, config),)+
                    _ => Err(StepError::WrongKind),
                }
            }

            pub(super) fn price(
                &mut self,
                context: &mut Context<'_>,
                quote: &Quote,
                config: &BotConfig,
            ) -> Result<(), StepError> {
                match (self, config) {
                    $($(#[cfg($cfg)])? (Self::$kind(state), BotConfig::$kind(config)) => Bot::price(state, context, config, quote),)+
                    _ => Err(StepError::WrongKind),
                }
            }

            pub(super) fn candle(
                &mut self,
                context: &mut Context<'_>,
                candle: &Candle,
                config: &BotConfig,
            ) -> Result<(), StepError> {
                match (self, config) {
                    $($(#[cfg($cfg)])? (Self::$kind(state), BotConfig::$kind(config)) => Bot::candle(state, context, config, candle),)+
                    _ => Err(StepError::WrongKind),
                }
            }

            pub(super) fn timer(
                &mut self,
                context: &mut Context<'_>,
                timer: Timer,
                config: &BotConfig,
            ) -> Result<(), StepError> {
                match (self, config) {
                    $($(#[cfg($cfg)])? (Self::$kind(state), BotConfig::$kind(config)) => Bot::timer(state, context, config, timer),)+
                    _ => Err(StepError::WrongKind),
                }
            }

            pub(super) fn fill(
                &mut self,
                context: &mut Context<'_>,
                (fill, order, legs): (&Fill, &Known, &Legs),
                config: &BotConfig,
            ) -> Result<(), StepError> {
                match (self, config) {
                    $($(#[cfg($cfg)])? (Self::$kind(state), BotConfig::$kind(config)) => Bot::fill(state, context, config, fill, order, legs),)+
                    _ => Err(StepError::WrongKind),
                }
            }

            pub(super) fn ended(
                &mut self,
                context: &mut Context<'_>,
                number: OrderNumber,
                order: &Known,
                config: &BotConfig,
            ) -> Result<(), StepError> {
                match (self, config) {
                    $($(#[cfg($cfg)])? (Self::$kind(state), BotConfig::$kind(config)) => Bot::ended(state, context, config, number, order),)+
                    _ => Err(StepError::WrongKind),
                }
            }

            pub(super) fn signal(
                &mut self,
                context: &mut Context<'_>,
                signal: &Signal,
                config: &BotConfig,
            ) -> Result<(), StepError> {
                match (self, config) {
                    $($(#[cfg($cfg)])? (Self::$kind(state), BotConfig::$kind(config)) => Bot::signal(state, context, config, signal),)+
                    _ => Err(StepError::WrongKind),
                }
            }

            pub(super) fn close_deal(
                &mut self,
                context: &mut Context<'_>,
                deal: DealNumber,
                reason: CloseReason,
                config: &BotConfig,
            ) -> Result<(), StepError> {
                match (self, config) {
                    $($(#[cfg($cfg)])? (Self::$kind(state), BotConfig::$kind(config)) => Bot::close_deal(state, context, config, deal, reason),)+
                    _ => Err(StepError::WrongKind),
                }
            }

            pub(super) fn add_funds(
                &mut self,
                context: &mut Context<'_>,
                deal: DealNumber,
                amount: Amount,
                price: Option<Amount>,
            ) -> Result<(), StepError> {
                match self {
                    $($(#[cfg($cfg)])? Self::$kind(state) => Bot::add_funds(state, context, deal, amount, price),)+
                }
            }

            pub(super) fn take_over(
                &mut self,
                context: &mut Context<'_>,
                (quantity, price): (Amount, Amount),
                config: &BotConfig,
            ) -> Result<(), StepError> {
                match (self, config) {
                    $($(#[cfg($cfg)])? (Self::$kind(state), BotConfig::$kind(config)) => Bot::take_over(state, context, config, quantity, price),)+
                    _ => Err(StepError::WrongKind),
                }
            }

            pub(super) fn check(
                &self,
                core: &Core,
                claimed: &mut Vec<OrderNumber>,
                config: &BotConfig,
            ) -> Result<(), StepError> {
                match (self, config) {
                    $($(#[cfg($cfg)])? (Self::$kind(state), BotConfig::$kind(_)) => Bot::check(state, core, claimed),)+
                    _ => Err(StepError::WrongKind),
                }
            }

            pub(super) fn settle_ownership(
                &mut self,
                core: &mut Core,
                config: &BotConfig,
            ) -> Result<(), AmountError> {
                match (self, config) {
                    $($(#[cfg($cfg)])? (Self::$kind(state), BotConfig::$kind(config)) => Bot::settle_ownership(state, config, core),)+
                    _ => Ok(()),
                }
            }
        }
    };
}

kinds! {
    /// Buys for a fixed sum on a schedule.
    "dca_interval" => DcaInterval(IntervalConfig, IntervalState), since 2;
    /// Opens deals, averages down with safety orders, takes profit.
    "dca" => Dca(Box<DcaConfig>, DcaState), since 2;
    /// Buys low and sells high between fixed lines.
    "grid" => Grid(GridConfig, GridState), since 2;
    /// Opens and closes deals by rules over indicators.
    "strategy" => Strategy(Box<StrategyConfig>, StrategyState), since 7;
    /// Opens and closes deals by signals from outside.
    "signal" => Signal(Box<SignalConfig>, SignalState), since 8;
    /// For tests of the kernel alone.
    #[cfg(test)]
    "pair" => Pair(PairConfig, PairState), since 5;
}

fn tagged(name: &str, schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            let tag = ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some([name]));
            object.properties.insert("type".to_owned(), tag.into());
            object.required.push("type".to_owned());
            object.into()
        }
        other => other,
    }
}
