use proptest::prelude::*;
use trading::amount::{Amount, AmountError, Exact, ParseAmountError, Rounding};

use crate::support::amount;

#[test]
fn only_plain_decimals_that_fit_are_read() {
    for text in [
        "0",
        "1",
        "-1",
        "0.1",
        "00.10",
        "1234567890.123456789012345678",
        "9999999999999999999999999999",
    ] {
        assert!(text.parse::<Amount>().is_ok(), "{text}");
    }
    for text in [
        "", "-", ".5", "1.", "+1", "1e5", "1_000", " 1", "1 ", "0x1", "NaN", "1.2.3", "١",
    ] {
        assert_eq!(
            text.parse::<Amount>(),
            Err(ParseAmountError::Malformed),
            "{text:?}"
        );
    }
    for text in [
        "0.0000000000000000001",
        "10000000000000000000000000000",
        "12345678901.123456789012345678",
    ] {
        assert_eq!(
            text.parse::<Amount>(),
            Err(ParseAmountError::TooPrecise),
            "{text}"
        );
    }
}

#[test]
fn json_is_a_normal_string_and_nothing_else() {
    assert_eq!(serde_json::to_string(&amount("1.500")).unwrap(), r#""1.5""#);
    assert_eq!(serde_json::to_string(&amount("-0.0")).unwrap(), r#""0""#);
    assert_eq!(
        serde_json::from_str::<Amount>(r#""2.50""#).unwrap(),
        amount("2.5")
    );
    for json in [
        "1.5",
        "1",
        "null",
        r#""1e3""#,
        r#""0.0000000000000000000000000000000000000001""#,
    ] {
        assert!(serde_json::from_str::<Amount>(json).is_err(), "{json}");
    }
}

#[test]
fn what_has_no_exact_form_is_an_error() {
    let tiny = amount("0.000000000000000001");
    assert_eq!(tiny.times(amount("0.1")), Err(AmountError::Inexact));
    let huge = amount("9999999999999999999999999999");
    assert_eq!(huge.plus(Amount::ONE), Err(AmountError::Overflow));
    assert_eq!(huge.plus(amount("0.1")), Err(AmountError::Inexact));
    assert_eq!(
        Amount::ONE.div_rounded(Amount::ZERO, 8, Rounding::Up),
        Err(AmountError::DivisionByZero)
    );
    // 40 digits on the way, four in the result.
    assert_eq!(
        amount("1000000000000000")
            .times(amount("1000000000000"))
            .unwrap()
            .to_string()
            .len(),
        28
    );
}

#[test]
fn rounding_goes_where_its_name_says() {
    let round = |text: &str, rounding| {
        Exact::of(amount(text))
            .rounded(0, rounding)
            .unwrap()
            .to_string()
    };
    assert_eq!(
        ["2.5", "3.5", "-2.5"].map(|text| round(text, Rounding::HalfEven)),
        ["2", "4", "-2"]
    );
    assert_eq!(
        ["2.5", "3.5", "-2.5"].map(|text| round(text, Rounding::HalfUp)),
        ["3", "4", "-3"]
    );
    assert_eq!(
        ["2.1", "-2.1"].map(|text| round(text, Rounding::Up)),
        ["3", "-2"]
    );
    assert_eq!(
        ["2.9", "-2.1"].map(|text| round(text, Rounding::Down)),
        ["2", "-3"]
    );
}

#[test]
fn a_venues_balance_is_cut_to_what_fits() {
    let balance = "0.1234567890123456789".parse().unwrap();
    assert_eq!(
        Amount::truncated(balance).unwrap(),
        amount("0.123456789012345678")
    );
    let wide = "79228162514264337593543950335".parse().unwrap();
    assert_eq!(Amount::truncated(wide), Err(AmountError::Overflow));
}

fn any_amount() -> impl Strategy<Value = Amount> {
    (-10_i128.pow(24)..10_i128.pow(24), 0_u32..=12)
        .prop_map(|(mantissa, scale)| Amount::from_parts(mantissa, scale).unwrap())
}

proptest! {
    #[test]
    fn text_round_trips(value in any_amount()) {
        prop_assert_eq!(value.to_string().parse::<Amount>().unwrap(), value);
    }

    #[test]
    fn sums_are_exact_or_refused(a in any_amount(), b in any_amount()) {
        if let Ok(sum) = a.plus(b) {
            prop_assert_eq!(sum.minus(b).unwrap(), a);
        }
    }

    #[test]
    fn products_are_exact_or_refused(a in any_amount(), b in any_amount()) {
        let (m, n) = (a.normal_parts(), b.normal_parts());
        if let (Ok(product), Some(mantissa)) = (a.times(b), m.0.checked_mul(n.0)) {
            let (got, scale) = product.normal_parts();
            let missing = m.1 + n.1 - scale;
            prop_assert_eq!(got.checked_mul(10_i128.pow(missing)), Some(mantissa));
        }
    }

    #[test]
    fn a_share_and_the_rest_are_the_whole(cost in any_amount(), part in 1_i64..1_000_000, more in 1_i64..1_000_000) {
        let (part, whole) = (Amount::from_int(part), Amount::from_int(part + more));
        let share = cost.share(part, whole).unwrap();
        let rest = cost.minus(share).unwrap();
        prop_assert_eq!(share.plus(rest).unwrap(), cost);
    }

    #[test]
    fn multiples_enclose_the_value(value in any_amount(), step in 1_i64..100_000) {
        let step = Amount::from_parts(i128::from(step), 6).unwrap();
        if let (Ok(low), Ok(high)) = (value.floor_to(step), value.ceil_to(step)) {
            prop_assert!(low <= value && value <= high);
            prop_assert!(high.minus(low).unwrap() <= step);
            prop_assert!(low.is_multiple_of(step).unwrap());
        }
    }
}

#[test]
fn what_has_an_exact_form_keeps_it_up_to_the_last_digit() {
    for text in [
        "0",
        "-0.000000000000000001",
        "9999999999.999999999999999999",
        "10000000000",
        "-10000000000",
        "12345678901",
        "-12345678901.5",
        "120000000000.0000000000000001",
        "9999999999999999999999999999",
        "-9999999999999999999999999999",
    ] {
        let exact = Exact::of(amount(text)).exactly().unwrap();
        assert_eq!(exact.to_string(), text);
    }
    let third = Exact::of(amount("1")).over(amount("3")).unwrap();
    assert_eq!(third.exactly(), Err(AmountError::Inexact));
}
