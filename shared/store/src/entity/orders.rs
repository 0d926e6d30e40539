//! Table `orders`: the orders of bots.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use trading::{
    Symbol,
    order::{OrderStatus, Side, TimeInForce},
};

use crate::column::{Numeric, Text};

/// An order of a bot.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "orders")]
pub struct Model {
    /// This order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its id at the venue, given by us.
    #[sea_orm(column_type = "Text")]
    pub client_order_id: String,
    /// The connection that it belongs to.
    pub connection_id: Uuid,
    /// The bot that it belongs to.
    pub bot_id: Uuid,
    /// What it trades.
    pub symbol: Text<Symbol>,
    /// Its number within the bot, from 1.
    pub number: i64,
    /// Number of its deal within the bot.
    pub deal: i32,
    /// Why it exists.
    #[sea_orm(column_type = "Text")]
    pub purpose: String,
    /// Which order of its purpose.
    pub level: i64,
    /// Counts the orders of the same deal, purpose and level, from 1.
    pub attempt: i64,
    /// `buy` or `sell`.
    pub side: Text<Side>,
    /// `market` or `limit`.
    #[sea_orm(column_name = "type", column_type = "Text")]
    pub kind: String,
    /// The limit, in quote; none of a market order.
    pub price: Option<Numeric>,
    /// How long a limit order may wait; none of a market order.
    pub time_in_force: Option<Text<TimeInForce>>,
    /// Base asked for; none where quote is.
    pub quantity: Option<Numeric>,
    /// Quote asked for, of a market buy.
    pub quote_quantity: Option<Numeric>,
    /// The scheduled time that a purchase stands for, in milliseconds.
    pub scheduled_at: Option<i64>,
    /// Where it stands.
    pub status: Text<OrderStatus>,
    /// Why it was refused.
    #[sea_orm(column_type = "Text")]
    pub reject_code: Option<String>,
    /// The venue's id of it.
    #[sea_orm(column_type = "Text")]
    pub venue_order_id: Option<String>,
    /// Base filled.
    pub filled_quantity: Numeric,
    /// Quote filled.
    pub filled_quote: Numeric,
    /// On paper: what is set aside for it, quote of a buy and base of a sell.
    pub reserved: Numeric,
    /// On paper: whether it was marketable when it arrived, so that it fills at the price of the first point that it meets.
    pub takes: bool,
    /// Points that had been played when it arrived: it fills at the next one at the earliest.
    pub placed_pos: i64,
    /// When it was placed, in milliseconds on the clock of the data.
    pub placed_at: i64,
    /// When it ended, in milliseconds on the clock of the data.
    pub ended_at: Option<i64>,
    /// When its bot asked for the cancel, in milliseconds on the clock of the data.
    pub cancel_requested_at: Option<i64>,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
    /// When the row last changed.
    pub updated_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
