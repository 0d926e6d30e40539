//! The api binary: REST server, engine, and the commands around them.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::Context;
use api::{
    backtest::{self, BacktestArgs},
    config::{ApiConfig, DEFAULT_PORT},
    serve::Api,
};
use clap::{Parser, Subcommand};
use engine::EngineConfig;
use platform::{
    SystemClock,
    config::{AppConfig, ConfigError, Env, Reader, SentryConfig, Service, VaultConfig},
    metrics, shutdown, telemetry,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Exit code of a configuration that is refused.
const REFUSED: u8 = 2;

/// `BlockbotX`: REST API and trading engine.
#[derive(Parser)]
#[command(name = "api", disable_version_flag = true)]
struct Cli {
    /// Print the version and the commit it was built from.
    #[arg(short = 'V', long)]
    version: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the REST API (the default).
    Serve,
    /// Run the trading engine.
    Engine,
    /// Play a bot over candles and print what it came to.
    Backtest(BacktestArgs),
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
        writeln!(io::stdout(), "{}", platform::build::version_line("api"))?;
        return Ok(ExitCode::SUCCESS);
    }
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve(),
        Command::Engine => run_engine(),
        Command::Backtest(args) => backtest::run(&args),
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
    let (_, effective) = match ApiConfig::read(Env::from_process()) {
        Ok(read) => read,
        Err(error) => return refuse(&error),
    };
    let mut out = io::stdout().lock();
    for (name, value) in effective {
        writeln!(out, "{name}={value}")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn healthcheck() -> ExitCode {
    let mut reader = Reader::new(Env::from_process());
    let port = reader.number_or("PORT", DEFAULT_PORT, 0..=u16::MAX);
    platform::healthcheck::run(port, "/api/health")
}

fn serve() -> anyhow::Result<ExitCode> {
    let (config, _) = match ApiConfig::read(Env::from_process()) {
        Ok(read) => read,
        Err(error) => return refuse(&error),
    };
    let _telemetry = telemetry::init(&config.app, &config.sentry)?;
    if config.app.env.is_production() && config.stripe.is_test() {
        tracing::warn!("STRIPE_SECRET_KEY is a test key: nobody would be charged");
    }
    tokio::runtime::Runtime::new()?.block_on(async {
        let signals = shutdown::signals()?;
        let measuring = Measuring::start(Service::Api, config.http.metrics_address()).await?;
        let served = match Api::bind(config, SystemClock::shared(), signals.token()).await {
            Ok(api) => Box::pin(api.run()).await,
            Err(error) => Err(error),
        };
        measuring.stop().await?;
        served.map_err(logged)?;
        Ok(ExitCode::SUCCESS)
    })
}

fn run_engine() -> anyhow::Result<ExitCode> {
    let mut reader = Reader::new(Env::from_process());
    let app = AppConfig::read(&mut reader, Service::Engine);
    let sentry = SentryConfig::read(&mut reader);
    let config = EngineConfig::read(&mut reader, app.env.is_production());
    // Refused now rather than when the first sealed credential must be opened.
    VaultConfig::read(&mut reader);
    if let Err(error) = reader.finish() {
        return refuse(&error);
    }
    let _telemetry = telemetry::init(&app, &sentry)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let signals = shutdown::signals()?;
        let measuring = Measuring::start(Service::Engine, config.http.metrics_address()).await?;
        let ran = Box::pin(engine::run(config, signals.token())).await;
        measuring.stop().await?;
        ran.map_err(logged)?;
        Ok(ExitCode::SUCCESS)
    })
}

/// A process that dies says why where its logs are read, and in an error report.
fn logged<E: std::error::Error + 'static>(error: E) -> E {
    tracing::error!(error = &error as &dyn std::error::Error, "stopped");
    error
}

/// The metrics server, which outlives the drain.
struct Measuring {
    task: tokio::task::JoinHandle<platform::http::Drained>,
    stop: CancellationToken,
}

impl Measuring {
    async fn start(service: Service, address: std::net::SocketAddr) -> anyhow::Result<Self> {
        let measured = metrics::install(service)?;
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot serve metrics on {address}"))?;
        let stop = CancellationToken::new();
        let task = tokio::spawn(measured.serve(listener, stop.clone()));
        Ok(Self { task, stop })
    }

    async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.task.await?;
        Ok(())
    }
}
