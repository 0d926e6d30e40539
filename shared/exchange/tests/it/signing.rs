//! Signatures and what they are made over.

use exchange::binance::{Credential, http::sign::Params};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;

use crate::support::{KEY, SECRET, credential};

#[test]
fn the_signature_of_the_documentation_is_reproduced() {
    let params = Params::new()
        .with("symbol", "LTCBTC")
        .with("side", "BUY")
        .with("type", "LIMIT")
        .with("timeInForce", "GTC")
        .with("quantity", 1)
        .with("price", "0.1")
        .with("recvWindow", 5000)
        .with("timestamp", 1_499_827_319_559_i64);
    assert_eq!(
        params.encoded(),
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
    );
    let signature = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71";
    assert_eq!(credential().sign(&params.encoded()), signature);
    let signed = format!("{}&signature={signature}", params.encoded());
    assert_eq!(params.signed(&credential()), signed);
}

#[test]
fn names_beyond_ascii_are_encoded_before_they_are_signed() {
    let params = Params::new()
        .with("symbol", "\u{ff11}\u{ff12}\u{ff13}\u{ff14}\u{ff15}\u{ff16}")
        .with("side", "BUY")
        .with("type", "LIMIT")
        .with("timeInForce", "GTC")
        .with("quantity", 1)
        .with("price", "0.1")
        .with("recvWindow", 5000)
        .with("timestamp", 1_499_827_319_559_i64);
    let encoded = params.encoded();
    assert!(
        encoded
            .starts_with("symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&side=BUY"),
        "{encoded}"
    );
    let signature = "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3";
    assert_eq!(credential().sign(&encoded), signature);
}

#[test]
fn the_websocket_api_signs_sorted_parameters() {
    let params = Params::new()
        .with("timestamp", 1)
        .with("apiKey", "k")
        .with("recvWindow", 2);
    assert_eq!(params.sorted(), "apiKey=k&recvWindow=2&timestamp=1");
    assert_eq!(params.encoded(), "timestamp=1&apiKey=k&recvWindow=2");
}

#[test]
fn what_is_no_key_is_refused() {
    let long = "a".repeat(257);
    for bad in ["", "a b", "a\n", "schlüssel", "a-b", long.as_str()] {
        assert!(Credential::new(bad.into(), SECRET.into()).is_err());
        assert!(Credential::new(KEY.into(), bad.into()).is_err());
    }
}

proptest! {
    #[test]
    fn the_encoded_form_says_the_same_and_needs_no_further_encoding(
        values in prop::collection::vec("\\PC*", 0..6),
    ) {
        const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
        let mut params = Params::new();
        for (name, value) in NAMES.into_iter().zip(&values) {
            params = params.with(name, value);
        }
        let encoded = params.encoded();
        let is_sent = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%=&".contains(&byte);
        prop_assert!(encoded.bytes().all(is_sent));
        let pairs = encoded.split('&').filter(|pair| !pair.is_empty());
        let read: Vec<_> = pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap();
                (name, percent_decode_str(value).decode_utf8().unwrap().into_owned())
            })
            .collect();
        let sent: Vec<_> = NAMES.into_iter().zip(values.iter().cloned()).collect();
        prop_assert_eq!(read, sent);
        // A URL keeps it as it is, so that what is signed is what is sent.
        let mut url = url::Url::parse("https://venue.example/api").unwrap();
        url.set_query(Some(&encoded));
        prop_assert_eq!(url.query(), Some(encoded.as_str()));
    }

    #[test]
    fn the_sorted_form_does_not_depend_on_the_order(values in prop::array::uniform4("[a-zA-Z0-9]*")) {
        let [a, b, c, d] = values;
        let one = Params::new().with("a", &a).with("b", &b).with("c", &c).with("d", &d);
        let other = Params::new().with("d", &d).with("b", &b).with("a", &a).with("c", &c);
        prop_assert_eq!(one.sorted(), other.sorted());
    }
}
