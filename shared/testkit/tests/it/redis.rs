use testkit::TestRedis;
use tokio::net::TcpStream;

#[tokio::test]
async fn each_has_a_prefix_of_its_own_on_a_server_that_runs() {
    let one = TestRedis::shared().await.config();
    let other = TestRedis::shared().await.config();
    assert_ne!(one.prefix, other.prefix);
    assert!(!one.prefix.starts_with(&other.prefix));
    TcpStream::connect((one.host, one.port)).await.unwrap();
}
