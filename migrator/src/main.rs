//! The migrator: one shot, then an exit code.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use migrator::{
    MigrateError,
    cli::{Cli, Command},
    commands,
    config::Config,
};
use platform::{config::Env, shutdown};

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Cli::from_process()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let code = error.exit_code();
            tracing::error!(exit_code = code, %error, "failed");
            // Without a log, as before it is set up, this line is all there is; nothing is left to do if it fails too.
            writeln!(io::stderr(), "migrator: {error}").ok();
            ExitCode::from(code)
        }
    }
}

async fn run(cli: &Cli) -> Result<(), MigrateError> {
    let mut out = io::stdout();
    if let Some(result) = commands::offline(cli, &mut out) {
        return result;
    }
    let (config, effective) = Config::read(Env::from_process())?;
    let signals = shutdown::signals().map_err(|source| MigrateError::Io {
        path: "signals".to_owned(),
        source,
    })?;
    let stopped = signals.token();
    tokio::select! {
        result = commands::online(cli, &config, &effective, &mut out) => result,
        // Dropping the work closes its connections, and Postgres rolls back.
        () = stopped.cancelled() => Err(MigrateError::Interrupted),
    }
}

/// Commands whose answer goes to stdout keep it free of log lines.
fn answers_on_stdout(command: &Command) -> bool {
    matches!(command, Command::Status { .. } | Command::Config(_))
}
