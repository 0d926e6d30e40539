//! The processes under test: release binaries on a database and a Redis prefix of their own.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use http::{Request, StatusCode};
use platform::config::{DatabaseConfig, RedisConfig};
use serde_json::{Value, json};
use testkit::{
    TestDb, TestRedis,
    http::{get, send},
    process::{Binary, Process},
    servers::OwnRedis,
};

/// One running process.
pub(crate) struct Running {
    /// Its name in tables.
    pub(crate) name: &'static str,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Start to the first 200 of its health route.
    pub(crate) cold_start: Duration,
    process: Process,
}

impl Running {
    /// Resident memory, in MiB.
    ///
    /// # Errors
    /// When the process is gone.
    pub(crate) fn resident_mib(&self) -> Result<f64> {
        resident_mib(self.process.id())
    }

    /// Kills it (SIGKILL).
    pub(crate) async fn kill(&mut self) {
        self.process.kill().await;
    }
}

/// A whole platform, in release builds.
pub(crate) struct Stack {
    /// Its database.
    pub(crate) db: TestDb,
    /// Its corner of Redis.
    pub(crate) redis: TestRedis,
    /// The REST API.
    pub(crate) api: Running,
    /// The engine.
    pub(crate) engine: Running,
    /// The gateway.
    pub(crate) gateway: Running,
}

impl Stack {
    /// Starts everything and waits until all of it is healthy.
    ///
    /// # Errors
    /// When a process does not become healthy within 30 s.
    pub(crate) async fn start() -> Result<Self> {
        let db = TestDb::new().await;
        let redis = TestRedis::shared().await;
        let engine = engine(&db, &redis).await?;
        let api = start("api", &db, &redis, "/api/health").await?;
        let gateway = start("gateway", &db, &redis, "/health").await?;
        Ok(Self {
            db,
            redis,
            api,
            engine,
            gateway,
        })
    }

    /// What a process of ours would read to reach the database.
    pub(crate) fn database(&self) -> DatabaseConfig {
        self.db.database_config()
    }

    /// Registers a user.
    ///
    /// # Errors
    /// When the api refuses.
    pub(crate) async fn register(&self, email: &str) -> Result<Registered> {
        let body = json!({
            "email": email, "password": "correct horse battery staple", "tokens": "body",
        });
        let request = Request::post("/api/v1/auth/register")
            .header("content-type", "application/json")
            .body(body.to_string())?;
        let answer = send(self.api.address, request)
            .await
            .map_err(|error| anyhow::anyhow!("{error:?}"))?;
        if answer.status != StatusCode::CREATED {
            bail!("register answered {}: {}", answer.status, answer.text());
        }
        let body = answer.json();
        let text = |pointer| {
            body.pointer(pointer)
                .and_then(Value::as_str)
                .map(str::to_owned)
                .with_context(|| format!("no {pointer} in {body}"))
        };
        Ok(Registered {
            user: text("/user/id")?,
            session: text("/session/id")?,
            token: text("/session/tokens/access_token")?,
        })
    }
}

/// A user with a session.
pub(crate) struct Registered {
    pub(crate) user: String,
    pub(crate) session: String,
    pub(crate) token: String,
}

/// Starts one more engine and waits until it is healthy.
///
/// # Errors
/// When it does not become healthy within 30 s.
pub(crate) async fn engine(db: &TestDb, redis: &TestRedis) -> Result<Running> {
    start("engine", db, redis, "/api/health").await
}

/// Starts one more api or gateway with the default limit of connections per address, and waits until it is healthy.
///
/// # Errors
/// When it does not become healthy within 30 s.
pub(crate) async fn with_limits(stack: &Stack, name: &'static str) -> Result<Running> {
    let address = free_address()?;
    let binary = binary(name, &stack.db, &stack.redis, address)?
        .env("TRUSTED_HOPS", "0")
        .env("HTTP_MAX_CONNECTIONS_PER_ADDRESS", "256");
    let health = match name {
        "gateway" => "/health",
        _ => "/api/health",
    };
    launch(name, binary, address, health).await
}

/// Starts a gateway on a Redis of its own, ready or not.
///
/// # Errors
/// When this program's own path is unknown.
pub(crate) fn gateway_on(redis: &OwnRedis) -> Result<Process> {
    let gateway = with_redis(built("gateway")?, redis.config(), free_address()?)?;
    Ok(gateway.env("JWT_SECRET", KEY.repeat(4)).spawn())
}

/// The address that a process started next can listen on.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// A binary of the same build as this program.
///
/// # Errors
/// When this program's own path is unknown.
pub(crate) fn built(name: &str) -> Result<Binary> {
    Ok(Binary::at(std::env::current_exe()?.with_file_name(name)))
}

/// What secrets are made of.
const KEY: &str = "0123456789abcdef";

/// A binary with what every service reads.
fn with_redis(binary: Binary, redis: RedisConfig, address: SocketAddr) -> Result<Binary> {
    Ok(binary
        .env("APP_ENV", "test")
        .env("LOG_LEVEL", "warn")
        .env("HOSTNAME", address.ip().to_string())
        .env("PORT", address.port().to_string())
        .env("METRICS_PORT", free_address()?.port().to_string())
        .env("REDIS_HOST", redis.host)
        .env("REDIS_PORT", redis.port.to_string())
        .env("REDIS_PREFIX", redis.prefix))
}

/// The binary of a service with the variables of its column in the operator's table.
fn binary(
    name: &'static str,
    db: &TestDb,
    redis: &TestRedis,
    address: SocketAddr,
) -> Result<Binary> {
    let binary = match name {
        "gateway" => built("gateway")?,
        "engine" => built("api")?.arg("engine"),
        _ => built("api")?.arg("serve"),
    };
    let binary = with_redis(binary, redis.config(), address)?;
    Ok(match name {
        "gateway" => binary
            .env("JWT_SECRET", KEY.repeat(4))
            // One address plays all clients here.
            .env("HTTP_MAX_CONNECTIONS_PER_ADDRESS", "1000000")
            .env("GATEWAY_HANDSHAKES_PER_MINUTE", "1000000")
            .env("GATEWAY_UNAUTHENTICATED_PER_ADDRESS", "100000"),
        "engine" => binary
            .env("DATABASE_URL", db.pool_url())
            .env("ENCRYPTION_KEY", KEY.repeat(2)),
        _ => binary
            .env("DATABASE_URL", db.pool_url())
            .env("ENCRYPTION_KEY", KEY.repeat(2))
            .env("JWT_SECRET", KEY.repeat(4))
            // So that one machine can play many addresses.
            .env("TRUSTED_HOPS", "1")
            .env("RATE_LIMIT_AUTH_PER_MINUTE", "1000000")
            .env("RATE_LIMIT_READ_PER_MINUTE", "1000000")
            .env("RATE_LIMIT_WRITE_PER_MINUTE", "1000000"),
    })
}

async fn start(
    name: &'static str,
    db: &TestDb,
    redis: &TestRedis,
    health: &str,
) -> Result<Running> {
    let address = free_address()?;
    launch(name, binary(name, db, redis, address)?, address, health).await
}

async fn launch(
    name: &'static str,
    binary: Binary,
    address: SocketAddr,
    health: &str,
) -> Result<Running> {
    let started = Instant::now();
    let mut process = binary.spawn();
    loop {
        if tokio::net::TcpStream::connect(address).await.is_ok()
            && get(address, health).await.status == StatusCode::OK
        {
            break;
        }
        if !process.is_running() || started.elapsed() > Duration::from_secs(30) {
            bail!("{name} did not become healthy:\n{}", process.logs());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(Running {
        name,
        address,
        cold_start: started.elapsed(),
        process,
    })
}

fn resident_mib(pid: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let kib: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next())
        .context("no VmRSS")?
        .parse()?;
    Ok(kib / 1024.0)
}
