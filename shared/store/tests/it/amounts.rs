//! Amounts are read from the database to the last digit, or not at all.

use store::trading::equity;

use crate::commit::Account;

impl Account {
    async fn worth(&self, amount: &str) {
        let sql = format!(
            "INSERT INTO equity (user_id, connection_id, at, asset, amount)
             VALUES ('{}', '{}', 1, 'USDT', {amount})
             ON CONFLICT (user_id, connection_id, at) DO UPDATE SET amount = excluded.amount",
            self.user, self.paper.connection
        );
        self.test.execute(&sql).await;
    }
}

#[tokio::test]
async fn an_amount_is_read_as_it_is_stored() {
    let account = Account::new().await;
    let (conn, connection) = (account.db.conn(), account.paper.connection);
    for amount in [
        "0",
        "1",
        "-1",
        "100000000",
        "12345678901234567890",
        "0.5",
        "-0.000000000000000001",
        "99999999.00001",
        "9999999999.999999999999999999",
        "-1234567890.000000000000000008",
        "10000.0001",
    ] {
        account.worth(amount).await;
        let read = equity::list(conn, account.user, connection, 0, 1).await;
        assert_eq!(read.unwrap()[0].amount.to_string(), amount);
    }
}

#[tokio::test]
async fn an_amount_of_too_many_digits_is_an_error() {
    let account = Account::new().await;
    let (conn, connection) = (account.db.conn(), account.paper.connection);
    for amount in [
        "10000000000.000000000000000001",
        "-99999999999999999999.999999999999999999",
        "79228162514.264337593543950335",
        "'NaN'",
    ] {
        account.worth(amount).await;
        let read = equity::list(conn, account.user, connection, 0, 1).await;
        assert!(read.is_err(), "{amount}: {read:?}");
    }
}
