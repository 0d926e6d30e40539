"""A stepped-up session of an account of its own for each case, for some of them end the session they run in; with ADMIN,
one of a superadmin for all of them."""

import ipaddress
import os
import re
import subprocess
import uuid

import requests
import schemathesis

BASE = os.environ["BASE_URL"]
PASSWORD = "a long enough passphrase 4711"

PAPER = {
    "venue": "paper",
    "label": "Paper",
    "paper": {
        "symbol": "SOL-USDT",
        "balances": {"USDT": "10000"},
        "speed": "flat_out",
        "feed": {"kind": "synthetic", "seed": 3, "candles": 100},
    },
}
BOT = {
    "name": "Grid",
    "config": {
        "type": "grid",
        "lower": "90",
        "upper": "110",
        "grid_count": 10,
        "spacing": "arithmetic",
        "quantity": {"mode": "fixed_base", "quantity": "0.5"},
    },
}


def post(path, body, token=None, address=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if address:
        headers["X-Forwarded-For"] = address
    answer = requests.post(f"{BASE}/api/v1/{path}", json=body, headers=headers, timeout=30)
    answer.raise_for_status()
    return answer


def register():
    """A stepped-up session of a new account: its user's id and its access token."""
    account = {"email": f"{uuid.uuid4()}@example.com", "password": PASSWORD, "tokens": "body"}
    # From an address of its own: other cases lock theirs, registering one account over and over (TRUSTED_HOPS is 1).
    address = str(ipaddress.IPv6Address((0x20010DB8 << 96) | (uuid.uuid4().int >> 32)))
    made = post("auth/register", account, address=address).json()
    token = made["session"]["tokens"]["access_token"]
    # Not by the route: wrong passwords of other cases lock this address.
    sql(f"UPDATE sessions SET stepped_up_at = now() WHERE user_id = '{made['user']['id']}'")
    return made["user"]["id"], token


def superadmin():
    user, token = register()
    sql(f"UPDATE users SET role = 'superadmin' WHERE id = '{user}'")
    # Admins need a second factor; no case gives a code of it.
    sql(f"INSERT INTO totp (user_id, secret, confirmed_at) VALUES ('{user}', '\\x00', now())")
    return token


def sql(statement):
    subprocess.run(["psql", "--quiet", os.environ["API_DATABASE"], "-c", statement], check=True)


# One for all cases: maintenance, which some of them turn on, lets nobody else in.
ADMIN = superadmin() if os.environ.get("ADMIN") else None
SOMEBODY = register()[0] if ADMIN else None


@schemathesis.auth(refresh_interval=None)
class Session:
    def get(self, case, context):
        return ADMIN or register()[1]

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"
        # Half of the cases that name something name what is there.
        if case.meta.generation.mode.is_positive and uuid.uuid4().int % 2:
            name_what_is_there(case, data)


def name_what_is_there(case, token):
    of = re.match(r"/api/v1/(bots|exchange-connections|markets|admin/users)/\{id\}", case.operation.path)
    if of is None or (of[1] == "admin/users") != bool(ADMIN):
        return
    if ADMIN:
        case.path_parameters["id"] = SOMEBODY
        return
    connection = post("exchange-connections", PAPER, token).json()["id"]
    if of[1] == "bots":
        case.path_parameters["id"] = post("bots", {**BOT, "connection_id": connection}, token).json()["id"]
    else:
        case.path_parameters["id"] = connection
