//! What tests and people do to the exchange, which no trader could.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use trading::{Amount, Asset};

use crate::{
    answer::{Answer, json_answer},
    config::UserConfig,
    exchange::{SetupError, SymbolStatus},
    faults::{Fault, Schedule, Target},
    state::Shared,
};

/// Something that is done to the emulator: in a test, or as the JSON body of `POST /emulator/<action>`.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Opens an account.
    CreateUser(UserConfig),
    /// Changes what a user may do and how it pays fees.
    ChangeUser {
        /// The user's name.
        user: String,
        /// Whether it may trade.
        can_trade: Option<bool>,
        /// Whether its key may withdraw.
        can_withdraw: Option<bool>,
        /// Whether it pays fees in BNB.
        pays_fees_in_bnb: Option<bool>,
        /// Fee of fills that rested, as a share.
        maker_fee: Option<Amount>,
        /// Fee of fills that took, as a share.
        taker_fee: Option<Amount>,
    },
    /// Revokes the key of a user, which ends its streams, or makes it valid again.
    RevokeKey {
        /// The user's name.
        user: String,
        /// False makes the key valid again.
        #[serde(default = "yes")]
        is_revoked: bool,
    },
    /// Moves money in from outside, or out.
    Deposit {
        /// The user's name.
        user: String,
        /// What is moved.
        asset: Asset,
        /// How much; below zero for a withdrawal.
        amount: Amount,
    },
    /// Sets the price of a symbol.
    SetPrice {
        /// The symbol on the wire, such as `BTCUSDT`.
        symbol: String,
        /// The price, on the tick.
        price: Amount,
    },
    /// Plays the next prices of one symbol, or of all.
    Advance {
        /// The symbol; none means all.
        symbol: Option<String>,
        /// How many prices.
        points: u32,
    },
    /// Halts a symbol or lets it trade again.
    SetStatus {
        /// The symbol on the wire, such as `BTCUSDT`.
        symbol: String,
        /// The new status.
        status: SymbolStatus,
    },
    /// Changes filters of a symbol; orders that are open stay as they are.
    ChangeFilters {
        /// The symbol on the wire, such as `BTCUSDT`.
        symbol: String,
        /// Prices are multiples of it.
        tick_size: Option<Amount>,
        /// Quantities are multiples of it.
        lot_size: Option<Amount>,
        /// Smallest quantity, in base.
        min_quantity: Option<Amount>,
        /// Largest quantity, in base.
        max_quantity: Option<Amount>,
        /// Smallest price × quantity.
        min_notional: Option<Amount>,
        /// Open orders that a user may have.
        max_orders: Option<u32>,
        /// Base on each level of the synthetic book.
        level_quantity: Option<Amount>,
    },
    /// Orders a fault.
    Inject {
        /// The fault that strikes.
        fault: Fault,
        /// What it is meant for.
        #[serde(default)]
        target: Target,
        /// How often it strikes; null for until it is cleared.
        #[serde(default = "once")]
        times: Option<u32>,
    },
    /// Draws faults from a schedule from now on.
    Follow(Schedule),
    /// Forgets ordered faults and the schedule.
    ClearFaults {},
    /// Sets the exchange's clock ahead of the injected one, or behind it.
    SetSkew {
        /// Milliseconds; below zero for behind.
        ms: i64,
    },
    /// Answers every request with 503, or no longer.
    SetMaintenance {
        /// Whether there is maintenance.
        is_on: bool,
    },
    /// Sends `serverShutdown` to all sockets and closes them.
    ShutDownStreams {},
    /// Drops the connections of all sockets.
    DropStreams {},
}

const fn yes() -> bool {
    true
}

#[expect(clippy::unnecessary_wraps, reason = "the default of an optional field")]
const fn once() -> Option<u32> {
    Some(1)
}

/// An action that cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// The exchange cannot be set up so.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The tick and lot that were asked for.
    #[error("symbol {0}: the decimals of tick and lot must make at most 8 together")]
    TooFine(String),
}

impl Shared {
    /// Does something to the exchange.
    pub(crate) fn carry(&self, action: Action) -> Result<(), ActionError> {
        match action {
            Action::CreateUser(user) => self.act(|exchange, now| exchange.add_user(&user, now))?,
            Action::RevokeKey { user, is_revoked } => {
                self.act(|exchange, now| exchange.set_revoked(&user, is_revoked, now))?;
            }
            Action::Deposit {
                user,
                asset,
                amount,
            } => self.act(|exchange, now| exchange.deposit(&user, &asset, amount, now))?,
            Action::SetPrice { symbol, price } => {
                self.act(|exchange, now| exchange.set_price(&symbol, price, now))?;
            }
            Action::Advance { symbol, points } => {
                self.act(|exchange, now| exchange.advance(symbol.as_deref(), points, now))?;
            }
            Action::Inject {
                fault,
                target,
                times,
            } => self.faults().order(fault, target, times),
            Action::Follow(schedule) => self.faults().follow(schedule),
            Action::ClearFaults {} => self.faults().clear(),
            Action::SetSkew { ms } => self.set_skew(ms),
            Action::SetMaintenance { is_on } => self.set_maintenance(is_on),
            Action::ShutDownStreams {} => self.hub().shut_down(self.now()),
            Action::DropStreams {} => self.hub().drop_all(),
            other @ (Action::ChangeUser { .. }
            | Action::SetStatus { .. }
            | Action::ChangeFilters { .. }) => self.change(other)?,
        }
        Ok(())
    }

    /// Changes a user or a symbol.
    fn change(&self, action: Action) -> Result<(), ActionError> {
        self.act(|exchange, _| match action {
            Action::ChangeUser {
                user: name,
                can_trade,
                can_withdraw,
                pays_fees_in_bnb,
                maker_fee,
                taker_fee,
            } => {
                let user = exchange.users.get_mut(&name);
                let user = user.ok_or(SetupError::NoUser(name))?;
                set(&mut user.can_trade, can_trade);
                set(&mut user.can_withdraw, can_withdraw);
                set(&mut user.pays_fees_in_bnb, pays_fees_in_bnb);
                set(&mut user.maker_fee, maker_fee);
                set(&mut user.taker_fee, taker_fee);
                Ok(())
            }
            Action::SetStatus {
                symbol: name,
                status,
            } => {
                let listing = exchange.symbols.get_mut(&name);
                listing.ok_or(SetupError::NoSymbol(name))?.status = status;
                Ok(())
            }
            Action::ChangeFilters {
                symbol: name,
                tick_size,
                lot_size,
                min_quantity,
                max_quantity,
                min_notional,
                max_orders,
                level_quantity,
            } => {
                let listing = exchange.symbols.get_mut(&name);
                let listing = listing.ok_or_else(|| SetupError::NoSymbol(name.clone()))?;
                let mut market = listing.market.clone();
                set(&mut market.tick_size, tick_size);
                set(&mut market.lot_size, lot_size);
                set(&mut market.min_quantity, min_quantity);
                set(&mut market.min_notional, min_notional);
                market.max_quantity = max_quantity.or(market.max_quantity);
                market.max_orders = max_orders.or(market.max_orders);
                crate::exchange::check_decimals(&market).map_err(|_| ActionError::TooFine(name))?;
                listing.market = market;
                set(&mut listing.level_quantity, level_quantity);
                Ok(())
            }
            _ => Ok(()),
        })
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

/// Answers an admin route: `GET books`, `GET faults`, `GET requests`, `GET health` or `POST <action>`.
pub(crate) fn answer(shared: &Arc<Shared>, method: &Method, action: &str, body: &Bytes) -> Answer {
    if method == Method::GET {
        return match action {
            "books" => json_answer(StatusCode::OK, &books(shared)),
            "faults" => json_answer(StatusCode::OK, &shared.faults().status()),
            "requests" => json_answer(StatusCode::OK, &json!(shared.faults().requests())),
            "health" => json_answer(
                StatusCode::OK,
                &json!({ "status": "ok", "time": shared.now() }),
            ),
            _ => problem(StatusCode::NOT_FOUND, "no such route"),
        };
    }
    match read(action, body) {
        Err(error) => problem(StatusCode::BAD_REQUEST, &error.to_string()),
        Ok(action) => match shared.carry(action) {
            Ok(()) => json_answer(StatusCode::OK, &json!({})),
            Err(error) => problem(StatusCode::CONFLICT, &error.to_string()),
        },
    }
}

fn books(shared: &Shared) -> Value {
    json!(shared.act(|exchange, _| exchange.books()))
}

fn problem(status: StatusCode, detail: &str) -> Answer {
    json_answer(
        status,
        &json!({ "status": status.as_u16(), "detail": detail }),
    )
}

fn read(name: &str, body: &[u8]) -> Result<Action, serde_json::Error> {
    let mut fields: serde_json::Map<String, Value> = if body.is_empty() {
        serde_json::Map::new()
    } else {
        serde_json::from_slice(body)?
    };
    fields.insert("action".to_owned(), json!(name));
    serde_json::from_value(Value::Object(fields))
}
