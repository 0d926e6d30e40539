//! Which addresses are used.

use exchange::binance::{Environment, UrlError, Urls};

fn rest(address: &str) -> Result<Urls, UrlError> {
    Urls::custom(
        Environment::Live,
        address,
        "wss://stream.example",
        "wss://api.example/ws-api/v3",
    )
}

fn streams(address: &str) -> Result<Urls, UrlError> {
    Urls::custom(
        Environment::Live,
        "https://rest.example",
        address,
        "wss://api.example/ws-api/v3",
    )
}

#[test]
fn binances_own_addresses_are_valid() {
    for environment in [Environment::Live, Environment::Testnet, Environment::Demo] {
        let urls = Urls::of(environment).unwrap();
        assert_eq!(urls.environment(), environment);
    }
}

#[test]
fn plain_addresses_lead_to_private_networks_only() {
    for host in [
        "127.0.0.1",
        "127.8.8.8:9999",
        "[::1]",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1:8080",
        "[fd00::1]",
        "[::ffff:10.0.0.1]",
        "localhost",
        "emulator:3000",
        "venue.localhost",
        "venue.internal",
    ] {
        assert!(rest(&format!("http://{host}")).is_ok(), "{host}");
        assert!(streams(&format!("ws://{host}")).is_ok(), "{host}");
    }
    for host in [
        "api.binance.com",
        "8.8.8.8",
        "172.32.0.1",
        "[2001:db8::1]",
        "[::ffff:8.8.8.8]",
        "localhost.example.com",
        "internal.example",
        "169.254.169.254",
        "0.0.0.0",
    ] {
        let not_encrypted = |name, scheme| Err(UrlError::NotEncrypted { name, scheme });
        assert_eq!(
            rest(&format!("http://{host}")),
            not_encrypted("REST", "https"),
            "{host}"
        );
        assert_eq!(
            streams(&format!("ws://{host}")),
            not_encrypted("stream", "wss"),
            "{host}"
        );
        assert!(rest(&format!("https://{host}")).is_ok(), "{host}");
        assert!(streams(&format!("wss://{host}")).is_ok(), "{host}");
    }
}

#[test]
fn what_is_no_address_is_refused() {
    for address in [
        "",
        "api.binance.com",
        "/api",
        "https://",
        "https://user@api.binance.com",
        "https://user:secret@api.binance.com",
        "https://api.binance.com?x=1",
        "https://api.binance.com#x",
        "mailto:a@b.example",
    ] {
        assert_eq!(rest(address), Err(UrlError::Malformed("REST")), "{address}");
    }
    for address in ["ftp://127.0.0.1", "ws://127.0.0.1", "file://localhost/x"] {
        assert!(rest(address).is_err(), "{address}");
    }
    assert!(streams("https://127.0.0.1").is_err());
}
