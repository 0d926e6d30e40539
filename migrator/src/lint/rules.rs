//! The rules by name.

macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident = $name:literal,)*) => {
        /// What a finding goes against.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Rule {
            $($(#[$doc])* $rule,)*
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$rule),*];

            /// As `-- allow: RULE, REASON` names it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$rule => $name,)*
                }
            }
        }
    };
}

rules! {
    /// A file that is no half of a migration, or a number that is taken twice.
    File = "file",
    /// Numbers have no gaps.
    Numbering = "numbering",
    /// Every migration can be taken back.
    MissingDown = "missing-down",
    /// A file without a statement.
    Empty = "empty",
    /// A header line that says nothing.
    Header = "header",
    /// What cannot be parsed.
    Syntax = "syntax",
    /// `BEGIN`, `COMMIT` and `SET` are the runner's.
    TransactionControl = "transaction-control",
    /// `CONCURRENTLY` needs `-- no-transaction`.
    Concurrently = "concurrently",
    /// A `CONCURRENTLY` that gives up early leaves an invalid index.
    ConcurrentTimeout = "concurrent-timeout",
    /// What runs outside a transaction must bear being run twice.
    Rerun = "rerun",
    /// Tables are dropped in a contract step.
    DropTable = "drop-table",
    /// Columns are dropped in a contract step.
    DropColumn = "drop-column",
    /// Whatever else is dropped, in a contract step.
    DropObject = "drop-object",
    /// A default that services rely on is dropped in a contract step.
    DropDefault = "drop-default",
    /// Data is not deleted wholesale.
    Truncate = "truncate",
    /// `SET LOGGED` and `SET UNLOGGED` rewrite the table under an exclusive lock.
    TableRewrite = "table-rewrite",
    /// A `CHECK` in the definition of a new column reads the whole table under an exclusive lock.
    ConstraintNotValid = "constraint-not-valid",
    /// Types that lose money.
    ColumnType = "column-type",
}

impl Rule {
    /// The rule of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.name() == name)
    }
}
