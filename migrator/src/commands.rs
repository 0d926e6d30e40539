//! What each command does.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use platform::config::AppEnv;

use crate::{
    MigrateError, Migrator, Report, Set, Target, Timings,
    cli::{Cli, Command, ConfigCommand},
    config::Config,
    lint, scaffold,
    set::{self, Phase},
};

/// Where the migrations lie in the source tree, from its root.
const SOURCE: &str = "migrator/migrations";

/// Commands on files: no database, no configuration.
///
/// # Errors
/// What the command exits with; none when it was not such a command.
pub fn offline(cli: &Cli, out: &mut impl Write) -> Option<Result<(), MigrateError>> {
    match &cli.command {
        Command::Lint => Some(run_lint(cli.dir.as_deref(), out)),
        Command::New { name, contract } => {
            let directory = cli.dir.clone().unwrap_or_else(|| PathBuf::from(SOURCE));
            let phase = if *contract {
                Phase::Contract
            } else {
                Phase::Expand
            };
            Some(run_new(&directory, name, phase, out))
        }
        _ => None,
    }
}

/// Commands on a database.
///
/// # Errors
/// What the command exits with.
pub async fn online(
    cli: &Cli,
    config: &Config,
    effective: &[(String, String)],
    out: &mut impl Write,
) -> Result<(), MigrateError> {
    let production = config.app.env == AppEnv::Production;
    if production && cli.dir.is_some() {
        return Err(refused("--dir"));
    }
    let target = Target::new(&config.direct.url, config.database_url.as_ref())?;
    let set = match &cli.dir {
        Some(directory) => Set::read(directory)?,
        None => Set::embedded()?,
    };
    let migrator =
        Migrator::new(set, target, Timings::from(&cli.waits)).with_roles(config.roles.clone());
    match &cli.command {
        Command::Up { contract } => done("up", &migrator.up(*contract).await?),
        Command::Down { steps, .. } => {
            let steps = usize::try_from(*steps).unwrap_or(usize::MAX);
            done("down", &migrator.down(steps).await?);
        }
        Command::Check { contract } => done("check", &migrator.check(*contract).await?),
        Command::Wait => {
            migrator.wait().await?;
            tracing::info!("the database answers");
        }
        Command::Fresh if production => return Err(refused("fresh")),
        Command::Fresh => done("fresh", &migrator.fresh().await?),
        Command::Status { json } => {
            let status = migrator.status().await?;
            if *json {
                let text = serde_json::to_string_pretty(&status).map_err(io::Error::other);
                text.and_then(|text| writeln!(out, "{text}"))
            } else {
                status.write_table(out)
            }
            .map_err(stdout)?;
        }
        Command::Config(ConfigCommand::Check) => {
            for (name, value) in effective {
                writeln!(out, "{name}={value}").map_err(stdout)?;
            }
        }
        Command::Lint | Command::New { .. } => {}
    }
    Ok(())
}

fn done(command: &str, report: &Report) {
    tracing::info!(command, ran = ?report.ran, version = report.version, "done");
}

fn refused(what: &str) -> MigrateError {
    MigrateError::Usage(format!("{what} is refused in production"))
}

fn run_lint(directory: Option<&Path>, out: &mut impl Write) -> Result<(), MigrateError> {
    let files = match directory {
        Some(directory) => set::read_files(directory)?,
        None => set::embedded_files(),
    };
    let findings = lint::check(&files);
    for finding in &findings {
        writeln!(out, "{finding}").map_err(stdout)?;
    }
    if findings.is_empty() {
        return writeln!(out, "{} files, nothing to say", files.len()).map_err(stdout);
    }
    Err(MigrateError::Lint(findings))
}

fn run_new(
    directory: &Path,
    name: &str,
    phase: Phase,
    out: &mut impl Write,
) -> Result<(), MigrateError> {
    for path in scaffold::create(directory, name, phase)? {
        writeln!(out, "{}", path.display()).map_err(stdout)?;
    }
    Ok(())
}

fn stdout(source: io::Error) -> MigrateError {
    MigrateError::Io {
        path: "standard output".to_owned(),
        source,
    }
}
