//! Answers always have all their fields: what is not there is null.

use std::collections::BTreeSet;

use utoipa::openapi::{
    Components, OpenApi, RefOr, Schema,
    schema::{SchemaType, Type},
};

use super::{references, walk};

/// Schemas that leave out what is not there.
const WITH_GAPS: &[&str] = &[
    "ApiTokenRevoked",
    "BillingInvoicePaid",
    "BillingPaymentFailed",
    "ConnectionUpdated",
    "Facts",
    "FeedChange",
    "HealthCheck",
    "Observation",
    "Problem",
    "RegisteredUser",
    "SecondFactorDisabled",
    "UserUpdated",
];

/// Requires the nullable fields of all schemas that no request is made of.
pub(super) fn require(document: &mut OpenApi) {
    let requested = references::of_requests(document);
    if let Some(components) = &mut document.components {
        require_except(components, &requested);
    }
}

fn require_except(components: &mut Components, requested: &BTreeSet<String>) {
    for (name, schema) in &mut components.schemas {
        if requested.contains(name) || WITH_GAPS.contains(&name.as_str()) {
            continue;
        }
        walk::each(schema, &mut |schema| {
            let RefOr::T(Schema::Object(object)) = schema else {
                return;
            };
            let nullable = object
                .properties
                .iter()
                .filter(|(name, property)| is_nullable(property) && !object.required.contains(name))
                .map(|(name, _)| name.clone());
            let nullable: Vec<String> = nullable.collect();
            object.required.extend(nullable);
        });
    }
}

fn is_nullable(property: &RefOr<Schema>) -> bool {
    match property {
        RefOr::T(Schema::Object(object)) => has_null(&object.schema_type),
        RefOr::T(Schema::Array(array)) => has_null(&array.schema_type),
        RefOr::T(Schema::OneOf(forms)) => forms.items.iter().any(is_nullable),
        RefOr::T(_) | RefOr::Ref(_) => false,
    }
}

fn has_null(types: &SchemaType) -> bool {
    match types {
        SchemaType::Type(only) => *only == Type::Null,
        SchemaType::Array(some) => some.contains(&Type::Null),
        SchemaType::AnyValue => false,
    }
}
