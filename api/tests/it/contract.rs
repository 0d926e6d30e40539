//! What the document promises of an answer, held against every answer that a test gets.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock},
};

use api::state::AppState;
use jsonschema::{Validator, draft202012};
use serde_json::{Value, json};
use testkit::http::Response;

static DOCUMENT: OnceLock<Value> = OnceLock::new();

static COMPILED: Mutex<BTreeMap<String, Arc<Validator>>> = Mutex::new(BTreeMap::new());

/// Answers before the route is known: to another method, and to headers that are too large.
const OF_NO_ROUTE: &[u16] = &[405, 431];

/// Asserts that the document names the status and the code of an answer, and that its body has the schema shown.
#[track_caller]
pub(crate) fn check(state: &AppState, method: &str, path: &str, answer: &Response) {
    let document =
        DOCUMENT.get_or_init(|| serde_json::to_value(api::router::build(state).1).unwrap());
    let status = answer.status.as_u16();
    let Some(operation) = operation(document, &method.to_ascii_lowercase(), path) else {
        return;
    };
    if OF_NO_ROUTE.contains(&status) {
        return;
    }
    let text = answer.text();
    let promised = &operation["responses"][status.to_string()];
    assert!(
        promised.is_object(),
        "{method} {path} answers {status}, which the document does not name: {text}"
    );
    let Some(kind) = answer.header("content-type") else {
        return;
    };
    let Some(schema) = promised["content"][kind].get("schema") else {
        return;
    };
    if !kind.ends_with("json") {
        return;
    }
    let body = answer.json();
    if kind == "application/problem+json" {
        let code = format!("`{}`", body["code"].as_str().unwrap());
        let named = promised["description"].as_str().unwrap();
        assert!(
            named.contains(&code),
            "{method} {path} answers {status} {code}, of which the document names only {named}"
        );
    }
    let validator = validator(document, schema);
    let wrong: Vec<String> = validator
        .iter_errors(&body)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(
        wrong.is_empty(),
        "{method} {path} answers {status} with another body than the document shows:\n{}\n{text}",
        wrong.join("\n")
    );
}

/// Compiled once for each schema.
fn validator(document: &Value, schema: &Value) -> Arc<Validator> {
    let mut compiled = COMPILED.lock().unwrap();
    let known = compiled.entry(schema.to_string()).or_insert_with(|| {
        let mut schema = schema.clone();
        schema["components"] = json!({ "schemas": document["components"]["schemas"] });
        Arc::new(draft202012::new(&schema).unwrap())
    });
    Arc::clone(known)
}

/// The operation of a request; of several paths that fit, the one with the fewest parameters.
fn operation<'a>(document: &'a Value, method: &str, path: &str) -> Option<&'a Value> {
    let path = path.split('?').next()?;
    let parameters = |template: &str| template.matches('{').count();
    let (_, item) = document["paths"]
        .as_object()?
        .iter()
        .filter(|(template, _)| fits(template, path))
        .min_by_key(|(template, _)| parameters(template))?;
    item.get(method)
}

fn fits(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(part)) if wanted == part || wanted.starts_with('{') => {}
            _ => return false,
        }
    }
}
