DROP TABLE backtest_trades;
DROP TABLE backtests;
