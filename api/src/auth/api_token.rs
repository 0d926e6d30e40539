//! Personal API tokens: for programs, good for what their scopes say and nothing else.

use std::net::IpAddr;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ipnet::IpNet;
use platform::{Secret, random};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::keys::Keys;

/// What every token begins with: so that people, and scanners for leaked secrets, know one when they see it.
pub const PREFIX: &str = "bbx_";

const RANDOM_BYTES: usize = 24;
/// Bytes behind the random ones: the beginning of an HMAC over them, so that a token which somebody made up is told from
/// one of ours without asking the database. It is no credential: whose a token is, only the database knows.
const CODE_BYTES: usize = 8;
const HINT: usize = 4;

/// A new token.
pub fn generate(keys: &Keys) -> Secret<String> {
    let random = random::bytes::<RANDOM_BYTES>();
    let bytes = [random.as_slice(), &code(keys, &random)].concat();
    Secret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// Whether we made this token, and still sign with the same secret. Those of releases before had no code: false.
pub fn is_ours(keys: &Keys, token: &Secret<String>) -> bool {
    let text = token.expose().strip_prefix(PREFIX).unwrap_or("");
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(text) else {
        return false;
    };
    let Some((random, given)) = bytes.split_at_checked(RANDOM_BYTES) else {
        return false;
    };
    code(keys, random).ct_eq(given).into()
}

fn code(keys: &Keys, random: &[u8]) -> Vec<u8> {
    let hash = keys.hash("api token", &[random]);
    hash.into_iter().take(CODE_BYTES).collect()
}

/// The hash under which a token is stored. It is random, so a fast hash is enough.
pub fn hash(token: &Secret<String>) -> [u8; 32] {
    Sha256::digest(token.expose().as_bytes()).into()
}

/// The end of a token, by which its user tells it from others.
pub fn hint(token: &Secret<String>) -> &str {
    let token = token.expose();
    token.get(token.len().saturating_sub(HINT)..).unwrap_or("")
}

/// A network: an address, or one with the length of its prefix.
pub fn parse_network(text: &str) -> Option<IpNet> {
    let net = text
        .parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .ok()?;
    Some(net.trunc())
}

/// The widest network of a list that has this address. What cannot be read has none.
pub(crate) fn network_of(allowlist: &[String], address: IpAddr) -> Option<IpNet> {
    let networks = allowlist.iter().filter_map(|text| parse_network(text));
    networks
        .filter(|network| network.contains(&address))
        .min_by_key(IpNet::prefix_len)
}

#[cfg(test)]
mod tests {
    use super::{Keys, Secret, generate, hash, hint, is_ours, network_of, parse_network};

    #[test]
    fn tokens_are_recognised_and_never_alike() {
        let keys = Keys::derive(&"one".into());
        let (one, other) = (generate(&keys), generate(&keys));
        assert!(one.expose().starts_with("bbx_") && one.expose().len() == 47);
        assert!(one.expose().ends_with(hint(&one)) && hint(&one).len() == 4);
        assert_ne!(hash(&one), hash(&other));
    }

    #[test]
    fn a_token_with_any_other_character_is_not_ours() {
        let keys = Keys::derive(&"one".into());
        let token = generate(&keys);
        assert!(is_ours(&keys, &token));
        assert!(!is_ours(&Keys::derive(&"other".into()), &token));
        let text = token.expose();
        for at in 0..text.len() {
            let another = if text.as_bytes()[at] == b'A' {
                "B"
            } else {
                "A"
            };
            let changed = format!("{}{another}{}", &text[..at], &text[at + 1..]);
            assert!(!is_ours(&keys, &Secret::new(changed)), "{at}");
            assert!(!is_ours(&keys, &Secret::from(&text[..at])), "{at}");
        }
        assert!(!is_ours(&keys, &Secret::new(format!("{text}A"))));
        assert!(!is_ours(&keys, &Secret::new(format!("{text}AAAA"))));
    }

    #[test]
    fn an_allowlist_has_what_it_names() {
        let list = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        let holds = |texts: &[&str], address: &str| {
            network_of(&list(texts), address.parse().unwrap()).is_some()
        };
        assert!(!holds(&[], "192.0.2.1"));
        assert!(holds(&["192.0.2.1"], "192.0.2.1"));
        assert!(!holds(&["192.0.2.1"], "192.0.2.2"));
        assert!(holds(
            &["198.51.100.0/24", "2001:db8::/32"],
            "2001:db8:1::7"
        ));
        assert!(holds(&["198.51.100.77/24"], "198.51.100.1"));
        assert!(!holds(&["198.51.100.0/24"], "198.51.101.1"));
        assert!(!holds(&["0.0.0.0/0"], "::1"));
        assert!(!holds(&["nonsense"], "192.0.2.1"));
        let widest = network_of(
            &list(&["192.0.2.1", "192.0.2.0/24"]),
            "192.0.2.1".parse().unwrap(),
        );
        assert_eq!(widest, parse_network("192.0.2.0/24"));
        for text in [
            "",
            "1.2.3",
            "1.2.3.4/33",
            "1.2.3.4/",
            "::1/129",
            "a.b",
            "1.2.3.4-5",
        ] {
            assert_eq!(parse_network(text), None, "{text}");
        }
        assert_eq!(
            parse_network("10.1.2.3/8").unwrap().to_string(),
            "10.0.0.0/8"
        );
        assert_eq!(parse_network("::1").unwrap().to_string(), "::1/128");
    }
}
