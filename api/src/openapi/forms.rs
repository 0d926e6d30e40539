//! Tagged forms: each is a schema of its own, and a discriminator says which one a value has.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::openapi::{
    Components, Ref, RefOr, Schema,
    schema::{AdditionalProperties, ArrayItems, Discriminator, Object, OneOf},
};

use super::walk;

/// Names the forms of every tagged schema, such as `BotConfigGrid` of `BotConfig`.
pub(super) fn name(components: &mut Components) {
    let mut named = BTreeMap::new();
    for (parent, schema) in &mut components.schemas {
        let RefOr::T(Schema::OneOf(forms)) = schema else {
            continue;
        };
        let Some((tag, values)) = tagged(forms) else {
            continue;
        };
        let mut mapping = BTreeMap::new();
        for (form, value) in forms.items.iter_mut().zip(values) {
            let name = format!("{parent}{}", pascal(&value));
            let reference = Ref::from_schema_name(&name);
            mapping.insert(value, reference.ref_location.clone());
            let own = std::mem::replace(form, RefOr::Ref(reference));
            named.insert(name, own);
        }
        forms.discriminator = Some(Discriminator::with_mapping(tag, mapping));
    }
    components.schemas.extend(named);
}

/// The property in which each form has one value of its own, and these values.
fn tagged(forms: &OneOf) -> Option<(String, Vec<String>)> {
    let RefOr::T(Schema::Object(first)) = forms.items.first()? else {
        return None;
    };
    first.properties.keys().find_map(|tag| {
        let values: Option<Vec<String>> = forms
            .items
            .iter()
            .map(|form| only_value(form, tag))
            .collect();
        Some((tag.clone(), values?))
    })
}

fn only_value(form: &RefOr<Schema>, tag: &str) -> Option<String> {
    let RefOr::T(Schema::Object(object)) = form else {
        return None;
    };
    let RefOr::T(Schema::Object(property)) = object.properties.get(tag)? else {
        return None;
    };
    match property.enum_values.as_deref()? {
        [Value::String(only)] => Some(only.clone()),
        _ => None,
    }
}

fn pascal(tag: &str) -> String {
    tag.split(['_', '.'])
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect()
}

/// Rows of pages are named instead of written out.
pub(super) fn name_rows(components: &mut Components) {
    let names: Vec<String> = components.schemas.keys().cloned().collect();
    for (name, schema) in &mut components.schemas {
        let Some(row) = name.strip_prefix("Page_") else {
            continue;
        };
        let RefOr::T(Schema::Object(page)) = schema else {
            continue;
        };
        if let Some(RefOr::T(Schema::Array(data))) = page.properties.get_mut("data")
            && names.iter().any(|name| name == row)
        {
            data.items = ArrayItems::RefOrSchema(Box::new(Ref::from_schema_name(row).into()));
        }
    }
}

/// A part of a larger object is not closed by itself: it would refuse the other parts' fields.
pub(super) fn open_parts(components: &mut Components) {
    let closed: BTreeMap<String, Object> = components
        .schemas
        .iter()
        .filter_map(|(name, schema)| match schema {
            RefOr::T(Schema::Object(object)) if is_closed(object) => {
                let mut open = object.clone();
                open.additional_properties = None;
                Some((Ref::from_schema_name(name).ref_location, open))
            }
            _ => None,
        })
        .collect();
    for schema in components.schemas.values_mut() {
        walk::each(schema, &mut |schema| {
            let RefOr::T(Schema::AllOf(whole)) = schema else {
                return;
            };
            for part in &mut whole.items {
                if let RefOr::Ref(reference) = part
                    && let Some(open) = closed.get(&reference.ref_location)
                {
                    *part = Schema::Object(open.clone()).into();
                }
            }
        });
    }
}

fn is_closed(object: &Object) -> bool {
    matches!(
        object.additional_properties.as_deref(),
        Some(AdditionalProperties::FreeForm(false))
    )
}
