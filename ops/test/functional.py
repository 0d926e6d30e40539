"""The API as a client uses it: one started server, several users, their sessions, connections, bots, backtests and mails.

BASE_URL is where it listens, MAIL_DIR where it leaves its mails. No test takes longer than thirty seconds.
"""

import email
import email.policy
import http.client
import json
import os
import pathlib
import re
import signal
import sys
import time
import unittest
import urllib.parse
import uuid

BASE = urllib.parse.urlsplit(os.environ["BASE_URL"])
MAILS = pathlib.Path(os.environ["MAIL_DIR"])
ORIGIN = "http://localhost:5173"
PASSWORD = "correct horse battery staple"
LIMIT_S = 30
GRID = {
    "type": "grid", "lower": "90", "upper": "110", "grid_count": 10, "spacing": "arithmetic",
    "quantity": {"mode": "fixed_base", "quantity": "0.5"},
}
PAPER = {
    "symbol": "SOL-USDT", "balances": {"USDT": "10000"}, "speed": "flat_out", "feed": {"kind": "synthetic", "seed": 3, "candles": 500},
}


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.cookies = [value for name, value in response.getheaders() if name.lower() == "set-cookie"]
        self.text = response.read().decode()

    @property
    def json(self):
        return json.loads(self.text)


def call(method, path, body=None, token=None, headers=None):
    connection = http.client.HTTPConnection(BASE.hostname, BASE.port, timeout=LIMIT_S)
    given = {"accept": "application/json"} | (headers or {})
    if token:
        given["authorization"] = f"Bearer {token}"
    if body is not None and not isinstance(body, (bytes, str)):
        body = json.dumps(body)
        given.setdefault("content-type", "application/json")
    try:
        connection.request(method, path, body, given)
        return Answer(connection.getresponse())
    finally:
        connection.close()


class User:
    """Somebody with an account, signed in with tokens of the body."""

    def __init__(self):
        self.email = f"{uuid.uuid4().hex}@example.com"
        answer = call("POST", "/api/v1/auth/register", {"email": self.email, "password": PASSWORD, "tokens": "body"})
        assert answer.status == 201, answer.text
        self.take(answer.json["session"]["tokens"])

    def take(self, tokens):
        self.access, self.refresh = tokens["access_token"], tokens["refresh_token"]

    def call(self, method, path, body=None, headers=None):
        return call(method, f"/api/v1{path}", body, self.access, headers)

    def mail(self, word):
        """The token behind the link of the mail to this user whose link has that word in it."""
        deadline = time.monotonic() + LIMIT_S / 2
        while time.monotonic() < deadline:
            for path in MAILS.glob("*.eml"):
                message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                if self.email in str(message["to"]):
                    text = message.get_body(("plain",)).get_content()
                    found = re.search(rf"/{word}#token=([^\s>]+)", text)
                    if found:
                        return found[1]
            time.sleep(0.05)
        raise AssertionError(f"no mail with {word} for {self.email}")

    def prove(self):
        answer = call("POST", "/api/v1/auth/verify-email", {"token": self.mail("verify-email")})
        assert answer.status == 204, answer.text
        self.sign_in()

    def sign_in(self):
        answer = call("POST", "/api/v1/auth/login", {"email": self.email, "password": PASSWORD, "tokens": "body"})
        assert answer.status == 200, answer.text
        self.take(answer.json["session"]["tokens"])

    def step_up(self):
        answer = self.call("POST", "/auth/step-up", {"password": PASSWORD})
        assert answer.status == 200, answer.text

    def account(self, label="Paper"):
        answer = self.call("POST", "/exchange-connections", {"venue": "paper", "label": label, "paper": PAPER})
        assert answer.status == 201, answer.text
        return answer.json["id"]

    def bot(self, account, name="Grid", config=GRID):
        answer = self.call("POST", "/bots", {"connection_id": account, "name": name, "config": config})
        assert answer.status == 201, answer.text
        return answer.json


class Case(unittest.TestCase):
    def setUp(self):
        def late(*_):
            raise AssertionError(f"longer than {LIMIT_S} s")
        signal.signal(signal.SIGALRM, late)
        signal.alarm(LIMIT_S)

    def tearDown(self):
        signal.alarm(0)

    def problem(self, answer, status, code=None):
        self.assertEqual(answer.status, status, answer.text)
        self.assertEqual(answer.headers["content-type"].split(";")[0], "application/problem+json")
        body = answer.json
        self.assertEqual(body["status"], status)
        self.assertTrue(body["request_id"])
        if code:
            self.assertEqual(body["code"], code)
        return body


class Public(Case):
    def test_health_tells_every_part(self):
        answer = call("GET", "/api/health")
        self.assertEqual((answer.status, answer.json["status"]), (200, "ok"))
        self.assertIn("no-store", answer.headers["cache-control"])
        self.assertEqual(call("GET", "/api/health?quick=true").status, 200)

    def test_config_is_for_browsers(self):
        answer = call("GET", "/api/config")
        self.assertEqual((answer.status, answer.json["app_url"]), (200, ORIGIN))

    def test_the_document_describes_what_is_called_here(self):
        paths = call("GET", "/api/openapi.json").json["paths"]
        for path in ("/api/v1/bots", "/api/v1/auth/login", "/api/v1/events"):
            self.assertIn(path, paths)

    def test_what_is_not_there_is_a_problem(self):
        self.problem(call("GET", "/api/v1/nothing"), 404)
        self.problem(call("PUT", "/api/v1/me"), 405)

    def test_only_the_frontend_may_call_from_a_browser(self):
        asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
        allowed = call("OPTIONS", "/api/v1/auth/login", headers=asked | {"origin": ORIGIN})
        self.assertEqual(allowed.headers["access-control-allow-origin"], ORIGIN)
        other = call("OPTIONS", "/api/v1/auth/login", headers=asked | {"origin": "https://elsewhere.example"})
        self.assertNotIn("access-control-allow-origin", other.headers)


class Sessions(Case):
    def test_somebody_signs_up_once(self):
        ann = User()
        self.assertEqual(ann.call("GET", "/me").json["email"], ann.email)
        again = call("POST", "/api/v1/auth/register", {"email": ann.email, "password": PASSWORD, "tokens": "body"})
        self.problem(again, 409)

    def test_everything_that_is_wrong_is_said_at_once(self):
        answer = call("POST", "/api/v1/auth/register", {"email": 7, "pasword": "x"})
        self.assertGreaterEqual(len(self.problem(answer, 422)["errors"]), 2)

    def test_bodies_that_are_none(self):
        json_type = {"content-type": "application/json"}
        self.problem(call("POST", "/api/v1/auth/login", "{", headers=json_type), 400)
        self.problem(call("POST", "/api/v1/auth/login", "x", headers={"content-type": "text/plain"}), 415)
        self.problem(call("POST", "/api/v1/auth/login", b"x" * 3_000_000, headers=json_type), 413)

    def test_a_wrong_password_and_an_unknown_address_are_answered_alike(self):
        ann = User()
        wrong = call("POST", "/api/v1/auth/login", {"email": ann.email, "password": "wrong horse battery staple"})
        nobody = call("POST", "/api/v1/auth/login", {"email": f"{uuid.uuid4().hex}@example.com", "password": PASSWORD})
        self.assertEqual(self.problem(wrong, 401)["code"], self.problem(nobody, 401)["code"])

    def test_nobody_is_let_in_without_a_token(self):
        for path in ("/me", "/bots", "/events", "/portfolio/balances"):
            self.problem(call("GET", f"/api/v1{path}"), 401)
            self.problem(call("GET", f"/api/v1{path}", token="x.y.z"), 401)

    def test_a_session_is_renewed_with_a_new_token(self):
        ann = User()
        old = ann.refresh
        answer = call("POST", "/api/v1/auth/refresh", {"refresh_token": old})
        self.assertEqual(answer.status, 200, answer.text)
        ann.take(answer.json["session"]["tokens"])
        self.assertNotEqual(ann.refresh, old)
        self.assertEqual(ann.call("GET", "/me").status, 200)

    def test_logging_out_ends_the_session(self):
        ann = User()
        self.assertEqual(ann.call("POST", "/auth/logout").status, 204)
        self.problem(call("POST", "/api/v1/auth/refresh", {"refresh_token": ann.refresh}), 401)

    def test_logging_out_everywhere_ends_the_others(self):
        ann = User()
        first = ann.refresh
        ann.sign_in()
        self.assertEqual(len(ann.call("GET", "/auth/sessions").json["data"]), 2)
        self.assertEqual(ann.call("POST", "/auth/logout-all").status, 204)
        for token in (first, ann.refresh):
            self.problem(call("POST", "/api/v1/auth/refresh", {"refresh_token": token}), 401)

    def test_a_browser_gets_cookies_that_scripts_cannot_read(self):
        answer = call("POST", "/api/v1/auth/register", {"email": f"{uuid.uuid4().hex}@example.com", "password": PASSWORD}, headers={"origin": ORIGIN})
        self.assertEqual(answer.status, 201, answer.text)
        self.assertTrue(answer.cookies)
        self.assertTrue(all("HttpOnly" in cookie for cookie in answer.cookies), answer.cookies)
        self.assertNotIn("access_token", answer.text)

    def test_an_address_is_proved_once_by_its_mail(self):
        ann = User()
        token = ann.mail("verify-email")
        self.assertEqual(call("POST", "/api/v1/auth/verify-email", {"token": token}).status, 204)
        self.assertIn(call("POST", "/api/v1/auth/verify-email", {"token": token}).status, (400, 403, 422))

    def test_a_password_is_reset_by_mail(self):
        ann = User()
        ann.prove()
        self.assertEqual(call("POST", "/api/v1/auth/forgot-password", {"email": ann.email}).status, 202)
        another = "another horse battery staple"
        answer = call("POST", "/api/v1/auth/reset-password", {"token": ann.mail("reset-password"), "password": another})
        self.assertEqual(answer.status, 204, answer.text)
        self.problem(call("POST", "/api/v1/auth/refresh", {"refresh_token": ann.refresh}), 401)
        self.assertEqual(call("POST", "/api/v1/auth/login", {"email": ann.email, "password": another, "tokens": "body"}).status, 200)
        self.problem(call("POST", "/api/v1/auth/login", {"email": ann.email, "password": PASSWORD}), 401)

    def test_an_unknown_address_is_not_given_away(self):
        self.assertEqual(call("POST", "/api/v1/auth/forgot-password", {"email": f"{uuid.uuid4().hex}@example.com"}).status, 202)


class Accounts(Case):
    def test_a_change_needs_the_version_that_was_read(self):
        ann = User()
        version = ann.call("GET", "/me").json["version"]
        changed = ann.call("PATCH", "/me", {"display_name": "Ann", "version": version})
        self.assertEqual((changed.status, changed.json["display_name"]), (200, "Ann"))
        self.problem(ann.call("PATCH", "/me", {"display_name": "Eve", "version": version}), 409)
        self.assertEqual(ann.call("GET", "/me").json["display_name"], "Ann")

    def test_what_happens_is_an_event_with_the_next_number(self):
        ann = User()
        version = ann.call("GET", "/me").json["version"]
        ann.call("PATCH", "/me", {"display_name": "Ann", "version": version})
        events = ann.call("GET", "/events?after=0").json["data"]
        self.assertEqual([event["seq"] for event in events], list(range(1, len(events) + 1)))
        self.assertIn("user.updated", [event["type"] for event in events])

    def test_api_tokens_read_and_no_more(self):
        ann = User()
        self.problem(ann.call("POST", "/auth/tokens", {"name": "Reader", "scopes": ["read"]}), 403, "step_up_required")
        ann.step_up()
        self.problem(ann.call("POST", "/auth/tokens", {"name": "Reader", "scopes": ["read"]}), 403, "email_unverified")
        ann.prove()
        ann.step_up()
        answer = ann.call("POST", "/auth/tokens", {"name": "Reader", "scopes": ["read"]})
        self.assertEqual(answer.status, 201, answer.text)
        secret, made = answer.json["token"], answer.json
        self.assertEqual(call("GET", "/api/v1/bots", token=secret).status, 200)
        self.problem(call("POST", "/api/v1/portfolio/stop-all", {}, token=secret), 403)
        self.assertNotIn(secret, ann.call("GET", "/auth/tokens").text)
        identity = made["details"]["id"]
        self.assertEqual(ann.call("DELETE", f"/auth/tokens/{identity}").status, 204)
        self.problem(call("GET", "/api/v1/bots", token=secret), 401)


class Trading(Case):
    def test_a_connection_is_made_renamed_and_deleted(self):
        ann = User()
        account = ann.account()
        found = ann.call("GET", f"/exchange-connections/{account}").json
        renamed = ann.call("PATCH", f"/exchange-connections/{account}", {"label": "Other", "version": found["version"]})
        self.assertEqual((renamed.status, renamed.json["label"]), (200, "Other"))
        self.assertEqual(ann.call("DELETE", f"/exchange-connections/{account}").status, 204)
        self.problem(ann.call("GET", f"/exchange-connections/{account}"), 404)

    def test_what_is_somebody_elses_is_not_there(self):
        ann, bob = User(), User()
        account = ann.account()
        bot = ann.bot(account)["id"]
        for path in (f"/exchange-connections/{account}", f"/bots/{bot}", f"/bots/{bot}/fills"):
            self.problem(bob.call("GET", path), 404)
        self.problem(bob.call("DELETE", f"/bots/{bot}"), 404)
        self.problem(bob.call("POST", f"/bots/{bot}/start"), 404)
        self.assertEqual(bob.call("GET", "/bots").json["data"], [])

    def test_money_is_exact_text(self):
        ann = User()
        config = GRID | {"lower": "90.12345678", "upper": "110.1"}
        bot = ann.bot(ann.account(), config=config)
        self.assertEqual(bot["config"]["lower"], "90.12345678")
        answer = ann.call("POST", "/bots", {"connection_id": bot["connection_id"], "name": "Float", "config": GRID | {"lower": 90.1}})
        self.problem(answer, 422)

    def test_a_bot_that_cannot_work_is_refused_by_its_field(self):
        ann = User()
        account = ann.account()
        body = self.problem(ann.call("POST", "/bots", {"connection_id": account, "name": "Grid", "config": GRID | {"upper": "80"}}), 422)
        self.assertTrue(any("upper" in json.dumps(error) or "lower" in json.dumps(error) for error in body["errors"]), body)

    def test_a_request_that_comes_twice_makes_one_thing(self):
        ann = User()
        account = ann.account()
        key = {"idempotency-key": uuid.uuid4().hex}
        body = {"connection_id": account, "name": "Once", "config": GRID}
        first, second = ann.call("POST", "/bots", body, key), ann.call("POST", "/bots", body, key)
        self.assertEqual((first.status, second.status), (201, 201))
        self.assertEqual(first.json["id"], second.json["id"])
        self.assertEqual(len(ann.call("GET", "/bots").json["data"]), 1)
        self.assertIn(ann.call("POST", "/bots", body | {"name": "Else"}, key).status, (409, 422))

    def test_lists_are_read_page_by_page(self):
        ann = User()
        ids = {ann.account(f"Account {number}") for number in range(3)}
        seen, path = [], "/exchange-connections?limit=2"
        for _ in range(3):
            page = ann.call("GET", path).json
            seen += [item["id"] for item in page["data"]]
            cursor = page.get("next_cursor")
            if not cursor:
                break
            path = f"/exchange-connections?limit=2&cursor={urllib.parse.quote(cursor)}"
        self.assertEqual((set(seen), len(seen)), (ids, 3))
        self.problem(ann.call("GET", "/exchange-connections?limit=0"), 422)
        self.problem(ann.call("GET", "/exchange-connections?cursor=x"), 422)

    def test_a_bot_is_started_and_stopped_as_its_owner_says(self):
        ann = User()
        bot = ann.bot(ann.account())["id"]
        self.assertEqual(ann.call("POST", f"/bots/{bot}/start").status, 202)
        self.problem(ann.call("POST", f"/bots/{bot}/start"), 409)
        self.assertEqual(ann.call("POST", f"/bots/{bot}/stop", {}).status, 202)

    def test_a_backtest_waits_for_an_engine_and_is_cancelled(self):
        ann = User()
        spec = {"symbol": "SOL-USDT", "balances": {"USDT": "10000"}, "config": GRID, "candles": {"kind": "synthetic", "seed": 3, "candles": 500}}
        answer = ann.call("POST", "/backtests", spec)
        self.assertEqual(answer.status, 202, answer.text)
        identity = answer.json["id"]
        self.assertEqual(ann.call("GET", f"/backtests/{identity}").json["status"], "queued")
        self.assertEqual(ann.call("POST", f"/backtests/{identity}/cancel").status, 200)
        self.assertEqual(ann.call("DELETE", f"/backtests/{identity}").status, 204)

    def test_a_portfolio_begins_empty(self):
        ann = User()
        for path in ("/deals", "/orders", "/fills"):
            self.assertEqual(ann.call("GET", path).json["data"], [])
        self.assertEqual(ann.call("GET", "/portfolio/balances").status, 200)
        self.problem(ann.call("GET", "/orders?from=yesterday"), 422)


if __name__ == "__main__":
    done = unittest.main(exit=False, verbosity=1).result
    bad = len(done.failures) + len(done.errors)
    print(f"test result: {'FAILED' if bad else 'ok'}. {done.testsRun - bad} passed; {bad} failed;")
    sys.exit(1 if bad else 0)
