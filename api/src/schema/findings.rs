//! From what the validator says to the fields that are wrong.

use jsonschema::{ValidationError, error::ValidationErrorKind as Kind};
use serde_json::Value;

use crate::error::{FieldCode, FieldError};

/// Adds what one finding of the validator means: one entry for each field that it is about.
pub(super) fn collect(error: &ValidationError<'_>, root: &str, found: &mut Vec<FieldError>) {
    let at = format!("{root}{}", error.instance_path().as_str());
    match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            found.push(FieldError::new(
                child(&at, name),
                FieldCode::Required,
                "is required",
            ));
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            found.extend(unexpected.iter().map(|name| {
                FieldError::new(
                    child(&at, name),
                    FieldCode::UnknownField,
                    "is not a field of this request",
                )
            }));
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            collect_closest(context, at, root, found);
        }
        kind => {
            let (code, message) = at_its_place(kind);
            found.push(FieldError::new(at, code, message));
        }
    }
}

fn at_its_place(kind: &Kind) -> (FieldCode, String) {
    if let Some((code, message)) = measured(kind) {
        return (code, message);
    }
    let (code, message) = match kind {
        Kind::Type { kind } => return (FieldCode::Type, format!("must be {}", type_name(kind))),
        Kind::Enum { options } => return (FieldCode::OneOf, format!("must be one of {options}")),
        Kind::Constant { expected_value } => {
            return (FieldCode::OneOf, format!("must be {expected_value}"));
        }
        Kind::Format { format } => return (FieldCode::Format, format!("is not a valid {format}")),
        Kind::PropertyNames { .. } | Kind::FalseSchema => {
            (FieldCode::UnknownField, "is not allowed here")
        }
        Kind::UniqueItems => (FieldCode::Duplicate, "must not repeat an item"),
        Kind::OneOfMultipleValid { .. } => (FieldCode::OneOf, "fits more than one of the forms"),
        Kind::Pattern { .. } => (FieldCode::Format, "has not the form that it should have"),
        Kind::ContentEncoding { .. } | Kind::ContentMediaType { .. } | Kind::FromUtf8 { .. } => {
            (FieldCode::Format, "is not encoded as it should be")
        }
        // The library's kinds, not ours: those that say nothing more to a caller, and any that it may add.
        _ => (FieldCode::Invalid, "is not valid"),
    };
    (code, message.to_owned())
}

fn measured(kind: &Kind) -> Option<(FieldCode, String)> {
    Some(match kind {
        Kind::Minimum { limit } => (FieldCode::OutOfRange, format!("must be at least {limit}")),
        Kind::Maximum { limit } => (FieldCode::OutOfRange, format!("must be at most {limit}")),
        Kind::ExclusiveMinimum { limit } => {
            (FieldCode::OutOfRange, format!("must be more than {limit}"))
        }
        Kind::ExclusiveMaximum { limit } => {
            (FieldCode::OutOfRange, format!("must be less than {limit}"))
        }
        Kind::MultipleOf { multiple_of } => (
            FieldCode::OutOfRange,
            format!("must be a multiple of {multiple_of}"),
        ),
        Kind::MaxLength { limit } => (
            FieldCode::TooLong,
            format!("must have at most {limit} characters"),
        ),
        Kind::MinLength { limit } => (
            FieldCode::TooShort,
            format!("must have at least {limit} characters"),
        ),
        Kind::MaxItems { limit } => (
            FieldCode::TooLong,
            format!("must have at most {limit} items"),
        ),
        Kind::AdditionalItems { limit } => (
            FieldCode::TooLong,
            format!("must have at most {limit} items"),
        ),
        Kind::MinItems { limit } => (
            FieldCode::TooShort,
            format!("must have at least {limit} items"),
        ),
        Kind::MaxProperties { limit } => (
            FieldCode::TooLong,
            format!("must have at most {limit} fields"),
        ),
        Kind::MinProperties { limit } => (
            FieldCode::TooShort,
            format!("must have at least {limit} fields"),
        ),
        _ => return None,
    })
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
    // A form that is told apart by a tag is meant only where its tag stands.
    let wants_other_tag = |errors: &[ValidationError<'static>]| {
        errors.iter().any(|error| {
            matches!(error.kind(), Kind::Enum { .. } | Kind::Constant { .. })
                && is_child(error, &at, root)
        })
    };
    let closest = context
        .iter()
        .filter(|errors| !errors.is_empty() && !wants_other_type(errors))
        .min_by_key(|errors| (wants_other_tag(errors), errors.len()));
    match closest {
        Some(errors) if wants_other_tag(errors) => errors
            .iter()
            .filter(|error| matches!(error.kind(), Kind::Enum { .. } | Kind::Constant { .. }))
            .for_each(|error| {
                let at = format!("{root}{}", error.instance_path().as_str());
                found.push(FieldError::new(
                    at,
                    FieldCode::OneOf,
                    "is none of the values allowed",
                ));
            }),
        Some(errors) => errors.iter().for_each(|error| collect(error, root, found)),
        None => found.push(FieldError::new(
            at,
            FieldCode::Type,
            "has none of the types allowed",
        )),
    }
}

fn is_child(error: &ValidationError<'_>, at: &str, root: &str) -> bool {
    format!("{root}{}", error.instance_path().as_str())
        .strip_prefix(at)
        .is_some_and(|rest| rest.rfind('/') == Some(0))
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
