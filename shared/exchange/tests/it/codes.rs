//! What each code and status of Binance means.

use exchange::{Ambiguity, RateScope, Venue, VenueError};
use trading::order::OrderStatus;

use crate::{
    orders::limit_buy,
    support::{Clocks, NOW, Reply, VenueServer, account, config, symbol},
};

/// What an order ends with when the venue answers like this.
async fn submitted(reply: Reply) -> VenueError {
    let server = VenueServer::with("/api/v3/order", reply).await;
    let clocks = Clocks::new();
    let venue = account(config(&server, &clocks));
    let market = symbol("BTC-USDT");
    let order = limit_buy(&market);
    venue.submit(&clocks.permit(), &order).await.unwrap_err()
}

#[tokio::test]
async fn definitive_codes_refuse_the_order() {
    let of_parameters = [
        -1100, -1101, -1102, -1103, -1104, -1105, -1106, -1108, -1111, -1112, -1114, -1115, -1116,
        -1117, -1118, -1119, -1120, -1121, -1125, -1127, -1128, -1130,
    ];
    for code in of_parameters.into_iter().chain([-1013, -2010, -9999]) {
        let error = submitted(Reply::error(400, code)).await;
        let expected = VenueError::Rejected {
            code,
            reason: "said in words".to_owned(),
        };
        assert_eq!(error, expected);
        assert!(error.is_definite() && !error.is_credential());
        assert_eq!(error.submitted_as(), OrderStatus::Rejected);
    }
}

#[tokio::test]
async fn a_key_that_is_not_accepted_is_told_apart() {
    for (status, code) in [
        (401, -2015),
        (400, -2014),
        (401, -2014),
        (400, -1022),
        (401, -1002),
    ] {
        let error = submitted(Reply::error(status, code)).await;
        let expected = VenueError::Credential {
            code,
            reason: "said in words".to_owned(),
        };
        assert_eq!(error, expected);
        assert!(error.is_definite() && error.is_credential());
        assert_eq!(error.submitted_as(), OrderStatus::Rejected);
    }
}

#[tokio::test]
async fn codes_that_say_nothing_leave_the_order_unknown() {
    for code in [-1000, -1001, -1006, -1007, -1008, -1016, 0, 7] {
        let error = submitted(Reply::error(400, code)).await;
        assert_eq!(error, Ambiguity::Code { code }.into());
        assert_eq!(error.submitted_as(), OrderStatus::Unknown);
    }
    for body in [
        "",
        "<html>Bad Request</html>",
        r#"{"msg":"no code"}"#,
        r#"{"code":"-2010"}"#,
    ] {
        let error = submitted(Reply::Answer(400, Vec::new(), body.to_owned())).await;
        assert_eq!(error, Ambiguity::Status { status: 400 }.into(), "{body}");
    }
}

#[tokio::test]
async fn the_text_of_a_message_changes_nothing() {
    for text in [
        "Timeout",
        "Too many requests",
        "Order does not exist.",
        "rate limit",
    ] {
        let body = format!(r#"{{"code":-2010,"msg":"{text}"}}"#);
        let error = submitted(Reply::Answer(400, Vec::new(), body)).await;
        let expected = VenueError::Rejected {
            code: -2010,
            reason: text.to_owned(),
        };
        assert_eq!(error, expected);
    }
}

#[tokio::test]
async fn limits_are_kept_to_the_second() {
    let retry = |seconds: &str| vec![("Retry-After", seconds.to_owned())];
    let body = |code| format!(r#"{{"code":{code},"msg":""}}"#);
    let cases = [
        (429, retry("7"), body(-1003), 7_000, RateScope::Address),
        (418, retry("173"), body(-1003), 173_000, RateScope::Address),
        (429, retry("10"), body(-1015), 10_000, RateScope::Account),
        (
            429,
            retry("3"),
            "<html>".to_owned(),
            3_000,
            RateScope::Address,
        ),
        (400, retry("5"), body(-1003), 5_000, RateScope::Address),
        (400, retry("4"), body(-1034), 4_000, RateScope::Address),
        // Where it does not say how long.
        (429, Vec::new(), body(-1003), 60_000, RateScope::Address),
        (418, Vec::new(), body(-1003), 120_000, RateScope::Address),
        (429, retry("-1"), body(-1003), 60_000, RateScope::Address),
        (429, retry("soon"), body(-1003), 60_000, RateScope::Address),
        (
            403,
            Vec::new(),
            "<html>".to_owned(),
            60_000,
            RateScope::Address,
        ),
    ];
    for (status, headers, body, wait, scope) in cases {
        let case = format!("{status} {headers:?} {body}");
        let error = submitted(Reply::Answer(status, headers, body)).await;
        let until = NOW + wait;
        assert_eq!(error, VenueError::RateLimited { until, scope }, "{case}");
        assert_eq!(error.retry_at(), Some(until));
        assert!(error.is_definite(), "nothing was executed");
        assert_eq!(error.submitted_as(), OrderStatus::Sending);
    }
}
