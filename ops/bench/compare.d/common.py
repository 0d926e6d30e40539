"""What the contenders share: candles are loaded before any clock runs, then every line on standard input asks for a round."""

import json
import sys
import time

import pandas as pd

FEE = 0.001
CASH = 1_000_000.0
STAKE = 100.0
# Ours sells where 1 % is left after the fees of both ways, or 2 % below what it paid.
TAKE_PROFIT = 1.01 / (1 - FEE) ** 2 - 1
STOP_LOSS = 1 - 0.98 / (1 - FEE)


def candles():
    """The candles with their open times as the index, and the name of the strategy."""
    path, strategy = sys.argv[1:]
    frame = pd.read_csv(path)
    frame.index = pd.to_datetime(frame["open_time"], unit="ms", utc=True)
    return frame, strategy


def serve(play):
    """Answers every line with the seconds that `play` took, and the trades that it gives."""
    for _ in sys.stdin:
        began = time.perf_counter()
        trades = play()
        seconds = time.perf_counter() - began
        print(json.dumps({"seconds": seconds, "trades": int(trades)}), flush=True)
