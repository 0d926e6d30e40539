//! Types of columns that carry a rule: whatever is read from a row has been checked.

use std::fmt;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColIdx, ColumnType, DbErr, IntoActiveValue, QueryResult, TryFromU64, TryGetError, TryGetable,
    Value,
    sea_query::{ArrayType, Nullable, ValueType, ValueTypeErr, postgres_array::NotU8},
    sqlx::{
        self, Postgres, Row,
        error::BoxDynError,
        postgres::{PgTypeInfo, PgValueFormat, PgValueRef},
    },
};
use serde::{Serialize, de::DeserializeOwned, de::IntoDeserializer};
use trading::{
    Amount,
    amount::{AmountError, MAX_DECIMALS},
};

use crate::StoreError;

/// An amount in a `NUMERIC(38,18)` column, exact in both directions: one that [`Amount`] cannot hold is an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numeric(pub Amount);

impl TryGetable for Numeric {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let row = row
            .try_as_pg_row()
            .ok_or_else(|| DbErr::Type("the row is not of Postgres".to_owned()))?;
        row.try_get::<Option<Self>, _>(index.as_sqlx_postgres_index())
            .map_err(|error| DbErr::Query(sea_orm::RuntimeErr::SqlxError(error.into())))?
            .ok_or_else(|| TryGetError::Null(format!("{index:?}")))
    }
}

impl sqlx::Type<Postgres> for Numeric {
    fn type_info() -> PgTypeInfo {
        <sea_orm::prelude::Decimal as sqlx::Type<Postgres>>::type_info()
    }
}

impl sqlx::Decode<'_, Postgres> for Numeric {
    // The driver's `Decimal` rounds what has more digits than it holds, and says nothing.
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        match value.format() {
            PgValueFormat::Binary => Ok(Self(binary(value.as_bytes()?)?)),
            PgValueFormat::Text => Ok(Self(value.as_str()?.parse()?)),
        }
    }
}

/// Reads the binary form of `NUMERIC`: four numbers of 16 bits (count of digits, weight of the first one, sign, decimals
/// to show), then the digits to the base of 10,000. See `numeric_send` in Postgres.
fn binary(bytes: &[u8]) -> Result<Amount, BoxDynError> {
    const NEGATIVE: u16 = 0x4000;
    let mut words = bytes
        .chunks_exact(2)
        .map(|word| u16::from_be_bytes([word[0], word[1]]));
    let mut word = || words.next().ok_or("a NUMERIC is cut off");
    let (count, weight, sign, _) = (word()?, word()?.cast_signed(), word()?, word()?);
    if sign & !NEGATIVE != 0 {
        return Err("a NUMERIC is no number".into());
    }
    let mut mantissa = 0_i128;
    for _ in 0..count {
        mantissa = mantissa
            .checked_mul(10_000)
            .and_then(|mantissa| mantissa.checked_add(word().ok()?.into()))
            .ok_or(AmountError::Overflow)?;
    }
    // The last digit stands for 10,000 to the power of this.
    let power = i32::from(weight) + 1 - i32::from(count);
    let (mantissa, mut scale) = if power > 0 {
        (scaled(mantissa, power.unsigned_abs() * 4)?, 0)
    } else {
        (mantissa, power.unsigned_abs() * 4)
    };
    let mut mantissa = if sign == NEGATIVE {
        -mantissa
    } else {
        mantissa
    };
    // Groups of four digits end with zeros.
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    Ok(Amount::from_parts(mantissa, scale)?)
}

fn scaled(value: i128, places: u32) -> Result<i128, AmountError> {
    10_i128
        .checked_pow(places)
        .and_then(|unit| value.checked_mul(unit))
        .ok_or(AmountError::Overflow)
}

impl From<Numeric> for Value {
    fn from(Numeric(amount): Numeric) -> Self {
        amount.decimal().into()
    }
}

impl From<Numeric> for Amount {
    fn from(Numeric(amount): Numeric) -> Self {
        amount
    }
}

impl Nullable for Numeric {
    fn null() -> Value {
        Value::Decimal(None)
    }
}

impl ValueType for Numeric {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        let decimal = <sea_orm::prelude::Decimal as ValueType>::try_from(value)?;
        Amount::from_decimal(decimal)
            .map(Self)
            .map_err(|_| ValueTypeErr)
    }

    fn type_name() -> String {
        "Numeric".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::Decimal
    }

    fn column_type() -> ColumnType {
        ColumnType::Decimal(Some((38, MAX_DECIMALS)))
    }
}

impl IntoActiveValue<Self> for Numeric {
    fn into_active_value(self) -> sea_orm::ActiveValue<Self> {
        sea_orm::ActiveValue::Set(self)
    }
}

impl NotU8 for Numeric {}

/// A value that JSON writes as a string, in a `text` column in the same form: an enumeration, a symbol, an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<T>(pub T);

impl<T: Serialize> fmt::Display for Text<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match serde_json::to_value(&self.0) {
            Ok(serde_json::Value::String(text)) => f.write_str(&text),
            Ok(_) | Err(_) => Err(fmt::Error),
        }
    }
}

impl<T: DeserializeOwned> TryGetable for Text<T> {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let text = String::try_get_by(row, index)?;
        read(&text).map_err(|error| DbErr::Type(format!("column {index:?}: {error}")).into())
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<Text<T>, serde::de::value::Error> {
    T::deserialize(text.into_deserializer()).map(Text)
}

impl<T: Serialize> From<Text<T>> for Value {
    fn from(value: Text<T>) -> Self {
        value.to_string().into()
    }
}

impl<T> Nullable for Text<T> {
    fn null() -> Value {
        Value::String(None)
    }
}

impl<T: Serialize + DeserializeOwned> ValueType for Text<T> {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        let text = <String as ValueType>::try_from(value)?;
        read(&text).map_err(|_| ValueTypeErr)
    }

    fn type_name() -> String {
        "Text".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::String
    }

    fn column_type() -> ColumnType {
        ColumnType::Text
    }
}

impl<T> IntoActiveValue<Self> for Text<T>
where
    Value: From<Self>,
{
    fn into_active_value(self) -> sea_orm::ActiveValue<Self> {
        sea_orm::ActiveValue::Set(self)
    }
}

impl<T> NotU8 for Text<T> {}

impl<T> TryFromU64 for Text<T> {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("Text"))
    }
}

/// What a `jsonb` column holds, as its own type.
///
/// # Errors
/// [`StoreError::Other`] when it is something else.
pub(crate) fn json<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, StoreError> {
    serde_json::from_value(value).map_err(|error| DbErr::Json(error.to_string()).into())
}

/// A value for a `jsonb` column.
///
/// # Errors
/// [`StoreError::Other`] when it has no JSON.
pub(crate) fn to_json(value: &impl Serialize) -> Result<serde_json::Value, StoreError> {
    serde_json::to_value(value).map_err(|error| DbErr::Json(error.to_string()).into())
}

/// The same as text, which is far cheaper where it is long. Cast it to `jsonb` in one place of a statement only: each cast
/// reads it.
///
/// # Errors
/// [`StoreError::Other`] when it has no JSON.
pub(crate) fn to_json_text(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| DbErr::Json(error.to_string()).into())
}

/// The time of a column of milliseconds, within the years 1 to 9999: later ones have no form that others read.
pub(crate) fn moment(millis: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis.clamp(-62_135_596_800_000, 253_402_300_799_999))
}
