//! E-mail addresses.

use store::deletions::CLOSED_ACCOUNTS;
use unicode_normalization::UnicodeNormalization;

/// The longest address that SMTP carries (RFC 5321, 4.5.3.1.3: 256 with its brackets).
const MAX: usize = 254;
/// The longest text that may be an address once it is normalised, in bytes: full-width letters take three each.
const MAX_TYPED: usize = 3 * MAX;
const MAX_LOCAL: usize = 64;
const MAX_LABEL: usize = 63;

/// An address in the one form in which it is stored and compared: trimmed, NFKC, lower case, ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Normalises and checks an address: a dot-atom, an at sign, a domain of at least two labels (RFC 5321). Quoted
    /// local parts, address literals, unencoded international names and the names of closed accounts are refused. What is too
    /// long is refused before it is
    /// normalised, which takes seconds a megabyte.
    pub fn parse(text: &str) -> Option<Self> {
        let typed = text.trim();
        if typed.len() > MAX_TYPED {
            return None;
        }
        let normal: String = typed.nfkc().collect::<String>().to_lowercase();
        let (local, domain) = normal.rsplit_once('@')?;
        let fits = normal.len() <= MAX
            && is_dot_atom(local)
            && is_domain(domain)
            && domain != CLOSED_ACCOUNTS;
        fits.then_some(Self(normal))
    }

    /// The normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_dot_atom(local: &str) -> bool {
    let is_atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    local.len() <= MAX_LOCAL
        && local
            .split('.')
            .all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let mut labels = domain.split('.').rev();
    let top = labels.next().unwrap_or_default();
    let rest = labels.collect::<Vec<_>>();
    is_label(top)
        && top.chars().any(|c| c.is_ascii_alphabetic())
        && !rest.is_empty()
        && rest.into_iter().all(is_label)
}

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn one_form_for_every_spelling() {
        for spelling in [
            "a.b@example.com",
            " A.B@Example.COM\n",
            "ａ.b＠example。com",
            "a.b@ｅxample.com",
        ] {
            let parsed = Email::parse(&spelling.replace('。', "."));
            assert_eq!(parsed.unwrap().as_str(), "a.b@example.com", "{spelling}");
        }
        assert!(Email::parse("o'hara+tag@xn--mnchen-3ya.de").is_some());
    }

    /// Normalising a megabyte of these would take seconds.
    #[test]
    fn measures_before_it_normalises() {
        let longest = format!("{}@{}.com", "ａ".repeat(64), "ｂ".repeat(63));
        assert!(Email::parse(&longest).is_some());
        let started = std::time::Instant::now();
        for mark in ["\u{fdfa}", "a\u{301}\u{316}", "ａ", "a", "@"] {
            let text = mark.repeat(1_000_000 / mark.len());
            assert_eq!(Email::parse(&text), None, "{mark}");
        }
        assert!(
            started.elapsed().as_millis() < 100,
            "{:?}",
            started.elapsed()
        );
    }

    #[test]
    fn refuses_what_no_mail_reaches() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long = format!("a@{}.com", vec!["b".repeat(63); 4].join("."));
        let refused = [
            "",
            "@",
            "a",
            "a@",
            "@b.co",
            "a@b",
            "a@b.",
            "a@.b.co",
            ".a@b.co",
            "a.@b.co",
            "a..b@b.co",
            "a b@b.co",
            "a@b c.co",
            "a@b.co\0",
            "\"a\"@b.co",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            "a@-b.co",
            "a@b-.co",
            "a@b@c.co",
            "mü@b.co",
            "a@mü.de",
            "01931f7e-0000-7000-8000-000000000000@Deleted.invalid",
            long_local.as_str(),
            long.as_str(),
        ];
        for text in refused {
            assert_eq!(Email::parse(text), None, "{text:?}");
        }
    }
}
