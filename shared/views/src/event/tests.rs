mod examples;

use std::collections::{BTreeMap, BTreeSet};

use events::EventType;
use serde_json::json;
use utoipa::{PartialSchema, ToSchema, openapi::ComponentsBuilder};

use super::Event;
use examples::{AT, ID, at, examples, text};

#[test]
fn every_body_is_what_clients_know() {
    let mut seen = BTreeSet::new();
    for (body, data) in examples() {
        let name = body.event_type().as_str();
        seen.insert(name);
        assert_eq!(
            serde_json::to_value(&body).unwrap(),
            json!({"type": name, "data": data})
        );
    }
    let all: BTreeSet<_> = EventType::ALL.iter().map(|event| event.as_str()).collect();
    assert_eq!(seen, all);
}

#[test]
fn every_event_is_what_its_schema_says_and_no_other_type() {
    let mut schemas = vec![(text("Event"), Event::schema())];
    Event::schemas(&mut schemas);
    let schemas: BTreeMap<_, _> = schemas.into_iter().collect();
    let components = ComponentsBuilder::new().schemas_from_iter(schemas).build();
    let document = json!({"$ref": "#/components/schemas/Event", "components": components});
    let validator = jsonschema::validator_for(&document).unwrap();

    for (body, data) in examples() {
        let event = |kind: &str| {
            serde_json::to_value(Event {
                seq: 1,
                kind: kind.to_owned(),
                at: at(),
                data: serde_json::value::to_raw_value(&data).unwrap(),
            })
            .unwrap()
        };
        let right = event(body.event_type().as_str());
        let errors: Vec<_> = validator
            .iter_errors(&right)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{right}: {errors:?}");
        assert!(!validator.is_valid(&event("user.unheard_of")));
    }
    // A body under the name of another type.
    let wrong = json!({"seq": 1, "type": "order.filled", "at": AT, "data": {"id": ID}});
    assert!(!validator.is_valid(&wrong));
}
