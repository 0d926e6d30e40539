//! What runs outside a transaction may be killed half way, and is then run again from its beginning.

use sqlparser::ast::{AlterTableOperation, OnInsert, Statement};

use super::{Rule, context::Context};

pub(super) fn judge(context: &mut Context<'_>, statement: &Statement) {
    let safe = match statement {
        Statement::CreateIndex(index) => index.if_not_exists && index.name.is_some(),
        Statement::CreateTable(table) => table.if_not_exists,
        Statement::Drop { if_exists, .. } => *if_exists,
        Statement::AlterTable(table) => table.operations.iter().all(|one| match one {
            AlterTableOperation::AddColumn { if_not_exists, .. } => *if_not_exists,
            AlterTableOperation::DropColumn { if_exists, .. }
            | AlterTableOperation::DropConstraint { if_exists, .. } => *if_exists,
            AlterTableOperation::ValidateConstraint { .. }
            | AlterTableOperation::AlterColumn { .. } => true,
            _ => false,
        }),
        Statement::Insert(insert) => matches!(insert.on, Some(OnInsert::OnConflict(_))),
        Statement::Query(_)
        | Statement::Update(_)
        | Statement::Delete(_)
        | Statement::Comment { .. }
        | Statement::Analyze(_)
        | Statement::Vacuum(_) => true,
        _ => false,
    };
    if !safe {
        context.here(
            Rule::Rerun,
            "runs outside a transaction and cannot be run twice: name it and say IF [NOT] EXISTS or ON CONFLICT",
        );
    }
}
