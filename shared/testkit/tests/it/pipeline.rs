//! The workflows keep the numbers that operators count on, and the gate lets nothing through but success.

use std::{collections::BTreeSet, process::Command};

use serde_yaml_ng::Value;

use crate::conformance::{names, read, root, texts, yaml};

const SUITE: &str = ".github/workflows/test.yml";
const DEPLOY: &str = ".github/workflows/deploy.yml";
const GATE: &str = "all-tests-passed";
const JOBS: [&str; 7] = [
    "unit",
    "api",
    "e2e",
    "quality",
    "security",
    "build-check",
    "docker-build",
];

fn steps(job: &Value) -> &[Value] {
    job["steps"].as_sequence().unwrap()
}

fn step<'a>(job: &'a Value, run: &str) -> &'a Value {
    steps(job)
        .iter()
        .find(|step| {
            step["run"]
                .as_str()
                .is_some_and(|text| text.starts_with(run))
        })
        .unwrap_or_else(|| panic!("no step runs {run}"))
}

fn using<'a>(job: &'a Value, action: &str) -> Vec<&'a Value> {
    let named = format!("{action}@");
    let uses = |step: &&Value| {
        step["uses"]
            .as_str()
            .is_some_and(|text| text.starts_with(&named))
    };
    steps(job).iter().filter(uses).collect()
}

#[test]
fn the_suite_is_seven_jobs_and_a_gate() {
    let suite = yaml(SUITE);
    assert_eq!(suite["name"], "Test Suite");
    assert_eq!(
        names(&suite["on"]),
        BTreeSet::from(["pull_request", "push"])
    );
    for event in ["push", "pull_request"] {
        assert_eq!(texts(&suite["on"][event]["branches"]), ["main", "develop"]);
    }
    let mut wanted = BTreeSet::from(JOBS);
    wanted.insert(GATE);
    assert_eq!(names(&suite["jobs"]), wanted);
    // They run beside each other, but for those that test the images, which are built once.
    for name in JOBS {
        let needs = &suite["jobs"][name]["needs"];
        if ["docker-build", "e2e", "api"].contains(&name) {
            assert_eq!(*needs, "build-check");
        } else {
            assert!(needs.is_null(), "{name}");
        }
        assert!(
            suite["jobs"][name]["if"].is_null(),
            "{name} could be skipped"
        );
    }
}

#[test]
fn the_jobs_keep_their_numbers() {
    let jobs = yaml(SUITE)["jobs"].clone();
    for name in ["unit", "api"] {
        let services = &jobs[name]["services"];
        assert_eq!(services["postgres"]["image"], "postgres:16", "{name}");
        assert_eq!(services["redis"]["image"], "redis:7", "{name}");
    }
    for run in ["migrate", "decimal", "tests", "report"] {
        step(&jobs["unit"], &format!("ops/ci/unit {run}"));
    }
    assert_eq!(
        using(&jobs["unit"], "codecov/codecov-action")[0]["with"]["files"],
        "lcov.info"
    );
    step(&jobs["unit"], "ops/ci/unit comment");

    assert_eq!(step(&jobs["api"], "ops/ci/api test")["timeout-minutes"], 20);
    assert_eq!(step(&jobs["api"], "ops/ci/api stop")["if"], "always()");
    step(&jobs["api"], "ops/ci/api document");
    assert!(read("ops/ci/api").contains("HEALTH_WITHIN_S=60"));
    assert!(read("ops/test/full.d/50-schemathesis").contains("--request-timeout 30"));
    assert!(read("ops/test/functional.py").contains("LIMIT_S = 30"));
    assert!(
        read(".config/nextest.toml")
            .contains("slow-timeout = { period = \"30s\", terminate-after = 1 }")
    );

    assert_eq!(jobs["e2e"]["timeout-minutes"], 120);
    assert!(jobs["e2e"]["env"]["PLAYWRIGHT_BASE_URL"].is_string());
    let kept = using(&jobs["e2e"], "actions/upload-artifact");
    assert_eq!(kept.len(), 2);
    for artifact in kept {
        assert_eq!(artifact["with"]["retention-days"], 30);
        assert_eq!(artifact["if"], "always()");
    }
    assert!(read("ops/ci/e2e").contains("playwright install --with-deps chromium"));

    for run in ["check", "fmt", "clippy", "doc", "lint"] {
        step(&jobs["quality"], &format!("ops/ci/quality {run}"));
    }
    for run in ["deny", "audit", "snyk"] {
        step(&jobs["security"], &format!("ops/ci/security {run}"));
    }
    assert!(read("ops/ci/security").contains("--severity-threshold=high"));
    assert!(read("ops/ci/build-check").contains("BUDGET_BYTES=$((25 * 1000 * 1000))"));

    let images = &jobs["docker-build"];
    for run in ["logs", "clean"] {
        assert_eq!(
            step(images, &format!("ops/ci/docker-build \"$IMAGE\" {run}"))["if"],
            "always()"
        );
    }
    assert!(read("ops/ci/docker-build").contains("BUDGET_BYTES=$((110 * 1000 * 1000))"));
}

#[test]
fn images_are_built_once_and_the_other_jobs_test_these() {
    let jobs = yaml(SUITE)["jobs"].clone();
    for name in ["build-check", "docker-build"] {
        let matrix = &jobs[name]["strategy"]["matrix"];
        assert_eq!(texts(&matrix["image"]), ["api", "gateway", "migrator"]);
        let platforms = matrix["platform"].as_sequence().unwrap();
        let platforms: Vec<_> = platforms.iter().map(|one| one["arch"].clone()).collect();
        assert_eq!(platforms, ["amd64", "arm64"], "{name}");
    }
    let builds = using(&jobs["build-check"], "docker/build-push-action");
    assert_eq!(builds.len(), 2);
    let (image, debug) = (&builds[0]["with"], &builds[1]["with"]);
    assert_eq!(
        image["outputs"],
        "type=oci,dest=images/${{ matrix.image }}-${{ matrix.platform.arch }}.tar"
    );
    assert_eq!(image["sbom"], true);
    assert_eq!(image["provenance"], "mode=max");
    assert_eq!(
        image["cache-from"],
        "type=gha,scope=${{ matrix.image }}-${{ matrix.platform.arch }}"
    );
    assert_eq!(
        image["cache-to"],
        "type=gha,mode=max,scope=${{ matrix.image }}-${{ matrix.platform.arch }}"
    );
    // The line tables are of the same build.
    assert_eq!(debug["target"], "debug");
    for input in ["context", "file", "build-args"] {
        assert_eq!(debug[input], image[input], "{input}");
    }
    assert!(
        image["build-args"]
            .as_str()
            .unwrap()
            .contains("GIT_SHA=${{ github.sha }}")
    );
    step(&jobs["build-check"], "ops/ci/build-check \"$IMAGE\" look");
    let upload = step(
        &jobs["build-check"],
        "ops/ci/build-check \"$IMAGE\" debug-files",
    );
    assert_eq!(upload["if"], "github.ref == 'refs/heads/main'");
    let kept = using(&jobs["build-check"], "actions/upload-artifact")[0];
    assert_eq!(kept["with"]["path"], "images");

    for name in ["api", "e2e", "docker-build"] {
        assert!(using(&jobs[name], "docker/build-push-action").is_empty());
        let taken = using(&jobs[name], "actions/download-artifact");
        assert_eq!(taken.len(), 1, "{name}");
        assert_eq!(taken[0]["with"]["path"], "images", "{name}");
    }
    for script in ["ops/ci/docker-build", "ops/ci/e2e"] {
        assert!(!read(script).contains("docker build"), "{script}");
        assert!(!read(script).contains("--build\n"), "{script}");
    }
}

#[test]
fn every_action_is_pinned_and_no_job_may_more_than_it_says() {
    for path in [SUITE, DEPLOY] {
        for line in read(path).lines().filter(|line| line.contains("uses: ")) {
            let (_, reference) = line.split_once('@').unwrap();
            let (sha, version) = reference
                .split_once(" # v")
                .unwrap_or_else(|| panic!("{line}"));
            assert!(
                sha.len() == 40 && sha.chars().all(|c| c.is_ascii_hexdigit()),
                "{line}"
            );
            assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{line}");
        }
        let workflow = yaml(path);
        assert!(
            workflow["permissions"].as_mapping().unwrap().is_empty(),
            "{path}"
        );
        for (name, job) in workflow["jobs"].as_mapping().unwrap() {
            assert!(job["permissions"].is_mapping(), "{path}: {name:?}");
            assert!(job["timeout-minutes"].is_u64(), "{path}: {name:?}");
            for checkout in using(job, "actions/checkout") {
                assert_eq!(
                    checkout["with"]["persist-credentials"], false,
                    "{path}: {name:?}"
                );
            }
            for run in steps(job).iter().filter_map(|step| step["run"].as_str()) {
                assert!(
                    run.starts_with("ops/"),
                    "{path}: {run} cannot be run by hand"
                );
                assert!(
                    !run.contains("${{"),
                    "{path}: {run} pastes text into a shell"
                );
                let script = run.split_whitespace().next().unwrap();
                assert!(read(script).starts_with("#!/usr/bin/env bash"), "{script}");
            }
        }
    }
}

/// The gate's own step with these results put where the workflow puts them.
fn gate(result_of: impl Fn(&str) -> &'static str) -> bool {
    let job = yaml(SUITE)["jobs"][GATE].clone();
    let step = step(&job, "ops/ci/gate");
    let mut results = step["env"]["RESULTS"].as_str().unwrap().to_owned();
    for name in texts(&job["needs"]) {
        results = results.replace(&format!("${{{{ needs.{name}.result }}}}"), result_of(name));
    }
    assert!(!results.contains("${{"), "not one of its needs: {results}");
    let root = root();
    let answer = Command::new(root.join(step["run"].as_str().unwrap()))
        .env("RESULTS", results)
        .output()
        .unwrap();
    answer.status.success()
}

#[test]
fn the_gate_opens_for_seven_successes_and_for_nothing_else() {
    let job = yaml(SUITE)["jobs"][GATE].clone();
    // Without it the gate would be skipped, and a skipped check does not block a merge.
    assert_eq!(job["if"], "always()");
    assert_eq!(texts(&job["needs"]), JOBS);

    assert!(gate(|_| "success"));
    for name in JOBS {
        for bad in ["failure", "cancelled", "skipped", ""] {
            assert!(
                !gate(|job| if job == name { bad } else { "success" }),
                "{name} {bad:?}"
            );
        }
    }
}

#[test]
fn a_deployment_follows_a_good_suite_on_main_and_never_another_deployment_halfway() {
    let deploy = yaml(DEPLOY);
    assert_eq!(
        names(&deploy["on"]),
        BTreeSet::from(["workflow_dispatch", "workflow_run"])
    );
    let after = &deploy["on"]["workflow_run"];
    assert_eq!(texts(&after["workflows"]), ["Test Suite"]);
    assert_eq!(texts(&after["types"]), ["completed"]);
    assert_eq!(texts(&after["branches"]), ["main"]);
    // Where a run waits that is then skipped, it cancels the good one that waited before it.
    assert!(deploy["concurrency"].is_null());
    for (name, group) in [("images", "deploy-images"), ("deploy", "deploy-production")] {
        let concurrency = &deploy["jobs"][name]["concurrency"];
        assert_eq!(concurrency["group"], group);
        assert_eq!(concurrency["cancel-in-progress"], false);
    }
    assert_eq!(
        deploy["env"]["SHA"],
        "${{ github.event.workflow_run.head_sha || github.sha }}"
    );

    let images = &deploy["jobs"]["images"];
    let condition = images["if"].as_str().unwrap();
    for wanted in [
        "github.event.workflow_run.conclusion == 'success'",
        "github.event.workflow_run.event == 'push'",
        "github.event.workflow_run.head_branch == 'main'",
        "github.event.workflow_run.head_repository.full_name == github.repository",
    ] {
        assert!(condition.contains(wanted), "{wanted}");
    }
    assert_eq!(images["permissions"]["packages"], "write");
    let login = using(images, "docker/login-action")[0];
    assert_eq!(login["with"]["registry"], "ghcr.io");
    assert_eq!(login["with"]["password"], "${{ secrets.GITHUB_TOKEN }}");
    // Nothing is built: what was tested is published.
    assert!(using(images, "docker/build-push-action").is_empty());
    let taken = using(images, "actions/download-artifact")[0];
    assert_eq!(taken["with"]["run-id"], "${{ steps.run.outputs.id }}");
    step(images, "ops/ci/publish find");
    assert_eq!(step(images, "ops/ci/publish push")["id"], "push");
    assert_eq!(
        images["outputs"]["digests"],
        "${{ steps.push.outputs.digests }}"
    );
    let publish = read("ops/ci/publish");
    for wanted in [
        "repository=ghcr.io/$owner/blockbotx-$name",
        "--tag \"$repository:$SHA\" --tag \"$repository:latest\"",
        "--preserve-digests",
    ] {
        assert!(publish.contains(wanted), "{wanted}");
    }

    let job = &deploy["jobs"]["deploy"];
    assert_eq!(job["needs"], "images");
    assert_eq!(job["environment"], "production");
    for name in ["images", "deploy"] {
        let checkout = using(&deploy["jobs"][name], "actions/checkout")[0];
        assert_eq!(checkout["with"]["ref"], "${{ env.SHA }}", "{name}");
    }
    let copy = using(job, "appleboy/scp-action")[0];
    assert_eq!(copy["with"]["target"], "/opt/blockbotx/next");
    step(job, "ops/deploy/host-key");
    let roll = using(job, "appleboy/ssh-action")[0];
    for (input, secret) in [
        ("host", "VPS_HOST"),
        ("username", "VPS_USER"),
        ("key", "VPS_SSH_KEY"),
    ] {
        let wanted = format!("${{{{ secrets.{secret} }}}}");
        assert_eq!(roll["with"][input], wanted.as_str());
        assert_eq!(copy["with"][input], wanted.as_str());
    }
    for action in [copy, roll] {
        assert_eq!(action["with"]["fingerprint"], "${{ vars.VPS_FINGERPRINT }}");
    }
    assert_eq!(
        roll["env"]["DIGESTS"],
        "${{ needs.images.outputs.digests }}"
    );
    let script = roll["with"]["script"].as_str().unwrap();
    for wanted in [
        "cd /opt/blockbotx",
        "docker login ghcr.io -u \"$ACTOR\" --password-stdin",
        "./next/roll.sh \"$SHA\" $DIGESTS",
    ] {
        assert!(script.contains(wanted), "{wanted}");
    }
}

#[test]
fn the_server_gets_every_file_that_its_services_mount() {
    let into = tempfile::tempdir().unwrap();
    let root = root();
    let laid = Command::new(root.join("ops/deploy/bundle"))
        .arg(into.path())
        .status()
        .unwrap();
    assert!(laid.success());
    for (path, below) in [
        ("compose/docker-compose.services.yml", ""),
        ("ops/deploy/tls/docker-compose.yml", "tls"),
    ] {
        for (name, service) in yaml(path)["services"].as_mapping().unwrap() {
            for volume in texts(&service["volumes"]) {
                let source = volume.split(':').next().unwrap();
                if source.starts_with("./") {
                    let mounted = into.path().join(below).join(source);
                    assert!(mounted.exists(), "{name:?} mounts {source}");
                }
            }
        }
    }
    for name in [
        "docker-compose.prod.yml",
        "docker-compose.services.yml",
        "roll.sh",
        "doctor",
    ] {
        assert!(into.path().join(name).exists(), "{name}");
    }
    assert!(!into.path().join(".env.production").exists());
}

#[test]
fn backups_keep_seven_and_tell_when_they_are_late() {
    let script = read("ops/backup/backup-database.sh");
    for wanted in [
        "days=${BACKUP_RETENTION_DAYS:-30}",
        "keep_at_least=7",
        "stale_after_minutes=1560", // 26 hours
        "flock -n 9",
        "pg_dump -Fc",
    ] {
        assert!(script.contains(wanted), "{wanted}");
    }
    let verify = read("ops/backup/lib.sh");
    assert!(
        verify.contains("pg_restore --list \"$1\" >/dev/null && pg_restore -f /dev/null \"$1\"")
    );
    // The guide's command, word for word.
    let guide = "docker compose -f docker-compose.prod.yml exec db-backup \\\n  \
                 /bin/bash /scripts/backup/backup-database.sh --local-only";
    assert!(read("ops/docs/RESTORE.md").contains(guide));
}

#[test]
fn packages_come_from_wherever_npm_is_told_to_look() {
    for place in ["api/console", "ops/client", "ops/documents", "ops/e2e"] {
        let lock = read(&format!("{place}/package-lock.json"));
        assert!(
            !lock.contains("\"resolved\""),
            "{place}: a host is written down"
        );
        assert!(lock.contains("\"integrity\""), "{place}");
    }
}

#[test]
fn every_alert_is_explained() {
    let rules = yaml("ops/observability/alerts.yml");
    let explained = read("ops/docs/ALERTS.md");
    let rules = rules["groups"][0]["rules"].as_sequence().unwrap();
    assert!(!rules.is_empty());
    for rule in rules {
        let name = rule["alert"].as_str().unwrap();
        assert!(explained.contains(&format!("\n## {name}\n")), "{name}");
        let anchor = format!("ops/docs/ALERTS.md#{}", name.to_lowercase());
        assert_eq!(rule["annotations"]["runbook"], anchor.as_str(), "{name}");
    }
}
