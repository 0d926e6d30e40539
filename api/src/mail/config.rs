//! Where mails go.

use std::path::PathBuf;

use lettre::message::Mailbox;
use platform::{Secret, config::Reader};
use url::Url;

const URL: &str = "SMTP_URL";
const HOST: &str = "SMTP_HOST";
const PORT: &str = "SMTP_PORT";
const TLS: &str = "SMTP_TLS";
const FROM: &str = "MAIL_FROM";

const DEFAULT_FROM: &str = "BlockbotX <no-reply@localhost.localdomain>";
const DEFAULT_DIR: &str = "/tmp/blockbotx-mail";

/// How a connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// From its first byte.
    Implicit,
    /// From `STARTTLS` on, without which nothing is sent.
    StartTls,
    /// Not at all: for a server on the same host or private network.
    None,
}

impl SmtpTls {
    fn of_port(port: u16) -> Self {
        if port == 465 {
            Self::Implicit
        } else {
            Self::StartTls
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "implicit" => Some(Self::Implicit),
            "starttls" => Some(Self::StartTls),
            "none" => Some(Self::None),
            _ => None,
        }
    }
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    /// Its name or address; the one in its certificate.
    pub host: String,
    /// 587 unless said otherwise.
    pub port: u16,
    /// How the connection is protected.
    pub tls: SmtpTls,
    /// What it knows us by.
    pub login: Option<(String, Secret<String>)>,
}

/// Where mails go, and from whom they come.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// None: into [`MailConfig::dir`].
    pub smtp: Option<SmtpConfig>,
    /// `MAIL_DIR`: mails are files there where there is no mail server.
    pub dir: PathBuf,
    /// `MAIL_FROM`.
    pub from: Mailbox,
}

impl MailConfig {
    /// `SMTP_URL`, or `SMTP_{HOST,PORT,USER,PASSWORD,TLS}`; `MAIL_FROM`, `MAIL_DIR`.
    pub fn read(reader: &mut Reader) -> Self {
        let smtp = read_smtp(reader);
        let from = reader.text(FROM);
        if smtp.is_some() && from.is_none() {
            reader.problem(
                FROM,
                "is not set, and a mail server is; it refuses mails from nobody",
            );
        }
        let text = from.as_deref().unwrap_or(DEFAULT_FROM);
        let from = text.parse().unwrap_or_else(|_| {
            reader.problem(
                FROM,
                format!("{text:?} is not an address such as BlockbotX <no-reply@example.com>"),
            );
            Mailbox::new(
                None,
                lettre::Address::new_dangerous("no-reply", "localhost"),
            )
        });
        Self {
            smtp,
            dir: reader.text_or("MAIL_DIR", DEFAULT_DIR).into(),
            from,
        }
    }
}

fn read_smtp(reader: &mut Reader) -> Option<SmtpConfig> {
    let url = reader.secret(URL);
    let host = reader.text(HOST);
    let has_port = reader.text(PORT).is_some();
    let port = reader.number_or(PORT, 587, 1..=u16::MAX);
    let user = reader.text("SMTP_USER");
    let password = reader.secret("SMTP_PASSWORD");
    let tls = reader.text(TLS);
    if host.is_none() {
        for (name, is_set) in [
            (PORT, has_port),
            ("SMTP_USER", user.is_some()),
            ("SMTP_PASSWORD", password.is_some()),
            (TLS, tls.is_some()),
        ] {
            if is_set {
                reader.problem(
                    name,
                    format!("is set, and {HOST} is not: nothing would read it"),
                );
            }
        }
    }
    match (url, host) {
        (Some(_), Some(_)) => {
            reader.problem(URL, format!("is set, and {HOST} is too; give one of them"));
            None
        }
        (Some(url), None) => {
            let parsed = parse_url(url.expose());
            if parsed.is_none() {
                reader.problem(
                    URL,
                    "is not smtps://user:password@host:465 or smtp://user:password@host:587, with ?tls=none where there is none",
                );
            }
            parsed
        }
        (None, Some(host)) => {
            let tls = match tls {
                None => SmtpTls::of_port(port),
                Some(text) => SmtpTls::parse(&text).unwrap_or_else(|| {
                    reader.problem(TLS, format!("{text:?} is none of implicit, starttls, none"));
                    SmtpTls::StartTls
                }),
            };
            let login = match (user, password) {
                (Some(user), Some(password)) => Some((user, password)),
                (None, None) => None,
                _ => {
                    reader.problem("SMTP_USER", "goes with SMTP_PASSWORD: both or neither");
                    None
                }
            };
            Some(SmtpConfig {
                host,
                port,
                tls,
                login,
            })
        }
        (None, None) => None,
    }
}

fn parse_url(text: &str) -> Option<SmtpConfig> {
    let url = Url::parse(text).ok()?;
    let (implicit, default_port) = match url.scheme() {
        "smtps" => (true, 465),
        "smtp" => (false, 587),
        _ => return None,
    };
    let tls = match url.query() {
        None if implicit => SmtpTls::Implicit,
        None => SmtpTls::StartTls,
        Some("tls=none") if !implicit => SmtpTls::None,
        Some(_) => return None,
    };
    let decoded = |text: &str| {
        form_urlencoded::parse(format!("v={}", text.replace('+', "%2B")).as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
    };
    let login = match url.password() {
        Some(password) => Some((decoded(url.username())?, Secret::new(decoded(password)?))),
        None if url.username().is_empty() => None,
        None => return None,
    };
    Some(SmtpConfig {
        host: url.host_str().filter(|host| !host.is_empty())?.to_owned(),
        port: url.port().unwrap_or(default_port),
        tls,
        login,
    })
}

#[cfg(test)]
mod tests {
    use platform::config::{Env, Reader};

    use super::{MailConfig, SmtpTls};

    fn read(pairs: &[(&str, &str)]) -> (MailConfig, Vec<String>) {
        let mut reader = Reader::new(Env::from_pairs(pairs.iter().copied()));
        let config = MailConfig::read(&mut reader);
        let problems = match reader.finish() {
            Ok(()) => Vec::new(),
            Err(error) => error.problems.into_iter().map(|one| one.name).collect(),
        };
        (config, problems)
    }

    #[test]
    fn without_a_server_mails_are_files() {
        let (config, problems) = read(&[]);
        assert!(config.smtp.is_none() && problems.is_empty());
        assert_eq!(
            config.from.email.to_string(),
            "no-reply@localhost.localdomain"
        );
    }

    #[test]
    fn a_server_by_its_parts_or_by_its_url() {
        let from = ("MAIL_FROM", "Bots <bots@example.com>");
        let (config, problems) = read(&[
            ("SMTP_HOST", "mail.example.com"),
            ("SMTP_USER", "u"),
            ("SMTP_PASSWORD", "p"),
            from,
        ]);
        assert_eq!(problems, Vec::<String>::new());
        let smtp = config.smtp.unwrap();
        assert_eq!((smtp.port, smtp.tls), (587, SmtpTls::StartTls));
        assert!(!format!("{:?}", smtp.login).contains("\"p\""));

        for (url, port, tls) in [
            (
                "smtps://a%40b:p%2Fq+r@mail.example.com",
                465,
                SmtpTls::Implicit,
            ),
            (
                "smtp://a%40b:p%2Fq+r@mail.example.com:2525",
                2525,
                SmtpTls::StartTls,
            ),
            ("smtp://a%40b:p%2Fq+r@10.0.0.1?tls=none", 587, SmtpTls::None),
        ] {
            let (config, problems) = read(&[("SMTP_URL", url), from]);
            assert_eq!(problems, Vec::<String>::new(), "{url}");
            let smtp = config.smtp.unwrap();
            assert_eq!((smtp.port, smtp.tls), (port, tls), "{url}");
            let (user, password) = smtp.login.unwrap();
            assert_eq!(
                (user.as_str(), password.expose().as_str()),
                ("a@b", "p/q+r")
            );
        }
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let from = ("MAIL_FROM", "bots@example.com");
        let both = [("SMTP_URL", "smtp://h"), ("SMTP_HOST", "h"), from];
        assert_eq!(read(&both).1, ["SMTP_URL"]);
        assert_eq!(read(&[("SMTP_HOST", "h")]).1, ["MAIL_FROM"]);
        assert_eq!(
            read(&[("SMTP_HOST", "h"), ("SMTP_USER", "u"), from]).1,
            ["SMTP_USER"]
        );
        assert_eq!(
            read(&[("SMTP_HOST", "h"), ("SMTP_TLS", "maybe"), from]).1,
            ["SMTP_TLS"]
        );
        assert_eq!(read(&[("MAIL_FROM", "nobody")]).1, ["MAIL_FROM"]);
        let url = ("SMTP_URL", "smtp://h");
        for (name, value) in [
            ("SMTP_PORT", "465"),
            ("SMTP_USER", "u"),
            ("SMTP_PASSWORD", "p"),
            ("SMTP_TLS", "none"),
        ] {
            assert_eq!(read(&[(name, value)]).1, [name]);
            assert_eq!(read(&[url, (name, value), from]).1, [name]);
        }
        for url in [
            "http://h",
            "smtp://",
            "smtp://user@h",
            "smtps://h?tls=none",
            "smtp://h?tls=maybe",
            "h",
        ] {
            assert_eq!(read(&[("SMTP_URL", url), from]).1, ["SMTP_URL"], "{url}");
        }
    }
}
