//! One compiled validator for each request type.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use jsonschema::Validator;
use serde_json::{Map, Value, json};
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema, schema::AdditionalProperties},
};

use super::findings;
use crate::{
    auth::email::Email,
    error::{ApiError, FieldError},
};

/// Findings of one request that are told.
const MAX_FINDINGS: usize = 1_000;

/// The compiled schema of a request type.
pub struct RequestSchema {
    validator: Validator,
    document: Value,
}

impl RequestSchema {
    fn compile<T: ToSchema>() -> Result<Self, ApiError> {
        let mut components = Vec::new();
        T::schemas(&mut components);
        let schemas: Map<String, Value> = components
            .into_iter()
            .map(|(name, schema)| Ok((name, serde_json::to_value(closed(schema))?)))
            .collect::<Result<_, serde_json::Error>>()
            .map_err(ApiError::internal)?;
        let mut document = serde_json::to_value(T::schema()).map_err(ApiError::internal)?;
        if let Some(document) = document.as_object_mut() {
            document.insert("components".to_owned(), json!({ "schemas": schemas }));
        }
        let validator = jsonschema::draft202012::options()
            .should_validate_formats(true)
            // The form that the type itself takes, so that schema and type cannot disagree.
            .with_format("email", |text: &str| Email::parse(text).is_some())
            .build(&document)
            .map_err(|error| ApiError::internal(error.to_string()))?;
        Ok(Self {
            validator,
            document,
        })
    }

    /// Every field that is wrong.
    pub fn check(&self, value: &Value, root: &str) -> Vec<FieldError> {
        let mut found: Vec<FieldError> = Vec::new();
        let reader = findings::Reader {
            document: &self.document,
            root,
        };
        for error in self.validator.iter_errors(value) {
            reader.collect(&error, &mut found);
        }
        findings::collect_nul(value, root, &mut found);
        found.sort_by(|a, b| (&a.pointer, a.code).cmp(&(&b.pointer, b.code)));
        found.dedup_by(|a, b| a.pointer == b.pointer && a.code == b.code);
        // Every field is named, but a body of a hundred thousand unknown ones must not be answered by ten times its size.
        found.truncate(MAX_FINDINGS);
        found
    }

    /// The JSON type that a property is declared with; none for unknown ones.
    pub fn property_type(&self, name: &str) -> Option<&str> {
        let declared = self.document.get("properties")?.get(name)?.get("type")?;
        match declared {
            Value::String(one) => Some(one),
            Value::Array(some) => some.iter().filter_map(Value::as_str).find(|t| *t != "null"),
            _ => None,
        }
    }
}

/// Closes the forms of a tagged enum: the derive leaves them open although the type takes no unknown field.
pub(crate) fn closed(mut schema: RefOr<Schema>) -> RefOr<Schema> {
    if let RefOr::T(Schema::OneOf(forms)) = &mut schema {
        for form in &mut forms.items {
            if let RefOr::T(Schema::Object(object)) = form
                && !object.properties.is_empty()
                && object.additional_properties.is_none()
            {
                object.additional_properties =
                    Some(Box::new(AdditionalProperties::FreeForm(false)));
            }
        }
    }
    schema
}

/// The schema of `T`, compiled at its first use.
///
/// # Errors
/// When the type's schema is not a schema, which the test over all routes rules out.
pub fn schema_of<T: ToSchema + 'static>() -> Result<Arc<RequestSchema>, ApiError> {
    static COMPILED: RwLock<Option<HashMap<TypeId, Arc<RequestSchema>>>> = RwLock::new(None);

    let id = TypeId::of::<T>();
    let known = COMPILED.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(schema) = known.as_ref().and_then(|schemas| schemas.get(&id)) {
        return Ok(Arc::clone(schema));
    }
    drop(known);
    let schema = Arc::new(RequestSchema::compile::<T>()?);
    COMPILED
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .get_or_insert_default()
        .insert(id, Arc::clone(&schema));
    Ok(schema)
}
