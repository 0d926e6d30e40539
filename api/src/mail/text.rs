//! What mails say: plain words, and the same as simple HTML.

use serde_json::Value;
use store::mails::MailKind;

/// A mail's words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) subject: &'static str,
    pub(super) plain: String,
    pub(super) html: String,
}

/// The way on that a mail offers.
pub(super) struct Link<'a> {
    /// The frontend's address, if there is one.
    pub(super) app_url: Option<&'a str>,
    /// The secret of it.
    pub(super) token: &'a str,
}

/// Something to do, where it is done, and for how long.
struct Action {
    page: &'static str,
    label: &'static str,
    lasts: &'static str,
}

/// A kind's words around its facts.
struct Words {
    subject: &'static str,
    paragraphs: Vec<String>,
    action: Option<Action>,
    /// What to do for somebody who did not cause it.
    otherwise: &'static str,
}

/// The most that one mail tells of; what is more is counted.
const MOST_TOLD: usize = 20;

const IGNORE: &str = "If this was not you, ignore this mail: nothing changes.";
const OPERATOR: &str = "If this was not you, write to the operator of this installation at once.";
const ALARM: &str = "If this was not you, reset your password at once, which ends all sessions and API tokens, and look through the security log of your account.";

const FACTOR_ALARM: &str = "If this was not you, write to the operator of this installation at once, who takes the second factor away, and reset your password: a new one alone does not let you in.";

#[expect(
    clippy::too_many_lines,
    reason = "the words of every kind of mail, in one place"
)]
fn words(kind: MailKind, facts: &Value) -> Words {
    let (by, name) = (origin(facts), named(facts));
    match kind {
        MailKind::VerifyEmail => Words {
            subject: "Confirm your e-mail address",
            paragraphs: vec![
                "An account was made with this address. Please confirm that it is yours."
                    .to_owned(),
            ],
            action: Some(Action {
                page: "verify-email",
                label: "Confirm the address",
                lasts: "24 hours",
            }),
            otherwise: IGNORE,
        },
        MailKind::ResetPassword => Words {
            subject: "Set a new password",
            paragraphs: vec![format!("A new password was asked for{by}.")],
            action: Some(Action {
                page: "reset-password",
                label: "Set a new password",
                lasts: "30 minutes",
            }),
            otherwise: IGNORE,
        },
        MailKind::ConfirmEmail => Words {
            subject: "Confirm your new e-mail address",
            paragraphs: vec![
                "This address is to become that of an account. Please confirm that it is yours."
                    .to_owned(),
            ],
            action: Some(Action {
                page: "confirm-email-change",
                label: "Use this address",
                lasts: "1 hour",
            }),
            otherwise: IGNORE,
        },
        MailKind::EmailChangeRequested => Words {
            action: Some(Action {
                page: "cancel-email-change",
                label: "Keep the present address",
                lasts: "24 hours",
            }),
            ..notice(
                "Your e-mail address is about to change",
                format!(
                    "Another address was named for your account{by}. It counts as soon as it is confirmed from there."
                ),
            )
        },
        MailKind::EmailChanged => last_word(
            "Your e-mail address was changed",
            "Your account has another address now. This one is no longer good for it. All sessions, API tokens and the \
             second factor have ended."
                .to_owned(),
        ),
        MailKind::PasswordChanged => notice(
            "Your password was changed",
            format!("The password of your account was changed{by}. Sessions elsewhere were ended."),
        ),
        MailKind::SecondFactorEnabled => Words {
            otherwise: FACTOR_ALARM,
            ..notice(
                "Your second factor was switched on",
                format!("The second factor was enabled{by}. Logins ask for codes from now on."),
            )
        },
        MailKind::SecondFactorDisabled => notice(
            "Your second factor was switched off",
            format!("The second factor was disabled{by}. Logins no longer ask for codes."),
        ),
        MailKind::SecondFactorReset => last_word(
            "Your second factor was taken away",
            "The operator took the second factor of your account away, because it was reported lost. All sessions have \
             ended. Sign in with your password, and enable a second factor again."
                .to_owned(),
        ),
        MailKind::RecoveryCodesRenewed => notice(
            "Your recovery codes were made anew",
            format!("New recovery codes were asked for{by}. The old ones are void."),
        ),
        MailKind::RecoveryCodeUsed => notice(
            "A recovery code was used",
            format!("A recovery code of your account was used{by}. It is good no more."),
        ),
        MailKind::TotpReplayed => notice(
            "A code of your authenticator was used twice",
            format!("A code of your authenticator that had been used already was given again{by}. It was refused. Somebody may have seen it, and knows your password or has one of your sessions."),
        ),
        MailKind::ApiTokenCreated => notice(
            "An API token was made",
            format!("An API token{name} was made for your account{by}."),
        ),
        MailKind::ApiTokenRevoked => notice(
            "An API token was revoked",
            format!("The API token{name} of your account was revoked{by}."),
        ),
        MailKind::RegistrationAttempted => Words {
            subject: "Somebody tried to make an account with your e-mail address",
            paragraphs: vec![format!(
                "An account was to be made with this address{by}. You have one already: none was made, and nothing changes."
            )],
            action: None,
            otherwise: "If this was you: sign in with this address, or set a new password for it. If this was not you, ignore this mail.",
        },
        MailKind::AccountDeleted => last_word(
            "Your account was closed",
            format!(
                "Your account was closed{by}. Its bots are being stopped, its keys destroyed and its data deleted."
            ),
        ),
    }
}

/// One sentence, nothing to do for who did it themselves.
fn notice(subject: &'static str, sentence: String) -> Words {
    Words {
        subject,
        paragraphs: vec![sentence],
        action: None,
        otherwise: ALARM,
    }
}

/// What its reader can no longer do anything about.
fn last_word(subject: &'static str, sentence: String) -> Words {
    Words {
        otherwise: OPERATOR,
        ..notice(subject, sentence)
    }
}

/// ` "My script"`, where there is a name.
fn named(facts: &Value) -> String {
    facts["name"]
        .as_str()
        .map(|name| format!(" \"{name}\""))
        .unwrap_or_default()
}

/// ` from 192.0.2.1`, where it is known.
fn origin(facts: &Value) -> String {
    facts["address"]
        .as_str()
        .map(|address| format!(" from {address}"))
        .unwrap_or_default()
}

/// The address is taken already: its owner learns of it, the one who asked does not.
pub(super) fn address_in_use() -> Text {
    put_together(
        &Words {
            subject: "Somebody named your e-mail address",
            paragraphs: vec![
                "This address was named as the new one of another account. It stays yours, and nothing changes."
                    .to_owned(),
            ],
            action: None,
            otherwise: "If this was you: sign in with this address instead, or set a new password for it.",
        },
        None,
    )
}

/// The words of a mail.
pub(super) fn of(kind: MailKind, facts: &Value, link: Option<&Link<'_>>) -> Text {
    put_together(&words(kind, facts), link)
}

/// What the user has written, taken out of the facts of a mail.
pub(super) fn leave_out_names(facts: &mut Value) {
    if let Some(facts) = facts.as_object_mut() {
        facts.remove("name");
    }
}

/// The words of several notices, the oldest first, as one mail.
pub(super) fn notices(told: &[(MailKind, Value)]) -> Text {
    let all: Vec<Words> = told
        .iter()
        .map(|(kind, facts)| words(*kind, facts))
        .collect();
    let subject = match all.split_first() {
        Some((first, others)) if others.iter().all(|one| one.subject == first.subject) => {
            first.subject
        }
        _ => "Several things were changed in your account",
    };
    // What asks for most is said of all of them.
    let asked = |text| all.iter().any(|one| one.otherwise == text);
    let otherwise = [FACTOR_ALARM, OPERATOR]
        .into_iter()
        .find(|text| asked(*text))
        .unwrap_or(ALARM);
    let mut said: Vec<(String, usize)> = Vec::new();
    for sentence in all.into_iter().flat_map(|one| one.paragraphs) {
        match said.iter_mut().find(|(known, _)| *known == sentence) {
            Some((_, times)) => *times += 1,
            None => said.push((sentence, 1)),
        }
    }
    let left_out: usize = said.iter().skip(MOST_TOLD).map(|(_, times)| times).sum();
    let mut paragraphs: Vec<String> = said
        .into_iter()
        .take(MOST_TOLD)
        .map(|(sentence, times)| match times {
            1 => sentence,
            times => format!("{sentence} ({times} times)"),
        })
        .collect();
    if left_out > 0 {
        paragraphs.push(format!(
            "And {left_out} more, which the security log of your account lists."
        ));
    }
    let words = Words {
        subject,
        paragraphs,
        action: None,
        otherwise,
    };
    put_together(&words, None)
}

fn put_together(words: &Words, link: Option<&Link<'_>>) -> Text {
    let mut plain = words.paragraphs.clone();
    let mut html: Vec<String> = plain.iter().map(|text| escaped(text)).collect();
    if let (Some(action), Some(link)) = (&words.action, link) {
        let Action { page, label, lasts } = action;
        if let Some(app) = link.app_url {
            // Behind a # no server on the way writes it into a log.
            let url = format!("{app}/{page}#token={}", link.token);
            plain.push(format!("{label}:\n{url}"));
            html.push(format!("<a href=\"{}\">{label}</a>", escaped(&url)));
        }
        plain.push(format!("Code: {}", link.token));
        html.push(format!("Code: <code>{}</code>", escaped(link.token)));
        let lasts = format!("Good once, for {lasts}.");
        plain.push(lasts.clone());
        html.push(lasts);
    }
    plain.push(words.otherwise.to_owned());
    html.push(escaped(words.otherwise));
    Text {
        subject: words.subject,
        plain: plain.join("\n\n") + "\n",
        html: format!(
            "<!doctype html>\n<html lang=\"en\"><body>\n<p>{}</p>\n</body></html>\n",
            html.join("</p>\n<p>")
        ),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use store::mails::MailKind;

    use super::{Link, MOST_TOLD, leave_out_names, notices, of};

    #[test]
    fn notices_are_put_together_and_none_is_forgotten() {
        let facts = |name: &str| json!({ "address": "192.0.2.1", "name": name });
        let one = vec![(MailKind::PasswordChanged, facts(""))];
        assert_eq!(
            notices(&one),
            of(MailKind::PasswordChanged, &facts(""), None)
        );
        let same = vec![(MailKind::RecoveryCodeUsed, facts("")); 3];
        let text = notices(&same);
        assert_eq!(text.subject, "A recovery code was used");
        assert!(text.plain.contains("(3 times)"), "{}", text.plain);
        let mut many = vec![(MailKind::PasswordChanged, facts(""))];
        many.extend((0..30).map(|n| (MailKind::ApiTokenCreated, facts(&format!("n{n}")))));
        let text = notices(&many);
        assert_eq!(text.subject, "Several things were changed in your account");
        assert!(text.plain.contains("\"n18\"") && !text.plain.contains("\"n19\""));
        let left = format!("And {} more,", 31 - MOST_TOLD);
        assert!(text.plain.contains(&left), "{}", text.plain);
        for (_, facts) in &mut many {
            leave_out_names(facts);
        }
        let text = notices(&many);
        assert!(!text.plain.contains('"') && text.plain.contains("(30 times)"));
    }

    #[test]
    fn a_link_is_there_as_address_and_as_code() {
        let link = Link {
            app_url: Some("https://app.example.com"),
            token: "abc-_1",
        };
        let text = of(
            MailKind::ResetPassword,
            &json!({ "address": "192.0.2.1" }),
            Some(&link),
        );
        assert!(
            text.plain
                .contains("https://app.example.com/reset-password#token=abc-_1\n")
        );
        assert!(text.plain.contains("Code: abc-_1\n") && text.plain.contains("from 192.0.2.1."));
        assert!(
            text.html
                .contains("<a href=\"https://app.example.com/reset-password#token=abc-_1\">")
        );
        let nowhere = Link {
            app_url: None,
            ..link
        };
        let text = of(MailKind::VerifyEmail, &json!({}), Some(&nowhere));
        assert!(text.plain.contains("Code: abc-_1") && !text.plain.contains("http"));
    }

    #[test]
    fn every_kind_is_short_ascii_and_says_what_to_do_otherwise() {
        for kind in MailKind::ALL {
            let facts = json!({ "address": "<script>", "name": "<script>" });
            let text = of(kind, &facts, None);
            assert!(
                text.plain.is_ascii() && text.plain.contains("f this was not you"),
                "{kind:?}"
            );
            assert!(text.plain.lines().all(|line| line.len() < 200), "{kind:?}");
            assert!(!text.html.contains("<script>"), "{kind:?}");
        }
    }
}
