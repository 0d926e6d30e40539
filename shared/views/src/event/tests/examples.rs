//! Every body, beside the JSON that clients know it by.

use chrono::{DateTime, Utc};
use platform::ids::SessionId;
use serde_json::{Value, json};
use trading::{
    Amount,
    bot::{BotStatus, CloseReason},
    market::RejectCode,
    order::{Liquidity, OrderStatus, OrderType, Purpose, Side, TimeInForce},
};
use uuid::Uuid;

use super::super::*;
use crate::{
    account::{
        NotificationPreferences, NotifyBy, PreferencesDocument, RevokeReason, RoleName, Scope,
        UserStatus,
    },
    backtests::{JobError, JobErrorCode, JobKind, JobStatus},
    billing::{DowngradeReason, SubscriptionStatus},
    connections::FeedStatus,
};

pub(super) const ID: &str = "00000000-0000-0000-0000-000000000001";
const BOT: &str = "00000000-0000-0000-0000-000000000002";
const FILL: &str = "00000000-0000-0000-0000-000000000003";
pub(super) const AT: &str = "2023-11-14T22:13:20.123Z";

fn id() -> Uuid {
    Uuid::from_u128(1)
}

fn bot() -> Uuid {
    Uuid::from_u128(2)
}

pub(super) fn at() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_700_000_000_123).unwrap()
}

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

pub(super) fn text(text: &str) -> String {
    text.to_owned()
}

fn accounts() -> Vec<(EventBody, Value)> {
    let registered = RegisteredUser {
        id: id(),
        email: text("ada@example.com"),
        role: RoleName::User,
        email_verified: Some(false),
        display_name: Some(String::new()),
        version: Some(1),
        created_at: Some(at()),
        updated_at: Some(at()),
    };
    let by_console = RegisteredUser {
        role: RoleName::Superadmin,
        email_verified: None,
        display_name: None,
        version: None,
        created_at: None,
        updated_at: None,
        ..registered.clone()
    };
    let telegram = NotifyBy {
        telegram: true,
        ..NotifyBy::default()
    };
    let preferences = PreferencesDocument {
        notifications: NotificationPreferences([(text("order.filled"), telegram)].into()),
        ..PreferencesDocument::default()
    };
    vec![
        (
            UserRegistered { user: registered }.into(),
            json!({"user": {
                "id": ID, "email": "ada@example.com", "email_verified": false, "display_name": "", "role": "user",
                "version": 1, "created_at": AT, "updated_at": AT,
            }}),
        ),
        (
            UserRegistered { user: by_console }.into(),
            json!({"user": {"id": ID, "email": "ada@example.com", "role": "superadmin"}}),
        ),
        (UserUpdated::to(2).into(), json!({"version": 2})),
        (
            UserUpdated {
                role: Some(RoleName::Admin),
                ..UserUpdated::to(2)
            }
            .into(),
            json!({"role": "admin", "version": 2}),
        ),
        (
            UserUpdated {
                status: Some(UserStatus::Suspended),
                reason: Some(text("spam")),
                ..UserUpdated::to(2)
            }
            .into(),
            json!({"status": "suspended", "reason": "spam", "version": 2}),
        ),
        (
            UserUpdated {
                email: Some(text("ada@example.org")),
                email_verified: Some(true),
                ..UserUpdated::to(2)
            }
            .into(),
            json!({"email": "ada@example.org", "email_verified": true, "version": 2}),
        ),
        (
            UserUpdated {
                display_name: Some(text("Ada")),
                ..UserUpdated::to(2)
            }
            .into(),
            json!({"display_name": "Ada", "version": 2}),
        ),
        (
            UserUpdated {
                preferences: Some(preferences),
                ..UserUpdated::to(2)
            }
            .into(),
            json!({
                "preferences": {
                    "locale": "en", "timezone": "UTC", "quote_currency": "USDT",
                    "notifications": {"order.filled": {"email": false, "telegram": true, "webhook": false}},
                },
                "version": 2,
            }),
        ),
    ]
}

fn logins() -> Vec<(EventBody, Value)> {
    let session = SessionId(id());
    vec![
        (SessionCreated { session }.into(), json!({"session": ID})),
        (
            SessionRevoked {
                session,
                reason: RevokeReason::TokenReused,
            }
            .into(),
            json!({"session": ID, "reason": "token_reused"}),
        ),
        (SecondFactorEnabled {}.into(), json!({})),
        (SecondFactorDisabled { reason: None }.into(), json!({})),
        (
            SecondFactorDisabled {
                reason: Some(RevokeReason::AddressProven),
            }
            .into(),
            json!({"reason": "address_proven"}),
        ),
        (
            ApiTokenCreated {
                api_token: id(),
                name: text("bot"),
                scopes: vec![Scope::Read, Scope::Trade],
            }
            .into(),
            json!({"api_token": ID, "name": "bot", "scopes": ["read", "trade"]}),
        ),
        (
            ApiTokenRevoked {
                api_token: id(),
                reason: None,
            }
            .into(),
            json!({"api_token": ID}),
        ),
        (
            ApiTokenRevoked {
                api_token: id(),
                reason: Some(RevokeReason::PasswordReset),
            }
            .into(),
            json!({"api_token": ID, "reason": "password_reset"}),
        ),
    ]
}

fn connections() -> Vec<(EventBody, Value)> {
    vec![
        (
            ConnectionCreated {
                id: id(),
                venue: trading::Venue::Paper,
                testnet: false,
                label: text("main"),
            }
            .into(),
            json!({"id": ID, "venue": "paper", "testnet": false, "label": "main"}),
        ),
        (
            ConnectionUpdated::renamed(id(), text("other"), 2).into(),
            json!({"id": ID, "label": "other", "version": 2}),
        ),
        (
            ConnectionUpdated::rotated(id(), Some(text("abcd")), 3).into(),
            json!({"id": ID, "key_hint": "abcd", "live_confirmed_at": null, "version": 3}),
        ),
        (
            ConnectionUpdated::live_confirmed(id(), at(), 4).into(),
            json!({"id": ID, "live_confirmed_at": AT, "version": 4}),
        ),
        (
            ConnectionUpdated::feed_switched(id(), FeedStatus::Running).into(),
            json!({"id": ID, "feed": {"status": "running"}}),
        ),
        (
            ConnectionUpdated::feed_ended(id(), None).into(),
            json!({"id": ID, "feed": {"status": "finished", "error": null}}),
        ),
        (
            ConnectionUpdated::feed_ended(id(), Some(text("no candle"))).into(),
            json!({"id": ID, "feed": {"status": "error", "error": "no candle"}}),
        ),
        (ConnectionDeleted { id: id() }.into(), json!({"id": ID})),
        (
            BalanceUpdated {
                connection_id: id(),
                balances: vec![AssetBalance {
                    asset: "USDT".parse().unwrap(),
                    free: amount("10.50"),
                    reserved: amount("0"),
                }],
            }
            .into(),
            json!({"connection_id": ID, "balances": [{"asset": "USDT", "free": "10.5", "reserved": "0"}]}),
        ),
    ]
}

fn bots() -> Vec<(EventBody, Value)> {
    vec![
        (
            BotCreated {
                id: bot(),
                connection_id: id(),
                name: text("Grid"),
                kind: text("grid"),
                symbol: "BTC-USDT".parse().unwrap(),
                status: BotStatus::Draft,
                version: 1,
            }
            .into(),
            json!({
                "id": BOT, "connection_id": ID, "name": "Grid", "type": "grid", "symbol": "BTC-USDT",
                "status": "draft", "version": 1,
            }),
        ),
        (
            BotUpdated {
                id: bot(),
                name: text("Grid"),
                version: 2,
            }
            .into(),
            json!({"id": BOT, "name": "Grid", "version": 2}),
        ),
        (BotDeleted { id: bot() }.into(), json!({"id": BOT})),
        (
            BotStatusChanged {
                id: bot(),
                status: BotStatus::WaitingFunds,
                status_reason: None,
            }
            .into(),
            json!({"id": BOT, "status": "waiting_funds", "status_reason": null}),
        ),
        (
            BotStatusChanged {
                id: bot(),
                status: BotStatus::Paused,
                status_reason: Some(text("plan_limit")),
            }
            .into(),
            json!({"id": BOT, "status": "paused", "status_reason": "plan_limit"}),
        ),
        (
            DealOpened {
                id: id(),
                bot_id: bot(),
                number: 7,
                opened_at: at(),
            }
            .into(),
            json!({"id": ID, "bot_id": BOT, "number": 7, "opened_at": AT}),
        ),
        (
            DealClosed {
                bot_id: bot(),
                number: 7,
                closed_at: at(),
                close_reason: CloseReason::TakeProfit,
                invested: amount("100"),
                realised: amount("1.250"),
            }
            .into(),
            json!({
                "bot_id": BOT, "number": 7, "closed_at": AT, "close_reason": "take_profit", "invested": "100",
                "realised": "1.25",
            }),
        ),
    ]
}

fn orders() -> Vec<(EventBody, Value)> {
    let limit = OrderCreated {
        id: id(),
        bot_id: bot(),
        client_order_id: text("bbx1"),
        symbol: text("BTC-USDT"),
        number: 9,
        deal: 7,
        purpose: Purpose::TakeProfit,
        level: 1,
        attempt: 2,
        side: Side::Sell,
        order_type: OrderType::Limit {
            price: amount("40000.0"),
            time_in_force: TimeInForce::PostOnly,
        },
        quantity: Some(amount("0.010")),
        quote_quantity: None,
        placed_at: at(),
    };
    let market = OrderCreated {
        purpose: Purpose::Base,
        side: Side::Buy,
        order_type: OrderType::Market,
        quantity: None,
        quote_quantity: Some(amount("50")),
        ..limit.clone()
    };
    vec![
        (
            limit.into(),
            json!({
                "id": ID, "bot_id": BOT, "client_order_id": "bbx1", "symbol": "BTC-USDT", "number": 9, "deal": 7,
                "purpose": "take_profit", "level": 1, "attempt": 2, "side": "sell",
                "order_type": {"type": "limit", "price": "40000", "time_in_force": "post_only"},
                "quantity": "0.01", "quote_quantity": null, "placed_at": AT,
            }),
        ),
        (
            market.into(),
            json!({
                "id": ID, "bot_id": BOT, "client_order_id": "bbx1", "symbol": "BTC-USDT", "number": 9, "deal": 7,
                "purpose": "base", "level": 1, "attempt": 2, "side": "buy", "order_type": {"type": "market"},
                "quantity": null, "quote_quantity": "50", "placed_at": AT,
            }),
        ),
        (
            OrderFilled {
                id: id(),
                bot_id: bot(),
                fill_id: Uuid::from_u128(3),
                symbol: text("BTC-USDT"),
                number: 9,
                side: Side::Sell,
                price: amount("40000"),
                quantity: amount("0.01"),
                quote: amount("400"),
                fee: amount("0.4"),
                fee_asset: "USDT".parse().unwrap(),
                liquidity: Liquidity::Maker,
                is_last: true,
                filled_at: at(),
            }
            .into(),
            json!({
                "id": ID, "bot_id": BOT, "fill_id": FILL, "symbol": "BTC-USDT", "number": 9, "side": "sell",
                "price": "40000", "quantity": "0.01", "quote": "400", "fee": "0.4", "fee_asset": "USDT",
                "liquidity": "maker", "is_last": true, "filled_at": AT,
            }),
        ),
        (
            OrderCancelled {
                id: id(),
                bot_id: bot(),
                number: 9,
                status: OrderStatus::Canceled,
                reject_code: None,
                ended_at: at(),
            }
            .into(),
            json!({
                "id": ID, "bot_id": BOT, "number": 9, "status": "canceled", "reject_code": null, "ended_at": AT,
            }),
        ),
        (
            OrderRejected {
                id: id(),
                bot_id: bot(),
                number: 9,
                status: OrderStatus::Rejected,
                reject_code: RejectCode::InsufficientBalance,
                ended_at: at(),
            }
            .into(),
            json!({
                "id": ID, "bot_id": BOT, "number": 9, "status": "rejected", "reject_code": "insufficient_balance",
                "ended_at": AT,
            }),
        ),
    ]
}

fn backtests() -> Vec<(EventBody, Value)> {
    let error = JobError {
        code: JobErrorCode::OutOfMemory,
        message: text("too large"),
    };
    vec![
        (
            BacktestCreated {
                id: id(),
                kind: JobKind::Search,
                status: JobStatus::Queued,
                symbol: "BTC-USDT".parse().unwrap(),
                bot_type: text("dca"),
            }
            .into(),
            json!({"id": ID, "kind": "search", "status": "queued", "symbol": "BTC-USDT", "bot_type": "dca"}),
        ),
        (
            BacktestFinished {
                id: id(),
                kind: JobKind::Backtest,
                status: JobStatus::Canceled,
                error: None,
            }
            .into(),
            json!({"id": ID, "kind": "backtest", "status": "canceled", "error": null}),
        ),
        (
            BacktestFinished {
                id: id(),
                kind: JobKind::Backtest,
                status: JobStatus::Failed,
                error: Some(error),
            }
            .into(),
            json!({
                "id": ID, "kind": "backtest", "status": "failed",
                "error": {"code": "out_of_memory", "message": "too large"},
            }),
        ),
        (BacktestDeleted { id: id() }.into(), json!({"id": ID})),
    ]
}

fn billing() -> Vec<(EventBody, Value)> {
    let sum = InvoiceSum {
        number: Some(text("A-1")),
        amount: Some(amount("19.90")),
        currency: text("eur"),
    };
    let without = InvoiceSum {
        number: None,
        amount: None,
        ..sum.clone()
    };
    vec![
        (
            BillingCheckoutCompleted {
                id: Some(text("cs_1")),
            }
            .into(),
            json!({"id": "cs_1"}),
        ),
        (
            BillingSubscriptionChanged {
                plan: text("pro"),
                status: SubscriptionStatus::PastDue,
                current_period_end: Some(at()),
                cancel_at_period_end: false,
                grace_until: None,
            }
            .into(),
            json!({
                "plan": "pro", "status": "past_due", "current_period_end": AT, "cancel_at_period_end": false,
                "grace_until": null,
            }),
        ),
        (
            BillingInvoicePaid::new(Some(text("in_1")), Some(sum)).into(),
            json!({"id": "in_1", "number": "A-1", "amount": "19.9", "currency": "eur"}),
        ),
        (
            BillingPaymentFailed::new(Some(text("in_1")), Some(without)).into(),
            json!({"id": "in_1", "number": null, "amount": null, "currency": "eur"}),
        ),
        (
            BillingPaymentFailed::new(None, None).into(),
            json!({"id": null}),
        ),
        (
            BillingPlanDowngraded {
                plan: text("free"),
                reason: DowngradeReason::PaymentFailed,
                paused_bots: 3,
            }
            .into(),
            json!({"plan": "free", "reason": "payment_failed", "paused_bots": 3}),
        ),
    ]
}

pub(super) fn examples() -> Vec<(EventBody, Value)> {
    [
        accounts(),
        logins(),
        connections(),
        bots(),
        orders(),
        backtests(),
        billing(),
    ]
    .concat()
}
