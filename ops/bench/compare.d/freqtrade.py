"""Deals in freqtrade, whose exchange is given its one market in place of asking for it."""

import logging
import sys
import tempfile
from pathlib import Path

here = Path(__file__).parent
sys.path.pop(0)  # This file is not the package.
from freqtrade.enums import RunMode  # noqa: E402
from freqtrade.optimize.backtesting import Backtesting  # noqa: E402
from freqtrade.resolvers import ExchangeResolver  # noqa: E402

sys.path.insert(0, str(here))
from common import CASH, FEE, STAKE, candles, serve  # noqa: E402

logging.disable(logging.CRITICAL)
frame, strategy = candles()
data = frame[["open", "high", "low", "close", "volume"]].reset_index(names="date")

PAIR = "BTC/USDT"
MARKET = {
    "id": "BTCUSDT", "symbol": PAIR, "base": "BTC", "quote": "USDT", "active": True, "spot": True, "type": "spot",
    "precision": {"amount": 0.00001, "price": 0.01}, "taker": FEE, "maker": FEE, "contractSize": None,
    "limits": {"amount": {"min": 0.00001, "max": None}, "price": {"min": 0.01, "max": None},
               "cost": {"min": 5, "max": None}, "leverage": {"min": None, "max": None}},
    "info": {},
}
home = Path(tempfile.mkdtemp())
config = {
    "runmode": RunMode.BACKTEST, "dry_run": True, "dry_run_wallet": CASH, "stake_currency": "USDT",
    "stake_amount": STAKE, "max_open_trades": 1, "timeframe": "1m", "fee": FEE, "trading_mode": "spot",
    "margin_mode": "", "candle_type_def": "spot", "export": "none", "user_data_dir": home, "datadir": home,
    "strategy": {"deals": "Deals"}[strategy],
    "strategy_path": str(here / "freqtrade_strategies"), "dataformat_ohlcv": "feather", "original_config": {},
    "exchange": {"name": "binance", "pair_whitelist": [PAIR], "pair_blacklist": []},
    "pairlists": [{"method": "StaticPairList"}],
    "entry_pricing": {"price_side": "same", "use_order_book": False},
    "exit_pricing": {"price_side": "same", "use_order_book": False},
}
exchange = ExchangeResolver.load_exchange(config, validate=False)
exchange._markets = {PAIR: MARKET}
exchange._api.markets = exchange._markets
backtesting = Backtesting(config, exchange, progress_callback=lambda _: None)
backtesting._set_strategy(backtesting.strategylist[0])


def play():
    processed = backtesting.strategy.advise_all_indicators({PAIR: data.copy()})
    result = backtesting.backtest(
        processed=processed, start_date=data["date"].iloc[0], end_date=data["date"].iloc[-1],
    )
    return len(result["results"])


serve(play)
