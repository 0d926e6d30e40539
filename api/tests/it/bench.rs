//! A running api and the calls to it.

use std::{net::SocketAddr, sync::Arc, time::SystemTime};

use api::{config::ApiConfig, serve::Api, state::AppState};
use chrono::{DateTime, Duration, Utc};
use http::Request;
use platform::{
    clock::ManualClock,
    config::{DatabaseConfig, Env, RedisConfig},
    ids::{SessionId, UserId},
    token::{AccessClaims, Role, TokenError, TokenVerifier},
    totp::TotpSecret,
    vault::Binding,
};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{
    TestDb, TestRedis,
    http::{Response, send},
    totp::Authenticator,
    wait_until,
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::contract;

pub(crate) const SECRET: &str = "0123456789012345678901234567890123456789012345678901234567890123";
pub(crate) const ORIGIN: &str = "https://app.example.com";
pub(crate) const PASSWORD: &str = "a long enough passphrase 4711";

/// A running api. Stopped when dropped.
pub(crate) struct Bench {
    pub(crate) address: SocketAddr,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) state: AppState,
    pub(crate) stop: CancellationToken,
    pub(crate) mails: TempDir,
    run: AbortOnDropHandle<()>,
    // After the server, whose connections it cuts.
    pub(crate) db: TestDb,
}

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Somebody {
    pub(crate) email: String,
    pub(crate) id: String,
    pub(crate) session: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

pub(crate) fn config(
    settings: &[(&str, &str)],
    database: DatabaseConfig,
    redis: RedisConfig,
) -> ApiConfig {
    let defaults = [
        ("APP_ENV", "test"),
        ("JWT_SECRET", SECRET),
        ("ENCRYPTION_KEY", "0123456789abcdef0123456789abcdef"),
        ("DATABASE_URL", "postgresql://stand-in/replaced"),
        ("HOSTNAME", "127.0.0.1"),
        ("PORT", "0"),
        ("ALLOWED_ORIGINS", ORIGIN),
        ("NEXT_PUBLIC_WS_URL", "wss://ws.example.com"),
        ("DRAIN_MS", "0"),
        // Whether somebody has built the console here changes nothing.
        ("CONSOLE", "off"),
        ("RATE_LIMIT_AUTH_PER_MINUTE", "100000"),
        // Nobody is there: an exchange that a test needs is started by it.
        ("BINANCE_REST_URL", "http://127.0.0.1:1"),
        ("BINANCE_STREAM_URL", "ws://127.0.0.1:1"),
        ("BINANCE_WS_API_URL", "ws://127.0.0.1:1"),
        ("BINANCE_TESTNET_REST_URL", "http://127.0.0.1:1"),
        ("BINANCE_TESTNET_STREAM_URL", "ws://127.0.0.1:1"),
        ("BINANCE_TESTNET_WS_API_URL", "ws://127.0.0.1:1"),
        // A busy machine is not a Redis that is away.
        ("RATE_LIMIT_TIMEOUT_MS", "2000"),
    ];
    let pairs = defaults.iter().chain(settings).copied();
    let (config, _) = ApiConfig::read(Env::from_pairs(pairs)).unwrap();
    ApiConfig {
        database,
        redis,
        ..config
    }
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        let db = TestDb::new().await;
        let database = db.database_config();
        Self::on(db, database, TestRedis::shared().await.config(), settings).await
    }

    pub(crate) async fn on(
        db: TestDb,
        database: DatabaseConfig,
        redis: RedisConfig,
        settings: &[(&str, &str)],
    ) -> Self {
        let bench = Self::unready(db, database, redis, settings).await;
        wait_until("it serves", || async { bench.state.fitness.is_ready() }).await;
        bench
    }

    /// One that has just begun, with a database that may be away or empty.
    pub(crate) async fn unready(
        db: TestDb,
        database: DatabaseConfig,
        redis: RedisConfig,
        settings: &[(&str, &str)],
    ) -> Self {
        // Whole milliseconds, as times travel.
        let now = DateTime::from_timestamp_millis(Utc::now().timestamp_millis()).unwrap();
        let clock = ManualClock::new(now);
        let stop = CancellationToken::new();
        let mails = TempDir::new().unwrap();
        let mut config = config(settings, database, redis);
        config.mail.dir = mails.path().to_owned();
        let api = Api::bind(config, clock.clone(), stop.clone())
            .await
            .unwrap();
        let (address, state) = (api.address(), api.state());
        let run = AbortOnDropHandle::new(tokio::spawn(async move { api.run().await.unwrap() }));
        Self {
            address,
            clock,
            state,
            stop,
            mails,
            run,
            db,
        }
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    pub(crate) fn get(&self, path: &str) -> Call<'_> {
        Call::new(self, "GET", path)
    }

    pub(crate) fn post(&self, path: &str) -> Call<'_> {
        Call::new(self, "POST", path)
    }

    pub(crate) fn call(&self, method: &str, path: &str) -> Call<'_> {
        Call::new(self, method, path)
    }

    /// Makes an account and signs it in.
    pub(crate) async fn somebody(&self, name: &str) -> Somebody {
        let email = format!("{name}@example.com");
        let body = json!({ "email": email, "password": PASSWORD, "tokens": "body" });
        let answer = self.post("/api/v1/auth/register").json(&body).send().await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        signed_in(&email, &answer.json())
    }

    pub(crate) async fn login(&self, email: &str) -> Somebody {
        let body = json!({ "email": email, "password": PASSWORD, "tokens": "body" });
        let answer = self.post("/api/v1/auth/login").json(&body).send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        signed_in(email, &answer.json())
    }

    /// Signs in somebody who has a second factor.
    pub(crate) async fn login_with(&self, app: &Authenticator, email: &str) -> Somebody {
        let body = json!({ "email": email, "password": PASSWORD });
        let asked = self.post("/api/v1/auth/login").json(&body).send().await;
        assert_eq!(asked.status, 202, "{}", asked.text());
        let (challenge, code) = (&asked.json()["challenge"], app.code(self.now()));
        let body = json!({ "challenge": challenge, "code": code, "tokens": "body" });
        let answer = self
            .post("/api/v1/auth/login/totp")
            .json(&body)
            .send()
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        signed_in(email, &answer.json())
    }

    /// Makes another account with the same password and signs it in, without the time that hashing takes.
    pub(crate) async fn twin(&self, of: &Somebody, name: &str) -> Somebody {
        let now = self.now();
        let (user, session) = (UserId::new(now), SessionId::new(now));
        let (email, expires_at) = (format!("{name}@example.com"), now + Duration::days(7));
        let (shard, token) = (user.shard(), session.0.simple());
        let original = of.id.parse().unwrap();
        let found =
            store::users::find_with_password(self.state.db.conn(), &self.state.vault, original);
        let hash = found.await.unwrap().unwrap().1.hash;
        let hash = hash.expose();
        self.sql(&format!(
            "WITH twin AS (
                 INSERT INTO users (id, email, password_hash, shard, created_at)
                 SELECT '{user}', '{email}', '{hash}', {shard}, created_at FROM users WHERE id = '{original}' RETURNING id)
             INSERT INTO sessions (id, user_id, family, refresh_hash, expires_at)
             SELECT '{session}', id, '{session}', '\\x{token}', '{expires_at}' FROM twin"
        ))
        .await;
        let claims = AccessClaims::new(user, session, Role::User, now);
        Somebody {
            email,
            id: user.to_string(),
            session: session.to_string(),
            access: self.state.signer.sign(&claims).unwrap(),
            refresh: String::new(),
        }
    }

    async fn sql(&self, sql: &str) {
        let conn = self.state.db.conn();
        let done = conn.execute_unprepared(sql).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// What a query of one text answers.
    pub(crate) async fn text(&self, sql: &str) -> String {
        let row = self
            .state
            .db
            .conn()
            .query_one_raw(Statement::from_string(DbBackend::Postgres, sql));
        row.await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }

    /// How many entries of a kind the security log has of somebody.
    pub(crate) async fn logged(&self, somebody: &Somebody, kind: &str) -> usize {
        let id = &somebody.id;
        let sql = format!(
            "SELECT count(*)::text FROM security_log WHERE user_id = '{id}' AND kind = '{kind}'"
        );
        self.text(&sql).await.parse().unwrap()
    }

    /// The first step of a login, with the right password.
    pub(crate) async fn password_step(&self, somebody: &Somebody) -> Response {
        let body = json!({ "email": somebody.email, "password": PASSWORD });
        self.post("/api/v1/auth/login").json(&body).send().await
    }

    /// Somebody with an access token of this moment, for the same session.
    pub(crate) fn signed_in_again(&self, somebody: &Somebody) -> Somebody {
        let (user, session) = (
            somebody.id.parse().unwrap(),
            somebody.session.parse().unwrap(),
        );
        let claims = AccessClaims::new(user, session, Role::User, self.now());
        let access = self.state.signer.sign(&claims).unwrap();
        Somebody {
            access,
            ..somebody.clone()
        }
    }

    /// The claims of a gateway token, as the gateway reads them.
    pub(crate) fn gateway_claims(&self, token: &str) -> Result<AccessClaims, TokenError> {
        TokenVerifier::for_gateway(&SECRET.into()).verify(token, self.now())
    }

    /// Gives somebody a fresh second factor, without asking for one.
    pub(crate) async fn step_up(&self, somebody: &Somebody) {
        let now = self.now().to_rfc3339();
        let family = &somebody.session;
        let sql = format!("UPDATE sessions SET stepped_up_at = '{now}' WHERE family = '{family}'");
        self.sql(&sql).await;
    }

    /// Makes an account whose address counts as proven, and signs it in.
    pub(crate) async fn proven(&self, name: &str) -> Somebody {
        let who = self.somebody(name).await;
        self.verify_email(&who).await;
        who
    }

    /// The address of an account counts as proven, and nothing ends.
    pub(crate) async fn verify_email(&self, somebody: &Somebody) {
        let id = &somebody.id;
        let sql = format!("UPDATE users SET email_verified_at = now() WHERE id = '{id}'");
        self.sql(&sql).await;
    }

    /// Gives somebody another role.
    pub(crate) async fn appoint(&self, somebody: &Somebody, role: &str) {
        let id = &somebody.id;
        let sql = format!("UPDATE users SET role = '{role}' WHERE id = '{id}'");
        self.sql(&sql).await;
    }

    /// Gives somebody a confirmed second factor, as admins need it.
    pub(crate) async fn equip(&self, somebody: &Somebody) -> Authenticator {
        let (id, now) = (&somebody.id, self.now().to_rfc3339());
        let binding = Binding::totp(id.parse().unwrap());
        let secret = TotpSecret::generate();
        let sealed = hex::encode(self.state.vault.seal(binding, &secret.to_bytes()));
        let sql = format!(
            "INSERT INTO totp (user_id, secret, confirmed_at, created_at)
             VALUES ('{id}', '\\x{sealed}', '{now}', '{now}')"
        );
        self.sql(&sql).await;
        Authenticator::with(secret.base32().expose())
    }

    /// Gives somebody an API token with these scopes, separated by commas.
    pub(crate) async fn api_token(&self, somebody: &Somebody, scopes: &str) -> String {
        let token = api::auth::api_token::generate(&self.state.keys);
        let hash = hex::encode(api::auth::api_token::hash(&token));
        let expires_at = (self.now() + Duration::days(1)).to_rfc3339();
        let (id, owner) = (uuid::Uuid::now_v7(), &somebody.id);
        let sql = format!(
            "INSERT INTO api_tokens (id, user_id, name, hash, hint, scopes, expires_at)
             VALUES ('{id}', '{owner}', 'Test', '\\x{hash}', 'test', '{{{scopes}}}', '{expires_at}')"
        );
        self.sql(&sql).await;
        token.expose().clone()
    }

    /// Asks for a link to a new password, and answers its token.
    pub(crate) async fn forgotten(&self, somebody: &Somebody) -> String {
        self.outbox_is_empty().await;
        let earlier = self.mails_to(&somebody.email).len();
        let body = json!({ "email": somebody.email });
        let forgot = self.post("/api/v1/auth/forgot-password").json(&body);
        forgot.send().await;
        self.mail(&somebody.email, earlier + 1).await.token()
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        platform::Clock::now(&*self.clock)
    }

    /// The types of a user's events, in order.
    pub(crate) async fn event_types(&self, somebody: &Somebody) -> Vec<String> {
        let answer = self
            .get("/api/v1/events")
            .bearer(&somebody.access)
            .send()
            .await;
        let page = answer.json();
        let events = page["data"].as_array().unwrap();
        let seqs: Vec<_> = events
            .iter()
            .map(|event| event["seq"].as_u64().unwrap())
            .collect();
        assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
        events
            .iter()
            .map(|event| event["type"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Waits until `count` mails have come for an address, and gives the newest.
    pub(crate) async fn mail(&self, recipient: &str, count: usize) -> Mail {
        let found = std::sync::Mutex::new(Vec::new());
        wait_until(&format!("{count} mails for {recipient}"), || async {
            let mut mails = self.mails_to(recipient);
            mails.sort();
            let arrived = mails.len() >= count;
            *found.lock().unwrap() = mails;
            arrived
        })
        .await;
        let mails = found.into_inner().unwrap();
        assert_eq!(mails.len(), count, "{mails:?}");
        Mail(mails.into_iter().next_back().unwrap().1)
    }

    /// What has come for an address, and when.
    pub(crate) fn mails_to(&self, recipient: &str) -> Vec<(SystemTime, String)> {
        let line = format!("To: {recipient}\r\n");
        std::fs::read_dir(self.mails.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
            .map(|path| {
                let at = std::fs::metadata(&path).unwrap().modified().unwrap();
                (at, std::fs::read_to_string(&path).unwrap())
            })
            .filter(|(_, text)| text.contains(&line))
            .collect()
    }

    /// Waits until the outbox has no mail that waits.
    pub(crate) async fn outbox_is_empty(&self) {
        wait_until("the outbox is empty", || async {
            self.count("SELECT count(*) FROM mails WHERE status = 'waiting'")
                .await
                == 0
        })
        .await;
    }

    /// One number that a query answers.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        sea_orm::sqlx::query_scalar(sea_orm::sqlx::AssertSqlSafe(sql.to_owned()))
            .fetch_one(&mut self.db.connect().await)
            .await
            .unwrap()
    }

    /// The kinds in a user's security log, by name: while the clock stands still they have no other order.
    pub(crate) async fn security_log(&self, user: &str) -> Vec<String> {
        let sql = format!("SELECT kind FROM security_log WHERE user_id = '{user}' ORDER BY kind");
        sea_orm::sqlx::query_scalar(sea_orm::sqlx::AssertSqlSafe(sql))
            .fetch_all(&mut self.db.connect().await)
            .await
            .unwrap()
    }

    /// Stops as a signal would, and waits until it has.
    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.run.await.unwrap();
    }
}

pub(crate) fn signed_in(email: &str, answer: &Value) -> Somebody {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let session = &answer["session"];
    Somebody {
        email: email.to_owned(),
        id: text(&answer["user"]["id"]),
        session: text(&session["id"]),
        access: text(&session["tokens"]["access_token"]),
        refresh: text(&session["tokens"]["refresh_token"]),
    }
}

/// A mail that was written to a file.
#[derive(Debug)]
pub(crate) struct Mail(pub(crate) String);

impl Mail {
    /// Its text without the marks of quoted-printable.
    pub(crate) fn unquoted(&self) -> String {
        self.0.replace("=\r\n", "").replace("=3D", "=")
    }

    /// The token that it carries as code.
    pub(crate) fn token(&self) -> String {
        let (_, after) = self.0.split_once("\r\nCode: ").unwrap();
        after.lines().next().unwrap().to_owned()
    }

    pub(crate) fn subject(&self) -> &str {
        let (_, after) = self.0.split_once("Subject: ").unwrap();
        after.lines().next().unwrap()
    }
}

/// A request being put together.
pub(crate) struct Call<'a> {
    bench: &'a Bench,
    request: http::request::Builder,
    body: Vec<u8>,
    is_promised: bool,
}

impl<'a> Call<'a> {
    fn new(bench: &'a Bench, method: &str, path: &str) -> Self {
        Self {
            bench,
            request: Request::builder().method(method).uri(path),
            body: Vec::new(),
            is_promised: true,
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn cookie(self, name: &str, value: &str) -> Self {
        self.header("cookie", &format!("other=1; {name}={value}"))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.raw(body.to_string())
            .header("content-type", "application/json")
    }

    pub(crate) fn raw(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The answer may have words of another release, which the document of this one does not know.
    pub(crate) fn of_another_release(mut self) -> Self {
        self.is_promised = false;
        self
    }

    pub(crate) async fn send(self) -> Response {
        let request = self.request.body(self.body).unwrap();
        let (method, path) = (request.method().to_string(), request.uri().to_string());
        let answer = send(self.bench.address, request).await.unwrap();
        if self.is_promised {
            contract::check(&self.bench.state, &method, &path, &answer);
        }
        answer
    }
}

/// Asserts an error and answers its body.
#[track_caller]
pub(crate) fn problem(answer: &Response, status: u16, code: &str) -> Value {
    let text = answer.text();
    assert_eq!(answer.status, status, "{text}");
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    let body = answer.json();
    assert_eq!(body["code"], code, "{text}");
    assert_eq!(body["status"], status);
    assert_eq!(body["type"], "about:blank");
    assert_eq!(body["request_id"].as_str(), answer.header("x-request-id"));
    body
}

/// The wrong fields that a 422 names, as `pointer code`.
pub(crate) fn fields(body: &Value) -> Vec<String> {
    let mut fields: Vec<String> = body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            format!(
                "{} {}",
                error["pointer"].as_str().unwrap(),
                error["code"].as_str().unwrap()
            )
        })
        .collect();
    fields.sort();
    fields
}

/// Asserts that something was made at a place of its collection, with a version where it has one, and that a replay says
/// the same.
#[track_caller]
pub(crate) fn same_made(first: &Response, again: &Response, collection: &str) {
    let made = first.json();
    assert_eq!((first.status, &made), (again.status, &again.json()));
    let place = format!("{collection}/{}", made["id"].as_str().unwrap());
    let version = made["version"].as_i64().map(|it| format!("\"{it}\""));
    for answer in [first, again] {
        assert_eq!(answer.header("location"), Some(place.as_str()));
        assert_eq!(answer.header("etag"), version.as_deref());
    }
}

/// The `Set-Cookie` lines of an answer.
pub(crate) fn set_cookies(answer: &Response) -> Vec<String> {
    answer
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|line| line.to_str().unwrap().to_owned())
        .collect()
}

/// The value that an answer sets a cookie to.
pub(crate) fn cookie_value(answer: &Response, name: &str) -> String {
    let line = set_cookies(answer)
        .into_iter()
        .find(|line| line.starts_with(&format!("{name}=")))
        .unwrap();
    line.split([';', '=']).nth(1).unwrap().to_owned()
}
