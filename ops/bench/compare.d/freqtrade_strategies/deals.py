"""Found by freqtrade by its name."""

from freqtrade.strategy import IStrategy


class Deals(IStrategy):
    """Always in a deal: 1 % after fees, or 2 % below."""

    INTERFACE_VERSION = 3
    timeframe = "1m"
    minimal_roi = {"0": 0.01}
    stoploss = -0.02
    use_exit_signal = False

    def populate_indicators(self, dataframe, metadata):
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        dataframe["enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        return dataframe
