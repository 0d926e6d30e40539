//! A new migration file must lead to a new binary: the macro that embeds the directory only notices changed files.

use std::io::Write;

fn main() -> std::io::Result<()> {
    writeln!(std::io::stdout(), "cargo:rerun-if-changed=migrations")
}
