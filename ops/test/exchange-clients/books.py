"""Adds up what the clients have traded: deposits, trades and fees make the balances."""

import json
import os
import urllib.request
from collections import defaultdict
from decimal import Decimal

with urllib.request.urlopen(f"http://{os.environ['EMULATOR']}/emulator/books", timeout=10) as answer:
    books = json.load(answer)

sums = defaultdict(Decimal)
for deposit in books["deposits"]:
    sums[deposit["asset"]] += Decimal(deposit["amount"])
for trade in books["trades"]:
    base, quote = trade["symbol"].split("-")
    sign = 1 if trade["side"] == "buy" else -1
    sums[base] += sign * Decimal(trade["quantity"])
    sums[quote] -= sign * Decimal(trade["quote"])
    sums[trade["fee_asset"]] -= Decimal(trade["fee"])
assert books["trades"], "the clients have traded nothing"
assert not [order for order in books["orders"] if order["status"] in ("NEW", "PARTIALLY_FILLED")], "orders are left open"
for balance in books["balances"]:
    total = Decimal(balance["free"]) + Decimal(balance["locked"])
    assert total == sums[balance["asset"]], (balance, sums[balance["asset"]])
print(f"{len(books['orders'])} orders and {len(books['trades'])} trades add up")
