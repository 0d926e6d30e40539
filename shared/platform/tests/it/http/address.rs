//! The client's address behind proxies.

use std::net::IpAddr;

use http::{HeaderMap, HeaderValue};
use platform::http::{Limits, client_address};

use super::{Server, limits};

const PEER: &str = "10.0.0.1";

fn address(lines: &[&'static str], hops: usize) -> String {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append("x-forwarded-for", HeaderValue::from_static(line));
    }
    client_address(&headers, PEER.parse::<IpAddr>().unwrap(), hops).to_string()
}

#[test]
fn only_trusted_hops_are_believed() {
    assert_eq!(address(&["1.1.1.1"], 0), PEER);
    assert_eq!(address(&[], 1), PEER);
    assert_eq!(address(&["1.1.1.1"], 1), "1.1.1.1");
    assert_eq!(address(&["6.6.6.6, 1.1.1.1"], 1), "1.1.1.1");
    assert_eq!(address(&["6.6.6.6", "1.1.1.1"], 1), "1.1.1.1");
    assert_eq!(address(&["6.6.6.6, 1.1.1.1, 2.2.2.2"], 2), "1.1.1.1");
    assert_eq!(address(&["6.6.6.6,1.1.1.1", "2.2.2.2"], 2), "1.1.1.1");
    assert_eq!(address(&["1.1.1.1"], 2), "1.1.1.1");
}

#[test]
fn entries_of_any_form() {
    assert_eq!(address(&["1.1.1.1:4711"], 1), "1.1.1.1");
    assert_eq!(address(&["::1"], 1), "::1");
    assert_eq!(address(&["[2001:db8::1]:4711"], 1), "2001:db8::1");
    assert_eq!(address(&["[2001:db8::1]"], 1), "2001:db8::1");
    assert_eq!(address(&["::ffff:1.2.3.4"], 1), "1.2.3.4");
}

#[test]
fn nonsense_ends_the_search() {
    for nonsense in [
        "unknown",
        "",
        "_hidden",
        "1.1.1.1.1",
        "1.1.1.1 2.2.2.2",
        ",",
        "localhost",
    ] {
        assert_eq!(address(&[nonsense], 1), PEER, "{nonsense}");
    }
    assert_eq!(address(&["6.6.6.6, unknown, 2.2.2.2"], 3), "2.2.2.2");
}

#[tokio::test]
async fn handlers_see_it() {
    let server = Server::start(Limits {
        trusted_hops: 1,
        ..limits()
    })
    .await;
    let answer = server
        .ask("GET /who HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 6.6.6.6, 9.9.9.9\r\nconnection: close\r\n\r\n")
        .await;
    assert!(answer.ends_with("\r\n\r\n9.9.9.9"), "{answer}");
}
