//! Words that rows of the database keep as text, and the enums that they are of.

use utoipa::openapi::{
    Components, OneOfBuilder, Ref, RefOr, Schema,
    schema::{ArrayItems, ObjectBuilder, SchemaType, Type},
};

/// Schema, property, and the schema of its words.
const WORDS: &[(&str, &str, &str)] = &[
    ("Account", "role", "RoleName"),
    ("Account", "status", "StatusName"),
    ("Backtest", "bot_type", "BotKind"),
    ("BacktestCreated", "bot_type", "BotKind"),
    ("BacktestTrade", "liquidity", "Liquidity"),
    ("BacktestTrade", "purpose", "Purpose"),
    ("BacktestTrade", "side", "Side"),
    ("Bot", "type", "BotKind"),
    ("BotCreated", "type", "BotKind"),
    ("Deal", "close_reason", "CloseReason"),
    ("Deal", "symbol", "Symbol"),
    ("Fill", "liquidity", "Liquidity"),
    ("Fill", "side", "Side"),
    ("Fill", "symbol", "Symbol"),
    ("Order", "purpose", "Purpose"),
    ("Order", "reject_code", "RejectCode"),
    ("Order", "side", "Side"),
    ("Order", "status", "OrderStatus"),
    ("Order", "symbol", "Symbol"),
    ("Order", "type", "OrderKind"),
    ("OrderCreated", "symbol", "Symbol"),
    ("OrderFilled", "symbol", "Symbol"),
    ("Summary", "bot", "BotKind"),
    ("TokenRow", "scopes", "TokenScope"),
];

/// Says of these words which there are.
pub(super) fn name(components: &mut Components) {
    let kinds = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("Whether an order has a limit price."))
        .enum_values(Some(["market", "limit"]));
    components
        .schemas
        .insert("OrderKind".to_owned(), kinds.into());
    for &(name, property, words) in WORDS {
        if let Some(RefOr::T(Schema::Object(object))) = components.schemas.get_mut(name)
            && let Some(property) = object.properties.get_mut(property)
        {
            *property = of(property, words);
        }
    }
}

/// The same property, of these words: as one, perhaps null, or as a list of them.
fn of(property: &RefOr<Schema>, words: &str) -> RefOr<Schema> {
    let mut reference = Ref::from_schema_name(words);
    match property {
        RefOr::T(Schema::Array(array)) => {
            let mut array = array.clone();
            array.items = ArrayItems::RefOrSchema(Box::new(reference.into()));
            Schema::Array(array).into()
        }
        RefOr::T(Schema::Object(object)) => {
            reference.description = object.description.clone().unwrap_or_default();
            match &object.schema_type {
                SchemaType::Array(types) if types.contains(&Type::Null) => OneOfBuilder::new()
                    .item(reference)
                    .item(ObjectBuilder::new().schema_type(Type::Null))
                    .into(),
                _ => reference.into(),
            }
        }
        other => other.clone(),
    }
}
