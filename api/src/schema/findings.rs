//! From what the validator says to the fields that are wrong.

use jsonschema::{ValidationError, error::ValidationErrorKind as Kind};
use serde_json::Value;

use crate::error::{FieldCode, FieldError};

/// Adds what one finding of the validator means: one entry for each field that it is about.
pub(super) fn collect(error: &ValidationError<'_>, root: &str, found: &mut Vec<FieldError>) {
    let at = format!("{root}{}", error.instance_path().as_str());
    let mut add = |pointer: String, code, message: String| {
        found.push(FieldError::new(pointer, code, message));
    };
    match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            add(child(&at, name), FieldCode::Required, "is required".into());
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            for name in unexpected {
                add(
                    child(&at, name),
                    FieldCode::UnknownField,
                    "is not a field of this request".into(),
                );
            }
        }
        Kind::PropertyNames { .. } | Kind::FalseSchema => {
            add(at, FieldCode::UnknownField, "is not allowed here".into());
        }
        Kind::Type { kind } => add(at, FieldCode::Type, format!("must be {}", type_name(kind))),
        Kind::Minimum { limit } => add(
            at,
            FieldCode::OutOfRange,
            format!("must be at least {limit}"),
        ),
        Kind::Maximum { limit } => add(
            at,
            FieldCode::OutOfRange,
            format!("must be at most {limit}"),
        ),
        Kind::ExclusiveMinimum { limit } => {
            add(
                at,
                FieldCode::OutOfRange,
                format!("must be more than {limit}"),
            );
        }
        Kind::ExclusiveMaximum { limit } => {
            add(
                at,
                FieldCode::OutOfRange,
                format!("must be less than {limit}"),
            );
        }
        Kind::MultipleOf { multiple_of } => {
            add(
                at,
                FieldCode::OutOfRange,
                format!("must be a multiple of {multiple_of}"),
            );
        }
        Kind::MaxLength { limit } => {
            add(
                at,
                FieldCode::TooLong,
                format!("must have at most {limit} characters"),
            );
        }
        Kind::MinLength { limit } => {
            add(
                at,
                FieldCode::TooShort,
                format!("must have at least {limit} characters"),
            );
        }
        Kind::MaxItems { limit } => add(
            at,
            FieldCode::TooLong,
            format!("must have at most {limit} items"),
        ),
        Kind::AdditionalItems { limit } => {
            add(
                at,
                FieldCode::TooLong,
                format!("must have at most {limit} items"),
            );
        }
        Kind::MinItems { limit } => add(
            at,
            FieldCode::TooShort,
            format!("must have at least {limit} items"),
        ),
        Kind::MaxProperties { limit } => {
            add(
                at,
                FieldCode::TooLong,
                format!("must have at most {limit} fields"),
            );
        }
        Kind::MinProperties { limit } => {
            add(
                at,
                FieldCode::TooShort,
                format!("must have at least {limit} fields"),
            );
        }
        Kind::UniqueItems => add(at, FieldCode::Duplicate, "must not repeat an item".into()),
        Kind::Enum { options } => add(at, FieldCode::OneOf, format!("must be one of {options}")),
        Kind::Constant { expected_value } => {
            add(at, FieldCode::OneOf, format!("must be {expected_value}"))
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            collect_closest(context, at, root, found);
        }
        Kind::OneOfMultipleValid { .. } => {
            add(
                at,
                FieldCode::OneOf,
                "fits more than one of the forms".into(),
            );
        }
        Kind::Format { format } => add(at, FieldCode::Format, format!("is not a valid {format}")),
        Kind::Pattern { .. } => add(
            at,
            FieldCode::Format,
            "has not the form that it should have".into(),
        ),
        Kind::ContentEncoding { .. } | Kind::ContentMediaType { .. } | Kind::FromUtf8 { .. } => {
            add(
                at,
                FieldCode::Format,
                "is not encoded as it should be".into(),
            );
        }
        Kind::BacktrackLimitExceeded { .. }
        | Kind::RegexEngineFailure { .. }
        | Kind::Contains
        | Kind::Custom { .. }
        | Kind::Not { .. }
        | Kind::UnevaluatedItems { .. }
        | Kind::Referencing(_) => add(at, FieldCode::Invalid, "is not valid".into()),
    }
}

// Of several forms the one with the fewest complaints is most likely the one that was meant. Forms that want another
// type altogether (the `null` of an optional field) only count when there is nothing else.
fn collect_closest(
    context: &[Vec<ValidationError<'static>>],
    at: String,
    root: &str,
    found: &mut Vec<FieldError>,
) {
    let wants_other_type = |errors: &[ValidationError<'static>]| {
        errors.iter().any(|error| {
            matches!(error.kind(), Kind::Type { .. })
                && format!("{root}{}", error.instance_path().as_str()) == at
        })
    };
    let closest = context
        .iter()
        .filter(|errors| !errors.is_empty() && !wants_other_type(errors))
        .min_by_key(|errors| errors.len());
    match closest {
        Some(errors) => errors.iter().for_each(|error| collect(error, root, found)),
        None => found.push(FieldError::new(
            at,
            FieldCode::Type,
            "has none of the types allowed",
        )),
    }
}

/// Postgres keeps no U+0000 in text or jsonb, so no text of a request may hold one.
pub(super) fn collect_nul(value: &Value, at: &str, found: &mut Vec<FieldError>) {
    match value {
        Value::String(text) if text.contains('\0') => {
            found.push(FieldError::new(
                at,
                FieldCode::Format,
                "must not hold the character U+0000",
            ));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_nul(item, &format!("{at}/{index}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                collect_nul(field, &child(at, name), found);
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

// RFC 6901.
fn child(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn type_name(kind: &jsonschema::error::TypeKind) -> String {
    match kind {
        jsonschema::error::TypeKind::Single(one) => one.to_string(),
        jsonschema::error::TypeKind::Multiple(some) => some
            .iter()
            .map(|one| one.to_string())
            .collect::<Vec<_>>()
            .join(" or "),
    }
}
