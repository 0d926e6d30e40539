"""Our webhooks and Stripe's own library, each signing for the other."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

import stripe

API, STRIPE = os.environ["API"], os.environ["STRIPE"]
SECRET = "whsec_fake0000000000000000"
WEBHOOK = f"{API}/api/v1/billing/webhook"
passed = failed = 0


def check(what, holds):
    global passed, failed
    passed, failed = passed + bool(holds), failed + (not holds)
    print("ok    " if holds else "FAILED", what)


def call(method, url, body=None, headers=None):
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json", **(headers or {})}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        text = error.read()
        return error.code, json.loads(text) if text else None


def sql(statement):
    command = ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", os.environ["DATABASE"], "-c", statement]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def sign(body, secret=SECRET, at=None):
    """As the library signs: what its own verification expects."""
    at = int(time.time()) if at is None else at
    signature = stripe.WebhookSignature._compute_signature(f"{at}.{body}", secret)
    return f"t={at},v1={signature}"


def send(body, header):
    return call("POST", WEBHOOK, body.encode(), {"stripe-signature": header})


def refused(body, header):
    status, problem = send(body, header)
    return status == 400 and problem["code"] == "invalid_signature"


def until(what, holds):
    for _ in range(300):
        if holds():
            return check(what, True)
        time.sleep(0.1)
    check(what, False)


sql(
    """UPDATE plans SET stripe_price_id = 'price_pro', price = 49, currency = 'eur', billing_interval = 'month',
           interval_count = 1 WHERE id = 'pro';
       INSERT INTO plan_prices (stripe_price_id, plan_id) VALUES ('price_pro', 'pro')"""
)
person = {"email": "ann@example.com", "password": "a long enough passphrase 4711", "tokens": "body"}
_, signed_in = call("POST", f"{API}/api/v1/auth/register", person)
bearer = {"authorization": f"Bearer {signed_in['session']['tokens']['access_token']}"}


def subscription():
    return call("GET", f"{API}/api/v1/billing/subscription", headers=bearer)[1]


# A customer pays, and the fake tells the api by itself.
_, checkout = call("POST", f"{API}/api/v1/billing/checkout", {"plan": "pro"}, bearer)
session = checkout["url"].rsplit("/", 1)[1]
status, made = call("POST", f"{STRIPE}/control", {"action": "pay_session", "session": session})
check("the checkout is paid", status == 200)
until("the plan is there", lambda: subscription()["plan"] == "pro")
until("every event was taken once", lambda: sql("SELECT count(*) FROM billing_events") == "4")

# The library reads what the fake answers.
client = stripe.StripeClient("sk_test_fake0000000000000000", base_addresses={"api": STRIPE})
found = client.v1.subscriptions.list({"customer": made["customer"], "status": "all"}).data[0]
check("the library reads a subscription of the fake", (found.id, found.status) == (made["id"], "active"))
invoice = client.v1.invoices.list({"customer": made["customer"]}).data[0]
check("the library reads an invoice of the fake", (invoice.status, invoice.amount_paid) == ("paid", 4900))

# The library believes what the fake signs.
received = {}


def listen():
    import http.server

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            received["event"] = (body, self.headers["stripe-signature"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    import threading

    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


events = call("GET", f"{STRIPE}/control/events")[1]
paid = next(event for event in events if event["type"] == "invoice.paid")
call("POST", f"{STRIPE}/control", {"action": "deliver", "url": listen(), "sent": len(events), "again": [paid["id"]]})
until("the fake delivers", lambda: "event" in received)
body, header = received["event"]
event = stripe.Webhook.construct_event(body, header, SECRET)
check("the library believes what the fake signs", event.id == paid["id"] and event.type == "invoice.paid")
for what, arguments in {
    "a tampered body": (body + " ", header, SECRET),
    "another secret": (body, header, "whsec_another"),
    "another time": (body, header.replace("t=", "t=1"), SECRET),
}.items():
    try:
        stripe.Webhook.construct_event(*arguments)
        check(f"the library refuses {what}", False)
    except stripe.SignatureVerificationError:
        check(f"the library refuses {what}", True)

# The api believes what the library signs.
before = sql("SELECT (SELECT count(*) FROM billing_events), (SELECT answered FROM subscriptions)")
renewed = {**paid, "id": "evt_of_the_library", "unknown": {"field": True}}
body = json.dumps(renewed)
now = int(time.time())
check("the api refuses a tampered body", refused(body.replace("paid", "Paid"), sign(body)))
check("the api refuses an old signature", refused(body, sign(body, at=now - 301)))
check("the api refuses one of another secret", refused(body, sign(body, secret="whsec_another")))
check("the api refuses a missing one", refused(body, ""))
after = sql("SELECT (SELECT count(*) FROM billing_events), (SELECT answered FROM subscriptions)")
check("nothing came of them", before == after)
check("the api believes what the library signs", send(body, sign(body))[0] == 204)
check("and again", send(body, sign(body, at=now - 290))[0] == 204)
check("it is applied once", sql("SELECT count(*) FROM billing_events WHERE stripe_event_id = 'evt_of_the_library'") == "1")
old = sign(body, secret="whsec_rolled").split("v1=")[1]
good = sign(json.dumps({**renewed, "id": "evt_rolled"}))
both = f"{good.split(',')[0]},v1={old},{good.split(',')[1]}"
check("of two signatures one is enough", send(json.dumps({**renewed, "id": "evt_rolled"}), both)[0] == 204)
unknown = json.dumps({**renewed, "id": "evt_unknown", "type": "customer.tax_id.created"})
check("an unknown type is acknowledged", send(unknown, sign(unknown))[0] == 204)
check("and ignored", sql("SELECT count(*) FROM billing_events WHERE stripe_event_id = 'evt_unknown'") == "0")

print(f"test result: {passed} passed; {failed} failed")
sys.exit(failed > 0)
