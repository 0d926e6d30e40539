//! Judges column definitions.

use sqlparser::ast::{ColumnDef, ColumnOption, DataType, Expr, TimezoneInfo};

use super::{Rule, context::Context};

/// Money is `numeric`, times are `timestamptz`, enumerations are text with a CHECK.
pub(super) fn judge_type(context: &mut Context<'_>, definition: &ColumnDef) {
    let instead = match &definition.data_type {
        DataType::Timestamp(_, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => "timestamptz",
        DataType::Float(_)
        | DataType::Float4
        | DataType::Float8
        | DataType::Real
        | DataType::Double(_)
        | DataType::DoublePrecision => "numeric(38,18)",
        _ => return,
    };
    let message = format!(
        "{} is {}: use {instead}",
        definition.name, definition.data_type
    );
    context.here(Rule::ColumnType, message);
}

/// A default that differs from row to row. `now()` does not within a transaction, so Postgres stores it once.
pub(super) fn has_volatile_default(definition: &ColumnDef) -> bool {
    definition
        .options
        .iter()
        .any(|option| match &option.option {
            ColumnOption::Default(value) => is_volatile(value),
            _ => false,
        })
}

fn is_volatile(value: &Expr) -> bool {
    match value {
        Expr::Function(function) => {
            let name = function.name.to_string().to_lowercase();
            !matches!(
                name.as_str(),
                "now" | "current_timestamp" | "current_date" | "transaction_timestamp"
            )
        }
        Expr::Cast { expr, .. } | Expr::UnaryOp { expr, .. } => is_volatile(expr),
        Expr::Nested(inner) => is_volatile(inner),
        Expr::BinaryOp { left, right, .. } => is_volatile(left) || is_volatile(right),
        _ => false,
    }
}
