//! One test for each check that stands before josekit. Where josekit alone would accept, the test shows that first.

use hmac::{Hmac, KeyInit, Mac};
use josekit::{
    JoseError,
    jwe::{self, Dir, JweHeader},
};
use platform::token::nextauth::NextAuthError;
use proptest::prelude::*;
use serde_json::json;
use sha2::Sha512;

use super::{
    forge::{Forge, V4, V5, change, encode, good_claims},
    now, read,
};

#[test]
fn one_byte_tags_cannot_be_forged() {
    let forge = Forge::new(V4);
    // An attacker changes his own token at will: in counter mode a flipped bit flips that bit of the text.
    let own = forge.token(&json!({
        "email": "eve@example.com", "iat": now().timestamp(), "exp": now().timestamp() + 60,
    }));
    let at = "{\"email\":\"".len();
    let promoted = change(&own, 3, |mut text| {
        for (byte, mask) in text[at..].iter_mut().zip(*b"eve") {
            *byte ^= mask;
        }
        for (byte, mask) in text[at..].iter_mut().zip(*b"ada") {
            *byte ^= mask;
        }
        text
    });
    let forged: Vec<String> = (0..=255)
        .map(|tag| change(&promoted, 4, |_| vec![tag]))
        .filter(|token| forge.josekit_alone(token).is_ok())
        .collect();
    assert_eq!(forged.len(), 1, "josekit alone takes one of 256 tags");
    let payload = forge.josekit_alone(&forged[0]).unwrap();
    assert!(
        String::from_utf8(payload)
            .unwrap()
            .contains("ada@example.com")
    );

    assert_eq!(read(V4, &forged[0]), Err(NextAuthError::TagLength));
    assert_eq!(read(V4, &promoted), Err(NextAuthError::Tag));
}

#[test]
fn tags_have_their_full_length() {
    for cookie in [V4, V5] {
        let forge = Forge::new(cookie);
        let token = forge.good();
        let full = if cookie == V4 { 16 } else { 32 };
        for length in (0..full).chain([full + 1, 64]) {
            let cut = change(&token, 4, |mut tag| {
                tag.resize(length, 0);
                tag
            });
            assert_eq!(
                read(cookie, &cut),
                Err(NextAuthError::TagLength),
                "{cookie:?}, {length}"
            );
        }
    }
}

#[test]
fn initialisation_vectors_have_their_length() {
    let forge = Forge::new(V4);
    let payload = good_claims().to_string();
    for length in [1, 8, 16] {
        let token = forge.token_with_iv(&forge.header(), payload.as_bytes(), &vec![7; length]);
        assert!(
            forge.josekit_alone(&token).is_ok(),
            "josekit alone takes {length} bytes"
        );
        assert_eq!(read(V4, &token), Err(NextAuthError::IvLength));
    }
    for cookie in [V4, V5] {
        let none = change(&Forge::new(cookie).good(), 2, |_| Vec::new());
        assert_eq!(read(cookie, &none), Err(NextAuthError::IvLength));
    }
    let short = change(&Forge::new(V5).good(), 2, |iv| iv[..12].to_vec());
    assert_eq!(read(V5, &short), Err(NextAuthError::IvLength));
}

#[test]
fn wrong_padding_and_wrong_content_are_refused_by_the_same_check() {
    let forge = Forge::new(V5);
    let token = forge.good();
    // The last byte of the last block but one decides the last byte of the padding.
    let changed = |at_from_end: usize, mask: u8| {
        change(&token, 3, |mut text| {
            let at = text.len() - at_from_end;
            text[at] ^= mask;
            text
        })
    };
    let (bad_padding, good_padding) = (changed(17, 0x80), changed(64, 0x80));
    assert!(
        matches!(
            forge.josekit_alone(&bad_padding),
            Err(JoseError::InvalidKeyFormat(_))
        ),
        "josekit alone decrypts first"
    );
    assert!(
        matches!(
            forge.josekit_alone(&good_padding),
            Err(JoseError::InvalidSignature(_))
        ),
        "and says so: a padding oracle"
    );
    for refused in [bad_padding, good_padding] {
        assert_eq!(read(V5, &refused), Err(NextAuthError::Tag));
    }
    for mask in 1..=255 {
        assert_eq!(read(V5, &changed(17, mask)), Err(NextAuthError::Tag));
    }
}

#[test]
fn what_is_authentic_and_does_not_decrypt_is_malformed() {
    // That the check before josekit is another one than josekit's own shows only here.
    let forge = Forge::new(V5);
    let header = encode(forge.header().to_string());
    let (iv, text) = ([7; 16], [7; 31]);
    let tag = Hmac::<Sha512>::new_from_slice(&forge.key()[..32])
        .unwrap()
        .chain_update(&header)
        .chain_update(iv)
        .chain_update(text)
        .chain_update((header.len() as u64 * 8).to_be_bytes())
        .finalize()
        .into_bytes();
    let (iv, text, tag) = (encode(iv), encode(text), encode(&tag[..32]));
    let token = format!("{header}..{iv}.{text}.{tag}");
    assert_eq!(read(V5, &token), Err(NextAuthError::Malformed));
    let other = change(&token, 4, |tag| tag.into_iter().rev().collect());
    assert_eq!(read(V5, &other), Err(NextAuthError::Tag));
}

#[test]
fn compression_is_refused() {
    let payload = good_claims().to_string();
    for cookie in [V4, V5] {
        let forge = Forge::new(cookie);
        let mut header = JweHeader::new();
        header.set_algorithm("dir");
        header.set_content_encryption(forge.header()["enc"].as_str().unwrap());
        header.set_compression("DEF");
        let encrypter = Dir.encrypter_from_bytes(forge.key()).unwrap();
        let token = jwe::serialize_compact(payload.as_bytes(), &header, &encrypter).unwrap();
        assert_eq!(
            forge.josekit_alone(&token).unwrap(),
            payload.as_bytes(),
            "josekit alone inflates"
        );
        assert_eq!(read(cookie, &token), Err(NextAuthError::Header));
    }
}

#[test]
fn headers_say_what_is_expected_and_nothing_else() {
    for cookie in [V4, V5] {
        let forge = Forge::new(cookie);
        let judge = |header: &serde_json::Value| {
            read(
                cookie,
                &forge.token_of(header, good_claims().to_string().as_bytes()),
            )
        };
        let mut kid = forge.header();
        kid["kid"] = json!("thumbprint");
        kid["typ"] = json!("JWT");
        assert!(judge(&kid).is_ok());

        for (name, value) in [
            ("alg", json!("none")),
            ("alg", json!("Dir")),
            ("alg", json!("A256KW")),
            ("alg", json!("A256GCMKW")),
            ("alg", json!("PBES2-HS256+A128KW")),
            ("alg", json!("HS256")),
            ("alg", json!(["dir"])),
            ("alg", json!(null)),
            ("enc", json!("none")),
            ("enc", json!("A128GCM")),
            ("enc", json!("A128CBC-HS256")),
            (
                "enc",
                json!(if cookie == V4 {
                    "A256CBC-HS512"
                } else {
                    "A256GCM"
                }),
            ),
            ("enc", json!("a256gcm")),
            ("zip", json!("DEF")),
            ("zip", json!(null)),
            ("crit", json!(["exp"])),
            ("crit", json!([])),
            ("b64", json!(false)),
            ("epk", json!({})),
            ("p2c", json!(1_000_000_000)),
            ("jku", json!("https://eve.example/keys")),
            ("kid", json!(7)),
        ] {
            let mut header = forge.header();
            header[name] = value;
            assert_eq!(judge(&header), Err(NextAuthError::Header), "{header}");
        }
        for name in ["alg", "enc"] {
            let mut header = forge.header();
            header.as_object_mut().unwrap().remove(name);
            assert_eq!(judge(&header), Err(NextAuthError::Header), "without {name}");
        }
    }
}

#[test]
fn a_header_that_says_a_thing_twice_is_refused() {
    let token = Forge::new(V4).good();
    let header = r#"{"alg":"none","alg":"dir","enc":"A256GCM"}"#;
    let twice = change(&token, 0, |_| header.as_bytes().to_vec());
    assert_eq!(read(V4, &twice), Err(NextAuthError::Header));
}

#[test]
fn no_key_is_carried_where_it_is_agreed() {
    for cookie in [V4, V5] {
        let token = Forge::new(cookie).good();
        let carried = token.replacen("..", &format!(".{}.", encode([7; 32])), 1);
        assert_eq!(read(cookie, &carried), Err(NextAuthError::EncryptedKey));
    }
}

#[test]
fn other_shapes_are_malformed() {
    let forge = Forge::new(V4);
    let good = forge.good();
    let signed = format!("{}.{}.c2ln", encode(r#"{"alg":"HS256"}"#), encode("{}"));
    let unsigned = format!(
        "{}.{}.",
        encode(r#"{"alg":"none"}"#),
        encode(good_claims().to_string())
    );
    let object = |text: &str| change(&good, 0, |_| text.as_bytes().to_vec());
    for bad in [
        ".".to_owned(),
        "....".to_owned(),
        ".....".to_owned(),
        "garbage".to_owned(),
        signed,
        unsigned,
        format!("{good}.extra"),
        format!("{good}="),
        format!(" {good}"),
        format!("{good}\n"),
        good.replacen("..", ".", 1),
        good.replacen('e', "%65", 1),
        object("null"),
        object("[]"),
        object("\"dir\""),
        object(""),
        object("{"),
        good_claims().to_string(),
    ] {
        assert_eq!(read(V4, &bad), Err(NextAuthError::Malformed), "{bad:.60}");
    }
}

#[test]
fn tokens_cut_anywhere_are_refused() {
    for cookie in [V4, V5] {
        let token = Forge::new(cookie).good();
        for length in 1..token.len() {
            assert!(
                read(cookie, &token[..length]).is_err(),
                "{cookie:?}, {length}"
            );
        }
    }
}

#[test]
fn any_other_byte_is_refused() {
    for cookie in [V4, V5] {
        let token = Forge::new(cookie).good();
        for part in [0, 2, 3, 4] {
            let mut length = 0;
            change(&token, part, |bytes| {
                length = bytes.len();
                bytes
            });
            for at in 0..length {
                let changed = change(&token, part, |mut bytes| {
                    bytes[at] ^= 1;
                    bytes
                });
                let refused = read(cookie, &changed).expect_err("refused");
                if part != 0 {
                    assert_eq!(
                        refused,
                        NextAuthError::Tag,
                        "{cookie:?}, part {part}, byte {at}"
                    );
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn no_text_upsets_them(text in ".*", parts in proptest::collection::vec("[A-Za-z0-9_-]{0,40}", 0..7)) {
        for cookie in [V4, V5] {
            for token in [&text, &parts.join(".")] {
                prop_assert!(token.is_empty() || read(cookie, token).is_err());
            }
        }
    }
}
