//! Judges `ALTER TABLE`. What squawk refuses is left to it.

use sqlparser::ast::{AlterColumnOperation, AlterTable, AlterTableOperation, ColumnOption};

use super::{Rule, column, context::Context};

pub(super) fn judge(context: &mut Context<'_>, table: &AlterTable) {
    let new = context.is_new(&table.name);
    for operation in &table.operations {
        if let AlterTableOperation::AddColumn { column_def, .. } = operation {
            column::judge_type(context, column_def);
        }
        if !new {
            judge_operation(context, operation);
        }
    }
}

fn judge_operation(context: &mut Context<'_>, operation: &AlterTableOperation) {
    match operation {
        AlterTableOperation::AddColumn { column_def, .. } => {
            let checks = column_def
                .options
                .iter()
                .any(|option| matches!(option.option, ColumnOption::Check(_)));
            if checks {
                context.here(
                    Rule::ConstraintNotValid,
                    "a CHECK on a table that exists reads all of it: \
                     ADD CONSTRAINT … NOT VALID, then VALIDATE in the next migration",
                );
            }
        }
        AlterTableOperation::DropColumn { .. } => {
            context.in_expand(Rule::DropColumn, "dropping a column");
        }
        AlterTableOperation::AlterColumn {
            op: AlterColumnOperation::DropDefault,
            ..
        } => context.in_expand(Rule::DropDefault, "dropping a default"),
        AlterTableOperation::SetLogged | AlterTableOperation::SetUnlogged => {
            context.here(Rule::TableRewrite, "this rewrites the table");
        }
        _ => {}
    }
}
