//! What an account holds, may do and pays.

use exchange::{
    Venue, VenueError,
    binance::{Binance, BinanceMarket, Config, Environment, Urls},
    venue::{FeeDiscount, KeyPermissions},
};
use trading::{
    Amount,
    market::{FeeCharge, Fees},
};

use crate::support::{Clocks, Reply, VenueServer, account, amount, config, credential, symbol};

const ACCOUNT: &str = "/api/v3/account";

fn holding(balances: &str) -> String {
    format!(
        r#"{{"canTrade":true,"canWithdraw":true,"canDeposit":false,"balances":[{balances}],"permissions":["SPOT","TRD_GRP_005"],"uid":7}}"#
    )
}

async fn balances(balances: &str) -> Result<Vec<(String, Amount, Amount)>, VenueError> {
    let server = VenueServer::with(ACCOUNT, Reply::json(holding(balances))).await;
    let venue = account(config(&server, &Clocks::new()));
    let found = venue.balances().await?;
    let sent = server.requests(ACCOUNT);
    assert_eq!(sent[0].param("omitZeroBalances"), Some("true"));
    let found = found.into_iter();
    Ok(found
        .map(|held| (held.asset.to_string(), held.free, held.locked))
        .collect())
}

#[tokio::test]
async fn a_balance_that_is_too_wide_is_cut_towards_zero() {
    for (told, kept) in [
        ("1.9999999999999999999", "1.999999999999999999"),
        (
            "12345678901.999999999999999999",
            "12345678901.99999999999999999",
        ),
        (
            "9999999999999999999999999999.9",
            "9999999999999999999999999999",
        ),
        ("0.0000000000000000009", "0"),
        ("0001.50", "1.5"),
        ("7", "7"),
    ] {
        let balance = format!(r#"{{"asset":"BTC","free":"{told}","locked":"0"}}"#);
        let found = balances(&balance).await.unwrap();
        assert_eq!(
            found,
            [("BTC".to_owned(), amount(kept), Amount::ZERO)],
            "{told}"
        );
    }
}

#[tokio::test]
async fn what_is_no_balance_is_refused() {
    for told in [
        r#""NaN""#,
        r#""-1""#,
        r#""1e5""#,
        r#""""#,
        r#""1.""#,
        r#""1.5x""#,
        r#""1.0000000000000000000x""#,
        r#""10000000000000000000000000000""#,
        "1.5",
        "null",
    ] {
        let balance = format!(r#"{{"asset":"BTC","free":{told},"locked":"0"}}"#);
        assert!(balances(&balance).await.is_err(), "{told}");
        let balance = format!(r#"{{"asset":"BTC","free":"0","locked":{told}}}"#);
        assert!(balances(&balance).await.is_err(), "{told}");
    }
}

#[tokio::test]
async fn an_asset_without_a_name_here_is_left_out() {
    let found = balances(
        r#"{"asset":"币安人生","free":"1","locked":"0"},{"asset":"BTC","free":"2","locked":"3"}"#,
    );
    let expected = ("BTC".to_owned(), amount("2"), amount("3"));
    assert_eq!(found.await.unwrap(), [expected]);
}

/// An account at a server that stands for the live exchange.
fn live(server: &VenueServer, clocks: &Clocks) -> Binance {
    let address = server.address();
    let sockets = format!("ws://{address}");
    let urls = Urls::custom(
        Environment::Live,
        &format!("http://{address}"),
        &sockets,
        &sockets,
    );
    let config = Config {
        urls: urls.unwrap(),
        ..config(server, clocks)
    };
    Binance::new(BinanceMarket::new(config).unwrap(), credential())
}

#[tokio::test]
async fn the_live_exchange_tells_what_the_key_may_do() {
    const KEY: &str = "/sapi/v1/account/apiRestrictions";
    let restrictions = r#"{"ipRestrict":true,"createTime":1698645219000,"enableReading":true,"enableWithdrawals":false,"enableInternalTransfer":false,"enableMargin":false,"enableFutures":false,"permitsUniversalTransfer":true,"enableVanillaOptions":false,"enableSpotAndMarginTrading":true}"#;
    let server = VenueServer::start(move |request| match request.path.as_str() {
        ACCOUNT => Some(Reply::json(holding(""))),
        KEY => Some(Reply::json(restrictions)),
        _ => None,
    })
    .await;
    let clocks = Clocks::new();
    let permissions = live(&server, &clocks).permissions().await.unwrap();
    let expected = KeyPermissions {
        can_read: true,
        can_trade_spot: true,
        can_withdraw: false,
        can_transfer: true,
        is_bound_to_addresses: true,
    };
    assert_eq!(permissions.key, Some(expected));
    assert!(permissions.can_withdraw, "the account, not the key");
    assert!(!permissions.can_deposit);
    assert_eq!(permissions.scopes, ["SPOT", "TRD_GRP_005"]);
    assert!(permissions.allows_trading());

    let read_only = restrictions.replace(
        r#""enableSpotAndMarginTrading":true"#,
        r#""enableSpotAndMarginTrading":false"#,
    );
    let server = VenueServer::start(move |request| match request.path.as_str() {
        ACCOUNT => Some(Reply::json(holding(""))),
        KEY => Some(Reply::json(read_only.clone())),
        _ => None,
    })
    .await;
    let permissions = live(&server, &clocks).permissions().await.unwrap();
    assert!(!permissions.allows_trading());

    // A host that stands for the live exchange may not know the path; an error is not mistaken for that.
    for (reply, is_told) in [
        (Reply::Answer(404, Vec::new(), "not found".to_owned()), true),
        (Reply::error(500, -1000), false),
        (Reply::error(401, -2015), false),
    ] {
        let server = VenueServer::start(move |request| match request.path.as_str() {
            ACCOUNT => Some(Reply::json(holding(""))),
            KEY => Some(reply.clone()),
            _ => None,
        })
        .await;
        let permissions = live(&server, &clocks).permissions().await;
        let key = permissions.map(|permissions| permissions.key);
        assert_eq!(key == Ok(None), is_told, "{key:?}");
    }
}

#[tokio::test]
async fn fee_rates_add_up_and_leave_the_discount_apart() {
    let body = r#"{"symbol":"BTCUSDT",
        "standardCommission":{"maker":"0.00100000","taker":"0.00200000","buyer":"0.00010000","seller":"0.00030000"},
        "specialCommission":{"maker":"0.01000000","taker":"0.02000000","buyer":"0","seller":"0"},
        "taxCommission":{"maker":"0.00000112","taker":"0.00000114","buyer":"0.00000118","seller":"0.00000116"},
        "discount":{"enabledForAccount":true,"enabledForSymbol":true,"discountAsset":"BNB","discount":"0.75000000"}}"#;
    let path = "/api/v3/account/commission";
    let cases = [
        (body.to_owned(), true),
        (
            body.replace(
                r#""enabledForAccount":true"#,
                r#""enabledForAccount":false"#,
            ),
            false,
        ),
        (
            body.replace(r#""enabledForSymbol":true"#, r#""enabledForSymbol":false"#),
            false,
        ),
    ];
    for (body, has_discount) in cases {
        let server = VenueServer::with(path, Reply::json(body)).await;
        let venue = account(config(&server, &Clocks::new()));
        let rates = venue.fee_rates(&symbol("BTC-USDT")).await.unwrap();
        let expected = Fees {
            maker: amount("0.0113023"),
            taker: amount("0.02230232"),
            charge: FeeCharge::Received,
        };
        assert_eq!(rates.fees, expected);
        let discount = FeeDiscount {
            asset: "BNB".parse().unwrap(),
            factor: amount("0.75"),
        };
        assert_eq!(rates.discount, has_discount.then_some(discount));
    }
    let bad = body.replace("0.00100000", "-1");
    let server = VenueServer::with(path, Reply::json(bad)).await;
    let venue = account(config(&server, &Clocks::new()));
    venue.fee_rates(&symbol("BTC-USDT")).await.unwrap_err();
}
