//! Brings the schema of a database up to what this release needs, one migrator at a time, and says what it did.
//!
//! Migrations are plain SQL files, `NNNN_name.expand.sql` or `NNNN_name.contract.sql` with `NNNN_name.down.sql`.
//! Expand steps only add, so the services of the last release keep working beside them; contract steps take away and
//! run only when asked for. `schema_history` is the truth about what a database has been through.

pub mod cli;
pub mod commands;
pub mod config;
pub mod connect;
pub mod error;
pub mod header;
pub mod history;
pub mod lint;
pub mod lock;
pub mod plan;
pub mod roles;
pub mod runner;
pub mod scaffold;
pub mod set;
pub mod statements;
pub mod status;
pub mod timings;

mod step;

pub use connect::Target;
pub use error::MigrateError;
pub use roles::{Role, Roles};
pub use runner::{Migrator, Report};
pub use set::Set;
pub use status::Status;
pub use timings::Timings;

use platform::Secret;

/// Applies the embedded migrations and gives these roles their rights, as `migrator up` does.
///
/// # Errors
/// What `migrator up` would exit with.
pub async fn up(direct_url: &str, roles: Roles) -> Result<Report, MigrateError> {
    let target = Target::new(&Secret::new(direct_url.to_owned()), None)?;
    Migrator::new(Set::embedded()?, target, Timings::default())
        .with_roles(roles)
        .up(false)
        .await
}

/// Hash over the names and the contents of all embedded files, in lower-case hex: changes when any of them does.
pub fn fingerprint() -> String {
    set::fingerprint(&set::embedded_files())
}

/// The newest embedded expand step: the schema version that services of this release require.
///
/// # Errors
/// When the embedded files are not a set of migrations.
pub fn required_schema() -> Result<Option<i32>, MigrateError> {
    Ok(Set::embedded()?.newest_expand())
}
