//! The migration files: embedded in the binary, or of a directory.

use std::{collections::BTreeMap, fmt, fs, path::Path};

use include_dir::{Dir, include_dir};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::header::Header;

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/migrations");

/// When a migration may run, seen from the services that are running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Only adds: the services of the last release keep working.
    Expand,
    /// Takes away what no running service uses any more; runs only when asked for.
    Contract,
}

impl Phase {
    /// As it is written in file names and in `schema_history`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expand => "expand",
            Self::Contract => "contract",
        }
    }
}

/// One migration.
#[derive(Debug, Clone)]
pub struct Migration {
    /// `NNNN`.
    pub version: i32,
    /// The part of the file name after the number.
    pub name: String,
    /// Expand or contract.
    pub phase: Phase,
    /// The file that applies it.
    pub up: String,
    /// The file that takes it back, where there is one.
    pub down: Option<String>,
    /// How to run `up`.
    pub header: Header,
    /// How to run `down`.
    pub down_header: Header,
}

impl Migration {
    /// `NNNN_name`: what people and sea-orm's table call it.
    pub fn label(&self) -> String {
        format!("{:04}_{}", self.version, self.name)
    }

    /// The name of the file that applies it.
    pub fn file(&self) -> String {
        format!("{}.{}.sql", self.label(), self.phase.as_str())
    }

    /// Hash of the file that applies it, in lower-case hex. Line ends do not count: a checkout may turn them.
    pub fn sha256(&self) -> String {
        hex::encode(Sha256::digest(self.up.replace("\r\n", "\n")))
    }
}

/// Something wrong with a file that `lint` names and that keeps the set from being used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    /// The file's name.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// Why a set of migrations cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// The directory or a file in it cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The path.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The files are not a set of migrations.
    #[error("unusable migration files: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Files(Vec<FileProblem>),
}

/// All migrations, by ascending version.
#[derive(Debug, Clone)]
pub struct Set {
    migrations: Vec<Migration>,
    fingerprint: String,
}

impl Set {
    /// The migrations that this binary carries.
    ///
    /// # Errors
    /// When the embedded files are not a set of migrations; a test keeps that from being released.
    pub fn embedded() -> Result<Self, SetError> {
        Self::from_files(embedded_files())
    }

    /// The migrations in a directory.
    ///
    /// # Errors
    /// When it cannot be read, or its files are not a set of migrations.
    pub fn read(directory: &Path) -> Result<Self, SetError> {
        Self::from_files(read_files(directory)?)
    }

    /// The migrations among `files`, by file name.
    ///
    /// # Errors
    /// Every file that is not one half of a migration, and every number that is taken twice.
    pub fn from_files(files: BTreeMap<String, String>) -> Result<Self, SetError> {
        let fingerprint = fingerprint(&files);
        let mut builder = Builder::default();
        for (name, text) in files {
            builder.add(&name, text);
        }
        let migrations = builder.finish().map_err(SetError::Files)?;
        Ok(Self {
            migrations,
            fingerprint,
        })
    }

    /// By ascending version.
    pub fn migrations(&self) -> &[Migration] {
        &self.migrations
    }

    /// The migration of a version.
    pub fn get(&self, version: i32) -> Option<&Migration> {
        self.migrations.iter().find(|m| m.version == version)
    }

    /// The newest expand step: what services of this release require.
    pub fn newest_expand(&self) -> Option<i32> {
        self.migrations
            .iter()
            .filter(|m| m.phase == Phase::Expand)
            .map(|m| m.version)
            .max()
    }

    /// Hash over the names and the contents of all files, in lower-case hex.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

/// The files that this binary carries, by name.
pub fn embedded_files() -> BTreeMap<String, String> {
    let files = EMBEDDED.files().filter_map(|file| {
        let name = file.path().file_name()?.to_str()?;
        Some((name.to_owned(), file.contents_utf8()?.to_owned()))
    });
    files.collect()
}

/// Hash over names and contents, in lower-case hex.
pub fn fingerprint(files: &BTreeMap<String, String>) -> String {
    let mut hash = Sha256::new();
    for (name, text) in files {
        hash.update(format!("{name}\0{}\0", text.len()));
        hash.update(text);
    }
    hex::encode(hash.finalize())
}

/// The SQL files of a directory, by name.
///
/// # Errors
/// When it cannot be read.
pub fn read_files(directory: &Path) -> Result<BTreeMap<String, String>, SetError> {
    let read_error = |path: &Path| {
        let path = path.display().to_string();
        move |source| SetError::Read { path, source }
    };
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(directory).map_err(read_error(directory))? {
        let path = entry.map_err(read_error(directory))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(name) = name.filter(|name| name.to_ascii_lowercase().ends_with(".sql")) {
            let text = fs::read_to_string(&path).map_err(read_error(&path))?;
            files.insert(name.to_owned(), text);
        }
    }
    Ok(files)
}

/// What a file name says.
struct FileName<'a> {
    version: i32,
    name: &'a str,
    /// None for the file that takes it back.
    phase: Option<Phase>,
}

fn parse_name(file: &str) -> Option<FileName<'_>> {
    let (stem, phase) = if let Some(stem) = file.strip_suffix(".expand.sql") {
        (stem, Some(Phase::Expand))
    } else if let Some(stem) = file.strip_suffix(".contract.sql") {
        (stem, Some(Phase::Contract))
    } else {
        (file.strip_suffix(".down.sql")?, None)
    };
    let (digits, name) = stem.split_once('_')?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let numbered = digits.len() == 4 && digits.chars().all(|c| c.is_ascii_digit());
    (numbered && !name.is_empty() && name.chars().all(plain)).then_some(())?;
    Some(FileName {
        version: digits.parse().ok()?,
        name,
        phase,
    })
}

#[derive(Default)]
struct Builder {
    ups: BTreeMap<i32, Migration>,
    downs: BTreeMap<i32, (String, String)>,
    problems: Vec<FileProblem>,
}

impl Builder {
    fn add(&mut self, file: &str, text: String) {
        let Some(FileName {
            version,
            name,
            phase,
        }) = parse_name(file)
        else {
            return self.problem(
                file,
                1,
                "is not named NNNN_name.expand.sql, .contract.sql or .down.sql",
            );
        };
        let Some(phase) = phase else {
            if let Some((other, _)) = self.downs.insert(version, (file.to_owned(), text)) {
                self.problem(file, 1, &format!("has the number of {other}"));
            }
            return;
        };
        let header = Header::parse(&text).unwrap_or_else(|(line, message)| {
            self.problem(file, line, &message);
            Header::default()
        });
        let migration = Migration {
            version,
            name: name.to_owned(),
            phase,
            up: text,
            down: None,
            header,
            down_header: Header::default(),
        };
        if let Some(other) = self.ups.get(&version) {
            let message = format!("has the number of {}", other.file());
            self.problem(file, 1, &message);
        } else {
            self.ups.insert(version, migration);
        }
    }

    fn finish(mut self) -> Result<Vec<Migration>, Vec<FileProblem>> {
        for (version, (file, text)) in std::mem::take(&mut self.downs) {
            let header = Header::parse(&text).unwrap_or_else(|(line, message)| {
                self.problem(&file, line, &message);
                Header::default()
            });
            match self.ups.get_mut(&version) {
                Some(up) if file == format!("{}.down.sql", up.label()) => {
                    up.down = Some(text);
                    up.down_header = header;
                }
                _ => self.problem(&file, 1, "takes back a migration that is not there"),
            }
        }
        if self.problems.is_empty() {
            Ok(self.ups.into_values().collect())
        } else {
            Err(self.problems)
        }
    }

    fn problem(&mut self, file: &str, line: usize, message: &str) {
        self.problems.push(FileProblem {
            file: file.to_owned(),
            line,
            message: message.to_owned(),
        });
    }
}
