//! The comment lines at the head of a migration that say how to run it.
//!
//! ```sql
//! -- no-transaction
//! -- lock-timeout: 10s
//! -- statement-timeout: 15min
//! -- allow: drop-column, nothing has read it since 0007
//! ```

use std::time::Duration;

/// How one migration wants to be run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// Runs statement by statement outside a transaction, as `CONCURRENTLY` demands.
    pub no_transaction: bool,
    /// Instead of the run's `lock_timeout`.
    pub lock_timeout: Option<Duration>,
    /// Instead of the run's `statement_timeout`; zero is none.
    pub statement_timeout: Option<Duration>,
    /// Lint rules that the author overrules here.
    pub allow: Vec<String>,
}

impl Header {
    /// Reads the comment lines before the first statement.
    ///
    /// # Errors
    /// The line number (from 1) and what is wrong with it.
    pub fn parse(sql: &str) -> Result<Self, (usize, String)> {
        let mut header = Self::default();
        for (index, line) in sql.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            let Some(comment) = line.strip_prefix("--") else {
                break;
            };
            header
                .directive(comment.trim())
                .map_err(|message| (index + 1, message))?;
        }
        Ok(header)
    }

    fn directive(&mut self, comment: &str) -> Result<(), String> {
        if comment == "no-transaction" {
            self.no_transaction = true;
            return Ok(());
        }
        let Some((name, value)) = comment.split_once(':') else {
            return Ok(());
        };
        let value = value.trim();
        match name {
            "lock-timeout" => self.lock_timeout = Some(duration(value)?),
            "statement-timeout" => self.statement_timeout = Some(duration(value)?),
            "allow" => {
                let (rule, reason) = value.split_once(',').unwrap_or((value, ""));
                if reason.trim().is_empty() {
                    return Err("`allow: RULE, REASON` needs its reason".to_owned());
                }
                self.allow.push(rule.trim().to_owned());
            }
            _ => {}
        }
        Ok(())
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let wrong = || format!("{text:?} is not a duration such as 500ms, 10s or 15min");
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let millis = match text[digits.len()..].trim() {
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        _ => return Err(wrong()),
    };
    number
        .checked_mul(millis)
        .map(Duration::from_millis)
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_directive_before_the_first_statement() {
        let header = Header::parse(
            "-- Prose: is left alone.\n-- no-transaction\n\n-- lock-timeout: 500ms\n-- statement-timeout: 15min\n-- allow: drop-table, empty since 0004\nSELECT 1;\n-- lock-timeout: 9s\n",
        )
        .unwrap();
        assert_eq!(
            header,
            Header {
                no_transaction: true,
                lock_timeout: Some(Duration::from_millis(500)),
                statement_timeout: Some(Duration::from_mins(15)),
                allow: vec!["drop-table".to_owned()],
            }
        );
    }

    #[test]
    fn names_the_line_of_a_bad_directive() {
        for bad in [
            "lock-timeout: soon",
            "lock-timeout: 3",
            "statement-timeout: s",
            "statement-timeout: 99999999999999999999min",
            "allow: drop-table",
            "allow: drop-table, ",
        ] {
            let (line, message) = Header::parse(&format!("-- fine\n-- {bad}\n")).unwrap_err();
            assert_eq!(line, 2, "{bad}: {message}");
        }
    }
}
