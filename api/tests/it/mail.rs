//! From the outbox to a mail server that fails in every way.

use std::sync::{Arc, Mutex};

use chrono::Duration;
use serde_json::json;
use store::mails::{MailKind, NewMail, enqueue};
use testkit::wait_until;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_util::task::AbortOnDropHandle;

use crate::bench::{Bench, Mail, PASSWORD, Somebody};

/// How the server answers the end of a mail.
type Answer = Arc<Mutex<&'static str>>;

/// A mail server on a free port, without TLS.
struct Server {
    port: u16,
    answer: Answer,
    taken: Arc<Mutex<Vec<String>>>,
    _task: AbortOnDropHandle<()>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answer: Answer = Arc::new(Mutex::new("250 taken"));
        let taken = Arc::default();
        let (says, keeps) = (Arc::clone(&answer), Arc::clone(&taken));
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(converse(stream, Arc::clone(&says), Arc::clone(&keeps)));
            }
        });
        Self {
            port,
            answer,
            taken,
            _task: AbortOnDropHandle::new(task),
        }
    }

    fn says(&self, answer: &'static str) {
        *self.answer.lock().unwrap() = answer;
    }

    fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }

    async fn bench(&self) -> Bench {
        let url = format!(
            "smtp://user:s3cret-of-smtp@127.0.0.1:{}?tls=none",
            self.port
        );
        Bench::with(&[("SMTP_URL", &url), ("MAIL_FROM", "Bots <bots@example.com>")]).await
    }
}

async fn converse(stream: TcpStream, says: Answer, keeps: Arc<Mutex<Vec<String>>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 test\r\n").await.unwrap();
    let mut mail: Option<String> = None;
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(text) = &mut mail {
            if line != "." {
                text.push_str(&line);
                text.push('\n');
                continue;
            }
            let answer = *says.lock().unwrap();
            if answer.starts_with("250") {
                keeps.lock().unwrap().push(mail.take().unwrap_or_default());
            }
            mail = None;
            if answer == "hang up" {
                return;
            }
            write
                .write_all(format!("{answer}\r\n").as_bytes())
                .await
                .unwrap();
            continue;
        }
        let answer = match line.split(' ').next().unwrap_or_default() {
            "EHLO" => "250-test\r\n250 AUTH PLAIN",
            "AUTH" => "235 welcome",
            "DATA" => {
                mail = Some(String::new());
                "354 go on"
            }
            "QUIT" => "221 bye",
            _ => "250 fine",
        };
        write
            .write_all(format!("{answer}\r\n").as_bytes())
            .await
            .unwrap();
    }
}

async fn waits(bench: &Bench, attempts: i32) {
    let sql = format!(
        "SELECT count(*) FROM mails WHERE status = 'waiting' AND attempts = {attempts} AND error IS NOT NULL"
    );
    wait_until("the mail waits", || async { bench.count(&sql).await == 1 }).await;
}

#[tokio::test]
async fn reaches_the_server_with_the_same_words_twice_over() {
    let server = Server::start().await;
    let bench = server.bench().await;
    bench.somebody("ann").await;
    wait_until("it is there", || async { server.taken().len() == 1 }).await;
    let mail = &server.taken()[0];
    for part in [
        "From: Bots <bots@example.com>",
        "To: ann@example.com",
        "Subject: Confirm your e-mail address",
        "Auto-Submitted: auto-generated",
        "Content-Type: text/plain",
        "Content-Type: text/html",
        "@example.com>",
    ] {
        assert!(mail.contains(part), "{part}: {mail}");
    }
    bench.outbox_is_empty().await;
    assert!(bench.mails_to("ann@example.com").is_empty(), "no file");
}

#[tokio::test]
async fn tries_again_later_and_loses_nothing() {
    let server = Server::start().await;
    server.says("451 not now");
    let bench = server.bench().await;
    bench.somebody("ann").await;
    waits(&bench, 1).await;
    let error: String = sea_orm::sqlx::query_scalar("SELECT error FROM mails")
        .fetch_one(&mut bench.db.connect().await)
        .await
        .unwrap();
    assert!(
        error.contains("not now") && !error.contains("s3cret"),
        "{error}"
    );

    // A connection that breaks off may have been a mail that was taken: it is sent again, under the same id.
    server.says("hang up");
    bench.advance(Duration::seconds(30));
    bench.state.mail.ring();
    waits(&bench, 2).await;
    server.says("250 taken");
    bench.advance(Duration::seconds(59));
    bench.state.mail.ring();
    bench.advance(Duration::seconds(1));
    bench.state.mail.ring();
    wait_until("it is there", || async { server.taken().len() == 1 }).await;
    bench.outbox_is_empty().await;

    // The link of the last attempt is the good one.
    let text = server.taken().remove(0);
    let (_, token) = text.split_once("\nCode: ").unwrap();
    let body = json!({ "token": token.lines().next().unwrap() });
    let verified = bench
        .post("/api/v1/auth/verify-email")
        .json(&body)
        .send()
        .await;
    assert_eq!(verified.status, 204, "{}", verified.text());
}

#[tokio::test]
async fn gives_up_what_is_refused_for_good_and_what_is_too_old() {
    let server = Server::start().await;
    server.says("550 no such user");
    let bench = server.bench().await;
    bench.somebody("ann").await;
    let failed = "SELECT count(*) FROM mails WHERE status = 'failed' AND error LIKE '%no such user%' AND data = '{}'";
    wait_until("it is given up", || async {
        bench.count(failed).await == 1
    })
    .await;

    server.says("451 not now");
    bench.somebody("bob").await;
    waits(&bench, 1).await;
    bench.advance(Duration::hours(24));
    bench.state.mail.ring();
    let failed = "SELECT count(*) FROM mails WHERE status = 'failed' AND attempts = 2";
    wait_until("it is given up", || async {
        bench.count(failed).await == 1
    })
    .await;
}

#[tokio::test]
async fn a_request_does_not_wait_for_the_server() {
    // Nobody listens there, and nobody answers either.
    let url = "smtp://192.0.2.1:2525?tls=none";
    let bench = Bench::with(&[("SMTP_URL", url), ("MAIL_FROM", "bots@example.com")]).await;
    let started = std::time::Instant::now();
    bench.somebody("ann").await;
    assert!(started.elapsed() < std::time::Duration::from_secs(15));
    assert_eq!(bench.count("SELECT count(*) FROM mails").await, 1);
}

#[tokio::test]
async fn a_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new().await;
    bench.somebody("ann").await;
    bench.mail("ann@example.com", 1).await;
    for entry in std::fs::read_dir(bench.mails.path()).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
}

async fn leave(bench: &Bench, whose: &Somebody, kind: MailKind, name: &str) {
    let mail = NewMail {
        kind,
        user: Some(whose.id.parse().unwrap()),
        recipient: &whose.email,
        data: json!({ "address": "192.0.2.1", "name": name }),
    };
    enqueue(bench.state.db.conn(), mail, bench.now())
        .await
        .unwrap();
}

/// Rings, and waits until whatever may be sent now is sent.
async fn send_what_may_be_sent(bench: &Bench) {
    bench.state.mail.ring();
    let open =
        "SELECT count(*) FROM mails m WHERE status = 'waiting' AND error IS NULL AND NOT EXISTS (
        SELECT FROM mails o WHERE o.user_id = m.user_id AND o.recipient = m.recipient
            AND o.status = 'waiting' AND o.error IS NOT NULL)";
    wait_until("the outbox rests", || async {
        bench.count(open).await == 0
    })
    .await;
}

/// A flood of changes is a few mails, and nothing that happened is kept from the owner.
#[tokio::test]
async fn a_flood_of_changes_is_told_in_few_mails_and_none_is_lost() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    bench.mail("ann@example.com", 1).await;
    bench.verify_email(&ann).await;
    for n in 0..40 {
        leave(
            &bench,
            &ann,
            MailKind::ApiTokenCreated,
            &format!("label-{n:02}"),
        )
        .await;
        if n % 10 == 0 {
            send_what_may_be_sent(&bench).await;
        }
    }
    send_what_may_be_sent(&bench).await;
    assert!(bench.mails_to("ann@example.com").len() <= 5);
    bench.advance(Duration::minutes(10));
    send_what_may_be_sent(&bench).await;
    bench.outbox_is_empty().await;
    let mails = bench.mails_to("ann@example.com");
    assert!(mails.len() <= 6, "{}", mails.len());
    let text: String = mails
        .into_iter()
        .map(|(_, mail)| {
            Mail(mail)
                .unquoted()
                .split("text/html")
                .next()
                .unwrap()
                .to_owned()
        })
        .collect();
    for n in 0..40 {
        let label = format!("\"label-{n:02}\"");
        assert_eq!(text.matches(&label).count(), 1, "{label}: {text}");
    }
}

/// To an address that nobody has proven go few mails, and no words of whoever made the account.
#[tokio::test]
async fn an_unproven_address_gets_few_mails_and_no_words_of_others() {
    let bench = Bench::new().await;
    let eve = bench.somebody("victim").await;
    bench.mail("victim@example.com", 1).await;
    for _ in 0..6 {
        for kind in [MailKind::ApiTokenCreated, MailKind::ApiTokenRevoked] {
            leave(&bench, &eve, kind, "Buy at evil.example").await;
        }
        leave(
            &bench,
            &eve,
            MailKind::EmailChangeRequested,
            "Buy at evil.example",
        )
        .await;
        send_what_may_be_sent(&bench).await;
    }
    let mails = bench.mails_to("victim@example.com");
    assert_eq!(mails.len(), 3, "of all kinds");
    assert!(mails.iter().all(|(_, mail)| !mail.contains("evil")));
    // A day later it is no flood either.
    for _ in 0..24 * 6 {
        bench.advance(Duration::minutes(10));
        leave(&bench, &eve, MailKind::EmailChangeRequested, "").await;
    }
    send_what_may_be_sent(&bench).await;
    assert!(bench.mails_to("victim@example.com").len() <= 6);
}

/// Whoever names somebody's mailbox, however it is spelled and by whatever mail, does not use up what its owner needs.
#[tokio::test]
async fn strangers_share_one_budget_and_leave_room_for_the_owner() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    bench.mail("ann@example.com", 1).await;
    bench.verify_email(&ann).await;
    for n in 0..6 {
        let eve = bench.twin(&ann, &format!("eve{n}")).await;
        bench.step_up(&eve).await;
        let body = json!({ "email": format!("Ann+{n}@example.com"), "password": PASSWORD });
        let call = bench.post("/api/v1/auth/change-email").bearer(&eve.access);
        assert_eq!(call.json(&body).send().await.status, 202);
        let body = json!({ "email": "ann@example.com" });
        let forgot = bench.post("/api/v1/auth/forgot-password").json(&body);
        assert_eq!(forgot.send().await.status, 202);
    }
    send_what_may_be_sent(&bench).await;
    let sent = || {
        let tagged = (0..6).map(|n| format!("ann+{n}@example.com"));
        tagged
            .chain(["ann@example.com".to_owned()])
            .map(|to| bench.mails_to(&to).len())
            .sum::<usize>()
    };
    assert_eq!(
        sent(),
        4,
        "with the one of the registration, and the link to a new password, which has places of its own"
    );
    leave(&bench, &ann, MailKind::PasswordChanged, "").await;
    send_what_may_be_sent(&bench).await;
    assert_eq!(sent(), 5);
    // Links that nobody waits for any more are not sent late.
    bench.advance(Duration::hours(3));
    send_what_may_be_sent(&bench).await;
    bench.outbox_is_empty().await;
    assert!(sent() <= 8, "{}", sent());
}

/// Whoever fills the mailbox of an account does not keep its owner from setting a new password.
#[tokio::test]
async fn the_way_back_into_an_account_has_places_of_its_own() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    for _ in 0..30 {
        leave(&bench, &ann, MailKind::ApiTokenCreated, "x").await;
        leave(&bench, &ann, MailKind::VerifyEmail, "").await;
    }
    send_what_may_be_sent(&bench).await;
    let resets = || {
        let mails = bench.mails_to("ann@example.com");
        let is_one = |text: &str| text.contains("Subject: Set a new password");
        mails.iter().filter(|(_, text)| is_one(text)).count()
    };
    for expected in [1, 2, 3, 3, 3] {
        let body = json!({ "email": "ann@example.com" });
        let forgot = bench.post("/api/v1/auth/forgot-password").json(&body);
        assert_eq!(forgot.send().await.status, 202);
        send_what_may_be_sent(&bench).await;
        assert_eq!(resets(), expected);
        bench.advance(Duration::seconds(61));
    }
}

/// A mail server that fails uses up no budget.
#[tokio::test]
async fn what_was_not_sent_does_not_count() {
    let server = Server::start().await;
    server.says("451 not now");
    let bench = server.bench().await;
    let ann = bench.somebody("ann").await;
    for attempt in 1..=6 {
        waits(&bench, attempt).await;
        // The next attempt has failed when it has said so itself, not when it has begun.
        bench.db.execute("UPDATE mails SET error = NULL").await;
        bench.advance(Duration::hours(1));
        bench.state.mail.ring();
    }
    let used =
        "SELECT count(*) FROM mail_budgets WHERE burst_until > (SELECT max(due_at) FROM mails)";
    waits(&bench, 7).await;
    assert_eq!(bench.count(used).await, 0, "{}", ann.email);
}
