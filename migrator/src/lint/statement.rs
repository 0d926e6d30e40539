//! Judges one statement. What squawk refuses is left to it.

use sqlparser::ast::{CreateTable, ObjectType, Statement, TableConstraint};

use super::{Rule, alter, column, context::Context};

pub(super) fn judge(context: &mut Context<'_>, statement: &Statement) {
    judge_transaction(context, statement);
    match statement {
        Statement::CreateTable(table) => create_table(context, table),
        Statement::AlterTable(table) => alter::judge(context, table),
        Statement::Truncate(truncate) => {
            let existing = truncate
                .table_names
                .iter()
                .any(|table| !context.is_new(&table.name));
            if existing {
                context.here(Rule::Truncate, "TRUNCATE empties a table that exists");
            }
        }
        Statement::Drop {
            object_type, names, ..
        } => match object_type {
            ObjectType::Table => context.in_expand(Rule::DropTable, "dropping a table"),
            // No service names an index, and lock_timeout bounds its lock.
            ObjectType::Index => {}
            other => {
                let names: Vec<_> = names.iter().map(ToString::to_string).collect();
                let what = format!("dropping {other} {}", names.join(", "));
                context.in_expand(Rule::DropObject, &what);
            }
        },
        Statement::DropFunction(_)
        | Statement::DropProcedure { .. }
        | Statement::DropTrigger(_)
        | Statement::DropDomain(_)
        | Statement::DropExtension(_) => {
            context.in_expand(Rule::DropObject, "dropping what services may use");
        }
        _ => {}
    }
}

/// What has to do with transactions, in both directions.
pub(super) fn judge_transaction(context: &mut Context<'_>, statement: &Statement) {
    if matches!(
        statement,
        Statement::StartTransaction { .. }
            | Statement::Commit { .. }
            | Statement::Rollback { .. }
            | Statement::Savepoint { .. }
            | Statement::Set(_)
    ) {
        context.here(
            Rule::TransactionControl,
            "transactions and settings are the runner's: see the header directives",
        );
    }
}

fn create_table(context: &mut Context<'_>, table: &CreateTable) {
    context.create(&table.name);
    for definition in &table.columns {
        column::judge_type(context, definition);
    }
    for constraint in &table.constraints {
        if let TableConstraint::Exclude(_) = constraint {
            context.here(
                Rule::Syntax,
                "EXCLUDE constraints are not known to this linter",
            );
        }
    }
}
