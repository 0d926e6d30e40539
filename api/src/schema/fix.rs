//! What a caller should write instead, where that can be told.

use serde_json::Value;
use trading::{Amount, Symbol};

/// Assets that markets are priced in, for taking a name such as `SOLUSDT` apart.
const QUOTES: &[&str] = &[
    "USDT", "USDC", "FDUSD", "TUSD", "BUSD", "BTC", "ETH", "BNB", "EUR", "USD", "TRY",
];

/// What patterns that say little to people mean.
const SAID: &[(&str, &str)] = &[
    (r"^[^\x00]*$", "must not hold the character U+0000"),
    (r"^[^\x00-\x1f\x7f]*$", "must not hold control characters"),
    (
        r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$",
        "must not hold control characters, nor begin or end with a space",
    ),
    (
        r"^([^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?)?$",
        "must not hold control characters, nor begin or end with a space",
    ),
    (r"^[0-9a-fA-F-]*$", "must be a UUID, as ids are"),
];

/// Words in quotes, by commas.
pub(super) fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.map(|word| format!("\"{word}\"")).collect();
    words.join(", ")
}

/// A value of another type that means the same: `: write "90"`. Empty where there is none.
pub(super) fn of_type(value: &Value, wanted: &[String]) -> String {
    let wants = |name: &str| wanted.iter().any(|wanted| wanted == name);
    let instead = match value {
        Value::Number(number) if wants("string") => Some(format!("\"{number}\"")),
        Value::String(text) if wants("integer") => {
            text.parse::<i64>().ok().map(|number| number.to_string())
        }
        Value::String(text) if wants("boolean") => {
            text.parse::<bool>().ok().map(|truth| truth.to_string())
        }
        _ => None,
    };
    instead.map_or_else(String::new, |instead| format!(": write {instead}"))
}

/// The word that was meant, of those allowed.
pub(super) fn of_word<'a>(value: &Value, mut words: impl Iterator<Item = &'a str>) -> String {
    let text = value.as_str().unwrap_or_default();
    words
        .find(|word| word.eq_ignore_ascii_case(text))
        .map_or_else(String::new, |word| format!("; \"{word}\"?"))
}

/// How a text should look that does not fit its pattern, and what was meant.
pub(super) fn of_text(value: &Value, schema: Option<&Value>, pattern: &str) -> String {
    let text = value.as_str().unwrap_or_default();
    let example = schema.and_then(|schema| {
        let example = schema
            .get("example")
            .or_else(|| schema.get("examples")?.get(0));
        example?.as_str()
    });
    let said = SAID.iter().find(|(of, _)| *of == pattern);
    let looks = match (said, example) {
        (Some((_, words)), _) => (*words).to_owned(),
        (None, Some(example)) => format!("must look like \"{example}\""),
        (None, None) => format!("must match the pattern {pattern}"),
    };
    example
        .and_then(|example| meant(text, example))
        .map_or_else(|| looks.clone(), |meant| format!("{looks}; \"{meant}\"?"))
}

/// What was meant by a text that should be of the kind of the example.
fn meant(text: &str, example: &str) -> Option<String> {
    if example.parse::<Amount>().is_ok() {
        let with_point = text.replace(',', ".");
        return with_point.parse::<Amount>().is_ok().then_some(with_point);
    }
    let is_symbol = |text: &str| text.parse::<Symbol>().is_ok();
    if !is_symbol(example) {
        return None;
    }
    let upper = text.to_ascii_uppercase();
    let dashed = upper.replace(['/', '_', ':', ' '], "-");
    let split = QUOTES.iter().find_map(|quote| {
        let base = upper.strip_suffix(quote).filter(|base| !base.is_empty())?;
        Some(format!("{base}-{quote}"))
    });
    [Some(dashed), split]
        .into_iter()
        .flatten()
        .find(|symbol| is_symbol(symbol))
}
