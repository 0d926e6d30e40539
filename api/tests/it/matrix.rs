//! Who may do what. What a route asks of its callers is promised in a table of its own; a row here says only what to send,
//! and what the owner is answered. A route without a row, or without a promise, fails.

use std::collections::BTreeMap;

use http::Method;
use platform::token::nextauth::SessionCookie;
use serde_json::{Value, json};
use testkit::http::Response;

use crate::{
    bench::{Bench, ORIGIN, PASSWORD, Somebody},
    promised::{PROMISED, promised},
    trading,
};

const FRONTEND: &str = "a-secret-of-the-frontend-0123456789";

/// Somebody, and what they have.
struct Owner {
    who: Somebody,
    connection: String,
    bot: String,
    backtest: String,
    token: String,
}

type Body = fn(&Owner) -> Option<Value>;

/// Everybody who calls.
struct Cast {
    owner: Owner,
    other: Somebody,
    admin: Somebody,
    bare_admin: Somebody,
}

struct Row {
    /// What the owner is answered.
    status: u16,
    body: Body,
    /// Whether it is about a thing of the owner's, which is not there for others.
    owned: bool,
    /// A query, with `{id}` where the path has none.
    query: &'static str,
}

/// A route, and what one who may call it is answered. Paths with a parameter are about a thing of the owner's.
fn row(route: &'static str, status: u16) -> (&'static str, Row) {
    let row = Row {
        status,
        body: |_| None,
        owned: route.contains('{'),
        query: "",
    };
    (route, row)
}

fn with(route: &'static str, status: u16, body: Body) -> (&'static str, Row) {
    let (route, empty) = row(route, status);
    (route, Row { body, ..empty })
}

fn rows() -> BTreeMap<&'static str, Row> {
    let mut rows = BTreeMap::from([
        row("GET /api/health", 200),
        row("GET /api/config", 200),
        row("GET /api/openapi.json", 200),
        row("GET /api/asyncapi.json", 200),
        with("POST /api/v1/auth/register", 201, |_| {
            let email = format!("{}@example.com", uuid::Uuid::now_v7());
            Some(json!({ "email": email, "password": PASSWORD }))
        }),
        with("POST /api/v1/auth/login", 401, |owner| {
            Some(json!({ "email": owner.who.email, "password": "not the password" }))
        }),
        with("POST /api/v1/auth/refresh", 401, |_| {
            Some(json!({ "refresh_token": "not a token" }))
        }),
        with("POST /api/v1/auth/step-up", 200, |_| {
            Some(json!({ "password": PASSWORD }))
        }),
        with("POST /api/v1/auth/login/totp", 401, |_| {
            Some(json!({ "challenge": "x", "code": "123456" }))
        }),
        row("GET /api/v1/auth/totp", 200),
        row("POST /api/v1/auth/totp", 201),
        with("POST /api/v1/auth/totp/confirm", 409, |_| {
            Some(json!({ "code": "123456" }))
        }),
        row("DELETE /api/v1/auth/totp", 409),
        row("POST /api/v1/auth/totp/recovery-codes", 409),
        row("GET /api/v1/auth/tokens", 200),
        with("POST /api/v1/auth/tokens", 201, |_| {
            Some(json!({ "name": "x", "scopes": ["read"] }))
        }),
        row("DELETE /api/v1/auth/tokens/{id}", 204),
        row("POST /api/v1/auth/realtime-token", 200),
        row("GET /api/v1/auth/sessions", 200),
        row("DELETE /api/v1/auth/sessions/{id}", 204),
        row("POST /api/v1/auth/logout", 204),
        row("GET /api/v1/me", 200),
        with("PATCH /api/v1/me", 200, |_| {
            Some(json!({ "display_name": "x", "version": 1 }))
        }),
        row("GET /api/v1/events", 200),
    ]);
    rows.extend(trading_rows());
    rows.extend(account_rows());
    rows.extend(admin_rows());
    rows.extend(backtest_rows());
    rows.extend(billing_rows());
    rows
}

fn admin_rows() -> BTreeMap<&'static str, Row> {
    let because: Body = |_| Some(json!({ "reason": "x" }));
    BTreeMap::from([
        row("GET /api/v1/admin/users", 200),
        row("GET /api/v1/admin/users/{id}", 200),
        with("POST /api/v1/admin/users/{id}/suspend", 200, because),
        with("POST /api/v1/admin/users/{id}/ban", 200, because),
        // The account is active.
        with("POST /api/v1/admin/users/{id}/reactivate", 409, because),
        // Only superadmins.
        with("PUT /api/v1/admin/users/{id}/role", 403, |_| {
            Some(json!({ "role": "admin", "version": 1 }))
        }),
        row("GET /api/v1/admin/users/{id}/sessions", 200),
        row("DELETE /api/v1/admin/users/{id}/sessions", 204),
        row("GET /api/v1/admin/users/{id}/sockets", 200),
        row("DELETE /api/v1/admin/users/{id}/sockets", 202),
        row("GET /api/v1/admin/security-log", 200),
        row("GET /api/v1/admin/settings", 200),
        with("PATCH /api/v1/admin/settings", 200, |_| {
            Some(json!({ "version": 1 }))
        }),
        with("PUT /api/v1/admin/maintenance", 200, |_| {
            Some(json!({ "enabled": false }))
        }),
        with("POST /api/v1/admin/broadcast", 202, |_| {
            Some(json!({ "message": "x" }))
        }),
        row("GET /api/v1/admin/figures", 200),
    ])
}

/// What becomes of the account itself.
fn account_rows() -> BTreeMap<&'static str, Row> {
    let token: Body = |_| Some(json!({ "token": "not a token" }));
    BTreeMap::from([
        with("POST /api/v1/auth/verify-email", 400, token),
        row("POST /api/v1/auth/verify-email/resend", 202),
        with("POST /api/v1/auth/forgot-password", 202, |owner| {
            Some(json!({ "email": owner.who.email }))
        }),
        with("POST /api/v1/auth/reset-password", 400, |_| {
            Some(json!({ "token": "not a token", "password": PASSWORD }))
        }),
        with("POST /api/v1/auth/change-password", 204, |owner| {
            let new = format!("{} and 17 more", owner.who.id);
            Some(json!({ "current_password": PASSWORD, "password": new }))
        }),
        with("POST /api/v1/auth/change-email", 202, |_| {
            let email = format!("{}@example.com", uuid::Uuid::now_v7());
            Some(json!({ "email": email, "password": PASSWORD }))
        }),
        with("POST /api/v1/auth/confirm-email-change", 400, token),
        with("POST /api/v1/auth/cancel-email-change", 400, token),
        row("POST /api/v1/auth/logout-all", 204),
        with("DELETE /api/v1/me", 202, |_| {
            Some(json!({ "password": PASSWORD }))
        }),
        row("GET /api/v1/me/preferences", 200),
        with("PATCH /api/v1/me/preferences", 200, |_| {
            Some(json!({ "locale": "de", "version": 1 }))
        }),
        row("GET /api/v1/me/security-log", 200),
        row("GET /api/v1/me/export", 200),
    ])
}

fn trading_rows() -> BTreeMap<&'static str, Row> {
    let equity = Row {
        owned: true,
        query: "?connection_id={id}",
        ..row("", 200).1
    };
    // Nobody has the secret of a bot that has none.
    let hook = Row {
        owned: false,
        ..with("POST /api/v1/hooks/{bot_id}", 401, |_| {
            Some(json!({ "secret": "bbs_x", "action": "buy", "signal_id": "x" }))
        })
        .1
    };
    let export = Row {
        query: "?kind=tax",
        ..row("", 200).1
    };
    BTreeMap::from([
        row("GET /api/v1/exchange-connections", 200),
        with("POST /api/v1/exchange-connections", 201, |_| {
            Some(trading::paper("Another"))
        }),
        row("GET /api/v1/exchange-connections/{id}", 200),
        with("PATCH /api/v1/exchange-connections/{id}", 200, |_| {
            Some(json!({ "label": "x", "version": 1 }))
        }),
        with("POST /api/v1/exchange-connections/{id}/rotate", 409, |_| {
            // A paper account has no keys.
            Some(json!({ "key": "k", "secret": "s", "version": 1 }))
        }),
        row("POST /api/v1/exchange-connections/{id}/confirm-live", 409),
        row("DELETE /api/v1/exchange-connections/{id}", 409),
        with("POST /api/v1/exchange-connections/{id}/feed", 200, |_| {
            Some(json!({ "action": "start" }))
        }),
        row("POST /api/v1/exchange-connections/{id}/test", 200),
        row("GET /api/v1/markets/venues", 200),
        row("GET /api/v1/markets/{id}/symbols", 200),
        row("GET /api/v1/markets/{id}/ticker", 200),
        row("GET /api/v1/markets/{id}/candles", 200),
        row("GET /api/v1/bots", 200),
        with("POST /api/v1/bots", 422, |owner| {
            // The connection is nobody's.
            let config = trading::grid();
            Some(json!({ "connection_id": owner.who.id, "name": "x", "config": config }))
        }),
        with("POST /api/v1/bots/preview", 422, |owner| {
            // The connection is nobody's.
            let config = trading::grid();
            Some(json!({ "connection_id": owner.who.id, "config": config }))
        }),
        row("GET /api/v1/bots/presets", 200),
        row("GET /api/v1/bots/{id}", 200),
        with("PATCH /api/v1/bots/{id}", 200, |_| {
            Some(json!({ "name": "x", "version": 1 }))
        }),
        row("DELETE /api/v1/bots/{id}", 204),
        with("POST /api/v1/bots/{id}/clone", 201, |_| {
            Some(json!({ "name": "Copy" }))
        }),
        row("POST /api/v1/bots/{id}/start", 202),
        row("POST /api/v1/bots/{id}/stop", 409),
        row("POST /api/v1/bots/{id}/pause", 409),
        row("POST /api/v1/bots/{id}/resume", 409),
        row("POST /api/v1/bots/{id}/panic-close", 409),
        // There is no such deal.
        row("POST /api/v1/bots/{id}/deals/{number}/close", 404),
        row("POST /api/v1/bots/{id}/deals/{number}/cancel", 404),
        // The bot is a grid, which is one deal.
        with(
            "POST /api/v1/bots/{id}/deals/{number}/add-funds",
            409,
            |_| Some(json!({ "amount": "10" })),
        ),
        with("POST /api/v1/bots/{id}/deals", 409, |_| {
            Some(json!({ "quantity": "1" }))
        }),
        row("GET /api/v1/deals", 200),
        row("GET /api/v1/orders", 200),
        row("GET /api/v1/fills", 200),
        row("GET /api/v1/bots/{id}/state", 200),
        row("GET /api/v1/bots/{id}/deals", 200),
        row("GET /api/v1/bots/{id}/orders", 200),
        row("GET /api/v1/bots/{id}/fills", 200),
        row("GET /api/v1/bots/{id}/decisions", 200),
        row("GET /api/v1/bots/{id}/performance", 200),
        row("GET /api/v1/bots/{id}/signals", 200),
        // The bot is a grid, which takes none.
        row("POST /api/v1/bots/{id}/signal-secret", 409),
        ("POST /api/v1/hooks/{bot_id}", hook),
        row("GET /api/v1/portfolio/balances", 200),
        ("GET /api/v1/portfolio/equity", equity),
        row("GET /api/v1/portfolio/pnl", 200),
        ("GET /api/v1/portfolio/export", export),
        row("POST /api/v1/portfolio/stop-all", 202),
    ])
}

fn backtest_rows() -> BTreeMap<&'static str, Row> {
    let compare = Row {
        owned: true,
        query: "?ids={id},{id}",
        ..row("", 200).1
    };
    BTreeMap::from([
        row("GET /api/v1/backtests", 200),
        with("POST /api/v1/backtests", 202, |_| Some(trading::backtest())),
        with("POST /api/v1/backtests/search", 202, |_| {
            Some(trading::search())
        }),
        ("GET /api/v1/backtests/compare", compare),
        row("GET /api/v1/backtests/{id}", 200),
        row("GET /api/v1/backtests/{id}/trades", 200),
        row("POST /api/v1/backtests/{id}/cancel", 200),
        row("DELETE /api/v1/backtests/{id}", 204),
    ])
}

/// There is no billing on this bench; what routes answer where there is some is tested beside them.
fn billing_rows() -> BTreeMap<&'static str, Row> {
    BTreeMap::from([
        row("GET /api/v1/billing/plans", 404),
        row("GET /api/v1/billing/subscription", 404),
        row("GET /api/v1/billing/invoices", 404),
        with("POST /api/v1/billing/checkout", 404, |_| {
            Some(json!({ "plan": "pro" }))
        }),
        row("POST /api/v1/billing/portal", 404),
        row("POST /api/v1/billing/webhook", 404),
        row("GET /api/v1/admin/plans", 404),
        with("PUT /api/v1/admin/plans/{id}", 404, |_| {
            Some(json!({
                "name": "x", "description": "", "position": 1, "is_offered": true, "stripe_price_id": null,
                "entitlements": {
                    "max_bots": 1, "max_active_deals": 1, "max_connections": 1, "live_trading": false,
                    "backtests_per_day": 1, "backtest_candles": 1,
                },
            }))
        }),
    ])
}

/// Which of the owner's things a path is about.
fn thing<'a>(path: &str, owner: &'a Owner) -> &'a str {
    if path.starts_with("/api/v1/admin/") {
        &owner.who.id
    } else if path.starts_with("/api/v1/auth/tokens/") {
        &owner.token
    } else if path.starts_with("/api/v1/bots/") {
        &owner.bot
    } else if path.starts_with("/api/v1/backtests/") {
        &owner.backtest
    } else if path.starts_with("/api/v1/auth/") {
        &owner.who.session
    } else {
        &owner.connection
    }
}

/// How somebody calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// By nothing.
    Nothing,
    /// A session.
    Session,
    /// A session with a fresh second factor.
    SteppedUp,
    /// A session of the frontend.
    NextAuth,
    /// An API token with this scope only.
    Token(&'static str),
}

/// Who that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Owner,
    Other,
    Admin,
    /// An admin without a second factor.
    BareAdmin,
}

const CALLERS: [(Who, By); 15] = [
    (Who::Other, By::Nothing),
    (Who::Other, By::Session),
    (Who::Other, By::SteppedUp),
    (Who::Admin, By::NextAuth),
    (Who::Admin, By::Token("admin")),
    (Who::Admin, By::Session),
    (Who::Admin, By::SteppedUp),
    (Who::BareAdmin, By::Token("admin")),
    (Who::BareAdmin, By::SteppedUp),
    (Who::Owner, By::Token("admin")),
    (Who::Owner, By::Token("read")),
    (Who::Owner, By::Token("trade")),
    (Who::Owner, By::NextAuth),
    (Who::Owner, By::Session),
    (Who::Owner, By::SteppedUp),
];

/// Why a caller is refused, if so: what each class of access promises.
fn refusal(access: &str, method: &Method, who: Who, by: By) -> Option<(u16, &'static str)> {
    let scope = Some((403, "insufficient_scope"));
    let session = Some((403, "session_required"));
    let role = match who {
        Who::Owner | Who::Other => Some((403, "insufficient_role")),
        Who::BareAdmin => Some((403, "admin_factor_required")),
        Who::Admin => None,
    };
    match (access, by) {
        ("public", _)
        | ("read" | "trade" | "person", By::NextAuth)
        | ("read" | "trade" | "person" | "session", By::Session)
        | ("read" | "trade" | "person" | "session" | "step_up", By::SteppedUp) => None,
        (_, By::Nothing) => Some((401, "unauthenticated")),
        ("read" | "trade", By::Token(scopes)) => (scopes != access).then_some(scope).flatten(),
        ("admin", By::Token("admin") | By::Session | By::SteppedUp) if method.is_safe() => role,
        ("admin", By::Token(_)) if method.is_safe() => scope,
        (_, By::Token(_) | By::NextAuth) => session,
        ("step_up", By::Session) => Some((403, "step_up_required")),
        ("admin_step_up", By::Session) => role.or(Some((403, "step_up_required"))),
        ("admin_step_up", By::SteppedUp) => role,
        (other, _) => panic!("the matrix does not know the access class {other:?}"),
    }
}

/// What one who is not refused is answered.
fn answer(row: &Row, access: &str, who: Who) -> u16 {
    if row.owned && who != Who::Owner && !access.starts_with("admin") {
        404
    } else {
        row.status
    }
}

struct Floor {
    bench: Bench,
    first: Somebody,
    made: usize,
}

impl Floor {
    async fn new() -> Self {
        let plenty = [
            ("NEXTAUTH_SECRET", FRONTEND),
            ("RATE_LIMIT_READ_PER_MINUTE", "100000"),
            ("RATE_LIMIT_WRITE_PER_MINUTE", "100000"),
            ("RATE_LIMIT_TRADE_PER_MINUTE", "100000"),
            ("RATE_LIMIT_STOP_PER_MINUTE", "100000"),
        ];
        let bench = Bench::with(&plenty).await;
        testkit::wait_until("Redis is reached", || async {
            bench.state.redis.is_healthy()
        })
        .await;
        let first = bench.somebody("first").await;
        Self {
            bench,
            first,
            made: 0,
        }
    }

    async fn somebody(&mut self, role: &str) -> Somebody {
        self.made += 1;
        let name = format!("user{}", self.made);
        let somebody = self.bench.twin(&self.first, &name).await;
        self.bench.verify_email(&somebody).await;
        self.bench.appoint(&somebody, role).await;
        somebody
    }

    /// Who plays; the admin has a second factor where one is needed: elsewhere it would be in the way of the password.
    async fn cast(&mut self, is_admins: bool) -> Cast {
        let admin = self.somebody("admin").await;
        if is_admins {
            self.bench.equip(&admin).await;
        }
        let who = self.somebody("user").await;
        let connection = trading::connection(&self.bench, &who).await;
        let bot = trading::bot(&self.bench, &who, &connection).await;
        let backtest = trading::queued(&self.bench, &who).await;
        self.bench.api_token(&who, "read").await;
        let ids = format!(
            "SELECT id::text FROM api_tokens WHERE user_id = '{}'",
            who.id
        );
        let token = self.bench.text(&ids).await;
        Cast {
            owner: Owner {
                who,
                connection,
                bot,
                backtest,
                token,
            },
            other: self.somebody("user").await,
            admin,
            bare_admin: self.somebody("admin").await,
        }
    }

    async fn ask(
        &self,
        (method, path): (&Method, &str),
        row: &Row,
        owner: &Owner,
        (caller, by): (&Somebody, By),
    ) -> Response {
        let path = format!("{path}{}", row.query)
            .replace("{id}", thing(path, owner))
            .replace("{bot_id}", &owner.bot)
            .replace("{number}", "1");
        let call = self.bench.call(method.as_str(), &path);
        let mut call = match by {
            By::Nothing => call,
            By::Session => call.bearer(&caller.access),
            By::SteppedUp => {
                self.bench.step_up(caller).await;
                call.bearer(&caller.access)
            }
            By::NextAuth => {
                let cookie = SessionCookie::NextAuth;
                let now = self.bench.now();
                let session = testkit::nextauth::session(FRONTEND, cookie, &caller.email, now);
                call.cookie(cookie.name(), &session)
                    .header("origin", ORIGIN)
            }
            By::Token(scope) => call.bearer(&self.bench.api_token(caller, scope).await),
        };
        if let Some(body) = (row.body)(owner) {
            call = call.json(&body);
        }
        call.send().await
    }

    /// Asks as every caller: first those who are refused and change nothing, then each of the others with things of
    /// its own.
    async fn judge(&mut self, route: (&Method, &str), access: &str, row: &Row) {
        let is_admins = access.starts_with("admin");
        let mut cast = self.cast(is_admins).await;
        let of = |(who, by): &(Who, By)| refusal(access, route.0, *who, *by);
        let (refused, taken): (Vec<_>, Vec<_>) =
            CALLERS.into_iter().partition(|caller| of(caller).is_some());
        for (index, (who, by)) in refused.into_iter().chain(taken).enumerate() {
            let refusal = of(&(who, by));
            if refusal.is_none() && index > 0 && !route.0.is_safe() {
                cast = self.cast(is_admins).await;
            }
            let caller = match who {
                Who::Owner => &cast.owner.who,
                Who::Other => &cast.other,
                Who::Admin => &cast.admin,
                Who::BareAdmin => &cast.bare_admin,
            };
            let got = self.ask(route, row, &cast.owner, (caller, by)).await;
            let what = format!("{who:?} by {by:?} on {route:?}: {}", got.text());
            match refusal {
                Some((status, code)) => {
                    assert_eq!(got.status, status, "{what}");
                    assert_eq!(got.json()["code"], code, "{what}");
                }
                None => assert_eq!(got.status, answer(row, access, who), "{what}"),
            }
        }
    }
}

#[tokio::test]
async fn every_route_has_its_row() {
    let mut floor = Floor::new().await;
    let document = api::router::build(&floor.bench.state).1;
    let (mut rows, mut known) = (rows(), 0);
    for (method, path, operation) in api::openapi::operations(&document) {
        let route = format!("{method} {path}");
        let row = rows
            .remove(route.as_str())
            .unwrap_or_else(|| panic!("{route} has no row in the matrix"));
        let access = promised(&route).unwrap_or_else(|| panic!("{route} is promised to nobody"));
        let said = &operation.extensions.as_ref().unwrap()[api::access::EXTENSION];
        assert_eq!(said, access, "{route} is documented otherwise");
        floor.judge((&method, path), access, &row).await;
        known += 1;
    }
    let promises: usize = PROMISED.iter().map(|(_, routes)| routes.len()).sum();
    assert_eq!(known, promises, "promises of routes that are not there");
    let left: Vec<_> = rows.keys().collect();
    assert!(left.is_empty(), "rows without a route: {left:?}");
}
