"""A session for each case: some of them end the one they run in."""

import os

import requests
import schemathesis

BASE = os.environ["BASE_URL"]
CREDENTIALS = {
    "email": os.environ["API_EMAIL"],
    "password": os.environ["API_PASSWORD"],
    "tokens": "body",
}


@schemathesis.auth(refresh_interval=None)
class Session:
    def get(self, case, context):
        answer = requests.post(f"{BASE}/api/v1/auth/login", json=CREDENTIALS, timeout=30)
        answer.raise_for_status()
        return answer.json()["session"]["tokens"]["access_token"]

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"
