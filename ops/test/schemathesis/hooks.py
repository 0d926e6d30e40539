"""An account of its own for each case: some of them end the session they run in."""

import os
import uuid

import requests
import schemathesis

BASE = os.environ["BASE_URL"]


@schemathesis.auth(refresh_interval=None)
class Session:
    def get(self, case, context):
        account = {
            "email": f"{uuid.uuid4()}@example.com",
            "password": "a long enough passphrase 4711",
            "tokens": "body",
        }
        answer = requests.post(f"{BASE}/api/v1/auth/register", json=account, timeout=30)
        answer.raise_for_status()
        return answer.json()["session"]["tokens"]["access_token"]

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"
