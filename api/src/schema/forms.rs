//! What a schema says at the place of a finding.

use serde_json::Value;

/// The property that tells the forms of a schema apart, and its value in each of them, in order.
pub(super) struct Tags {
    pub(super) name: String,
    pub(super) values: Vec<String>,
}

/// The tags of the forms at `path`: the place of a `oneOf`. None where forms are told apart otherwise.
pub(super) fn tags(document: &Value, path: &str) -> Option<Tags> {
    let forms = document.pointer(path)?.as_array()?;
    let properties = forms.first()?.get("properties")?.as_object()?;
    properties.keys().find_map(|name| {
        let values: Option<Vec<String>> = forms
            .iter()
            .map(|form| only_value(form.get("properties")?.get(name)?))
            .collect();
        let (name, values) = (name.clone(), values?);
        Some(Tags { name, values })
    })
}

fn only_value(property: &Value) -> Option<String> {
    match property.get("enum")?.as_array()?.as_slice() {
        [Value::String(only)] => Some(only.clone()),
        _ => None,
    }
}

/// The schema that a keyword at `path` belongs to.
pub(super) fn parent<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    document.pointer(path.rsplit_once('/')?.0)
}
