"""The strategies in backtesting.py, which buys whole units: one in place of a sum of quote."""

import sys
import warnings

sys.path.pop(0)  # This file is not the package.
import backtesting  # noqa: E402

sys.path.insert(0, __file__.rpartition("/")[0])
from common import CASH, FEE, STOP_LOSS, TAKE_PROFIT, candles, serve  # noqa: E402

warnings.simplefilter("ignore")
backtesting.backtesting._tqdm = lambda items, **_: items
frame, strategy = candles()
frame = frame.rename(columns=str.capitalize)[["Open", "High", "Low", "Close", "Volume"]].tz_localize(None)


class Deals(backtesting.Strategy):
    def init(self):
        pass

    def next(self):
        if not self.position:
            price = self.data.Close[-1]
            self.buy(size=1, tp=price * (1 + TAKE_PROFIT), sl=price * (1 - STOP_LOSS))


class Interval(backtesting.Strategy):
    def init(self):
        self.due = (frame.index.hour == 9) & (frame.index.minute == 0)

    def next(self):
        if self.due[len(self.data) - 1]:
            self.buy(size=1)


played = {"deals": Deals, "interval": Interval}[strategy]


def play():
    backtest = backtesting.Backtest(frame, played, cash=CASH, commission=FEE, finalize_trades=True)
    return backtest.run()["# Trades"]


serve(play)
