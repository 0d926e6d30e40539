//! From what the validator says to the fields that are wrong.

use jsonschema::{ValidationError, error::ValidationErrorKind as Kind};
use serde_json::Value;

use super::{fix, forms};
use crate::error::{FieldCode, FieldError};

/// Says of findings of the validator which fields they are about.
pub(super) struct Reader<'a> {
    /// The schema, with all that it refers to.
    pub(super) document: &'a Value,
    /// Where the value lies in the request.
    pub(super) root: &'a str,
}

impl Reader<'_> {
    /// Adds what one finding of the validator means: one entry for each field that it is about.
    pub(super) fn collect(&self, error: &ValidationError<'_>, found: &mut Vec<FieldError>) {
        let at = self.place(error);
        match error.kind() {
            Kind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                found.push(FieldError::new(
                    child(&at, name),
                    FieldCode::Required,
                    "is required",
                ));
            }
            Kind::AdditionalProperties { unexpected }
            | Kind::UnevaluatedProperties { unexpected } => {
                found.extend(unexpected.iter().map(|name| {
                    FieldError::new(
                        child(&at, name),
                        FieldCode::UnknownField,
                        "is not a field of this request",
                    )
                }));
            }
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                self.collect_forms(error, context, at, found);
            }
            kind => {
                let (code, message) = self.at_its_place(kind, error);
                found.push(FieldError::new(at, code, message));
            }
        }
    }

    fn place(&self, error: &ValidationError<'_>) -> String {
        format!("{}{}", self.root, error.instance_path().as_str())
    }

    /// The form that a tag names is the one that is meant, whatever else is wrong with it.
    fn collect_forms(
        &self,
        error: &ValidationError<'_>,
        context: &[Vec<ValidationError<'static>>],
        at: String,
        found: &mut Vec<FieldError>,
    ) {
        let tags = forms::tags(self.document, error.schema_path().as_str());
        let (Some(tags), Value::Object(fields)) = (tags, error.instance().as_ref()) else {
            return self.collect_closest(error, context, at, found);
        };
        let allowed = || fix::listed(tags.values.iter().map(String::as_str));
        let at = child(&at, &tags.name);
        let Some(tag) = fields.get(&tags.name) else {
            let message = format!("is required: one of {}", allowed());
            return found.push(FieldError::new(at, FieldCode::Required, message));
        };
        let named = tags.values.iter().position(|value| tag == value);
        match named.and_then(|form| context.get(form)) {
            Some(errors) => errors.iter().for_each(|error| self.collect(error, found)),
            None => found.push(FieldError::new(
                at,
                FieldCode::OneOf,
                format!(
                    "must be one of {}{}",
                    allowed(),
                    fix::of_word(tag, tags.values.iter().map(String::as_str))
                ),
            )),
        }
    }

    // Of several forms the one with the fewest complaints is most likely the one that was meant. Forms that want another
    // type altogether (the `null` of an optional field) only count when there is nothing else.
    fn collect_closest(
        &self,
        error: &ValidationError<'_>,
        context: &[Vec<ValidationError<'static>>],
        at: String,
        found: &mut Vec<FieldError>,
    ) {
        let wanted_type = |errors: &[ValidationError<'static>]| {
            errors.iter().find_map(|error| match error.kind() {
                Kind::Type { kind } if self.place(error) == at => Some(type_name(kind)),
                _ => None,
            })
        };
        let closest = context
            .iter()
            .filter(|errors| !errors.is_empty() && wanted_type(errors).is_none())
            .min_by_key(|errors| errors.len());
        if let Some(errors) = closest {
            for error in errors {
                self.collect(error, found);
            }
            return;
        }
        let types: Vec<String> = context
            .iter()
            .filter_map(|errors| wanted_type(errors))
            .collect();
        let message = format!(
            "must be {}{}",
            types.join(" or "),
            fix::of_type(error.instance(), &types)
        );
        found.push(FieldError::new(at, FieldCode::Type, message));
    }

    fn at_its_place(&self, kind: &Kind, error: &ValidationError<'_>) -> (FieldCode, String) {
        if let Some((code, message)) = measured(kind) {
            return (code, message);
        }
        let (code, message) = match kind {
            Kind::Type { kind } => {
                let wanted = type_name(kind);
                let fix = fix::of_type(error.instance(), std::slice::from_ref(&wanted));
                return (FieldCode::Type, format!("must be {wanted}{fix}"));
            }
            Kind::Enum { options } => {
                let options: Vec<&str> = options
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                let fix = fix::of_word(error.instance(), options.iter().copied());
                let listed = fix::listed(options.iter().copied());
                return (FieldCode::OneOf, format!("must be one of {listed}{fix}"));
            }
            Kind::Constant { expected_value } => {
                return (FieldCode::OneOf, format!("must be {expected_value}"));
            }
            Kind::Format { format } => return (FieldCode::Format, format_message(format)),
            Kind::PropertyNames { .. } | Kind::FalseSchema => {
                (FieldCode::UnknownField, "is not allowed here")
            }
            Kind::UniqueItems => (FieldCode::Duplicate, "must not repeat an item"),
            Kind::OneOfMultipleValid { .. } => {
                (FieldCode::OneOf, "fits more than one of the forms")
            }
            Kind::Pattern { pattern } => {
                let of = forms::parent(self.document, error.schema_path().as_str());
                return (
                    FieldCode::Format,
                    fix::of_text(error.instance(), of, pattern),
                );
            }
            Kind::ContentEncoding { .. }
            | Kind::ContentMediaType { .. }
            | Kind::FromUtf8 { .. } => (FieldCode::Format, "is not encoded as it should be"),
            // The library's kinds, not ours: those that say nothing more to a caller, and any that it may add.
            _ => (FieldCode::Invalid, "is not valid"),
        };
        (code, message.to_owned())
    }
}

fn format_message(format: &str) -> String {
    match format {
        "date-time" => {
            "must be a time as RFC 3339 writes it, such as \"2024-01-31T12:00:00Z\"".to_owned()
        }
        "date" => "must be a day, such as \"2024-01-31\"".to_owned(),
        "uuid" => "must be a UUID, as ids are".to_owned(),
        _ => format!("is not a valid {format}"),
    }
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
