//! Judges `ALTER TABLE`.

use sqlparser::ast::{
    AlterColumnOperation, AlterTable, AlterTableOperation, ColumnDef, ColumnOption, TableConstraint,
};

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
        AlterTableOperation::AddColumn { column_def, .. } => add_column(context, column_def),
        AlterTableOperation::AddConstraint {
            constraint,
            not_valid,
        } => add_constraint(context, constraint, *not_valid),
        AlterTableOperation::ValidateConstraint { name }
            if context.not_valid.contains(&name.value) && !context.is_outside_transaction() =>
        {
            context.here(
                Rule::ValidateSeparately,
                "VALIDATE in the migration that adds the constraint holds its lock all the while: do it in the next",
            );
        }
        AlterTableOperation::DropColumn { .. } => {
            context.in_expand(Rule::DropColumn, "dropping a column");
        }
        AlterTableOperation::RenameColumn { .. } | AlterTableOperation::RenameTable { .. } => {
            context.here(
                Rule::Rename,
                "services know the old name: add the new, fill both, drop the old in a contract step",
            );
        }
        AlterTableOperation::AlterColumn { op, .. } => alter_column(context, op),
        AlterTableOperation::SetLogged | AlterTableOperation::SetUnlogged => {
            context.here(Rule::ColumnRewrite, "this rewrites the table");
        }
        _ => {}
    }
}

fn alter_column(context: &mut Context<'_>, operation: &AlterColumnOperation) {
    match operation {
        AlterColumnOperation::SetNotNull => context.here(
            Rule::SetNotNull,
            "SET NOT NULL reads the table under an exclusive lock: \
             first CHECK (… IS NOT NULL) NOT VALID, then VALIDATE it, then allow this rule",
        ),
        AlterColumnOperation::SetDataType { .. } => context.here(
            Rule::ColumnRewrite,
            "another type rewrites the table and breaks services: add a new column",
        ),
        AlterColumnOperation::DropDefault => {
            context.in_expand(Rule::DropDefault, "dropping a default");
        }
        _ => {}
    }
}

fn add_column(context: &mut Context<'_>, definition: &ColumnDef) {
    let has = |wanted: fn(&ColumnOption) -> bool| {
        definition
            .options
            .iter()
            .any(|option| wanted(&option.option))
    };
    let filled = has(|option| matches!(option, ColumnOption::Default(_)));
    let generated = has(|option| {
        matches!(
            option,
            ColumnOption::Generated { .. } | ColumnOption::Identity(_)
        )
    });
    if has(|option| matches!(option, ColumnOption::NotNull)) && !filled && !generated {
        context.here(
            Rule::NotNullWithoutDefault,
            format!(
                "{} is NOT NULL without DEFAULT: services of the last release do not fill it",
                definition.name
            ),
        );
    }
    if generated || column::has_volatile_default(definition) {
        context.here(
            Rule::ColumnRewrite,
            format!(
                "{} gets another value in each row, which rewrites the table: add it empty, then fill it",
                definition.name
            ),
        );
    }
    if has(|option| matches!(option, ColumnOption::ForeignKey(_) | ColumnOption::Check(_))) {
        context.here(Rule::ConstraintNotValid, NOT_VALID);
    }
    if has(|option| {
        matches!(
            option,
            ColumnOption::Unique(_) | ColumnOption::PrimaryKey(_)
        )
    }) {
        context.here(Rule::IndexConcurrently, UNIQUE);
    }
}

const NOT_VALID: &str = "a constraint on a table that exists reads all of it: ADD CONSTRAINT … NOT VALID, then VALIDATE in the next migration";
const UNIQUE: &str = "a key on a table that exists builds its index under a lock: \
     CREATE UNIQUE INDEX CONCURRENTLY first, then ADD CONSTRAINT … USING INDEX";

fn add_constraint(context: &mut Context<'_>, constraint: &TableConstraint, not_valid: bool) {
    let name = match constraint {
        TableConstraint::ForeignKey(key) => &key.name,
        TableConstraint::Check(check) => &check.name,
        TableConstraint::PrimaryKeyUsingIndex(_) | TableConstraint::UniqueUsingIndex(_) => return,
        _ => return context.here(Rule::IndexConcurrently, UNIQUE),
    };
    if !not_valid {
        context.here(Rule::ConstraintNotValid, NOT_VALID);
    } else if let Some(name) = name {
        context.not_valid.insert(name.value.clone());
    }
}
