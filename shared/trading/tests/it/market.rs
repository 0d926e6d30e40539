use trading::market::{MarketLot, OrderError, PercentPrice};
use trading::order::{OrderSize, OrderType, Side, TimeInForce};
use trading::{Amount, RejectCode, Symbol};

use crate::support::{amount, sol};

fn limit(price: &str) -> OrderType {
    OrderType::Limit {
        price: amount(price),
        time_in_force: TimeInForce::GoodTillCancelled,
    }
}

#[test]
fn every_filter_has_its_code() {
    let mut market = sol();
    market.max_quantity = Some(amount("100"));
    market.max_notional = Some(amount("5000"));
    market.market_lot = Some(MarketLot {
        lot_size: amount("0.01"),
        min_quantity: amount("0.02"),
        max_quantity: Some(amount("10")),
    });
    let band = PercentPrice {
        bid_up: amount("1.1"),
        bid_down: amount("0.5"),
        ask_up: amount("2"),
        ask_down: amount("0.9"),
    };
    market.percent_price = Some(band);
    let cases = [
        (Side::Buy, limit("100.001"), "1", RejectCode::PriceOffTick),
        (Side::Buy, limit("0"), "1", RejectCode::PriceNotPositive),
        (Side::Buy, limit("49.99"), "1", RejectCode::PriceOutsideBand),
        (
            Side::Buy,
            limit("110.01"),
            "1",
            RejectCode::PriceOutsideBand,
        ),
        (
            Side::Sell,
            limit("89.99"),
            "1",
            RejectCode::PriceOutsideBand,
        ),
        (
            Side::Buy,
            limit("100"),
            "1.0005",
            RejectCode::QuantityOffLot,
        ),
        (Side::Buy, limit("100"), "0", RejectCode::BelowMinQuantity),
        (Side::Buy, limit("100"), "101", RejectCode::AboveMaxQuantity),
        (
            Side::Buy,
            limit("100"),
            "0.049",
            RejectCode::BelowMinNotional,
        ),
        (Side::Buy, limit("100"), "51", RejectCode::AboveMaxNotional),
        (
            Side::Sell,
            OrderType::Market,
            "0.015",
            RejectCode::BelowMinQuantity,
        ),
        (
            Side::Sell,
            OrderType::Market,
            "0.105",
            RejectCode::QuantityOffLot,
        ),
        (
            Side::Sell,
            OrderType::Market,
            "11",
            RejectCode::AboveMaxQuantity,
        ),
    ];
    for (side, kind, quantity, code) in cases {
        let result = market.check(side, kind, OrderSize::Base(amount(quantity)), amount("100"));
        assert_eq!(
            result,
            Err(OrderError::Rejected(code)),
            "{side:?} {kind:?} {quantity}"
        );
    }
    for (side, price) in [
        (Side::Buy, "50"),
        (Side::Buy, "110"),
        (Side::Sell, "90"),
        (Side::Sell, "200"),
    ] {
        assert_eq!(
            market.check(
                side,
                limit(price),
                OrderSize::Base(amount("1")),
                amount("100")
            ),
            Ok(())
        );
    }
}

#[test]
fn prices_are_never_worse_than_asked() {
    let market = sol();
    assert_eq!(
        market.price(Side::Buy, amount("99.999")).unwrap(),
        amount("99.99")
    );
    assert_eq!(
        market.price(Side::Sell, amount("99.991")).unwrap(),
        amount("100")
    );
    assert_eq!(
        market
            .marketable_price(Side::Buy, amount("99.991"))
            .unwrap(),
        amount("100")
    );
}

#[test]
fn a_symbol_is_two_assets() {
    assert_eq!(
        "BTC-USDT".parse::<Symbol>().unwrap().to_string(),
        "BTC-USDT"
    );
    for text in [
        "BTCUSDT",
        "BTC-",
        "-USDT",
        "btc-usdt",
        "BTC-BTC",
        "BTC-USDT-X",
        "",
    ] {
        assert!(text.parse::<Symbol>().is_err(), "{text}");
    }
    assert_eq!(Amount::ZERO.to_string(), "0");
}
