use serde_json::{Value, json};
use trading::bot::{BotConfig, BotKind};

/// A kind is called the same wherever it is named: as a type, in a configuration, in a table.
#[test]
fn a_kind_has_one_name() {
    let schema = serde_json::to_value(<BotConfig as utoipa::PartialSchema>::schema()).unwrap();
    let described: Vec<&Value> = schema["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|kind| &kind["properties"]["type"]["enum"][0])
        .collect();
    let names: Vec<Value> = BotKind::ALL
        .iter()
        .map(|kind| json!(kind.as_str()))
        .collect();
    assert_eq!(described, names.iter().collect::<Vec<_>>());
    for kind in BotKind::ALL {
        assert_eq!(json!(kind), json!(kind.as_str()));
        // It is known as a type of configuration: only its fields are missing.
        let error = serde_json::from_value::<BotConfig>(json!({ "type": kind })).unwrap_err();
        assert!(error.to_string().contains("missing field"), "{error}");
    }
}
