use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::Amount;

/// Longest text worth looking at: sign, 28 digits, a point and padding zeros.
const MAX_TEXT: usize = 64;

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseAmountError {
    /// Not a plain decimal number.
    #[error("not a decimal number")]
    Malformed,
    /// More than 28 significant digits or 18 decimals.
    #[error("more than 28 digits or 18 decimals")]
    TooPrecise,
}

impl FromStr for Amount {
    type Err = ParseAmountError;

    fn from_str(text: &str) -> Result<Self, ParseAmountError> {
        // `from_str_exact` also takes `1_000`, `+1` and `.5`: one spelling is enough.
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if text.len() > MAX_TEXT || !is_digits(whole) || !is_digits(fraction) {
            return Err(ParseAmountError::Malformed);
        }
        let exact = if digits.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.')
        } else {
            text
        };
        let value = Decimal::from_str_exact(exact).map_err(|_| ParseAmountError::TooPrecise)?;
        Amount::from_decimal(value).map_err(|_| ParseAmountError::TooPrecise)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Amount;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a decimal number in a string, at most 28 digits and 18 decimals")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Amount, E> {
                text.parse()
                    .map_err(|error| E::custom(format_args!("{error}: {text:?}")))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("decimal".to_owned())))
            .description(Some("A decimal number in a string: at most 28 digits and 18 decimals, without trailing zeros."))
            .pattern(Some(r"^-?\d{1,28}(\.\d{1,18})?$"))
            .max_length(Some(48))
            .examples(["64123.4"])
            .into()
    }
}

impl ToSchema for Amount {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Amount")
    }
}
