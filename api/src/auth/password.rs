//! Passwords: argon2id, a few at a time.

use std::{
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};

use argon2::{
    Algorithm, Argon2, Block, Params, PasswordHash, PasswordVerifier, Version,
    password_hash::{
        self,
        phc::{Output, ParamsString, Salt},
    },
};
use platform::Secret;
use tokio::sync::Semaphore;

use crate::error::{ApiError, FieldCode};

/// The shortest new password, in characters. Shorter ones from before still sign in.
pub const MIN_CHARS: usize = 12;
/// The longest new password, in characters: longer ones are refused rather than cut.
pub const MAX_CHARS: usize = 128;
/// The longest password that is checked, in bytes: [`MAX_CHARS`] of the widest characters, and more than ever was taken.
pub const MAX_BYTES: usize = 512;

/// zxcvbn reads no further; its time grows with the square of the length.
const JUDGED_CHARS: usize = 100;
/// The lowest zxcvbn score that is taken: about 10^8 guesses.
const MIN_SCORE: zxcvbn::Score = zxcvbn::Score::Three;

/// Callers that may wait for a place, for each place there is: about two seconds' worth.
const WAITING_PER_PLACE: usize = 40;

/// OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What one hash works in.
struct Memory {
    /// [`MEMORY_KIB`] blocks of 1 KiB.
    blocks: Vec<Block>,
    /// Hashes that were computed and are not counted yet.
    computed: u64,
}

/// Hashes and checks passwords. Each takes a core for tens of milliseconds, so only so many run at once and only so many
/// wait: a flood of logins must not slow anything else.
pub struct Passwords {
    places: Arc<Semaphore>,
    /// At most one for each place. Given back to the allocator, such large pieces would stay with each of the threads that
    /// have come and gone: a gigabyte after some thousand logins.
    memory: Arc<Mutex<Vec<Memory>>>,
    in_line: Arc<AtomicUsize>,
    longest_line: usize,
    computed: Arc<AtomicU64>,
}

struct InLine(Arc<AtomicUsize>);

impl Drop for InLine {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

impl Passwords {
    /// As many places as there are cores, less one for everything else.
    pub fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let places = cores.saturating_sub(1).max(1);
        Self {
            places: Arc::new(Semaphore::new(places)),
            memory: Arc::default(),
            in_line: Arc::default(),
            longest_line: places * (WAITING_PER_PLACE + 1),
            computed: Arc::default(),
        }
    }

    /// How many hashes were computed so far: for new passwords, and for checked ones.
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// The hash of a new password, as a PHC string.
    ///
    /// # Errors
    /// 503 where too many wait.
    pub async fn hash(&self, password: Secret<String>) -> Result<Secret<String>, ApiError> {
        self.run(move |memory| hash(&password, memory))
            .await?
            .map_err(ApiError::internal)
    }

    /// Whether the password is right. Without a hash it takes as long and is never right: nobody can tell by the time
    /// whether an account exists.
    ///
    /// # Errors
    /// 503 where too many wait.
    pub async fn verify(
        &self,
        password: Secret<String>,
        hash: Option<Secret<String>>,
    ) -> Result<Verdict, ApiError> {
        self.run(move |memory| verify(&password, hash.as_ref(), memory))
            .await?
            .map_err(ApiError::internal)
    }

    /// Whether one more may wait, so that a flood is turned away before anything else is done for it.
    ///
    /// # Errors
    /// 503 where too many wait.
    pub fn check_line(&self) -> Result<(), ApiError> {
        if self.in_line.load(Ordering::Relaxed) < self.longest_line {
            return Ok(());
        }
        Err(overloaded())
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let before = self.in_line.fetch_add(1, Ordering::Relaxed);
        let in_line = InLine(Arc::clone(&self.in_line));
        if before >= self.longest_line {
            return Err(overloaded());
        }
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(ApiError::internal)?;
        let (kept, computed) = (Arc::clone(&self.memory), Arc::clone(&self.computed));
        // The place goes with the work: a caller that hangs up does not free a core that is still busy.
        tokio::task::spawn_blocking(move || {
            let free = || kept.lock().unwrap_or_else(PoisonError::into_inner);
            let found = free().pop();
            let mut memory = found.unwrap_or_else(new_memory);
            let done = work(&mut memory);
            // What is in it was made of the password.
            memory.blocks.fill(Block::new());
            let new = std::mem::take(&mut memory.computed);
            computed.fetch_add(new, Ordering::Relaxed);
            metrics::counter!("api_password_hashes_total").increment(new);
            free().push(memory);
            drop((place, in_line));
            done
        })
        .await
        .map_err(ApiError::internal)
    }
}

fn overloaded() -> ApiError {
    metrics::counter!("api_password_overload_total").increment(1);
    ApiError::Overloaded
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Wrong, or there is no such account.
    Wrong,
    /// Right.
    Right,
    /// Right, and its hash was made with other parameters than ours: make it anew.
    RightButOld,
}

fn argon2() -> Result<Argon2<'static>, password_hash::Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn new_memory() -> Memory {
    Memory {
        blocks: vec![Block::new(); MEMORY_KIB as usize],
        computed: 0,
    }
}

fn hash(
    password: &Secret<String>,
    memory: &mut Memory,
) -> Result<Secret<String>, password_hash::Error> {
    let salt = Salt::generate();
    let output = output(password, &salt, memory)?;
    let argon2 = argon2()?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(argon2.params())?,
        salt: Some(salt),
        hash: Some(output),
    };
    Ok(Secret::new(hash.to_string()))
}

fn output(
    password: &Secret<String>,
    salt: &Salt,
    memory: &mut Memory,
) -> Result<Output, password_hash::Error> {
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    argon2()?.hash_password_into_with_memory(
        password.expose().as_bytes(),
        salt,
        &mut output,
        &mut memory.blocks,
    )?;
    memory.computed += 1;
    Ok(Output::new(&output)?)
}

/// What a password is checked against where there is no account.
static NOBODY: LazyLock<Option<Secret<String>>> =
    LazyLock::new(|| hash(&platform::random::token::<16>(), &mut new_memory()).ok());

/// Makes what the first login without an account would otherwise have to make, and be told by. Takes as long as a hash.
pub fn prepare() {
    LazyLock::force(&NOBODY);
}

fn verify(
    password: &Secret<String>,
    hash: Option<&Secret<String>>,
    memory: &mut Memory,
) -> Result<Verdict, password_hash::Error> {
    let Some(known) = hash.or(NOBODY.as_ref()) else {
        return Ok(Verdict::Wrong);
    };
    let known = PasswordHash::new(known.expose())?;
    if let Some(salt) = known.salt.as_ref().filter(|_| is_ours(&known)) {
        // Outputs are compared in constant time.
        let same = known.hash == Some(output(password, salt, memory)?);
        let right = same && hash.is_some();
        return Ok(if right {
            Verdict::Right
        } else {
            Verdict::Wrong
        });
    }
    memory.computed += 1;
    match argon2()?.verify_password(password.expose().as_bytes(), &known) {
        Ok(()) => Ok(Verdict::RightButOld),
        Err(password_hash::Error::PasswordInvalid) => Ok(Verdict::Wrong),
        Err(error) => Err(error),
    }
}

fn is_ours(hash: &PasswordHash) -> bool {
    hash.algorithm == Algorithm::Argon2id.ident()
        && hash.version == Some(Version::V0x13.into())
        && Params::try_from(hash).is_ok_and(|params| {
            params.m_cost() == MEMORY_KIB && params.t_cost() == PASSES && params.p_cost() == LANES
        })
}

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Fewer than [`MIN_CHARS`].
    TooShort,
    /// More than [`MAX_CHARS`].
    TooLong,
    /// Among the passwords that are tried first.
    Weak,
}

impl Refused {
    /// What is said about it.
    pub fn finding(self) -> (FieldCode, &'static str) {
        match self {
            Self::TooShort => (FieldCode::TooShort, "must have at least 12 characters"),
            Self::TooLong => (FieldCode::TooLong, "must have at most 128 characters"),
            Self::Weak => (
                FieldCode::WeakPassword,
                "would be guessed too easily; use several unusual words",
            ),
        }
    }
}

/// Judges a new password; `known` are words that an attacker would try first, such as the e-mail address.
///
/// # Errors
/// Why it is not taken.
pub fn judge(password: &str, known: &[&str]) -> Result<(), Refused> {
    match password.chars().count() {
        ..MIN_CHARS => return Err(Refused::TooShort),
        MIN_CHARS..=MAX_CHARS => {}
        _ => return Err(Refused::TooLong),
    }
    let judged: String = password.chars().take(JUDGED_CHARS).collect();
    if zxcvbn::zxcvbn(&judged, known).score() < MIN_SCORE {
        return Err(Refused::Weak);
    }
    Ok(())
}

/// Judges a new password for a route; `pointer` is where it stands in the request.
///
/// # Errors
/// 422 that says why it is not taken.
pub fn check(pointer: &'static str, password: &str, known: &[&str]) -> Result<(), ApiError> {
    judge(password, known).map_err(|refused| {
        let (code, message) = refused.finding();
        ApiError::field(pointer, code, message)
    })
}

#[cfg(test)]
mod tests {
    use argon2::{Block, PasswordHash, PasswordHasher, PasswordVerifier};

    use super::{ApiError, Ordering, Passwords, Refused, Secret, Verdict, argon2, judge};

    #[test]
    fn guessable_passwords_are_refused() {
        assert_eq!(judge("short", &[]), Err(Refused::TooShort));
        for weak in [
            "password1234",
            "qwertyuiop12",
            "aaaaaaaaaaaa",
            "123456789012",
            "trader1@example.com",
        ] {
            assert_eq!(
                judge(weak, &["trader1@example.com"]),
                Err(Refused::Weak),
                "{weak}"
            );
        }
        assert_eq!(judge("correct horse battery staple", &[]), Ok(()));
    }

    #[test]
    fn a_password_has_12_to_128_characters_whatever_their_bytes() {
        let of = |chars: usize| "kÿ9🦀x".chars().cycle().take(chars).collect::<String>();
        assert_eq!(judge("tr4der-ho7s", &[]), Err(Refused::TooShort));
        assert_eq!(judge("vW9#qLm2!xZp", &[]), Ok(()));
        let unusual = "vW9#qLm2!xZp".to_owned() + &of(116);
        assert_eq!(judge(&unusual, &[]), Ok(()));
        assert_eq!(judge(&(unusual + "y"), &[]), Err(Refused::TooLong));
        assert!("🦀".repeat(super::MAX_CHARS).len() <= super::MAX_BYTES);
    }

    #[tokio::test]
    async fn right_wrong_and_nobody() {
        let passwords = Passwords::new();
        let right = || Secret::from("correct horse battery staple");
        let hash = passwords.hash(right()).await.unwrap();
        assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(
            passwords.verify(right(), Some(hash.clone())).await.unwrap(),
            Verdict::Right
        );
        assert_eq!(
            passwords
                .verify(Secret::from("other"), Some(hash))
                .await
                .unwrap(),
            Verdict::Wrong
        );
        assert_eq!(
            passwords.verify(right(), None).await.unwrap(),
            Verdict::Wrong
        );
    }

    #[tokio::test]
    async fn hashes_are_those_of_the_library() {
        let passwords = Passwords::new();
        let (right, argon2) = ("correct horse battery staple", argon2().unwrap());
        let ours = passwords.hash(Secret::from(right)).await.unwrap();
        let known = PasswordHash::new(ours.expose()).unwrap();
        argon2.verify_password(right.as_bytes(), &known).unwrap();
        let theirs = argon2.hash_password(right.as_bytes()).unwrap().to_string();
        let theirs = Secret::new(theirs);
        assert_eq!(
            passwords
                .verify(Secret::from(right), Some(theirs))
                .await
                .unwrap(),
            Verdict::Right
        );
    }

    #[tokio::test]
    async fn a_full_line_turns_away_who_comes() {
        let passwords = Passwords::new();
        let length = passwords.longest_line;
        passwords.in_line.store(length, Ordering::Relaxed);
        assert!(matches!(passwords.check_line(), Err(ApiError::Overloaded)));
        let hashed = passwords.hash(Secret::from("a")).await;
        assert!(matches!(hashed, Err(ApiError::Overloaded)));
        // Who is turned away takes no place.
        assert_eq!(passwords.in_line.load(Ordering::Relaxed), length);
        passwords.in_line.store(length - 1, Ordering::Relaxed);
        passwords.check_line().unwrap();
        passwords.hash(Secret::from("a")).await.unwrap();
    }

    #[tokio::test]
    async fn the_memory_of_a_hash_is_kept_and_wiped() {
        let passwords = Passwords::new();
        for _ in 0..3 {
            passwords.hash(Secret::from("a")).await.unwrap();
        }
        let kept = passwords.memory.lock().unwrap();
        assert_eq!(kept.len(), 1);
        let empty: &[u64; Block::SIZE / 8] = &[0; Block::SIZE / 8];
        assert!(kept[0].blocks.iter().all(|block| block.as_ref() == empty));
    }
}
