//! Every schema within a schema.

use utoipa::openapi::{
    RefOr, Schema,
    schema::{AdditionalProperties, ArrayItems},
};

/// Calls `change` with every schema that `schema` is made of, the innermost first, and with itself.
pub(super) fn each(schema: &mut RefOr<Schema>, change: &mut impl FnMut(&mut RefOr<Schema>)) {
    if let RefOr::T(inner) = schema {
        match inner {
            Schema::Array(array) => {
                if let ArrayItems::RefOrSchema(items) = &mut array.items {
                    each(items, change);
                }
            }
            Schema::Object(object) => {
                for property in object.properties.values_mut() {
                    each(property, change);
                }
                if let Some(AdditionalProperties::RefOr(values)) =
                    object.additional_properties.as_deref_mut()
                {
                    each(values, change);
                }
            }
            Schema::OneOf(forms) => forms.items.iter_mut().for_each(|form| each(form, change)),
            Schema::AllOf(parts) => parts.items.iter_mut().for_each(|part| each(part, change)),
            Schema::AnyOf(forms) => forms.items.iter_mut().for_each(|form| each(form, change)),
            _ => {}
        }
    }
    change(schema);
}
