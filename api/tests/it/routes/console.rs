use std::fs;

use tempfile::TempDir;
use testkit::{
    TestDb, TestRedis,
    http::{Response, raw},
};

use crate::bench::{Bench, problem};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const PAGE: &str = "<!doctype html><title>Console</title>";

/// A built console beside a file that is nobody's business.
fn built() -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let dist = folder.path().join("dist");
    fs::create_dir_all(dist.join("assets/more")).unwrap();
    for (name, text) in [
        ("dist/index.html", PAGE),
        ("dist/index.html.br", "page in br"),
        ("dist/index.html.gz", "page in gzip"),
        ("dist/assets/app-1.js", "console.log(1)"),
        ("dist/assets/app-1.js.gz", "script in gzip"),
        ("dist/assets/app-1.css", "body {}"),
        ("dist/assets/.hidden", "hidden"),
        ("dist/assets/more/below.js", "below"),
        ("secret.js", "secret"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let dist = dist.to_str().unwrap().to_owned();
    (folder, dist)
}

/// An api that shows it.
async fn bench_with(settings: &[(&str, &str)]) -> (TempDir, Bench) {
    let (folder, dist) = built();
    let own = [("CONSOLE", dist.as_str())];
    let bench = Bench::with(&[&own[..], settings].concat()).await;
    (folder, bench)
}

async fn page(bench: &Bench, path: &str) -> Response {
    bench.get(path).header("accept", BROWSER).send().await
}

#[tokio::test]
async fn a_browser_gets_the_page_at_every_address_of_the_console() {
    let (_folder, bench) = bench_with(&[]).await;
    for path in [
        "/",
        "/bots",
        "/bots/018f4c1e-0000-7000-8000-000000000000?tab=fills",
        "/verify-email",
        "/apiary",
        "/wsx",
        "/a.b",
    ] {
        let answer = page(&bench, path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.text(), PAGE, "{path}");
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("vary"), Some("accept, accept-encoding"));
    }
    // By hand, without saying what is taken.
    assert_eq!(bench.get("/").send().await.text(), PAGE);
}

#[tokio::test]
async fn the_page_may_speak_with_this_installation_only() {
    let dsn = ("SENTRY_DSN", "https://public:secret@sentry.example.com/7");
    let (_folder, bench) = bench_with(&[dsn]).await;
    let answer = page(&bench, "/").await;
    assert_eq!(
        answer.header("content-security-policy"),
        Some(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
             connect-src 'self' wss://ws.example.com https://sentry.example.com; base-uri 'none'; form-action 'self'; \
             frame-ancestors 'none'"
        )
    );
    let (_folder, bench) = bench_with(&[]).await;
    let answer = page(&bench, "/").await;
    let policy = answer.header("content-security-policy").unwrap();
    assert!(
        policy.contains("connect-src 'self' wss://ws.example.com; "),
        "{policy}"
    );
}

#[tokio::test]
async fn what_is_no_page_stays_a_problem() {
    let (_folder, bench) = bench_with(&[]).await;
    for path in [
        "/api",
        "/api/",
        "/api/v1/nowhere",
        "/api/v2/bots",
        "/ws",
        "/ws/",
        "/ws/more",
    ] {
        problem(&page(&bench, path).await, 404, "not_found");
    }
    for accepted in ["*/*", "application/json", "text/html;q=0", "image/*"] {
        let answer = bench.get("/bots").header("accept", accepted).send().await;
        problem(&answer, 404, "not_found");
    }
    problem(&bench.get("/bots").send().await, 404, "not_found");
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let call = bench.call(method, "/bots").header("accept", BROWSER);
        problem(&call.send().await, 404, "not_found");
    }
    let written = bench.call("POST", "/assets/app-1.js").send().await;
    problem(&written, 405, "method_not_allowed");
}

#[tokio::test]
async fn files_are_kept_for_ever_and_missing_ones_are_not_the_page() {
    let (_folder, bench) = bench_with(&[]).await;
    let script = bench.get("/assets/app-1.js").send().await;
    assert_eq!(script.status, 200);
    assert_eq!(script.text(), "console.log(1)");
    assert_eq!(
        script.header("content-type"),
        Some("text/javascript; charset=utf-8")
    );
    assert_eq!(
        script.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    for path in [
        "/assets",
        "/assets/",
        "/assets/app-2.js",
        "/assets/app-1.js/",
    ] {
        let answer = page(&bench, path).await;
        problem(&answer, 404, "not_found");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
}

#[tokio::test]
async fn no_name_leads_out_of_the_files() {
    let (_folder, bench) = bench_with(&[]).await;
    for path in [
        "/assets/../../secret.js",
        "/assets/..%2f..%2fsecret.js",
        "/assets/%2e%2e/%2e%2e/secret.js",
        "/assets/..%5c..%5csecret.js",
        "/assets//secret.js",
        "/assets/.hidden",
        "/assets/more",
        "/assets/more/below.js",
        "/assets/app-1.js%00",
        "/assets/app-1.js%2fx",
        "/assets/index.html",
        "/assets/%2fetc%2fpasswd",
        &format!("/assets/{}.js", "a".repeat(400)),
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let answer = raw(bench.address, request.as_bytes()).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
        assert!(
            ["secret", "hidden", "below", "root:"]
                .iter()
                .all(|text| !answer.contains(&format!("\r\n\r\n{text}"))),
            "{path}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_form_that_the_reader_takes_is_sent() {
    let (_folder, bench) = bench_with(&[]).await;
    for (path, accepted, encoding, text) in [
        ("/", "gzip, deflate, br", Some("br"), "page in br"),
        ("/", "gzip", Some("gzip"), "page in gzip"),
        ("/", "br;q=0, gzip", Some("gzip"), "page in gzip"),
        ("/", "identity", None, PAGE),
        ("/", "br;q=0", None, PAGE),
        // Not kept in br.
        (
            "/assets/app-1.js",
            "br, gzip",
            Some("gzip"),
            "script in gzip",
        ),
        ("/assets/app-1.css", "br, gzip", None, "body {}"),
    ] {
        let call = bench.get(path).header("accept-encoding", accepted);
        let answer = call.send().await;
        assert_eq!(
            answer.header("content-encoding"),
            encoding,
            "{path} {accepted}"
        );
        assert_eq!(answer.text(), text, "{path} {accepted}");
    }
}

#[tokio::test]
async fn what_the_browser_has_is_not_sent_again() {
    let (folder, bench) = bench_with(&[]).await;
    for path in ["/", "/assets/app-1.js"] {
        let with = |encoding: &'static str| bench.get(path).header("accept-encoding", encoding);
        let (plain, packed) = (with("").send().await, with("gzip").send().await);
        let tag = |answer: &Response| answer.header("etag").unwrap().to_owned();
        assert_ne!(tag(&plain), tag(&packed), "{path}");
        let known = with("gzip").header("if-none-match", &tag(&packed)).send();
        let known = known.await;
        assert_eq!(known.status, 304, "{path}");
        assert!(known.body.is_empty() && known.header("content-encoding").is_none());
        assert_eq!(known.header("etag"), packed.header("etag"));
        assert_eq!(
            known.header("cache-control"),
            packed.header("cache-control")
        );
        // The other form, as a cache between may name it.
        let other = with("gzip").header("if-none-match", &tag(&plain)).send();
        assert_eq!(other.await.status, 200, "{path}");
    }
    let tag = page(&bench, "/").await.header("etag").unwrap().to_owned();
    fs::write(folder.path().join("dist/index.html"), "another").unwrap();
    let call = bench.get("/").header("if-none-match", &tag);
    assert_eq!(call.send().await.text(), "another");
}

#[tokio::test]
async fn a_head_is_the_answer_without_its_body() {
    let (_folder, bench) = bench_with(&[]).await;
    for path in ["/bots", "/assets/app-1.js"] {
        let whole = page(&bench, path).await;
        let head = bench.call("HEAD", path).header("accept", BROWSER);
        let head = head.send().await;
        assert_eq!(head.status, 200, "{path}");
        assert!(head.body.is_empty());
        for name in ["etag", "content-type", "content-length", "cache-control"] {
            assert_eq!(head.header(name), whole.header(name), "{path} {name}");
        }
    }
}

#[tokio::test]
async fn without_a_console_every_address_is_a_problem() {
    let bench = Bench::with(&[("CONSOLE", "off")]).await;
    for path in ["/", "/bots", "/assets/app-1.js"] {
        problem(&page(&bench, path).await, 404, "not_found");
    }
    assert_eq!(bench.get("/api/docs/").send().await.status, 200);
}

#[tokio::test]
async fn a_console_that_is_not_built_says_how_to_build_it() {
    let empty = TempDir::new().unwrap();
    let bench = Bench::with(&[("CONSOLE", empty.path().to_str().unwrap())]).await;
    let answer = page(&bench, "/").await;
    assert_eq!(
        answer.text(),
        "The console is not built. Make it with: ops/dev console build\n"
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    problem(&page(&bench, "/assets/app-1.js").await, 404, "not_found");
}

/// The page says itself what its calls are answered.
#[tokio::test]
async fn the_page_needs_no_database() {
    let (_folder, dist) = built();
    let db = TestDb::empty().await;
    let (database, redis) = (db.database_config(), TestRedis::shared().await.config());
    let bench = Bench::unready(db, database, redis, &[("CONSOLE", &dist)]).await;
    assert_eq!(page(&bench, "/bots").await.text(), PAGE);
    assert_eq!(bench.get("/assets/app-1.js").send().await.status, 200);
    let answer = page(&bench, "/api/v1/bots").await;
    problem(&answer, 503, "database_unavailable");
}
