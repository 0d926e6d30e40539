//! `If-Match` and `If-None-Match` as browsers and compressing proxies send them.

use serde_json::json;

use testkit::http::Response;

use crate::bench::{Bench, Somebody, problem};

const ME: &str = "/api/v1/me";

async fn rename(bench: &Bench, who: &Somebody, name: &str, if_match: &str) -> Response {
    bench
        .call("PATCH", ME)
        .bearer(&who.access)
        .json(&json!({ "display_name": name }))
        .header("if-match", if_match)
        .send()
        .await
}

async fn read(bench: &Bench, who: &Somebody, if_none_match: &str) -> Response {
    bench
        .get(ME)
        .bearer(&who.access)
        .header("if-none-match", if_none_match)
        .send()
        .await
}

#[tokio::test]
async fn tag_of_a_read_is_taken_back_as_proxies_hand_it_on() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    for (number, dress) in ["{}", "W/{}", "{-zstd}", "{-gzip}", "W/{-br}", "\"77\", {}"]
        .into_iter()
        .enumerate()
    {
        let read = bench.get(ME).bearer(&ann.access).send().await;
        let tag = read.header("etag").unwrap().to_owned();
        let bare = tag.strip_suffix('"').unwrap();
        let dressed = match dress.split_once("{-") {
            Some((before, encoding)) => {
                format!("{before}{bare}-{}\"", encoding.trim_end_matches('}'))
            }
            None => dress.replace("{}", &tag),
        };
        let changed = rename(&bench, &ann, &format!("name {number}"), &dressed).await;
        assert_eq!(changed.status, 200, "{dressed}: {}", changed.text());
        let stale = rename(&bench, &ann, "stale", &dressed).await;
        problem(&stale, 409, "version_conflict");
    }
}

#[tokio::test]
async fn star_changes_whichever_version_is_there() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    for version in [2, 3] {
        let changed = rename(&bench, &ann, "any", "*").await;
        assert_eq!(changed.json()["version"], version);
    }
}

#[tokio::test]
async fn reader_that_has_what_is_there_gets_no_body() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let first = bench.get(ME).bearer(&ann.access).send().await;
    let tag = first.header("etag").unwrap().to_owned();
    let bare = tag.trim_matches('"');
    for known in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"{bare}-zstd\""),
        format!("W/\"{bare}-gzip\""),
        format!("\"0-0\", {tag}"),
        "*".to_owned(),
    ] {
        let answer = read(&bench, &ann, &known).await;
        assert_eq!(
            (answer.status.as_u16(), answer.text().as_str()),
            (304, ""),
            "{known}"
        );
        assert_eq!(answer.header("etag"), Some(tag.as_str()));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    for unknown in ["\"1\"", "\"0-0\"", "x", "\"1-\"", ""] {
        let answer = read(&bench, &ann, unknown).await;
        assert_eq!(answer.status, 200, "{unknown}");
        assert_eq!(answer.text(), first.text());
    }
    assert_eq!(rename(&bench, &ann, "new", "*").await.status, 200);
    let answer = read(&bench, &ann, &tag).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["display_name"]),
        (200, &json!("new"))
    );
}

#[tokio::test]
async fn refusals_of_a_read_are_never_304() {
    let bench = Bench::new().await;
    let answer = bench.get(ME).header("if-none-match", "*").send().await;
    problem(&answer, 401, "unauthenticated");
}

#[tokio::test]
async fn the_head_of_a_read_has_the_same_tag() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let full = bench.get(ME).bearer(&ann.access).send().await;
    let head = bench.call("HEAD", ME).bearer(&ann.access);
    let head = head.send().await;
    assert_eq!((head.status.as_u16(), head.text().as_str()), (200, ""));
    assert_eq!(head.header("etag"), full.header("etag"));
}
