//! Which schemas are reached from where.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::{Components, OpenApi};

const PREFIX: &str = "#/components/schemas/";

/// The schemas that bodies and parameters of requests are made of.
pub(super) fn of_requests(document: &OpenApi) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, _, operation) in super::operations(document) {
        collect(&operation.request_body, &mut found);
        collect(&operation.parameters, &mut found);
    }
    closure(document, found)
}

/// Drops the schemas that no operation needs.
pub(super) fn prune(document: &mut OpenApi) {
    let mut found = BTreeSet::new();
    collect(&document.paths, &mut found);
    let found = closure(document, found);
    if let Some(components) = &mut document.components {
        components.schemas.retain(|name, _| found.contains(name));
    }
}

fn closure(document: &OpenApi, mut found: BTreeSet<String>) -> BTreeSet<String> {
    let none = Components::default();
    let components = document.components.as_ref().unwrap_or(&none);
    let mut waiting: Vec<String> = found.iter().cloned().collect();
    while let Some(name) = waiting.pop() {
        let mut reached = BTreeSet::new();
        if let Some(schema) = components.schemas.get(&name) {
            collect(schema, &mut reached);
        }
        for name in reached {
            if found.insert(name.clone()) {
                waiting.push(name);
            }
        }
    }
    found
}

fn collect(part: &impl Serialize, found: &mut BTreeSet<String>) {
    if let Ok(value) = serde_json::to_value(part) {
        collect_in(&value, found);
    }
}

fn collect_in(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            let reference = fields.get("$ref").and_then(Value::as_str);
            found.extend(
                reference
                    .and_then(|to| to.strip_prefix(PREFIX))
                    .map(str::to_owned),
            );
            fields.values().for_each(|field| collect_in(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_in(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
