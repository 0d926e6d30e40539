use rust_decimal::Decimal;

use crate::amount::{Amount, MAX_DECIMALS};

/// Longest number worth looking at: what 64-bit floating point prints takes 25 characters.
const MAX_TEXT: usize = 64;

/// A number as files have it: plain, or with an exponent (`1e-7`, `6.1E+4`). Digits beyond 18 decimals, which come from
/// binary floating point, are rounded away.
pub(super) fn amount(text: &str) -> Option<Amount> {
    text.parse().ok().or_else(|| {
        let rounded = decimal(text)?.round_dp(MAX_DECIMALS);
        Amount::truncated(rounded).ok()
    })
}

/// A time: a whole number, not below zero.
pub(super) fn time(text: &str) -> Option<i64> {
    let whole = text.parse().ok().or_else(|| {
        let value = decimal(text)?.normalize();
        (value.scale() == 0).then(|| i64::try_from(value.mantissa()).ok())?
    });
    whole.filter(|time| *time >= 0)
}

fn decimal(text: &str) -> Option<Decimal> {
    let is_number = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    if text.len() > MAX_TEXT || !text.bytes().all(is_number) {
        return None;
    }
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return text.parse().ok();
    };
    let mantissa: Decimal = mantissa.parse().ok()?;
    let exponent: i32 = exponent.parse().ok()?;
    let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
    let power = Decimal::try_from_i128_with_scale(power, 0).ok()?;
    if exponent < 0 {
        mantissa.checked_div(power)
    } else {
        mantissa.checked_mul(power)
    }
}
