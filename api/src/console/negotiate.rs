//! What a reader says it takes (RFC 9110, 12.5 and 13.1.2).

/// A coding that files are kept in beside their plain form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Brotli.
    Br,
    /// Gzip.
    Gzip,
}

impl Encoding {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Br => "br",
            Self::Gzip => "gzip",
        }
    }
}

/// Whether `Accept-Encoding` names the coding, or everything, and not with a weight of 0.
pub(super) fn takes(accepted: Option<&str>, encoding: Encoding) -> bool {
    let names = |wanted: &str| {
        parts(accepted?)
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, is_wanted)| is_wanted)
    };
    names(encoding.name())
        .or_else(|| names("*"))
        .unwrap_or_default()
}

/// Whether `Accept` names HTML itself, and not with a weight of 0: programs that take anything are no browsers.
pub(crate) fn accepts_html(accepted: Option<&str>) -> bool {
    accepted.is_some_and(|accepted| {
        parts(accepted).any(|(name, is_wanted)| {
            is_wanted
                && (name.eq_ignore_ascii_case("text/html")
                    || name.eq_ignore_ascii_case("application/xhtml+xml"))
        })
    })
}

/// Whether a line of `If-None-Match` names the tag, weak or not.
pub(crate) fn is_known(line: &str, tag: &str) -> bool {
    line.split(',')
        .map(str::trim)
        .any(|given| given == "*" || given.strip_prefix("W/").unwrap_or(given) == tag)
}

/// The names of a list, each with whether its weight is above 0.
fn parts(list: &str) -> impl Iterator<Item = (&str, bool)> {
    list.split(',').map(|part| {
        let mut fields = part.split(';').map(str::trim);
        let name = fields.next().unwrap_or_default();
        let is_refused = fields.any(|field| {
            field
                .strip_prefix("q=")
                .or_else(|| field.strip_prefix("Q="))
                .is_some_and(|weight| weight.bytes().all(|byte| b"0.".contains(&byte)))
        });
        (name, !is_refused)
    })
}

#[cfg(test)]
mod tests {
    use super::{Encoding, accepts_html, is_known, takes};

    #[test]
    fn codings_are_taken_as_they_are_named() {
        for (accepted, br, gzip) in [
            (None, false, false),
            (Some(""), false, false),
            (Some("gzip, deflate, br, zstd"), true, true),
            (Some("GZIP"), false, true),
            (Some("br;q=0, gzip;q=0.5"), false, true),
            (Some("br;q=0.001"), true, false),
            (Some("*"), true, true),
            (Some("*;q=0"), false, false),
            (Some("br;q=0.0, *"), false, true),
            (Some("brotli, gzipped"), false, false),
            (Some("identity"), false, false),
        ] {
            assert_eq!(takes(accepted, Encoding::Br), br, "{accepted:?}");
            assert_eq!(takes(accepted, Encoding::Gzip), gzip, "{accepted:?}");
        }
    }

    #[test]
    fn browsers_are_told_from_programs() {
        for browser in [
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Text/HTML",
            "application/xhtml+xml;q=0.1",
        ] {
            assert!(accepts_html(Some(browser)), "{browser}");
        }
        for program in [
            "*/*",
            "",
            "application/json",
            "text/html;q=0",
            "text/htmlx",
            "text/*",
        ] {
            assert!(!accepts_html(Some(program)), "{program}");
        }
        assert!(!accepts_html(None));
    }

    #[test]
    fn tags_are_known_weak_or_not() {
        for known in ["\"a\"", "W/\"a\"", "\"b\", \"a\"", "*"] {
            assert!(is_known(known, "\"a\""), "{known}");
        }
        for unknown in ["", "a", "\"a-br\"", "\"aa\""] {
            assert!(!is_known(unknown, "\"a\""), "{unknown}");
        }
    }
}
