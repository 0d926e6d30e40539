//! `status`: where a database stands, for people and for scripts.

use std::io::{self, Write};

use chrono::SecondsFormat;
use serde::Serialize;

use crate::{
    history::Applied,
    plan::{Entry, Plan, Standing},
    set::{Phase, Set},
};

/// Where the database stands as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Every expand step is applied.
    Current,
    /// Some expand step is not.
    Pending,
    /// An applied migration was edited.
    Edited,
    /// It has migrations that this binary does not know.
    Ahead,
}

/// One migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusLine {
    /// `NNNN`.
    pub version: i32,
    /// The part of the file name after the number.
    pub name: String,
    /// Expand or contract.
    pub phase: Phase,
    /// Applied, pending, edited, or unknown to this binary.
    pub standing: Standing,
    /// Hash of the applied file, or of ours while it is pending.
    pub sha256: String,
    /// The commit of the migrator that applied it.
    pub app_sha: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<i64>,
    /// When it was applied, RFC 3339.
    pub applied_at: Option<String>,
}

/// The whole answer; `status --json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// In one word.
    pub state: State,
    /// The highest applied version.
    pub version: Option<i32>,
    /// The newest expand step of this binary.
    pub required: Option<i32>,
    /// The commit of this binary.
    pub app_sha: String,
    /// Every version, ascending.
    pub migrations: Vec<StatusLine>,
}

impl Status {
    /// Compares `set` with `history`.
    pub fn new(set: &Set, history: &[Applied]) -> Self {
        let plan = Plan::new(set, history);
        let has = |standing| plan.0.iter().any(|entry| entry.standing == standing);
        let state = if has(Standing::Edited) {
            State::Edited
        } else if has(Standing::Unknown) {
            State::Ahead
        } else if plan.pending(false).next().is_some() {
            State::Pending
        } else {
            State::Current
        };
        Self {
            state,
            version: history.iter().map(|row| row.version).max(),
            required: set.newest_expand(),
            app_sha: platform::build::GIT_SHA.to_owned(),
            migrations: plan.0.iter().filter_map(line).collect(),
        }
    }

    /// Writes a table.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn write_table(&self, out: &mut impl Write) -> io::Result<()> {
        let name = |line: &StatusLine| format!("{:04}_{}", line.version, line.name);
        let width = self
            .migrations
            .iter()
            .map(|line| name(line).len())
            .max()
            .unwrap_or(0)
            .max(9);
        writeln!(
            out,
            "{:width$}  {:8}  {:8}  {:>8}  applied at",
            "migration", "phase", "state", "ms"
        )?;
        for line in &self.migrations {
            writeln!(
                out,
                "{:width$}  {:8}  {:8}  {:>8}  {}",
                name(line),
                line.phase.as_str(),
                word(line.standing),
                line.duration_ms
                    .map(|ms| ms.to_string())
                    .unwrap_or_default(),
                line.applied_at.as_deref().unwrap_or("-"),
            )?;
        }
        let state = match self.state {
            State::Current => "the database is current",
            State::Pending => "the database is behind: run `migrator up`",
            State::Edited => "an applied migration was edited: put its file back",
            State::Ahead => "the database is ahead of this binary",
        };
        writeln!(out, "{state}")
    }
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Applied => "applied",
        Standing::Pending => "pending",
        Standing::Edited => "edited",
        Standing::Unknown => "unknown",
    }
}

fn line(entry: &Entry<'_>) -> Option<StatusLine> {
    let (version, name, sha256) = match (entry.row, entry.file) {
        (Some(row), _) => (row.version, row.name.clone(), row.sha256.clone()),
        (None, Some(file)) => (file.version, file.name.clone(), file.sha256()),
        (None, None) => return None,
    };
    Some(StatusLine {
        version,
        name,
        phase: entry.phase(),
        standing: entry.standing,
        sha256,
        app_sha: entry.row.map(|row| row.app_sha.clone()),
        duration_ms: entry.row.map(|row| row.duration_ms),
        applied_at: entry
            .row
            .map(|row| row.applied_at.to_rfc3339_opts(SecondsFormat::Millis, true)),
    })
}
