//! Tables on standard output.

use std::io::{self, Write};

/// Writes one line.
///
/// # Errors
/// When standard output is closed.
pub(crate) fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Writes a Markdown table.
///
/// # Errors
/// When standard output is closed.
pub(crate) fn table(title: &str, head: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    line(&format!("\n### {title}\n"))?;
    line(&format!("| {} |", head.join(" | ")))?;
    line(&format!("|{}", " --- |".repeat(head.len())))?;
    for row in rows {
        line(&format!("| {} |", row.join(" | ")))?;
    }
    Ok(())
}

/// The middle of an odd number of runs.
pub(crate) fn median(mut runs: Vec<f64>) -> f64 {
    runs.sort_by(f64::total_cmp);
    runs.get(runs.len() / 2).copied().unwrap_or(f64::NAN)
}
