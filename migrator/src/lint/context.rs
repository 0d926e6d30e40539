//! What is known while the statements of one migration are judged.

use std::collections::HashSet;

use sqlparser::ast::ObjectName;

use super::{Finding, Rule};
use crate::{
    header::Header,
    set::{Migration, Phase},
};

pub(super) struct Context<'a> {
    pub(super) migration: &'a Migration,
    /// The file that is being judged.
    file: String,
    back: bool,
    /// The line of the statement that is being judged.
    pub(super) line: usize,
    /// Tables that this migration creates: nobody uses them yet, so nothing done to them is unsafe.
    created: HashSet<String>,
    findings: Vec<Finding>,
}

impl<'a> Context<'a> {
    pub(super) fn new(migration: &'a Migration) -> Self {
        Self {
            migration,
            file: migration.file(),
            back: false,
            line: 1,
            created: HashSet::new(),
            findings: Vec::new(),
        }
    }

    /// Goes on to the down file.
    pub(super) fn turn_back(&mut self) {
        self.file = format!("{}.down.sql", self.migration.label());
        self.back = true;
    }

    /// How the file that is being judged wants to be run.
    pub(super) fn header(&self) -> &'a Header {
        if self.back {
            &self.migration.down_header
        } else {
            &self.migration.header
        }
    }

    pub(super) fn is_outside_transaction(&self) -> bool {
        self.header().no_transaction
    }

    pub(super) fn create(&mut self, table: &ObjectName) {
        self.created.insert(key(table));
    }

    pub(super) fn is_new(&self, table: &ObjectName) -> bool {
        self.created.contains(&key(table))
    }

    pub(super) fn is_expand(&self) -> bool {
        self.migration.phase == Phase::Expand
    }

    /// Notes a finding on the statement that is being judged.
    pub(super) fn here(&mut self, rule: Rule, message: impl Into<String>) {
        self.find(self.line, rule, message.into());
    }

    /// Notes what may be done in a contract step, unless this is one.
    pub(super) fn in_expand(&mut self, rule: Rule, what: &str) {
        if self.is_expand() {
            self.here(
                rule,
                format!("{what} breaks services that still run: do it in a contract step"),
            );
        }
    }

    pub(super) fn find(&mut self, line: usize, rule: Rule, message: String) {
        self.findings.push(Finding {
            file: self.file.clone(),
            line,
            rule,
            message,
        });
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}

/// Postgres folds what is not quoted; `public.` is where everything is.
fn key(name: &ObjectName) -> String {
    let text = name.to_string().to_lowercase().replace('"', "");
    text.strip_prefix("public.").unwrap_or(&text).to_owned()
}
