//! Compares the files with what a database has been through. Pure.

use std::collections::BTreeMap;

use crate::{
    MigrateError,
    history::Applied,
    set::{Migration, Phase, Set},
};

/// Where a migration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Applied as this binary holds it.
    Applied,
    /// Not applied.
    Pending,
    /// Applied, but this binary holds something else under its number.
    Edited,
    /// Applied, and unknown to this binary.
    Unknown,
}

/// One version, in the files, in the database, or in both.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The file.
    pub file: Option<&'a Migration>,
    /// The row.
    pub row: Option<&'a Applied>,
    /// What follows from both.
    pub standing: Standing,
}

impl Entry<'_> {
    /// `NNNN_name`, as the database has it where it does.
    pub fn label(&self) -> String {
        match (self.row, self.file) {
            (Some(row), _) => row.label(),
            (None, Some(file)) => file.label(),
            (None, None) => String::new(),
        }
    }

    /// Its phase.
    pub fn phase(&self) -> Phase {
        self.row
            .map(|row| row.phase)
            .or(self.file.map(|file| file.phase))
            .unwrap_or(Phase::Expand)
    }
}

/// All versions, ascending.
#[derive(Debug, Clone)]
pub struct Plan<'a>(pub Vec<Entry<'a>>);

impl<'a> Plan<'a> {
    /// Compares `set` with `history`.
    pub fn new(set: &'a Set, history: &'a [Applied]) -> Self {
        let mut versions: BTreeMap<i32, (Option<&Migration>, Option<&Applied>)> = BTreeMap::new();
        for file in set.migrations() {
            versions.entry(file.version).or_default().0 = Some(file);
        }
        for row in history {
            versions.entry(row.version).or_default().1 = Some(row);
        }
        let entry = |(file, row): (Option<&'a Migration>, Option<&'a Applied>)| Entry {
            file,
            row,
            standing: match (file, row) {
                (Some(file), Some(row)) if same(file, row) => Standing::Applied,
                (Some(_), Some(_)) => Standing::Edited,
                (None, _) => Standing::Unknown,
                (Some(_), None) => Standing::Pending,
            },
        };
        Self(versions.into_values().map(entry).collect())
    }

    /// Pending migrations, ascending; contract steps only when asked for.
    pub fn pending(&self, contract: bool) -> impl Iterator<Item = &'a Migration> {
        self.0
            .iter()
            .filter(move |entry| entry.standing == Standing::Pending)
            .filter_map(|entry| entry.file)
            .filter(move |file| contract || file.phase == Phase::Expand)
    }

    /// What a newer release has added, where nothing else tells the database from this binary's: after that release was
    /// taken back, this one runs on it as it is.
    pub fn expanded_by(&self) -> Option<Vec<String>> {
        let fits = self.0.iter().all(|entry| match entry.standing {
            Standing::Applied => true,
            Standing::Pending => entry.phase() == Phase::Contract,
            Standing::Unknown => entry.phase() == Phase::Expand,
            Standing::Edited => false,
        });
        let ahead = self.labels(Standing::Unknown);
        (fits && !ahead.is_empty()).then_some(ahead)
    }

    /// # Errors
    /// [`MigrateError::Edited`] before [`MigrateError::Ahead`]: it is the worse of the two.
    pub fn verify(&self) -> Result<(), MigrateError> {
        let edited = self.labels(Standing::Edited);
        if !edited.is_empty() {
            return Err(MigrateError::Edited(edited));
        }
        let ahead = self.labels(Standing::Unknown);
        if !ahead.is_empty() {
            return Err(MigrateError::Ahead(ahead));
        }
        Ok(())
    }

    fn labels(&self, standing: Standing) -> Vec<String> {
        let those = self.0.iter().filter(|entry| entry.standing == standing);
        those.map(Entry::label).collect()
    }
}

fn same(file: &Migration, row: &Applied) -> bool {
    file.name == row.name && file.phase == row.phase && file.sha256() == row.sha256
}
