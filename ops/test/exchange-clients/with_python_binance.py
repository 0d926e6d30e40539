"""python-binance as it is published, pointed at the emulator by its own attributes only."""

import asyncio
import os
from decimal import Decimal
from importlib.metadata import version

from binance import AsyncClient, BinanceSocketManager
from binance.exceptions import BinanceAPIException

ADDRESS = os.environ["EMULATOR"]
SYMBOL = "BTCUSDT"
PATIENCE = 30


class Client(AsyncClient):
    API_URL = f"http://{ADDRESS}/api"
    MARGIN_API_URL = f"http://{ADDRESS}/sapi"
    WS_API_URL = f"ws://{ADDRESS}/ws-api/v3"


class Sockets(BinanceSocketManager):
    STREAM_URL = f"ws://{ADDRESS}/"


async def hear(stream, wanted):
    """Waits for an event that is wanted."""
    while True:
        event = await asyncio.wait_for(stream.recv(), PATIENCE)
        if wanted(event):
            return event


async def refused(code, waiting):
    try:
        await waiting
    except BinanceAPIException as error:
        assert error.code == code, error
        return
    raise AssertionError(f"expected {code}")


async def trade(client):
    info = await client.get_symbol_info(SYMBOL)
    assert {"PRICE_FILTER", "LOT_SIZE", "NOTIONAL"} <= {rule["filterType"] for rule in info["filters"]}
    candles = await client.get_klines(symbol=SYMBOL, interval="1m", limit=50)
    assert len(candles) == 50 and len(candles[0]) == 12
    assert Decimal((await client.get_asset_balance(asset="USDT"))["free"]) > 0
    assert (await client.get_account())["canWithdraw"] is False
    price = Decimal((await client.get_symbol_ticker(symbol=SYMBOL))["price"])

    sockets = Sockets(client)
    async with sockets.user_socket() as events:
        bought = await client.order_market_buy(symbol=SYMBOL, quantity="0.01")
        assert bought["status"] == "FILLED" and bought["fills"], bought
        fill = await hear(events, lambda event: event.get("x") == "TRADE")
        assert fill["i"] == bought["orderId"] and fill["N"] == "BTC", fill
        await hear(events, lambda event: event["e"] == "outboundAccountPosition")

        low = str((price * Decimal("0.9")).quantize(Decimal("0.01")))
        resting = await client.order_limit_buy(symbol=SYMBOL, quantity="0.01", price=low, newClientOrderId="python1")
        assert resting["status"] == "NEW", resting
        found = await client.get_order(symbol=SYMBOL, origClientOrderId="python1")
        assert found["orderId"] == resting["orderId"]
        assert len(await client.get_open_orders(symbol=SYMBOL)) == 1
        await client.cancel_order(symbol=SYMBOL, orderId=resting["orderId"])
        canceled = await hear(events, lambda event: event.get("x") == "CANCELED")
        assert canceled["C"] == "python1", canceled
        await refused(-2011, client.cancel_order(symbol=SYMBOL, orderId=resting["orderId"]))
        await refused(-2010, client.order_market_buy(symbol=SYMBOL, quantity="100"))
        await refused(-1013, client.order_market_buy(symbol=SYMBOL, quantity="0.000001"))
        await client.create_test_order(symbol=SYMBOL, side="SELL", type="MARKET", quantity="0.01")
        await client.order_market_sell(symbol=SYMBOL, quantity="0.01")
    orders = {trade["orderId"] for trade in await client.get_my_trades(symbol=SYMBOL)}
    assert bought["orderId"] in orders
    assert resting["orderId"] in {order["orderId"] for order in await client.get_all_orders(symbol=SYMBOL)}

    async with sockets.kline_socket(SYMBOL, interval="1m") as candles:
        await hear(candles, lambda event: event["e"] == "kline")
    async with sockets.multiplex_socket(["btcusdt@bookTicker", "ethusdt@trade"]) as both:
        await hear(both, lambda event: event["stream"] == "ethusdt@trade")


async def main():
    client = await Client.create(os.environ["EMULATOR_API_KEY"], os.environ["EMULATOR_SECRET_KEY"])
    try:
        await trade(client)
    finally:
        await client.close_connection()
    print(f"python-binance {version('python-binance')} trades on the emulator")


asyncio.run(main())
