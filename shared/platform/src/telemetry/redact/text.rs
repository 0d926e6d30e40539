//! Redaction of free text.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;

use super::{REDACTED, compile, is_sensitive, pair};

/// Something must match here before anything else is tried: most lines end at this one scan.
static TRIGGER: LazyLock<Regex> = LazyLock::new(|| {
    compile(concat!(
        r"(?i)key|secret|pass|token|totp|authorization|cookie|credential|dsn|signature|mnemonic",
        // A field name may be spelt with escapes.
        r"|://|[spr]k_|whsec_|eyj|bbx_|bearer|basic|\\u00[3-7]",
    ))
});

/// `scheme://user:password@`, also where the password holds characters that a URL may not.
static USERINFO: LazyLock<Regex> =
    LazyLock::new(|| compile(r#"://(?:[^\s/?#@:"'<>\\]*:[^\s"'<>\\]*|[^\s/?#"'<>\\]*)@"#));

/// `Bearer …`, `Basic …`.
static SCHEME: LazyLock<Regex> =
    LazyLock::new(|| compile(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=\-]{8,}"));

/// Stripe keys and webhook secrets, our API tokens, JWTs and JWEs.
static SHAPE: LazyLock<Regex> = LazyLock::new(|| {
    compile(concat!(
        r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9_]+",
        r"|whsec_[A-Za-z0-9+/=_\-]+",
        r"|bbx_[A-Za-z0-9_\-]{8,}",
        r"|eyJ[A-Za-z0-9_\-]{6,}\.[A-Za-z0-9_\-]*\.[A-Za-z0-9_\-]*(?:\.[A-Za-z0-9_\-]*)*",
    ))
});

/// False when the text surely holds nothing sensitive.
pub(super) fn may_match(text: &str) -> bool {
    TRIGGER.is_match(text)
}

/// Redacts what the patterns find.
pub(super) fn redact(text: &str) -> Cow<'_, str> {
    if !may_match(text) {
        return Cow::Borrowed(text);
    }
    let text = USERINFO.replace_all(text, "://[redacted]@");
    let text = then(text, |text| SCHEME.replace_all(text, "$1 [redacted]"));
    let text = then(text, |text| pair::redact(text, is_sensitive));
    then(text, |text| SHAPE.replace_all(text, REDACTED))
}

fn then<'a>(text: Cow<'a, str>, step: impl for<'b> Fn(&'b str) -> Cow<'b, str>) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => step(text),
        Cow::Owned(text) => Cow::Owned(step(&text).into_owned()),
    }
}
