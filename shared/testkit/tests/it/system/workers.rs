//! A backtest is computed by a process of its own: what happens to that one happens to nobody else.

use std::{fmt::Write as _, fs, net::SocketAddr};

use rustix::process::{Pid, Signal, kill_process};
use sea_orm::sqlx::{Connection as _, PgConnection};
use serde_json::{Value, json};
use testkit::{paper::PaperAccount, process::Process, wait_until};

use super::{
    backtests::{PATH, ask, dca, ended, grid, show},
    platform::Platform,
    user::User,
};

/// Ten years of minutes: it is still computed when the test ends it.
const LONG: usize = 5_256_000;

/// So many MiB are enough for a day of minutes, and not for the fills of [`greedy`] in a market of [`swings`].
const LITTLE_MB: u32 = 8;

/// A line every ten dollars.
fn greedy(candles: &Value) -> Value {
    let mut body = grid(candles);
    body["config"]["lower"] = json!("59000");
    body["config"]["upper"] = json!("61000");
    body["config"]["grid_count"] = json!(200);
    body["config"]["quantity"]["quantity"] = json!("0.005");
    body["fees"] = json!({"maker": "0", "taker": "0", "charge": "quote"});
    body
}

/// A file of candles each of which crosses every line of [`greedy`] up and down, so that a few of them make many fills.
fn swings() -> String {
    let mut file = "timestamp,open,high,low,close,volume\n".to_owned();
    for minute in 0..2_000 {
        writeln!(file, "{},60000,61010,58990,60000,1", minute * 60_000).unwrap();
    }
    file
}

/// Processes that a process has started and that are not over.
fn children(parent: u32) -> Vec<u32> {
    let number = |name: std::ffi::OsString| name.to_str()?.parse().ok();
    let all = fs::read_dir("/proc").unwrap();
    all.filter_map(|entry| number(entry.unwrap().file_name()))
        .filter(|id| field(*id, "PPid:").as_deref() == Some(&parent.to_string()) && is_alive(*id))
        .collect()
}

fn field(process: u32, name: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().to_owned())
}

/// Whether it has not ended; one that nobody has asked about its end has.
fn is_alive(process: u32) -> bool {
    field(process, "State:").is_some_and(|state| !state.starts_with(['Z', 'X']))
}

/// The worker of an engine, once it has its task and computes.
async fn worker(engine: &Process) -> u32 {
    let limited = |worker: &u32| {
        let limits = fs::read_to_string(format!("/proc/{worker}/limits")).unwrap_or_default();
        let limit = limits
            .lines()
            .find(|line| line.starts_with("Max address space"));
        limit.is_some_and(|line| !line.contains("unlimited"))
    };
    wait_until("a worker computes", || async {
        children(engine.id()).iter().any(limited)
    })
    .await;
    let workers = children(engine.id());
    assert_eq!(workers.len(), 1, "one at a time");
    workers[0]
}

async fn is_gone(worker: u32) {
    wait_until("the worker is gone", || async { !is_alive(worker) }).await;
}

/// Waits until an engine has begun it so often and goes on with it.
async fn runs(api: SocketAddr, user: &User, id: &str, attempts: u64) {
    wait_until(&format!("it is begun {attempts} times"), || async {
        let now = show(api, user, id).await;
        now["status"] == "running" && now["attempts"] == attempts
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_needs_too_much_memory_fails_alone() {
    let platform = Platform::start().await;
    fs::write(platform.feeds.path().join("swings.csv"), swings()).unwrap();
    let mut engine = platform.engine_with_job_memory(LITTLE_MB).await;
    let api = platform.api().await;
    let user = User::register(api.address, "ada@example.com").await;
    let url = platform.postgres.direct_url("blockbotx");
    let mut db = PgConnection::connect(&url).await.unwrap();
    let paper = json!({
        "symbol": "BTC-USDT", "balances": {"USDT": "100000"}, "speed": 3_000,
        "fees": {"maker": "0.0004", "taker": "0.001", "charge": "received"},
        "feed": {"kind": "synthetic", "seed": 7, "candles": 43_200, "start_price": "60000"},
    });
    let configs = [dca(1)["config"].clone()];
    let account = PaperAccount::create(&mut db, user.id.parse().unwrap(), &paper, &configs).await;
    account.set_feed(&mut db, "running").await;
    account.played_beyond(&mut db, 0).await;

    let many = json!({"kind": "file", "name": "swings.csv"});
    let id = ask(api.address, &user, &greedy(&many)).await;
    let day = json!({"kind": "synthetic", "seed": 7, "candles": 1_440, "start_price": "60000"});
    let search = json!({
        "backtest": greedy(&day), "rank_by": "profit",
        "fields": [{"pointer": "/grid_count", "values": [100, 200]}],
    });
    let (searched, small) = (
        ask(api.address, &user, &search).await,
        ask(api.address, &user, &dca(1_440)).await,
    );
    let failed = ended(api.address, &user, &id).await;
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["attempts"], 1, "it would need as much again");
    assert_eq!(
        failed["error"],
        json!({
            "code": "out_of_memory",
            "message": format!("the backtest needed more memory than JOB_MEMORY_MB = {LITTLE_MB}"),
        })
    );
    for next in [searched, small] {
        let next = ended(api.address, &user, &next).await;
        assert_eq!(next["status"], "finished", "{next}");
    }
    assert!(engine.process.is_running(), "{}", engine.process.logs());
    let (status, pos, error) = account.feed(&mut db).await;
    assert_eq!((status.as_str(), error), ("running", None), "bots go on");
    account.played_beyond(&mut db, pos).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_is_replaced_a_few_times() {
    let platform = Platform::start().await;
    let (mut engine, api) = (platform.engine().await, platform.api().await);
    let api = api.address;
    let user = User::register(api, "ada@example.com").await;
    let short = dca(20 * 43_200);
    let id = ask(api, &user, &short).await;
    let kill = async |id: &str, attempts: u64| {
        runs(api, &user, id, attempts).await;
        let worker = worker(&engine.process).await;
        let process = Pid::from_raw(i32::try_from(worker).unwrap()).unwrap();
        kill_process(process, Signal::KILL).unwrap();
        is_gone(worker).await;
    };
    kill(&id, 1).await;
    let done = ended(api, &user, &id).await;
    assert_eq!(
        (&done["status"], &done["attempts"]),
        (&json!("finished"), &json!(2))
    );

    let id = ask(api, &user, &dca(LONG)).await;
    for attempt in 1..=3 {
        kill(&id, attempt).await;
    }
    let failed = ended(api, &user, &id).await;
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["error"]["code"], "interrupted", "{failed}");
    assert!(engine.process.is_running(), "{}", engine.process.logs());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_worker_outlives_its_engine_or_its_job() {
    let platform = Platform::start().await;
    let (mut engine, api) = (platform.engine().await, platform.api().await);
    let api = api.address;
    let user = User::register(api, "ada@example.com").await;
    let long = dca(LONG);
    let first = ask(api, &user, &long).await;
    let canceled = worker(&engine.process).await;
    let path = format!("{PATH}/{first}/cancel");
    assert_eq!(user.post(api, &path, &json!({})).await.status, 200);
    is_gone(canceled).await;

    let id = ask(api, &user, &long).await;
    let stopped = worker(&engine.process).await;
    let status = engine.process.terminate().await;
    assert!(status.success(), "{}", engine.process.logs());
    assert!(!is_alive(stopped), "an engine takes its worker along");

    let mut engine = platform.engine().await;
    runs(api, &user, &id, 1).await;
    let orphan = worker(&engine.process).await;
    engine.process.kill().await;
    is_gone(orphan).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_knows_nothing_but_its_task() {
    let platform = Platform::start().await;
    let (engine, api) = (platform.engine().await, platform.api().await);
    let user = User::register(api.address, "ada@example.com").await;
    ask(api.address, &user, &dca(LONG)).await;
    let worker = worker(&engine.process).await;
    let of = |name: &str| fs::read_to_string(format!("/proc/{worker}/{name}")).unwrap();
    assert_eq!(of("environ"), "");
    assert_eq!(of("cmdline"), "api\0worker\0");
    assert_eq!(of("oom_score_adj"), "1000\n");
    let open: Vec<String> = fs::read_dir(format!("/proc/{worker}/fd"))
        .unwrap()
        .map(|entry| fs::read_link(entry.unwrap().path()).unwrap())
        .map(|target| target.display().to_string())
        .collect();
    let has = |kind: &str| open.iter().any(|target| target.starts_with(kind));
    assert!(has("pipe:") && !has("socket:"), "{open:?}");
    let engine = format!("/proc/{}", engine.process.id());
    let adjusted = fs::read_to_string(format!("{engine}/oom_score_adj")).unwrap();
    assert_ne!(adjusted, "1000\n");
    let secret = fs::read(format!("{engine}/environ")).unwrap();
    let secret = String::from_utf8(secret).unwrap();
    assert!(secret.contains("ENCRYPTION_KEY="), "what is to be hidden");
}
