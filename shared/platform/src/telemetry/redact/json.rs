//! Redaction of JSON text, field by field, keeping the order and the numbers as they were written.

use std::{borrow::Cow, fmt};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{REDACTED, is_sensitive, text};

/// Deeper than anything we log on purpose: what lies below is dropped rather than followed.
const MAX_DEPTH: usize = 48;

/// Redacts text that is one JSON value; none when it is not JSON.
pub(super) fn redact(text: &str, depth: usize) -> Option<String> {
    let raw: &RawValue = serde_json::from_str(text).ok()?;
    let mut out = String::with_capacity(text.len());
    // What stands around the value is white space.
    let end = text.trim_end().len();
    write_raw(raw, &mut out, depth)?;
    out.push_str(text.get(end..)?);
    Some(out)
}

fn write_raw(raw: &RawValue, out: &mut String, depth: usize) -> Option<()> {
    let text = raw.get();
    match text.as_bytes().first()? {
        b'{' | b'[' if depth >= MAX_DEPTH => write_string(REDACTED, out),
        b'{' => {
            let fields: Fields<'_> = serde_json::from_str(text).ok()?;
            out.push('{');
            for (at, (name, value)) in fields.0.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_string(&text::redact(&name), out)?;
                out.push(':');
                if is_sensitive(&name) && value.get() != "null" {
                    write_string(REDACTED, out)?;
                } else {
                    write_raw(value, out, depth + 1)?;
                }
            }
            out.push('}');
            Some(())
        }
        b'[' => {
            let items: Items<'_> = serde_json::from_str(text).ok()?;
            out.push('[');
            for (at, value) in items.0.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_raw(value, out, depth + 1)?;
            }
            out.push(']');
            Some(())
        }
        b'"' => {
            let value: Cow<'_, str> = serde_json::from_str(text).ok()?;
            if let Some(clean) = redact_string(&value, depth) {
                return write_string(&clean, out);
            }
            out.push_str(text);
            Some(())
        }
        _ => {
            out.push_str(text);
            Some(())
        }
    }
}

/// A string may itself be JSON: a logged request body, say. None when there is nothing to hide.
fn redact_string(value: &str, depth: usize) -> Option<String> {
    if !text::may_match(value) {
        return None;
    }
    if value.trim_start().starts_with(['{', '['])
        && depth < MAX_DEPTH
        && let Some(clean) = redact(value, depth + 1)
    {
        return Some(clean);
    }
    match text::redact(value) {
        Cow::Owned(clean) => Some(clean),
        Cow::Borrowed(_) => None,
    }
}

fn write_string(value: &str, out: &mut String) -> Option<()> {
    out.push_str(&serde_json::to_string(value).ok()?);
    Some(())
}

/// The fields of an object, in their order, repeated ones included.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;
        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(FieldsVisitor)
    }
}

/// The items of an array.
struct Items<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Items<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ItemsVisitor;
        impl<'de> Visitor<'de> for ItemsVisitor {
            type Value = Items<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Items(items))
            }
        }
        deserializer.deserialize_seq(ItemsVisitor)
    }
}
