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
use platform::{config::Env, shutdown, telemetry};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::from_process();
    match run(&cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The log may not be on (yet), and whoever stands at a terminal does not read JSON.
            writeln!(io::stderr(), "migrator: {error}").ok();
            ExitCode::from(error.exit_code())
        }
    }
}

async fn run(cli: &Cli) -> Result<(), MigrateError> {
    let mut out = io::stdout();
    if let Some(result) = commands::offline(cli, &mut out) {
        return result;
    }
    let (config, effective) = Config::read(Env::from_process())?;
    // Commands whose answer goes to stdout keep it free of log lines.
    let _telemetry = match cli.command {
        Command::Status { .. } | Command::Config(_) => None,
        _ => Some(telemetry::init(&config.app, &config.sentry)?),
    };
    let signals = shutdown::signals().map_err(|source| MigrateError::Io {
        path: "signals".to_owned(),
        source,
    })?;
    let stopped = signals.token();
    let result = tokio::select! {
        result = commands::online(cli, &config, &effective, &mut out) => result,
        // Dropping the work closes its connections, and Postgres rolls back.
        () = stopped.cancelled() => Err(MigrateError::Interrupted),
    };
    if let Err(error) = &result {
        tracing::error!(exit_code = error.exit_code(), %error, "failed");
    }
    result
}
