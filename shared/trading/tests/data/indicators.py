#!/usr/bin/env python3
"""Writes indicators.csv beside this file: what TA-Lib says of 5,000 made-up candles.

    python3 -m venv v && v/bin/pip install TA-Lib==0.8.2 numpy && v/bin/python indicators.py

The candles are made by the integers below, so that the test makes the same ones: a walk in cents, with a stretch in which
nothing moves and one in which nothing is traded. Each line of the file is a name, the index of the first value, how many
values there are, their sum, and the values at every 97th candle from there on; numbers are written so that they are read back
exactly.
"""

import math
import pathlib

import numpy
import talib

BARS, EVERY = 5_000, 97
MASK = (1 << 64) - 1


def candles():
    seed, close = 20_240_101, 1_000_000
    rows = []

    def draw(most):
        nonlocal seed
        seed = (seed * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) & MASK
        return (seed >> 33) % most

    for index in range(BARS):
        is_flat = 2_000 <= index < 2_120
        opened = close
        if not is_flat:
            close = max(opened + draw(4_001) - 2_000, 10_000)
        up, down = draw(1_500), draw(1_500)
        high = max(opened, close) + (0 if is_flat else up)
        low = min(opened, close) - (0 if is_flat else down)
        volume = 0 if 3_000 <= index < 3_060 else draw(1_000_000)
        rows.append((opened / 100, high / 100, low / 100, close / 100, volume / 1_000))
    return [numpy.array(column) for column in zip(*rows)]


def main():
    _, high, low, close, volume = candles()
    upper, middle, lower = talib.BBANDS(close, 20, 2, 2)
    macd, signal, histogram = talib.MACD(close, 12, 26, 9)
    k, d = talib.STOCH(high, low, close, 14, 3, 0, 3, 0)
    lines = {
        "sma 20": talib.SMA(close, 20),
        "sma 2": talib.SMA(close, 2),
        "sma 400": talib.SMA(close, 400),
        "sma 20 high": talib.SMA(high, 20),
        "sma 20 volume": talib.SMA(volume, 20),
        "ema 12": talib.EMA(close, 12),
        "ema 26": talib.EMA(close, 26),
        "ema 400": talib.EMA(close, 400),
        "wma 10": talib.WMA(close, 10),
        "wma 200": talib.WMA(close, 200),
        "rsi 14": talib.RSI(close, 14),
        "rsi 2": talib.RSI(close, 2),
        "macd": macd,
        "macd signal": signal,
        "macd histogram": histogram,
        "bollinger upper": upper,
        "bollinger middle": middle,
        "bollinger lower": lower,
        "atr 14": talib.ATR(high, low, close, 14),
        "adx 14": talib.ADX(high, low, close, 14),
        "plus_di 14": talib.PLUS_DI(high, low, close, 14),
        "minus_di 14": talib.MINUS_DI(high, low, close, 14),
        "stochastic k": k,
        "stochastic d": d,
        "roc 10": talib.ROC(close, 10),
        "mom 10": talib.MOM(close, 10),
        "obv": talib.OBV(close, volume),
        "donchian upper": talib.MAX(high, 20),
        "donchian lower": talib.MIN(low, 20),
    }
    out = []
    for name, values in lines.items():
        first = int(numpy.argmax(~numpy.isnan(values)))
        known = [float(value) for value in values[first:]]
        sampled = ",".join(repr(value) for value in known[::EVERY])
        out.append(f"{name},{first},{len(known)},{math.fsum(known)!r},{sampled}\n")
    pathlib.Path(__file__).with_name("indicators.csv").write_text("".join(out))


if __name__ == "__main__":
    main()
