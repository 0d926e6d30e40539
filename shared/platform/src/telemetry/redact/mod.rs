//! Keeps secrets out of whatever leaves the process as text: log lines, files, error reports.
//!
//! It works on the finished output, so it does not matter who logged what. Three rules: the value of a sensitive field
//! is replaced whole, at any depth of JSON and in `name=value` text; the userinfo of a URL is replaced; and so is
//! anything that has the shape of a secret.

mod json;
mod name;
mod pair;
mod text;

use std::borrow::Cow;

pub use name::is_sensitive;
use regex::Regex;

/// What stands in a secret's place.
pub const REDACTED: &str = "[redacted]";

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, and every test compiles them"
)]
fn compile(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern")
}

/// Applies the rules. Cheap to clone, and cheap to apply to text that holds nothing sensitive.
#[derive(Debug, Clone, Copy, Default)]
pub struct Redactor;

impl Redactor {
    /// Redacts free text, or text that is JSON as a whole.
    pub fn text(self, text: &str) -> Cow<'_, str> {
        if !text::may_match(text) {
            return Cow::Borrowed(text);
        }
        let trimmed = text.trim_start();
        if trimmed.starts_with(['{', '['])
            && let Some(clean) = json::redact(text, 0)
        {
            return Cow::Owned(clean);
        }
        text::redact(text)
    }

    /// Redacts bytes that are meant to be text; what is not UTF-8 is replaced by its usual substitute.
    pub fn bytes(self, bytes: &[u8]) -> Cow<'_, [u8]> {
        match String::from_utf8_lossy(bytes) {
            Cow::Borrowed(text) => match self.text(text) {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            },
            Cow::Owned(text) => Cow::Owned(self.text(&text).into_owned().into_bytes()),
        }
    }

    /// Redacts a JSON value in place.
    pub fn value(self, value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => {
                if let Cow::Owned(clean) = self.text(text) {
                    *text = clean;
                }
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            serde_json::Value::Object(fields) => {
                for (name, field) in fields.iter_mut() {
                    if is_sensitive(name) && !field.is_null() {
                        *field = REDACTED.into();
                    } else {
                        self.value(field);
                    }
                }
            }
            serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
            }
        }
    }
}
