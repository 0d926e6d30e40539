//! What the commands print, and how they refuse.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Exit code of a configuration or a candle file that is refused.
const REFUSED: u8 = 2;

/// Why there is no report, in the user's terms.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("{}: {message}", file.display())]
    File { file: PathBuf, message: String },
    #[error("{}", lines.join("\n"))]
    Fields { lines: Vec<String> },
}

/// Prints a report, or what the user got wrong.
pub(super) fn printed(report: anyhow::Result<String>) -> anyhow::Result<ExitCode> {
    match report {
        Ok(report) => {
            io::stdout().write_all(report.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) if error.is::<Refused>() => {
            writeln!(io::stderr(), "{error}")?;
            Ok(ExitCode::from(REFUSED))
        }
        Err(error) => Err(error),
    }
}

/// The error of a file.
pub(super) fn refused(file: &Path, message: &dyn std::fmt::Display) -> anyhow::Error {
    let (file, message) = (file.to_owned(), message.to_string());
    Refused::File { file, message }.into()
}

/// The errors of fields of a file.
pub(super) fn fields(file: &Path, found: impl Iterator<Item = (String, String)>) -> anyhow::Error {
    let lines = found
        .map(|(pointer, message)| format!("{}: {pointer} {message}", file.display()))
        .collect();
    Refused::Fields { lines }.into()
}
