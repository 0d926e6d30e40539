//! Names and values inside text: `name=value`, `name: value`, `"name": "value"`, `name: Some("value")`.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;

use super::{REDACTED, compile};

/// A name that may be sensitive, and what divides it from its value.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    compile(concat!(
        r"(?i)([a-z0-9_\-.]*(?:key|secret|pass|token|totp|authorization|cookie|credential|dsn|signature|mnemonic)[a-z0-9_\-.]*)",
        r#"\\*["']?\s*(?:=>|[=:])\s*"#,
    ))
});

/// Replaces the values of sensitive names, keeping the quotes around them.
pub(super) fn redact(text: &str, is_sensitive: impl Fn(&str) -> bool) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = NAME.captures_at(text, at) {
        let (Some(whole), Some(name)) = (found.get(0), found.get(1)) else {
            break;
        };
        at = whole.end();
        let rest = text.get(at..).unwrap_or_default();
        // `token::verify` is a path and `token == x` a comparison.
        if rest.starts_with([':', '=']) || !is_sensitive(name.as_str()) {
            continue;
        }
        let (quote, length) = value(rest, is_header(name.as_str()));
        if length == 0 || rest.starts_with(REDACTED) {
            continue;
        }
        out.push_str(text.get(copied..at).unwrap_or_default());
        out.push_str(quote);
        out.push_str(REDACTED);
        out.push_str(quote);
        at += length;
        copied = at;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// A cookie or authorization header's value has spaces and semicolons of its own.
fn is_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("cookie") || name.ends_with("cookies") || name.ends_with("authorization")
}

/// The quotes around the value that begins here, and how many bytes it takes with them.
fn value(text: &str, is_header: bool) -> (&str, usize) {
    let slashes = text.bytes().take_while(|&b| b == b'\\').count();
    match text.as_bytes().get(slashes) {
        Some(&quote @ (b'"' | b'\'')) => {
            let opening = text.get(..=slashes).unwrap_or_default();
            (
                opening,
                slashes + 1 + quoted(text, slashes + 1, quote, slashes),
            )
        }
        _ => ("", bare(text, is_header)),
    }
}

/// Bytes from `start` to the end of a quoted value, its closing quote included; to the end of the text without one.
///
/// Inside text that was escaped n times every quote carries backslashes, and one inside the value carries more than the
/// one that closes it.
fn quoted(text: &str, start: usize, quote: u8, slashes: usize) -> usize {
    let bytes = text.as_bytes();
    let mut run = 0;
    for (at, &byte) in bytes.iter().enumerate().skip(start) {
        if byte == b'\\' {
            run += 1;
            continue;
        }
        let closes = if slashes == 0 {
            run % 2 == 0
        } else {
            run == slashes
        };
        if byte == quote && closes {
            return at + 1 - start;
        }
        run = 0;
    }
    bytes.len() - start
}

/// Bytes of a value without quotes of its own: a word, or a word and what its brackets hold, as `Debug` writes it; a
/// header's goes to the end of the line or of the quotes around it.
fn bare(text: &str, is_header: bool) -> usize {
    let end_of_word = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        from + rest
            .find(|c: char| c.is_whitespace() || "\\,;&\"'(){}[]".contains(c))
            .unwrap_or(rest.len())
    };
    let word = end_of_word(0);
    let rest = text.get(word..).unwrap_or_default();
    let next = rest.trim_start_matches(' ');
    if next.starts_with(['(', '{', '[']) {
        return text.len() - next.len() + bracketed(next);
    }
    if is_header {
        return text
            .find(['"', '\'', '\\', '\r', '\n'])
            .unwrap_or(text.len());
    }
    word
}

/// Bytes to the bracket that closes the first one, skipping quoted text; to the end of the text without one.
fn bracketed(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut in_quotes = false;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        if escaped {
            escaped = false;
            continue;
        }
        match byte {
            b'\\' => escaped = in_quotes,
            b'"' => in_quotes = !in_quotes,
            b'(' | b'{' | b'[' if !in_quotes => depth += 1,
            b')' | b'}' | b']' if !in_quotes => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}
