use api::error::ErrorCode;
use serde_json::Value;

use crate::bench::Bench;

async fn document() -> Value {
    let bench = Bench::new().await;
    serde_json::to_value(api::router::build(&bench.state).1).unwrap()
}

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let item = item.as_object().unwrap();
            item.iter()
                .map(move |(method, operation)| (format!("{method} {path}"), operation))
        })
        .collect()
}

#[tokio::test]
async fn the_document_is_what_was_agreed() {
    insta::assert_json_snapshot!(document().await, { ".info.version" => "[version]" });
}

#[tokio::test]
async fn every_operation_says_who_may_call_and_what_it_answers() {
    let document = document().await;
    for (name, operation) in operations(&document) {
        assert!(
            operation["security"].is_array(),
            "{name} says nothing of security"
        );
        assert!(operation["summary"].is_string(), "{name} has no summary");
        assert!(operation["operationId"].is_string(), "{name} has no id");
        let responses = operation["responses"].as_object().unwrap();
        for (status, response) in responses {
            let is_error = status.starts_with(['4', '5']);
            if is_error && !name.ends_with("/api/health") {
                assert!(
                    response["content"]["application/problem+json"].is_object(),
                    "{name} {status}"
                );
            }
        }
    }
}

/// Puts the texts of operations, parameters, schemas and properties that have fewer than three words into `short`, each
/// with its place. Those of responses may be nothing but codes.
fn collect_short_texts(value: &Value, place: &str, short: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let is_of_properties = place.ends_with("/properties");
            for (name, field) in fields {
                let place = format!("{place}/{name}");
                match field {
                    Value::String(text)
                        if !is_of_properties
                            && ["summary", "description"].contains(&name.as_str()) =>
                    {
                        if text.split_whitespace().count() < 3 {
                            short.push(format!("{place}: {text}"));
                        }
                    }
                    _ if name == "responses" && !is_of_properties => {}
                    field => collect_short_texts(field, &place, short),
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_short_texts(item, &format!("{place}/{index}"), short);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn no_text_is_a_mere_word_or_two() {
    let document = document().await;
    let mut short = Vec::new();
    for part in ["paths", "components"] {
        collect_short_texts(&document[part], part, &mut short);
    }
    assert!(short.is_empty(), "{}", short.join("\n"));
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own() {
    let document = document().await;
    let mut seen = std::collections::BTreeMap::new();
    for (name, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        if let Some(other) = seen.insert(id.clone(), name.clone()) {
            panic!("{id} is {other} and {name}");
        }
    }
}

/// A discriminator is of use only where it leads to the form that has its value.
#[tokio::test]
async fn forms_are_told_apart_by_a_discriminator() {
    let document = document().await;
    let mut tagged = 0;
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let Some(forms) = schema["oneOf"].as_array() else {
            continue;
        };
        let tag = &schema["discriminator"]["propertyName"];
        let Some(tag) = tag.as_str() else {
            let is_inline = forms.iter().any(|form| form["properties"].is_object());
            assert!(!is_inline, "{name} has forms without a discriminator");
            continue;
        };
        let mapping = schema["discriminator"]["mapping"].as_object().unwrap();
        assert_eq!(mapping.len(), forms.len(), "{name}");
        for (value, reference) in mapping {
            let pointer = reference.as_str().unwrap().trim_start_matches('#');
            let form = document.pointer(pointer).unwrap();
            assert_eq!(form["properties"][tag]["enum"], serde_json::json!([value]));
        }
        tagged += 1;
    }
    assert!(tagged > 8, "{tagged}");
}

#[tokio::test]
async fn every_body_has_an_example_of_its_schema() {
    let document = document().await;
    let mut seen = 0;
    for (name, operation) in operations(&document) {
        let asked = [("asks", &operation["requestBody"])];
        let answers = operation["responses"].as_object().unwrap().iter();
        let answered = answers
            .filter(|(status, _)| status.starts_with('2'))
            .map(|(status, answer)| (status.as_str(), answer));
        for (part, body) in asked.into_iter().chain(answered) {
            let content = &body["content"]["application/json"];
            if !content["schema"]["$ref"].is_string() || name == "get /api/v1/bots/{id}/state" {
                continue;
            }
            let example = &content["example"];
            assert!(!example.is_null(), "{name} {part} shows no example");
            let mut schema = content["schema"].clone();
            schema["components"] =
                serde_json::json!({ "schemas": document["components"]["schemas"] });
            let wrong: Vec<String> = jsonschema::draft202012::options()
                .should_validate_formats(true)
                .build(&schema)
                .unwrap()
                .iter_errors(example)
                .map(|error| format!("{name} {part} {}: {error}", error.instance_path()))
                .collect();
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}

#[tokio::test]
async fn the_catalogue_of_codes_is_shown() {
    let document = document().await;
    let shown = document["components"]["schemas"]["ErrorCode"]["enum"]
        .as_array()
        .unwrap()
        .clone();
    let all: Vec<Value> = ErrorCode::ALL
        .iter()
        .map(|code| code.as_str().into())
        .collect();
    assert_eq!(shown, all);
    for code in ErrorCode::ALL {
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        assert!(code.status().is_client_error() || code.status().is_server_error());
    }
}

/// Lists filter by time with `from` and `to`, and nothing else.
#[tokio::test]
async fn times_are_filtered_by_one_pair_of_names() {
    let document = document().await;
    let mut seen = 0;
    for (name, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] == "query" && parameter["schema"]["format"] == "date-time" {
                let parameter = parameter["name"].as_str().unwrap();
                assert!(["from", "to"].contains(&parameter), "{name}: {parameter}");
                seen += 1;
            }
        }
    }
    assert!(seen >= 8, "{seen}");
}

/// Addresses end up in logs and histories.
#[tokio::test]
async fn no_address_has_room_for_a_secret() {
    let document = document().await;
    let mut seen = 0;
    for (name, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] != "path" && parameter["in"] != "query" {
                continue;
            }
            let parameter = parameter["name"].as_str().unwrap();
            let is_secret = ["token", "secret", "password", "code", "key", "challenge"]
                .iter()
                .any(|part| parameter.contains(part));
            assert!(!is_secret, "{name}: {parameter}");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

/// A request that could hold anything could hold anything.
#[tokio::test]
async fn request_schemas_are_closed_and_bounded() {
    let document = document().await;
    let mut seen = 0;
    for (name, operation) in operations(&document) {
        let Some(schema) = operation.pointer("/requestBody/content/application~1json/schema")
        else {
            continue;
        };
        // What Stripe sends is Stripe's to shape; it is signed.
        // What signals say besides is their senders' business.
        if name.ends_with("/billing/webhook") || name.ends_with("/hooks/{bot_id}") {
            continue;
        }
        check(&document, schema, &name);
        seen += 1;
    }
    assert!(seen >= 4);
}

fn check(document: &Value, schema: &Value, at: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        return check(
            document,
            document.pointer(reference.trim_start_matches('#')).unwrap(),
            at,
        );
    }
    for form in ["oneOf", "anyOf", "allOf"]
        .iter()
        .filter_map(|key| schema[*key].as_array())
        .flatten()
    {
        check(document, form, at);
    }
    let is = |kind: &str| {
        schema["type"] == kind
            || schema["type"]
                .as_array()
                .is_some_and(|all| all.contains(&kind.into()))
    };
    if is("object") {
        if schema["additionalProperties"].is_object() {
            assert!(schema["maxProperties"].is_u64(), "{at} has no largest size");
            check(document, &schema["additionalProperties"], at);
            return check(document, &schema["propertyNames"], at);
        }
        assert_eq!(
            schema["additionalProperties"],
            Value::Bool(false),
            "{at} takes unknown fields"
        );
        for (name, property) in schema["properties"].as_object().unwrap() {
            check(document, property, &format!("{at}/{name}"));
        }
    }
    if is("string") && schema["enum"].is_null() {
        assert!(schema["maxLength"].is_u64(), "{at} has no longest length");
        assert!(
            schema["pattern"].is_string() || schema["format"] == "email",
            "{at} takes U+0000"
        );
    }
    if is("integer") || is("number") {
        assert!(
            schema["minimum"].is_number() && schema["maximum"].is_number(),
            "{at} has no range"
        );
    }
    if is("array") {
        assert!(schema["maxItems"].is_u64(), "{at} has no longest length");
        check(document, &schema["items"], &format!("{at}/items"));
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members
                    .values()
                    .for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = document().await;
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn a_warning_of_a_backtest_is_documented_with_its_severity() {
    let document = document().await;
    let schemas = &document["components"]["schemas"];
    let warnings = &schemas["BacktestResult"]["properties"]["warnings"]["items"]["$ref"];
    let name = warnings.as_str().unwrap().rsplit('/').next().unwrap();
    let required: Vec<&str> = schemas[name]["required"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(required, ["pointer", "code", "message", "severity"]);
}
