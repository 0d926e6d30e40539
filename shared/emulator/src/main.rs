//! The emulator as a process, for the developer's stack and for clients in other languages.
//!
//! `EMULATOR_PORT` (9080), `EMULATOR_SEED` (1), `EMULATOR_TICK_MS` (1000; 0 leaves the prices to the admin routes),
//! `EMULATOR_POINTS` (1, prices a tick), `EMULATOR_CANDLES` (`BTCUSDT=/path/to/file.csv`, where prices come from), and
//! `EMULATOR_API_KEY` with `EMULATOR_SECRET_KEY` for a user `demo` with 100,000 USDT, 1 BTC, 20 ETH and 10 BNB.

use std::{fs::File, net::Ipv4Addr, time::Duration};

use anyhow::{Context, bail};
use emulator::{Config, Emulator, Feed, Ticker, UserConfig};
use platform::{
    SystemClock,
    config::{Env, Reader},
    shutdown,
};
use tracing_subscriber::EnvFilter;
use trading::{Amount, candle::CandleReader};

/// First deposits of the user of the environment.
const DEPOSITS: [(&str, u64); 4] = [("USDT", 100_000), ("BTC", 1), ("ETH", 20), ("BNB", 10)];

fn config() -> anyhow::Result<Config> {
    let mut reader = Reader::new(Env::from_process());
    let port = reader.number_or("EMULATOR_PORT", 9_080, 0..=u16::MAX);
    let seed = reader.number_or("EMULATOR_SEED", 1, 0..=u64::MAX);
    let tick_ms = reader.number_or("EMULATOR_TICK_MS", 1_000, 0..=3_600_000);
    let points = reader.number_or("EMULATOR_POINTS", 1, 1..=10_000);
    let candles = reader.text("EMULATOR_CANDLES");
    let api_key = reader.text("EMULATOR_API_KEY");
    let secret_key = reader.secret("EMULATOR_SECRET_KEY");
    reader.finish()?;
    let mut config = Config::new(SystemClock::shared());
    config.seed = seed;
    config.listen = (Ipv4Addr::LOCALHOST, port).into();
    config.ticker = (tick_ms > 0).then_some(Ticker {
        every: Duration::from_millis(tick_ms),
        points,
    });
    if let Some(candles) = candles {
        play(&mut config, &candles)?;
    }
    match (api_key, secret_key) {
        (Some(api_key), Some(secret_key)) => {
            let mut user = UserConfig::new("demo", &api_key, secret_key.expose());
            for (asset, amount) in DEPOSITS {
                user = user.with_deposit(asset.parse()?, Amount::from_whole(amount));
            }
            config.users.push(user);
        }
        (None, None) => {}
        _ => bail!("EMULATOR_API_KEY and EMULATOR_SECRET_KEY are set together or not at all"),
    }
    Ok(config)
}

/// Plays the candles of a file as the prices of a symbol.
fn play(config: &mut Config, text: &str) -> anyhow::Result<()> {
    let (name, path) = text
        .split_once('=')
        .context("EMULATOR_CANDLES is SYMBOL=FILE")?;
    let symbol = config.symbols.iter_mut().find(|symbol| {
        let pair = &symbol.market.symbol;
        format!("{}{}", pair.base(), pair.quote()) == name
    });
    let symbol = symbol.with_context(|| format!("EMULATOR_CANDLES: there is no symbol {name}"))?;
    let file = File::open(path).with_context(|| format!("EMULATOR_CANDLES: {path}"))?;
    let candles: Vec<_> = CandleReader::new(file).collect::<Result<_, _>>()?;
    let first = candles
        .first()
        .context("EMULATOR_CANDLES: the file is empty")?;
    symbol.price = first.open;
    symbol.feed = Feed::Candles(candles);
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .init();
    let config = config()?;
    let signals = shutdown::signals()?;
    let emulator = Emulator::start(config).await?;
    announce(&emulator);
    signals.token().cancelled().await;
    emulator.stop().await;
    Ok(())
}

/// Tells where it listens, for whoever started it on a port of the system's choice.
#[expect(clippy::print_stdout, reason = "what a caller waits for")]
fn announce(emulator: &Emulator) {
    println!("listening on {}", emulator.address());
}
