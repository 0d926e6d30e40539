//! The gateway binary: the WebSocket server and the commands around it.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Parser, Subcommand};
use gateway::{Gateway, GatewayConfig, config::DEFAULT_PORT};
use platform::{
    SystemClock,
    config::{ConfigError, Env, Reader, Service},
    metrics, shutdown, telemetry,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Exit code of a configuration that is refused.
const REFUSED: u8 = 2;

/// `BlockbotX`: WebSocket gateway.
#[derive(Parser)]
#[command(name = "gateway", disable_version_flag = true)]
struct Cli {
    /// Print the version and the commit it was built from.
    #[arg(short = 'V', long)]
    version: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve sockets (the default).
    Serve,
    /// Ask the server in this container whether it is healthy.
    Healthcheck,
    /// Look at the configuration.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Print the effective configuration, redacted, and every problem with it.
    Check,
}

fn main() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    if cli.version {
        writeln!(io::stdout(), "{}", platform::build::version_line("gateway"))?;
        return Ok(ExitCode::SUCCESS);
    }
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve(),
        Command::Healthcheck => Ok(healthcheck()),
        Command::Config {
            command: ConfigCommand::Check,
        } => check_config(),
    }
}

fn refuse(error: &ConfigError) -> anyhow::Result<ExitCode> {
    writeln!(io::stderr(), "{error}")?;
    Ok(ExitCode::from(REFUSED))
}

fn check_config() -> anyhow::Result<ExitCode> {
    let mut reader = Reader::new(Env::from_process());
    GatewayConfig::from_reader(&mut reader);
    let effective = reader.effective().to_vec();
    if let Err(error) = reader.finish() {
        return refuse(&error);
    }
    let mut out = io::stdout().lock();
    for (name, value) in effective {
        writeln!(out, "{name}={value}")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn healthcheck() -> ExitCode {
    platform::healthcheck::run(Env::from_process(), DEFAULT_PORT, "/health")
}

fn serve() -> anyhow::Result<ExitCode> {
    let config = match GatewayConfig::read(Env::from_process()) {
        Ok(config) => config,
        Err(error) => return refuse(&error),
    };
    let _telemetry = telemetry::init(&config.app, &config.sentry)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let signals = shutdown::signals()?;
        let measured = metrics::install(Service::Gateway)?;
        let address = config.http.metrics_address();
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot serve metrics on {address}"))?;
        // They outlive the drain.
        let unmeasured = CancellationToken::new();
        let measuring = tokio::spawn(measured.serve(listener, unmeasured.clone()));
        let served = run(&config, signals.token()).await;
        unmeasured.cancel();
        measuring.await?;
        served
    })
}

async fn run(config: &GatewayConfig, stop: CancellationToken) -> anyhow::Result<ExitCode> {
    let gateway = Gateway::bind(config, SystemClock::shared(), stop)
        .await
        .inspect_err(|error| tracing::error!(%error, "cannot listen"))
        .with_context(|| format!("cannot listen on {}", config.http.address()))?;
    tracing::info!(address = %gateway.address()?, "listening");
    Box::pin(gateway.run()).await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}
