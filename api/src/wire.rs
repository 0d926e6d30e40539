//! Names of enum variants, as JSON and tables spell them.

use serde::Serialize;

use crate::error::ApiError;

/// The name of a variant without fields; empty for anything else.
///
/// # Errors
/// When the value has no JSON form.
pub(crate) fn wire_name(variant: impl Serialize) -> Result<String, ApiError> {
    let value = serde_json::to_value(variant).map_err(ApiError::internal)?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}
