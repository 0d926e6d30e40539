//! No key and no signature is shown.

use std::fmt::Write;

use exchange::{Venue, binance::Binance, error::VenueError};

use crate::{
    orders::limit_buy,
    support::{Clocks, KEY, Reply, SECRET, VenueServer, account, config, credential, symbol},
};

fn shown(what: &dyn std::fmt::Debug) -> String {
    format!("{what:?} {what:#?}")
}

#[tokio::test]
async fn nothing_that_can_be_printed_has_a_secret() {
    let server = VenueServer::start(|_| None).await;
    let venue: Binance = account(config(&server, &Clocks::new()));
    let stream = venue.user_stream(&tokio_util::sync::CancellationToken::new());
    let printed = [
        shown(&credential()),
        shown(&venue),
        shown(venue.market()),
        shown(&stream),
    ]
    .concat();
    assert!(!printed.contains(KEY) && !printed.contains(SECRET));
    assert!(!printed.contains(&KEY[..16]) && !printed.contains(&SECRET[..16]));
}

/// Everything about an error, with all that caused it.
fn told(error: &VenueError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        write!(text, " {error} {error:?}").unwrap();
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn no_error_tells_a_key_or_a_signature() {
    let signature = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71";
    let echo = format!("bad {KEY} in symbol=X&timestamp=1&signature={signature}\\u0007.");
    let failure = format!(r#"{{"code":-2010,"msg":"{echo}"}}"#);
    let replies = [
        Reply::Answer(400, Vec::new(), failure.clone()),
        Reply::Answer(401, Vec::new(), failure.replace("-2010", "-2015")),
        Reply::Answer(400, Vec::new(), echo),
        Reply::Reset,
        Reply::json("{"),
        Reply::Half("x".to_owned()),
    ];
    for reply in replies {
        let server = VenueServer::with("/api/v3/order", reply).await;
        let clocks = Clocks::new();
        let venue = account(config(&server, &clocks));
        let pair = symbol("BTC-USDT");
        let errors = [
            venue
                .submit(&clocks.permit(), &limit_buy(&pair))
                .await
                .unwrap_err(),
            venue.order(&pair, "bbx1").await.unwrap_err(),
        ];
        for error in errors {
            let text = told(&error);
            assert!(!text.contains(KEY) && !text.contains(SECRET), "{text}");
            assert!(!text.contains("signature=c8") && !text.contains("127.0.0.1"));
            let sent = server.requests("/api/v3/order");
            for request in sent {
                assert!(!text.contains(request.param("signature").unwrap()));
            }
        }
    }
}

#[tokio::test]
async fn a_reason_is_short_and_printable() {
    let long = "word ".repeat(200);
    let body = format!(r#"{{"code":-2010,"msg":"a\u0000b\nc {long}"}}"#);
    let server = VenueServer::with("/api/v3/order", Reply::Answer(400, Vec::new(), body)).await;
    let venue = account(config(&server, &Clocks::new()));
    let error = venue.order(&symbol("BTC-USDT"), "bbx1").await.unwrap_err();
    let VenueError::Rejected { reason, .. } = error else {
        panic!("{error:?}");
    };
    assert!(reason.starts_with("abc word word"), "{reason}");
    assert_eq!(reason.chars().count(), 200);
}
