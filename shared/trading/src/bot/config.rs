use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema, Type},
};

use super::StepError;
use super::dca::DcaConfig;
use super::grid::GridConfig;
use super::interval::IntervalConfig;
use crate::market::{Fees, Market};

/// What a bot does, by type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum BotConfig {
    /// Buys for a fixed sum on a schedule.
    DcaInterval(IntervalConfig),
    /// Opens deals, averages down with safety orders, takes profit.
    Dca(Box<DcaConfig>),
    /// Buys low and sells high between fixed lines.
    Grid(GridConfig),
}

impl BotConfig {
    /// Whether a bot that runs takes another configuration: deals keep the rules that they were opened under. A grid and a
    /// schedule are one deal as long as they run.
    pub const fn may_change_while_running(&self) -> bool {
        matches!(self, Self::Dca(_))
    }
}

/// By hand: the derive puts the tag beside the variant's schema, which takes no field that it does not know.
impl PartialSchema for BotConfig {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .description(Some("What a bot does, by type."))
            .item(tagged("dca_interval", IntervalConfig::schema()))
            .item(tagged("dca", DcaConfig::schema()))
            .item(tagged("grid", GridConfig::schema()))
            .into()
    }
}

impl ToSchema for BotConfig {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        IntervalConfig::schemas(schemas);
        DcaConfig::schemas(schemas);
        GridConfig::schemas(schemas);
    }
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

/// A bot's configuration with what it needs to know of its market and venue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BotSetup {
    /// What the user asked for.
    pub bot: BotConfig,
    /// The market it trades.
    pub market: Market,
    /// What its trades cost.
    pub fees: Fees,
    /// How long fills are gathered before exits are replaced: 250 on real venues, 0 on paper, where orders fill whole.
    pub debounce_ms: i64,
    /// Age from which a price triggers nothing.
    pub stale_after_ms: i64,
}

impl BotSetup {
    /// A setup for paper and backtests.
    pub const fn paper(bot: BotConfig, market: Market, fees: Fees) -> Self {
        Self {
            bot,
            market,
            fees,
            debounce_ms: 0,
            stale_after_ms: i64::MAX,
        }
    }

    /// Takes another configuration while the bot runs.
    ///
    /// # Errors
    /// [`StepError::WrongStrategy`] for one of another type, or one that cannot change while the bot runs.
    pub fn configure(&mut self, config: BotConfig) -> Result<(), StepError> {
        let same = std::mem::discriminant(&self.bot) == std::mem::discriminant(&config);
        if !same || !config.may_change_while_running() {
            return Err(StepError::WrongStrategy);
        }
        self.bot = config;
        Ok(())
    }

    /// Whether closed candles matter to the bot.
    pub const fn wants_candles(&self) -> bool {
        match &self.bot {
            BotConfig::Dca(config) => config.min_volume_24h.is_some(),
            BotConfig::DcaInterval(_) | BotConfig::Grid(_) => false,
        }
    }

    /// Whether base of the account is set apart for the bot when it starts.
    pub fn wants_supply(&self) -> bool {
        matches!(&self.bot, BotConfig::Grid(config) if config.base_supplied.is_positive())
    }

    /// Whether sizes depend on free balances: such a bot is told [`super::Event::Funds`] before a price.
    pub fn wants_funds(&self) -> bool {
        matches!(&self.bot, BotConfig::Dca(config) if matches!(config.base_order, super::dca::Volume::Percent { .. }))
    }
}
