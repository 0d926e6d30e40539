use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use events::wire::CloseCode;
use platform::{
    Secret,
    ids::{SessionId, UserId},
    token::{AccessClaims, Role, TokenSigner, TokenVerifier},
};
use serde_json::json;
use tokio::time::Instant;

use super::{Action, Now, Rules, Session};
use crate::limits::GatewayLimits;

struct Bench {
    rules: Rules,
    signer: TokenSigner,
    user: UserId,
    now: Now,
}

impl Bench {
    fn new() -> Self {
        let secret = Secret::new("s".repeat(64));
        let wall: DateTime<Utc> = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        Self {
            rules: Rules {
                limits: GatewayLimits::default(),
                verifier: TokenVerifier::new(&secret),
            },
            signer: TokenSigner::new(&secret).unwrap(),
            user: UserId::new(wall),
            now: Now {
                mono: Instant::now(),
                wall,
            },
        }
    }

    fn claims(&self, user: UserId) -> AccessClaims {
        AccessClaims::new(
            user,
            SessionId::new(self.now.wall),
            Role::User,
            self.now.wall,
        )
    }

    fn token(&self, user: UserId) -> String {
        self.signer.sign(&self.claims(user)).unwrap()
    }

    fn session(&self, cookie: Option<AccessClaims>) -> Session {
        Session::new(&self.rules, cookie, Duration::from_hours(24), self.now)
    }

    fn identified(&self) -> Session {
        let mut session = self.session(None);
        let hello = json!({"op": "hello", "token": self.token(self.user)});
        let did = self.says(&mut session, &hello.to_string());
        assert_eq!(did, ["identify"]);
        session
    }

    fn says(&self, session: &mut Session, text: &str) -> Vec<String> {
        names(session.on_text(&self.rules, text, self.now))
    }

    fn pass(&mut self, time: Duration) {
        self.now.mono += time;
        self.now.wall += TimeDelta::from_std(time).unwrap();
    }

    /// Moves on to the session's next deadline.
    fn wait(&mut self, session: &mut Session) -> Vec<String> {
        let deadline = session.deadline().unwrap();
        self.pass(deadline - self.now.mono);
        names(session.on_deadline(&self.rules, self.now))
    }
}

fn names(actions: Vec<Action>) -> Vec<String> {
    actions
        .into_iter()
        .map(|action| match action {
            Action::Reply(text) => text.to_string(),
            Action::Identify { resume, .. } => match resume {
                Some(resume) => format!("identify {}:{}", resume.epoch, resume.seq),
                None => "identify".to_owned(),
            },
            Action::Refreshed(_) => "refreshed".to_owned(),
            Action::Subscribe(channels) => format!("subscribe {}", channels.len()),
            Action::Unsubscribe(channels) => format!("unsubscribe {}", channels.len()),
            Action::Ping => "ping".to_owned(),
            Action::Close(closing) => format!("close {}", closing.code.name()),
        })
        .collect()
}

fn close(code: CloseCode) -> Vec<String> {
    vec![format!("close {}", code.name())]
}

#[test]
fn hello_identifies_and_may_resume_and_subscribe() {
    let bench = Bench::new();
    let mut session = bench.session(None);
    let hello = json!({
        "op": "hello", "token": bench.token(bench.user),
        "resume": {"epoch": "k3", "seq": 7}, "channels": ["ticker:okx:BTC-USDT"],
    });
    let did = bench.says(&mut session, &hello.to_string());
    assert_eq!(did, ["identify k3:7", "subscribe 1"]);
    assert_eq!(session.claims().unwrap().sub, bench.user);
}

#[test]
fn a_cookie_stands_in_for_the_token() {
    let bench = Bench::new();
    let mut session = bench.session(Some(bench.claims(bench.user)));
    assert_eq!(bench.says(&mut session, r#"{"op":"hello"}"#), ["identify"]);

    let mut session = bench.session(None);
    assert_eq!(
        bench.says(&mut session, r#"{"op":"hello"}"#),
        close(CloseCode::InvalidToken)
    );

    let other = UserId::new(bench.now.wall);
    let mut session = bench.session(Some(bench.claims(bench.user)));
    let hello = json!({"op": "hello", "token": bench.token(other)});
    bench.says(&mut session, &hello.to_string());
    assert_eq!(
        session.claims().unwrap().sub,
        other,
        "the token counts more"
    );
}

#[test]
fn only_hello_may_come_first_and_only_once() {
    let bench = Bench::new();
    for early in [
        r#"{"op":"pong"}"#,
        r#"{"op":"subscribe","id":1,"channels":[]}"#,
        r#"{"op":"refresh","id":1,"token":"x"}"#,
    ] {
        let mut session = bench.session(None);
        assert_eq!(
            bench.says(&mut session, early),
            close(CloseCode::Malformed),
            "{early}"
        );
        assert!(bench.says(&mut session, early).is_empty(), "draining");
    }
    let mut session = bench.identified();
    let hello = json!({"op": "hello", "token": bench.token(bench.user)}).to_string();
    assert_eq!(
        bench.says(&mut session, &hello),
        close(CloseCode::Malformed)
    );
}

#[test]
fn bad_tokens_are_told_from_expired_ones() {
    let mut bench = Bench::new();
    let good = bench.token(bench.user);
    let hello = |token: &str| json!({"op": "hello", "token": token}).to_string();
    let forged = good.replace('.', "x");
    for bad in [
        "",
        "x",
        &forged,
        &"x".repeat(3_000),
        &good[..good.len() - 2],
    ] {
        let mut session = bench.session(None);
        assert_eq!(
            bench.says(&mut session, &hello(bad)),
            close(CloseCode::InvalidToken)
        );
    }
    bench.pass(Duration::from_mins(15));
    let mut session = bench.session(None);
    assert_eq!(
        bench.says(&mut session, &hello(&good)),
        close(CloseCode::TokenExpired)
    );
}

#[test]
fn silence_ends_in_no_hello() {
    let mut bench = Bench::new();
    let mut session = bench.session(None);
    assert_eq!(bench.wait(&mut session), close(CloseCode::NoHello));
    assert_eq!(session.deadline(), None);
}

#[test]
fn what_is_no_message_ends_the_session() {
    let bench = Bench::new();
    for bad in ["", "{", "[]", r#"{"op":1}"#, r#"{"op":"refresh"}"#] {
        let mut session = bench.identified();
        assert_eq!(bench.says(&mut session, bad), close(CloseCode::Malformed));
    }
    assert_eq!(
        names(bench.identified().on_binary()),
        close(CloseCode::Malformed)
    );
}

#[test]
fn an_unknown_op_is_answered_and_costs_a_message() {
    let bench = Bench::new();
    let mut session = bench.identified();
    let later = r#"{"op":"mute","id":3}"#;
    let answer = r#"{"op":"error","id":3,"code":"unknown_op","message":"there is no such op"}"#;
    for _ in 0..19 {
        assert_eq!(bench.says(&mut session, later), [answer]);
    }
    assert_eq!(
        bench.says(&mut session, later),
        close(CloseCode::RateLimited)
    );
    let mut session = bench.session(None);
    assert_eq!(bench.says(&mut session, later), close(CloseCode::Malformed));
}

#[test]
fn channels_are_all_taken_or_none() {
    let bench = Bench::new();
    let mut session = bench.identified();
    let mut subscribe = |op: &str, id: u32, channels: &[&str]| {
        bench.says(
            &mut session,
            &json!({"op": op, "id": id, "channels": channels}).to_string(),
        )
    };
    let (a, b) = ("ticker:okx:BTC-USDT", "book:okx:BTC-USDT");
    assert_eq!(
        subscribe("subscribe", 1, &[a, "nonsense"]),
        [
            r#"{"op":"error","id":1,"code":"unknown_channel","message":"there is no such channel","channel":"nonsense"}"#
        ]
    );
    assert_eq!(
        subscribe("subscribe", 2, &[a, a, b]),
        [r#"{"op":"ok","id":2}"#, "subscribe 2"]
    );
    assert_eq!(subscribe("subscribe", 3, &[a]), [r#"{"op":"ok","id":3}"#]);
    assert_eq!(
        subscribe("unsubscribe", 4, &[a]),
        ["unsubscribe 1", r#"{"op":"ok","id":4}"#]
    );
    assert_eq!(subscribe("unsubscribe", 5, &[a]), [r#"{"op":"ok","id":5}"#]);

    let many: Vec<String> = (0..64).map(|n| format!("ticker:okx:A{n}-USDT")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(
        subscribe("subscribe", 6, &many),
        [
            r#"{"op":"error","id":6,"code":"too_many_channels","message":"a socket may not have that many channels"}"#
        ]
    );
    assert_eq!(subscribe("subscribe", 7, &many[..63]).len(), 2);
}

#[test]
fn pings_want_pongs() {
    let mut bench = Bench::new();
    let mut session = bench.identified();
    for _ in 0..3 {
        assert_eq!(bench.wait(&mut session), ["ping"]);
        assert!(bench.says(&mut session, r#"{"op":"pong"}"#).is_empty());
    }
    assert_eq!(bench.wait(&mut session), ["ping"]);
    assert_eq!(bench.wait(&mut session), close(CloseCode::NoPong));
}

#[test]
fn a_session_dies_with_its_token_unless_refreshed() {
    let mut bench = Bench::new();
    bench.rules.limits.ping_interval = Duration::from_hours(1);
    let mut session = bench.identified();
    bench.pass(Duration::from_mins(14));
    let refresh = json!({"op": "refresh", "id": 4, "token": bench.token(bench.user)}).to_string();
    assert_eq!(
        bench.says(&mut session, &refresh),
        ["refreshed", r#"{"op":"ok","id":4}"#]
    );
    bench.pass(Duration::from_mins(15));
    assert!(
        names(session.on_deadline(&bench.rules, bench.now)).is_empty(),
        "grace"
    );
    assert_eq!(bench.wait(&mut session), close(CloseCode::TokenExpired));
}

#[test]
fn a_refresh_must_be_the_same_users() {
    let bench = Bench::new();
    let mut session = bench.identified();
    let foreign = bench.token(UserId::new(bench.now.wall));
    let refresh = json!({"op": "refresh", "id": 4, "token": foreign}).to_string();
    assert_eq!(
        bench.says(&mut session, &refresh),
        close(CloseCode::InvalidToken)
    );
}

#[test]
fn too_many_messages_end_the_session() {
    let bench = Bench::new();
    let mut session = bench.identified();
    let pong = r#"{"op":"pong"}"#;
    for _ in 0..19 {
        assert!(bench.says(&mut session, pong).is_empty());
    }
    assert_eq!(
        bench.says(&mut session, pong),
        close(CloseCode::RateLimited)
    );
    let mut session = bench.session(None);
    let floods = (0..40).flat_map(|_| names(session.on_control(bench.now)));
    assert_eq!(floods.collect::<Vec<_>>()[0], "close rate_limited");
}

#[test]
fn channels_begun_and_ended_over_and_over_end_the_session() {
    let bench = Bench::new();
    let mut session = bench.identified();
    let channels: Vec<String> = (0..64).map(|n| format!("ticker:okx:A{n}-USDT")).collect();
    let mut say = |op: &str| {
        let message = json!({"op": op, "id": 1, "channels": channels});
        bench.says(&mut session, &message.to_string())
    };
    for op in ["subscribe", "unsubscribe", "subscribe", "unsubscribe"] {
        assert_eq!(say(op).len(), 2, "{op}");
    }
    assert_eq!(say("subscribe"), close(CloseCode::RateLimited));
}

#[test]
fn an_old_session_is_sent_away() {
    let mut bench = Bench::new();
    let cookie = bench.claims(bench.user);
    let mut session = Session::new(
        &bench.rules,
        Some(cookie),
        Duration::from_secs(3),
        bench.now,
    );
    assert_eq!(bench.wait(&mut session), close(CloseCode::Drain));
}
