//! The api binary: REST server, engine, and the commands around them.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::Context;
use api::{
    admin::{self, AdminCommand},
    backtest::{
        self, BacktestArgs,
        convert::{self, CandlesCommand},
        search::{self, SearchArgs},
    },
    config::{self, ApiConfig, DEFAULT_PORT},
    serve::Api,
    vault::{self, VaultCommand},
};
use clap::{Parser, Subcommand};
use platform::{
    SystemClock,
    config::{ConfigError, Env, Reader, Service},
    metrics, shutdown, telemetry,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Exit code of a configuration that is refused.
const REFUSED: u8 = 2;

/// How often what nobody counts in passing is counted.
const COUNT_EVERY: std::time::Duration = std::time::Duration::from_secs(5);

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
    /// Compute one backtest of an engine, which starts this itself: the task is on standard input.
    #[command(hide = true)]
    Worker,
    /// Play a bot over candles and print what it came to.
    Backtest(BacktestArgs),
    /// Play every combination of values over candles and print the best.
    Search(SearchArgs),
    /// Look after files of candles.
    Candles {
        #[command(subcommand)]
        command: CandlesCommand,
    },
    /// Do what nobody who is signed in can do.
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Look after the keys that seal what is stored.
    Vault {
        #[command(subcommand)]
        command: VaultCommand,
    },
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
    Check {
        /// That of `api engine` rather than of `api serve`.
        #[arg(long)]
        engine: bool,
    },
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
        Command::Worker => {
            engine::jobs::work(io::stdin().lock(), io::stdout().lock())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Backtest(args) => backtest::run(&args),
        Command::Search(args) => search::run(&args),
        Command::Candles { command } => convert::run(&command),
        Command::Admin { command } => admin::run(&command),
        Command::Vault { command } => vault::run(&command),
        Command::Healthcheck => Ok(healthcheck()),
        Command::Config {
            command: ConfigCommand::Check { engine },
        } => check_config(engine),
    }
}

fn refuse(error: &ConfigError) -> anyhow::Result<ExitCode> {
    writeln!(io::stderr(), "{error}")?;
    Ok(ExitCode::from(REFUSED))
}

fn check_config(engine: bool) -> anyhow::Result<ExitCode> {
    let env = Env::from_process();
    let read = if engine {
        config::check_engine(env)
    } else {
        ApiConfig::read(env).map(|(_, effective)| effective)
    };
    let effective = match read {
        Ok(effective) => effective,
        Err(error) => return refuse(&error),
    };
    let mut out = io::stdout().lock();
    for (name, value) in effective {
        writeln!(out, "{name}={value}")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn healthcheck() -> ExitCode {
    platform::healthcheck::run(Env::from_process(), DEFAULT_PORT, "/api/health")
}

fn serve() -> anyhow::Result<ExitCode> {
    let (config, _) = match ApiConfig::read(Env::from_process()) {
        Ok(read) => read,
        Err(error) => return refuse(&error),
    };
    let telemetry = telemetry::init(&config.app, &config.sentry)?;
    if config.app.env.is_production() && config.stripe.is_test() {
        tracing::warn!("with a test key in STRIPE_SECRET_KEY nobody would be charged");
    }
    if config.app.env.is_production() && config.mail.smtp.is_none() {
        tracing::warn!(dir = %config.mail.dir.display(), "no mail server is set: mails are files that nobody is sent");
    }
    tokio::runtime::Runtime::new()?.block_on(async {
        let signals = shutdown::signals()?;
        let dropped = telemetry.dropped_counter();
        let address = config.http.metrics_address();
        let measuring = Measuring::start(Service::Api, address, dropped).await?;
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
    let (app, sentry, config) = config::read_engine(&mut reader);
    if let Err(error) = reader.finish() {
        return refuse(&error);
    }
    let telemetry = telemetry::init(&app, &sentry)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let signals = shutdown::signals()?;
        let dropped = telemetry.dropped_counter();
        let address = config.http.metrics_address();
        let measuring = Measuring::start(Service::Engine, address, dropped).await?;
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

/// Lines of the log that a slow disk or reader has cost.
async fn count_dropped(dropped: impl Fn() -> usize) {
    let mut tick = tokio::time::interval(COUNT_EVERY);
    loop {
        tick.tick().await;
        let lines = u64::try_from(dropped()).unwrap_or(u64::MAX);
        ::metrics::counter!("log_lines_dropped_total").absolute(lines);
    }
}

/// The metrics server, which outlives the drain.
struct Measuring {
    task: tokio::task::JoinHandle<()>,
    stop: CancellationToken,
}

impl Measuring {
    async fn start(
        service: Service,
        address: std::net::SocketAddr,
        dropped: impl Fn() -> usize + Send + 'static,
    ) -> anyhow::Result<Self> {
        let measured = metrics::install(service)?;
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot serve metrics on {address}"))?;
        let stop = CancellationToken::new();
        let serving = measured.serve(listener, stop.clone());
        let task = tokio::spawn(async move {
            tokio::select! {
                _ = serving => {}
                () = count_dropped(dropped) => {}
            }
        });
        Ok(Self { task, stop })
    }

    async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.task.await?;
        Ok(())
    }
}
