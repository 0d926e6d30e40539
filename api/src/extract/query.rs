//! Query strings.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::{
    access::RequiresAccess,
    error::{ApiError, FieldCode, FieldError},
    schema::{self, RequestSchema},
};

/// A query string that fits the schema of `T`. Parameters that the route does not know are refused.
#[derive(Debug)]
pub struct ApiQuery<T>(pub T);

/// For routes without parameters.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoQuery {}

impl<T> RequiresAccess for ApiQuery<T> {}

impl<T, S> FromRequestParts<S> for ApiQuery<T>
where
    T: DeserializeOwned + ToSchema + IntoParams + 'static,
    S: Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let schema = schema::schema_of::<T>()?;
        let (object, mut errors) = typed(parts.uri.query().unwrap_or_default(), &schema);
        let value = Value::Object(object);
        for error in schema.check(&value, "/query") {
            // A parameter that could not be read is not missing as well.
            if !errors
                .iter()
                .any(|known: &FieldError| known.pointer == error.pointer)
            {
                errors.push(error);
            }
        }
        if !errors.is_empty() {
            return Err(ApiError::Invalid(errors));
        }
        serde_json::from_value(value)
            .map(Self)
            .map_err(|error| ApiError::field("/query", FieldCode::Invalid, error.to_string()))
    }
}

/// Gives each parameter the JSON type that the schema declares for it.
fn typed(query: &str, schema: &RequestSchema) -> (Map<String, Value>, Vec<FieldError>) {
    let mut object = Map::new();
    let mut errors = Vec::new();
    for (name, text) in form_urlencoded::parse(query.as_bytes()) {
        let pointer = || format!("/query/{name}");
        if object.contains_key(name.as_ref()) {
            errors.push(FieldError::new(
                pointer(),
                FieldCode::Duplicate,
                "is there twice",
            ));
            continue;
        }
        let value = match schema.property_type(&name) {
            Some("integer") => text.parse::<i64>().ok().map(Value::from),
            Some("boolean") => text.parse::<bool>().ok().map(Value::from),
            _ => Some(Value::from(text.as_ref())),
        };
        match value {
            Some(value) => {
                object.insert(name.into_owned(), value);
            }
            None => errors.push(FieldError::new(
                pointer(),
                FieldCode::Type,
                format!(
                    "must be of type {}",
                    schema.property_type(&name).unwrap_or("string")
                ),
            )),
        }
    }
    (object, errors)
}
