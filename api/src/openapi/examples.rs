//! Examples of bodies, by the schema that they have.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::{Value, json};
use utoipa::openapi::{Content, RefOr, path::Operation};

const PREFIX: &str = "#/components/schemas/";

static EXAMPLES: LazyLock<BTreeMap<String, Value>> =
    LazyLock::new(|| serde_json::from_str(include_str!("examples.json")).unwrap_or_default());

/// Gives the bodies of an operation their examples.
pub(super) fn show(operation: &mut Operation) {
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        body.content.values_mut().for_each(of_content);
    }
    for answer in operation.responses.responses.values_mut() {
        if let RefOr::T(answer) = answer {
            answer.content.values_mut().for_each(of_content);
        }
    }
}

fn of_content(content: &mut RefOr<Content>) {
    if let RefOr::T(content) = content
        && let Some(RefOr::Ref(reference)) = &content.schema
        && let Some(name) = reference.ref_location.strip_prefix(PREFIX)
    {
        content.example = of(name);
    }
}

/// The example of a schema; a page shows one row.
fn of(name: &str) -> Option<Value> {
    match name.strip_prefix("Page_") {
        Some(row) => {
            let row = EXAMPLES.get(row)?;
            Some(json!({ "data": [row], "next_cursor": null }))
        }
        None => EXAMPLES.get(name).cloned(),
    }
}
