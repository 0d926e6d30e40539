"""ccxt as it is published, pointed at the emulator by its own options only."""

import asyncio
import os
from decimal import Decimal
from urllib.parse import urlsplit

import ccxt.pro
from ccxt.base.errors import BadRequest, InsufficientFunds, OrderNotFound

ADDRESS = os.environ["EMULATOR"]
SYMBOL = "BTC/USDT"
PATIENCE = 30


def moved(urls):
    """The same addresses on the emulator."""
    if isinstance(urls, dict):
        return {name: moved(url) for name, url in urls.items()}
    url = urlsplit(urls)
    scheme = "ws" if url.scheme.startswith("ws") else "http"
    return f"{scheme}://{ADDRESS}{url.path}"


async def within(waiting):
    return await asyncio.wait_for(waiting, PATIENCE)


async def watch_until(watch, wanted):
    """Waits for an update that is wanted."""
    while True:
        for update in await watch():
            if wanted(update):
                return update


async def refused(kind, waiting):
    try:
        await waiting
    except kind:
        return
    raise AssertionError(f"expected {kind.__name__}")


async def trade(exchange):
    markets = await exchange.load_markets()
    market = markets[SYMBOL]
    assert market["precision"]["amount"] == 0.00001 and market["limits"]["cost"]["min"] == 5, market
    assert "BTC" in exchange.currencies

    candles = await exchange.fetch_ohlcv(SYMBOL, "1m", limit=100)
    assert len(candles) == 100
    assert all(later[0] - earlier[0] == 60_000 for earlier, later in zip(candles, candles[1:]))
    assert len(await exchange.fetch_ohlcv(SYMBOL, "1h", limit=5)) == 5
    book = await exchange.fetch_order_book(SYMBOL, limit=5)
    assert book["bids"][0][0] < book["asks"][0][0]
    assert (await exchange.fetch_ticker(SYMBOL))["last"] > 0
    assert await exchange.fetch_trades(SYMBOL, limit=5)
    before = await exchange.fetch_balance()
    assert before["USDT"]["free"] > 0

    orders = asyncio.create_task(within(watch_until(exchange.watch_orders, lambda order: order["status"] == "closed")))
    await within(subscribed(exchange))
    bought = await exchange.create_order(SYMBOL, "market", "buy", 0.01)
    assert bought["status"] == "closed" and bought["filled"] == 0.01, bought
    heard = await orders
    assert heard["id"] == bought["id"] and heard["filled"] == 0.01, heard
    for_quote = await exchange.create_market_buy_order_with_cost(SYMBOL, 100)
    assert 99 < for_quote["cost"] <= 100, for_quote

    low = exchange.price_to_precision(SYMBOL, bought["average"] * 0.9)
    resting = await exchange.create_order(SYMBOL, "limit", "buy", 0.01, float(low))
    assert resting["status"] == "open", resting
    assert [order["id"] for order in await exchange.fetch_open_orders(SYMBOL)] == [resting["id"]]
    assert (await exchange.fetch_balance())["USDT"]["used"] > 0
    assert (await exchange.fetch_order(resting["id"], SYMBOL))["price"] == float(low)
    assert (await exchange.cancel_order(resting["id"], SYMBOL))["status"] == "canceled"
    await refused(OrderNotFound, exchange.cancel_order(resting["id"], SYMBOL))
    await refused(InsufficientFunds, exchange.create_order(SYMBOL, "limit", "buy", 10, float(low)))
    await refused(BadRequest, exchange.create_order(SYMBOL, "limit", "buy", 0.00001, float(low)))

    sold = await exchange.create_order(SYMBOL, "market", "sell", 0.01)
    assert sold["status"] == "closed", sold
    trades = await exchange.fetch_my_trades(SYMBOL)
    assert {bought["id"], for_quote["id"], sold["id"]} == {trade["order"] for trade in trades}
    fee = next(trade["fee"] for trade in trades if trade["order"] == bought["id"])
    assert fee["currency"] == "BTC" and Decimal(str(fee["cost"])) == Decimal("0.00001"), fee
    assert len(await exchange.fetch_orders(SYMBOL)) == 4

    assert (await within(exchange.watch_ticker(SYMBOL)))["last"] > 0
    assert await within(exchange.watch_ohlcv(SYMBOL, "1m"))
    assert await within(exchange.watch_trades(SYMBOL))


async def subscribed(exchange):
    """Waits until the stream of a user's events is open."""
    await exchange.authenticate()


async def main():
    exchange = ccxt.pro.binance(
        {
            "apiKey": os.environ["EMULATOR_API_KEY"],
            "secret": os.environ["EMULATOR_SECRET_KEY"],
            "enableRateLimit": False,
            "options": {"defaultType": "spot"},
        }
    )
    exchange.urls["api"] = moved(exchange.urls["api"])
    try:
        await trade(exchange)
    finally:
        await exchange.close()
    print(f"ccxt {ccxt.__version__} trades on the emulator")


asyncio.run(main())
