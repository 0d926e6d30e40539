"""The strategies in vectorbt: whole columns at once, compiled by numba in a round that is not counted."""

import sys

import numpy as np

sys.path.pop(0)  # This file is not the package.
import vectorbt as vbt  # noqa: E402

sys.path.insert(0, __file__.rpartition("/")[0])
from common import CASH, FEE, STAKE, STOP_LOSS, TAKE_PROFIT, candles, serve  # noqa: E402

frame, strategy = candles()


def deals():
    portfolio = vbt.Portfolio.from_signals(
        frame["close"], np.ones(len(frame), dtype=bool), False, open=frame["open"], high=frame["high"],
        low=frame["low"], tp_stop=TAKE_PROFIT, sl_stop=STOP_LOSS, size=STAKE, size_type="value", fees=FEE,
        init_cash=CASH, freq="1min",
    )
    portfolio.total_return()
    return portfolio.trades.count()


def interval():
    size = np.where((frame.index.hour == 9) & (frame.index.minute == 0), STAKE, np.nan)
    portfolio = vbt.Portfolio.from_orders(
        frame["close"], size=size, size_type="value", fees=FEE, init_cash=CASH, freq="1min",
    )
    portfolio.total_return()
    return portfolio.orders.count()


serve({"deals": deals, "interval": interval}[strategy])
