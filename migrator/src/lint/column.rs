//! Judges column definitions.

use sqlparser::ast::{ColumnDef, DataType};

use super::{Rule, context::Context};

/// Money is `numeric`.
pub(super) fn judge_type(context: &mut Context<'_>, definition: &ColumnDef) {
    if matches!(
        definition.data_type,
        DataType::Float(_)
            | DataType::Float4
            | DataType::Float8
            | DataType::Real
            | DataType::Double(_)
            | DataType::DoublePrecision
    ) {
        let message = format!(
            "{} is {}: use numeric(38,18)",
            definition.name, definition.data_type
        );
        context.here(Rule::ColumnType, message);
    }
}
