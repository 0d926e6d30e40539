use trading::{Amount, AmountError};

/// Currencies without a smaller unit, as Stripe lists them.
const WHOLE: &[&str] = &[
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf",
    "xof", "xpf",
];

/// Currencies with a thousandth.
const THOUSANDTHS: &[&str] = &["bhd", "jod", "kwd", "omr", "tnd"];

/// An amount that Stripe gives in the smallest unit of its currency.
///
/// # Errors
/// Never for a number of Stripe's.
pub fn amount_of(minor: i64, currency: &str) -> Result<Amount, AmountError> {
    let decimals = if WHOLE.contains(&currency) {
        0
    } else if THOUSANDTHS.contains(&currency) {
        3
    } else {
        2
    };
    Amount::from_parts(minor.into(), decimals)
}

#[cfg(test)]
mod tests {
    use super::amount_of;

    #[test]
    fn the_smallest_unit_depends_on_the_currency() {
        let text = |minor, currency| amount_of(minor, currency).unwrap().to_string();
        assert_eq!(text(1_900, "eur"), "19");
        assert_eq!(text(1_999, "usd"), "19.99");
        assert_eq!(text(1_999, "jpy"), "1999");
        assert_eq!(text(1_999, "kwd"), "1.999");
        assert_eq!(text(-50, "eur"), "-0.5");
        assert_eq!(text(0, "eur"), "0");
    }
}
