//! JSON as we take it: UTF-8, no key twice, not nested without end.

use std::{cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How deeply arrays and objects may be nested.
pub const MAX_DEPTH: usize = 32;

/// 2^53: below it every integer has an exact `f64`, so `1.0` and `1` are told apart by nobody.
const EXACT_INTEGERS: f64 = 9_007_199_254_740_992.0;

/// Parses a body.
///
/// # Errors
/// What is wrong, with line and column, for the caller to read.
pub fn parse(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("not UTF-8 at byte {}", error.valid_up_to()))?;
    let depth = Cell::new(0);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict(&depth)
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| error.to_string())?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Strict<'a>(&'a Cell<usize>);

impl Strict<'_> {
    fn enter<E: Error>(self) -> Result<(), E> {
        self.0.set(self.0.get() + 1);
        if self.0.get() > MAX_DEPTH {
            return Err(E::custom(format_args!("nested deeper than {MAX_DEPTH}")));
        }
        Ok(())
    }

    fn leave(self) {
        self.0.set(self.0.get() - 1);
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    // `1.0` is an integer to JSON Schema but not to serde: what is whole becomes an integer here.
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        if value.fract() == 0.0 && value.abs() < EXACT_INTEGERS {
            return Ok(Value::from(value as i64));
        }
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self)? {
            items.push(item);
        }
        self.leave();
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if fields.contains_key(&key) {
                return Err(A::Error::custom(format_args!("duplicate key {key:?}")));
            }
            let value = map.next_value_seed(self)?;
            fields.insert(key, value);
        }
        self.leave();
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{MAX_DEPTH, parse};

    #[test]
    fn takes_what_json_allows() {
        assert_eq!(
            parse(br#" {"a":[1,-2,1.5,2.0,true,null,"x"]} "#).unwrap(),
            json!({"a": [1, -2, 1.5, 2, true, null, "x"]})
        );
    }

    #[test]
    fn says_where_it_went_wrong() {
        let refusals: &[(&[u8], &str)] = &[
            (b"", "EOF"),
            (b"{", "line 1 column 1"),
            (b"{\n  \"a\": }", "line 2 column 8"),
            (b"{} {}", "trailing characters"),
            (b"{\"a\":1,\"a\":2}", "duplicate key \"a\""),
            (b"{\"a\":{\"b\":1,\"b\":1}}", "duplicate key \"b\""),
            (b"{\"a\":1,\"\\u0061\":2}", "duplicate key \"a\""),
            (b"\xff", "not UTF-8 at byte 0"),
            (b"\"\xc3\x28\"", "not UTF-8 at byte 1"),
            (b"\xef\xbb\xbf{}", "expected value"),
            (b"1e999", "number out of range"),
            (b"NaN", "expected value"),
            (b"\"\\ud800\"", "hex escape"),
            (b"01", "invalid number"),
        ];
        for (text, expected) in refusals {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{text:?} gave {error:?}");
        }
    }

    #[test]
    fn nesting_ends() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        for depth in [MAX_DEPTH + 1, 100_000] {
            let error = parse(nested(depth).as_bytes()).unwrap_err();
            assert!(error.contains("nested deeper than"), "{error}");
        }
    }
}
