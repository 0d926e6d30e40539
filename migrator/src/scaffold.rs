//! `new`: the two files of the next migration.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    MigrateError,
    set::{Phase, Set},
};

/// Writes an empty up file and an empty down file with the next number.
///
/// # Errors
/// [`MigrateError::Usage`] for a name that cannot be part of a file name, or when a file cannot be written.
pub fn create(directory: &Path, name: &str, phase: Phase) -> Result<[PathBuf; 2], MigrateError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || !name.chars().all(plain) {
        let message =
            format!("{name:?} is not a name of lower-case letters, digits and underscores");
        return Err(MigrateError::Usage(message));
    }
    let set = Set::read(directory)?;
    let last = set.migrations().last().map_or(0, |last| last.version);
    let path = |suffix: &str| directory.join(format!("{:04}_{name}.{suffix}.sql", last + 1));
    let paths = [path(phase.as_str()), path("down")];
    for path in &paths {
        write(path).map_err(|source| MigrateError::Io {
            path: path.display().to_string(),
            source,
        })?;
    }
    Ok(paths)
}

fn write(path: &Path) -> std::io::Result<()> {
    fs::File::create_new(path).map(|_| ())
}
