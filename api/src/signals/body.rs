use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use platform::Secret;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use store::trading::signals::SignalData;
use trading::{
    Amount,
    bot::{Signal, SignalAction, SignalAmount},
};
use uuid::Uuid;

use crate::error::{ApiError, FieldCode, FieldError};

/// How far ahead of ours the clock of a sender may be.
const AHEAD: TimeDelta = TimeDelta::seconds(5);

/// Bytes of a name that a sender gives, at most.
const MOST_ID_BYTES: usize = 100;

/// A signal as it came, in the shape of TradingView's alerts or of 3Commas' signals. Fields that are not known are passed over.
#[derive(Debug)]
pub struct Alert {
    secret: Option<Secret<String>>,
    /// Its other fields.
    fields: Map<String, Value>,
}

/// What it asks for, of a bot that knows shorts or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Action(SignalAction),
    Short,
}

/// A signal that was understood.
#[derive(Debug)]
pub struct Understood {
    /// What tells a repeat of it from another signal.
    pub key: String,
    /// What it asks for, in words of ours.
    pub action: String,
    /// What the bot is told; none of a short.
    pub signal: Option<Signal>,
    /// What else it asks for, as it is stored.
    pub data: SignalData,
    /// When its sender says that it was sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// It says that it was sent later than now.
    pub is_ahead: bool,
    /// Seconds for which it counts, where it says so.
    pub max_lag_s: Option<u32>,
}

/// Reads a body, whatever its content type says: TradingView sends text.
///
/// # Errors
/// 400 for what is not a JSON object.
pub fn parse_alert(bytes: &[u8]) -> Result<Alert, ApiError> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(mut fields)) => {
            let secret = match fields.remove("secret") {
                Some(Value::String(secret)) => Some(Secret::new(secret)),
                _ => None,
            };
            Ok(Alert { secret, fields })
        }
        Ok(_) => Err(ApiError::MalformedJson("not an object".to_owned())),
        Err(error) => Err(ApiError::MalformedJson(error.to_string())),
    }
}

/// The first of these that is there, as text; what is null or empty is not.
fn text(fields: &Map<String, Value>, names: &[&str]) -> Option<String> {
    let texts = names.iter().filter_map(|name| match fields.get(*name)? {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    });
    texts.into_iter().find(|text| !text.is_empty())
}

/// Fields that are texts or numbers.
const PLAIN: [&str; 5] = ["timestamp", "time", "signal_id", "max_lag", "confidence"];

/// Years that a moment may be in.
const YEARS: RangeInclusive<i32> = 2000..=2999;

/// A moment: RFC 3339, or seconds or milliseconds since 1970.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let moment = match text.parse::<i64>() {
        // Seconds reach this in the year 5138.
        Ok(number) if number < 100_000_000_000 => DateTime::from_timestamp(number, 0),
        Ok(number) => DateTime::from_timestamp_millis(number),
        Err(_) => DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|parsed| parsed.with_timezone(&Utc)),
    };
    moment.filter(|moment| YEARS.contains(&moment.year()))
}

fn action(text: &str) -> Option<Wanted> {
    Some(Wanted::Action(match text.to_ascii_lowercase().as_str() {
        // `{{strategy.order.action}}` of TradingView.
        "enter_long" | "buy" => SignalAction::EnterLong,
        "exit_long" | "sell" => SignalAction::ExitLong,
        "close_at_market" | "close_at_market_price" => SignalAction::CloseAtMarket,
        "close_at_market_all" | "close_at_market_price_all" => SignalAction::CloseAtMarketAll,
        "disable" => SignalAction::Disable,
        "enable" => SignalAction::Enable,
        "enter_short" | "exit_short" => return Some(Wanted::Short),
        _ => return None,
    }))
}

impl Alert {
    /// What it says that its secret is; only the first call has it.
    pub fn take_secret(&mut self) -> Option<Secret<String>> {
        self.secret.take()
    }

    /// What it asks for. `signed_at` is the time of its signature, where it has one.
    ///
    /// # Errors
    /// 422 with every field that is wrong.
    pub fn understand(
        &self,
        bot: Uuid,
        signed_at: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Understood, ApiError> {
        let mut found = Vec::new();
        for name in PLAIN {
            let given = self.fields.get(name);
            if given
                .is_some_and(|value| value.is_boolean() || value.is_array() || value.is_object())
            {
                let message = "must be a text or a number";
                found.push(FieldError::new(
                    format!("/{name}"),
                    FieldCode::Type,
                    message,
                ));
            }
        }
        let wanted = self.wanted(&mut found);
        let signal_id = self.signal_id(&mut found);
        let time =
            text(&self.fields, &["timestamp", "time"]).or_else(|| signed_at.map(str::to_owned));
        let sent_at = time.as_deref().and_then(moment);
        if time.is_some() && sent_at.is_none() {
            let message = "must be a time, such as 2026-12-01T00:00:00Z, or seconds since 1970";
            found.push(FieldError::new("/timestamp", FieldCode::Format, message));
        }
        if time.is_none() && signal_id.is_none() {
            let message = "give a timestamp or a signal_id: without one a repeat cannot be told from another signal";
            found.push(FieldError::new("/timestamp", FieldCode::Required, message));
        }
        let max_lag_s = self.max_lag(&mut found);
        let amount = self.amount(&mut found);
        if let (Some(amount), Some(Wanted::Action(action))) = (amount, wanted)
            && let Some(message) = amount.fault(action)
        {
            found.push(FieldError::new(
                "/order/amount",
                FieldCode::OutOfRange,
                message,
            ));
        }
        let confidence = self.confidence(&mut found);
        let (Some(wanted), true) = (wanted, found.is_empty()) else {
            return Err(ApiError::Invalid(found));
        };
        let action = match wanted {
            Wanted::Action(action) => action.as_str().to_owned(),
            Wanted::Short => text(&self.fields, &["action"])
                .unwrap_or_default()
                .to_ascii_lowercase(),
        };
        let key = match &signal_id {
            Some(id) => format!("id:{id}"),
            None => self.digest(bot, &action, time.as_deref().unwrap_or_default()),
        };
        let lag = sent_at.map_or(TimeDelta::zero(), |sent_at| now - sent_at);
        let signal = match wanted {
            Wanted::Action(action) => Some(Signal {
                amount,
                confidence,
                lag_ms: lag.num_milliseconds().max(0),
                max_lag_s,
                ..Signal::of(action)
            }),
            Wanted::Short => None,
        };
        Ok(Understood {
            key,
            action,
            signal,
            data: SignalData {
                amount,
                confidence,
                signal_id,
            },
            sent_at,
            is_ahead: lag < -AHEAD,
            max_lag_s,
        })
    }

    fn wanted(&self, found: &mut Vec<FieldError>) -> Option<Wanted> {
        let Some(text) = text(&self.fields, &["action"]) else {
            let message = "must be enter_long, exit_long, close_at_market, close_at_market_all, disable or enable";
            found.push(FieldError::new("/action", FieldCode::Required, message));
            return None;
        };
        let wanted = action(&text);
        if wanted.is_none() {
            let message = "is none of enter_long, exit_long, close_at_market, close_at_market_all, disable, enable, buy and sell";
            found.push(FieldError::new("/action", FieldCode::OneOf, message));
        }
        wanted
    }

    fn signal_id(&self, found: &mut Vec<FieldError>) -> Option<String> {
        let id = text(&self.fields, &["signal_id"])?;
        if id.len() > MOST_ID_BYTES || id.chars().any(char::is_control) {
            let message = format!("at most {MOST_ID_BYTES} bytes, and no control characters");
            found.push(FieldError::new("/signal_id", FieldCode::TooLong, message));
        }
        Some(id)
    }

    fn max_lag(&self, found: &mut Vec<FieldError>) -> Option<u32> {
        let text = text(&self.fields, &["max_lag"])?;
        let seconds = text
            .parse()
            .ok()
            .filter(|seconds| (1..=3600).contains(seconds));
        if seconds.is_none() {
            let message = "must be 1 to 3600 seconds";
            found.push(FieldError::new("/max_lag", FieldCode::OutOfRange, message));
        }
        seconds
    }

    fn confidence(&self, found: &mut Vec<FieldError>) -> Option<Amount> {
        let text = text(&self.fields, &["confidence"])?;
        let share: Option<Amount> = text.parse().ok();
        let share = share
            .filter(|share| !share.is_negative() && *share <= Amount::ONE && share.decimals() <= 8);
        if share.is_none() {
            let message = "must be 0 to 1 with at most 8 decimals";
            found.push(FieldError::new(
                "/confidence",
                FieldCode::OutOfRange,
                message,
            ));
        }
        share
    }

    /// 3Commas' `order`: an amount of a currency type.
    fn amount(&self, found: &mut Vec<FieldError>) -> Option<SignalAmount> {
        let order = match self.fields.get("order") {
            None | Some(Value::Null) => return None,
            Some(Value::Object(order)) => order,
            Some(_) => {
                let message = "must be an object with amount and currency_type";
                found.push(FieldError::new("/order", FieldCode::Type, message));
                return None;
            }
        };
        let text_of = |name| text(order, &[name]);
        let Some(amount) = text_of("amount") else {
            let message = "is required: without it a deal of the bot's own size would open";
            found.push(FieldError::new(
                "/order/amount",
                FieldCode::Required,
                message,
            ));
            return None;
        };
        let Ok(value) = amount.parse::<Amount>() else {
            let message = "must be a decimal number";
            found.push(FieldError::new("/order/amount", FieldCode::Format, message));
            return None;
        };
        let unit = text_of("currency_type").unwrap_or_default();
        match unit.as_str() {
            "quote" => Some(SignalAmount::Quote { value }),
            "base" => Some(SignalAmount::Base { value }),
            "free_percent" | "margin_percent" => Some(SignalAmount::FreePercent { value }),
            "position_percent" => Some(SignalAmount::PositionPercent { value }),
            _ => {
                let message = "must be quote, base, free_percent or position_percent";
                found.push(FieldError::new(
                    "/order/currency_type",
                    FieldCode::OneOf,
                    message,
                ));
                None
            }
        }
    }

    /// A digest of what makes a signal another one: bot, action, market, time and price, as they were sent.
    fn digest(&self, bot: Uuid, action: &str, time: &str) -> String {
        let market = text(&self.fields, &["tv_instrument", "ticker", "symbol"]).unwrap_or_default();
        let price = text(&self.fields, &["trigger_price", "price"]).unwrap_or_default();
        let whole = [&bot.to_string(), action, &market, time, &price].join("|");
        hex::encode(Sha256::digest(whole))
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::{Value, json};
    use trading::bot::{SignalAction, SignalAmount};
    use uuid::Uuid;

    use super::{Understood, moment, parse_alert};
    use crate::error::ApiError;

    fn understood(body: &Value) -> Result<Understood, Vec<String>> {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let alert = parse_alert(body.to_string().as_bytes()).unwrap();
        match alert.understand(Uuid::nil(), None, now) {
            Ok(understood) => Ok(understood),
            Err(ApiError::Invalid(found)) => {
                Err(found.into_iter().map(|one| one.pointer.clone()).collect())
            }
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn both_shapes_say_the_same() {
        let tradingview = json!({
            "action": "buy", "ticker": "SOLUSDT", "price": 101.5, "time": "2027-01-15T07:59:58Z", "extra": [1, {}],
        });
        let commas = json!({
            "action": "enter_long", "tv_instrument": "SOLUSDT", "trigger_price": "101.5", "timestamp": "2027-01-15T07:59:58Z",
            "max_lag": "300", "tv_exchange": "BINANCE", "bot_uuid": "x", "strategy_info": { "market_position": "long" },
            "order": { "amount": "12.5", "currency_type": "quote" },
        });
        let (one, other) = (
            understood(&tradingview).unwrap(),
            understood(&commas).unwrap(),
        );
        assert_eq!(one.key, other.key);
        assert_eq!(one.action, "enter_long");
        let (one, other) = (one.signal.unwrap(), other.signal.unwrap());
        assert_eq!((one.action, one.lag_ms), (SignalAction::EnterLong, 2_000));
        assert_eq!((one.amount, one.max_lag_s), (None, None));
        let value = "12.5".parse().unwrap();
        assert_eq!(other.amount, Some(SignalAmount::Quote { value }));
        assert_eq!(other.max_lag_s, Some(300));
    }

    #[test]
    fn what_makes_another_signal_makes_another_key() {
        let base = json!({ "action": "buy", "ticker": "A", "price": "1", "time": "1800000000" });
        let key = |body: &Value| understood(body).unwrap().key;
        let of_base = key(&base);
        for (field, value) in [
            ("action", "sell"),
            ("ticker", "B"),
            ("price", "2"),
            ("time", "1800000001"),
        ] {
            let mut other = base.clone();
            other[field] = json!(value);
            assert_ne!(key(&other), of_base, "{field}");
        }
        let mut named = base.clone();
        named["signal_id"] = json!(7);
        assert_eq!(key(&named), "id:7");
        let mut more = base.clone();
        more["comment"] = json!("x");
        assert_eq!(key(&more), of_base);
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        let wrong = json!({
            "action": "jump", "timestamp": "{{timenow}}", "max_lag": 0, "confidence": "1.1",
            "order": { "amount": "x", "currency_type": "quote" }, "signal_id": "x".repeat(101),
        });
        let mut found = understood(&wrong).unwrap_err();
        found.sort();
        assert_eq!(
            found,
            [
                "/action",
                "/confidence",
                "/max_lag",
                "/order/amount",
                "/signal_id",
                "/timestamp"
            ]
        );
        assert_eq!(
            understood(&json!({ "action": "buy" })).unwrap_err(),
            ["/timestamp"]
        );
        let unit = json!({ "action": "buy", "signal_id": "a", "order": { "amount": 1, "currency_type": "coins" } });
        assert_eq!(understood(&unit).unwrap_err(), ["/order/currency_type"]);
        let exit = json!({ "action": "sell", "signal_id": "a", "order": { "amount": 1, "currency_type": "quote" } });
        assert_eq!(understood(&exit).unwrap_err(), ["/order/amount"]);
    }

    #[test]
    fn shorts_are_understood_and_are_none_of_a_bot_s() {
        for short in ["enter_short", "exit_short"] {
            let found = understood(&json!({ "action": short, "signal_id": "a" })).unwrap();
            assert!(found.signal.is_none());
            assert_eq!(found.action, short);
        }
    }

    #[test]
    fn a_clock_may_be_a_little_ahead() {
        let sent = |time: i64| understood(&json!({ "action": "buy", "time": time })).unwrap();
        assert!(!sent(1_800_000_005).is_ahead);
        assert!(sent(1_800_000_006).is_ahead);
        assert_eq!(sent(1_800_000_005).signal.unwrap().lag_ms, 0);
    }

    #[test]
    fn times_are_of_several_forms() {
        let same = moment("1800000000").unwrap();
        for text in [
            "1800000000000",
            "2027-01-15T08:00:00Z",
            "2027-01-15T10:00:00+02:00",
        ] {
            assert_eq!(moment(text), Some(same), "{text}");
        }
        for text in [
            "",
            "soon",
            "2027-01-15",
            "{{timenow}}",
            "1.5",
            "0",
            "-1",
            "946684799",
            "32503680000000",
            "9223372036854775807",
            "-9223372036854775808",
            "1999-12-31T23:59:59Z",
            "+262142-12-31T23:59:59Z",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_null_or_empty_is_not_there_and_the_next_name_counts() {
        let body =
            json!({ "action": "buy", "timestamp": null, "time": "1800000000", "signal_id": "" });
        let found = understood(&body).unwrap();
        assert_eq!(found.sent_at, moment("1800000000"));
        assert!(!found.key.starts_with("id:"));
        assert_eq!(
            understood(&json!({ "action": "buy", "timestamp": " ", "time": null })).unwrap_err(),
            ["/timestamp"]
        );
    }

    #[test]
    fn a_field_of_another_type_is_named_and_not_passed_over() {
        for name in ["timestamp", "time", "signal_id", "max_lag", "confidence"] {
            for value in [json!(true), json!([1]), json!({})] {
                let mut body = json!({ "action": "buy", "time": "1800000000", "signal_id": "a" });
                body[name] = value;
                assert_eq!(
                    understood(&body).unwrap_err(),
                    [format!("/{name}")],
                    "{body}"
                );
            }
        }
    }

    #[test]
    fn an_order_says_how_much() {
        let of = |order: Value| {
            understood(&json!({ "action": "buy", "signal_id": "a", "order": order }))
        };
        for (order, pointer) in [
            (json!("100"), "/order"),
            (json!([]), "/order"),
            (json!({}), "/order/amount"),
            (json!({ "currency_type": "quote" }), "/order/amount"),
            (
                json!({ "amount": null, "currency_type": "quote" }),
                "/order/amount",
            ),
            (
                json!({ "amount": "-1", "currency_type": "quote" }),
                "/order/amount",
            ),
            (
                json!({ "amount": 0, "currency_type": "quote" }),
                "/order/amount",
            ),
            (json!({ "amount": 1 }), "/order/currency_type"),
        ] {
            assert_eq!(of(order.clone()).unwrap_err(), [pointer], "{order}");
        }
        assert_eq!(of(Value::Null).unwrap().signal.unwrap().amount, None);
    }

    #[test]
    fn the_secret_is_nowhere_in_what_is_printed() {
        let body = json!({ "secret": "bbs_known", "action": "buy", "signal_id": "a" });
        let mut alert = parse_alert(body.to_string().as_bytes()).unwrap();
        assert!(!format!("{alert:?}").contains("bbs_known"));
        assert_eq!(alert.take_secret().unwrap().expose(), "bbs_known");
    }

    #[test]
    fn what_is_no_object_is_malformed() {
        for body in ["", "buy", "[]", "null", "{\"a\":", "\u{0}"] {
            assert!(matches!(
                parse_alert(body.as_bytes()),
                Err(ApiError::MalformedJson(_))
            ));
        }
    }
}
