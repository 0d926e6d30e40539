//! The files of the console: where they come from, and in which form a reader takes them.

mod negotiate;
mod policy;

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::fs;

use crate::config::ConsoleConfig;

use negotiate::{Encoding, takes};
pub(crate) use negotiate::{accepts_html, is_known};
pub use policy::PagePolicy;

include!(concat!(env!("OUT_DIR"), "/console.rs"));

/// The page that every address of the console shows.
pub(crate) const PAGE: &str = "index.html";

/// Where files have names that change with their content.
const ASSETS: &str = "assets/";

/// What the system says where there is no file of a name.
const NO_FILE: [io::ErrorKind; 2] = [io::ErrorKind::NotFound, io::ErrorKind::IsADirectory];

/// Longer than any name that a build makes.
const LONGEST_NAME: usize = 120;

/// The console of this installation.
#[derive(Debug)]
pub struct Console(Source);

#[derive(Debug)]
enum Source {
    /// The operator has a frontend of their own.
    Off,
    /// Read once.
    Memory(HashMap<String, File>),
    /// Read anew for each request, in a checkout or where the operator says.
    Folder(PathBuf),
}

/// A file in all its forms.
#[derive(Debug, Clone)]
struct File {
    kind: &'static str,
    digest: String,
    plain: Bytes,
    br: Option<Bytes>,
    gzip: Option<Bytes>,
}

/// A file in the form that a reader takes.
#[derive(Debug)]
pub(crate) struct Served {
    /// Media type.
    pub(crate) kind: &'static str,
    /// Names this form of this content.
    pub(crate) tag: String,
    /// The coding, where it is not the plain form.
    pub(crate) encoding: Option<&'static str>,
    /// Content in that form.
    pub(crate) body: Bytes,
}

impl Console {
    /// The console that the configuration asks for.
    pub fn new(config: &ConsoleConfig) -> Self {
        Self(match config {
            ConsoleConfig::Off => Source::Off,
            ConsoleConfig::Folder(folder) => Source::Folder(folder.clone()),
            ConsoleConfig::Own if cfg!(debug_assertions) => {
                Source::Folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("console/dist"))
            }
            ConsoleConfig::Own if EMBEDDED.is_empty() => Source::Off,
            ConsoleConfig::Own => Source::Memory(in_memory(EMBEDDED)),
        })
    }

    /// Whether pages are shown at all.
    pub(crate) fn is_on(&self) -> bool {
        !matches!(self.0, Source::Off)
    }

    /// The page, in a form that the reader takes; none where the console is not built.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) async fn page(&self, accepted: Option<&str>) -> io::Result<Option<Served>> {
        self.find(PAGE, accepted).await
    }

    /// A file of `assets`, in a form that the reader takes.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) async fn asset(
        &self,
        name: &str,
        accepted: Option<&str>,
    ) -> io::Result<Option<Served>> {
        if is_plain_name(name) {
            self.find(&format!("{ASSETS}{name}"), accepted).await
        } else {
            Ok(None)
        }
    }

    async fn find(&self, name: &str, accepted: Option<&str>) -> io::Result<Option<Served>> {
        match &self.0 {
            Source::Off => Ok(None),
            Source::Memory(files) => Ok(files.get(name).map(|file| file.served(accepted))),
            Source::Folder(folder) => {
                let file = from_folder(folder, name).await?;
                Ok(file.map(|file| file.served(accepted)))
            }
        }
    }
}

impl File {
    fn new(name: &str, plain: Bytes, br: Option<Bytes>, gzip: Option<Bytes>) -> Self {
        Self {
            kind: media_type(name),
            digest: hex::encode(&Sha256::digest(&plain)[..12]),
            plain,
            br,
            gzip,
        }
    }

    fn served(&self, accepted: Option<&str>) -> Served {
        let forms = [
            (Encoding::Br, self.br.as_ref()),
            (Encoding::Gzip, self.gzip.as_ref()),
        ];
        let form = forms
            .into_iter()
            .find_map(|(encoding, body)| Some((encoding, body?)))
            .filter(|(encoding, _)| takes(accepted, *encoding))
            .or_else(|| {
                let body = self.gzip.as_ref()?;
                takes(accepted, Encoding::Gzip).then_some((Encoding::Gzip, body))
            });
        match form {
            Some((encoding, body)) => Served {
                kind: self.kind,
                tag: format!("\"{}-{}\"", self.digest, encoding.name()),
                encoding: Some(encoding.name()),
                body: body.clone(),
            },
            None => Served {
                kind: self.kind,
                tag: format!("\"{}\"", self.digest),
                encoding: None,
                body: self.plain.clone(),
            },
        }
    }
}

/// A name that leads nowhere else: no folder, no dot in front, nothing to decode.
fn is_plain_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len())
        && !name.starts_with('.')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

fn in_memory(embedded: &'static [(&str, &[u8])]) -> HashMap<String, File> {
    let raw: HashMap<&str, Bytes> = embedded
        .iter()
        .map(|&(name, bytes)| (name, Bytes::from_static(bytes)))
        .collect();
    let form = |name: &str, suffix: &str| raw.get(format!("{name}{suffix}").as_str()).cloned();
    raw.iter()
        .map(|(name, plain)| {
            let file = File::new(name, plain.clone(), form(name, ".br"), form(name, ".gz"));
            ((*name).to_owned(), file)
        })
        .collect()
}

async fn from_folder(folder: &Path, name: &str) -> io::Result<Option<File>> {
    let Some(plain) = read(folder.join(name)).await? else {
        return Ok(None);
    };
    let br = read(folder.join(format!("{name}.br"))).await?;
    let gzip = read(folder.join(format!("{name}.gz"))).await?;
    Ok(Some(File::new(name, plain, br, gzip)))
}

/// A file, if it is there.
async fn read(path: PathBuf) -> io::Result<Option<Bytes>> {
    match fs::read(path).await {
        Ok(bytes) => Ok(Some(bytes.into())),
        Err(error) if NO_FILE.contains(&error.kind()) => Ok(None),
        Err(error) => Err(error),
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{File, in_memory, is_plain_name, media_type};

    const FILES: &[(&str, &[u8])] = &[
        ("index.html", b"page"),
        ("assets/a-1.js", b"plain"),
        ("assets/a-1.js.br", b"br"),
        ("assets/a-1.js.gz", b"gz"),
    ];

    #[test]
    fn embedded_files_have_their_forms() {
        let files = in_memory(FILES);
        let script = &files["assets/a-1.js"];
        let body = |accepted| script.served(accepted).body;
        assert_eq!(body(Some("gzip, deflate, br")), "br");
        assert_eq!(body(Some("gzip")), "gz");
        assert_eq!(body(None), "plain");
        assert_eq!(files["index.html"].served(Some("br, gzip")).body, "page");
    }

    #[test]
    fn each_form_has_a_tag_of_its_own() {
        let file = |plain: &'static str| {
            let (plain, br) = (Bytes::from(plain), Bytes::from("x"));
            File::new("a.js", plain, Some(br), None)
        };
        let tags: std::collections::BTreeSet<String> = [file("one"), file("two")]
            .iter()
            .flat_map(|file| [None, Some("br")].map(|accepted| file.served(accepted).tag))
            .collect();
        assert_eq!(tags.len(), 4);
    }

    #[test]
    fn names_that_lead_elsewhere_are_none() {
        for good in ["index-Bx_1.js", "a.css", "A-9.js.map"] {
            assert!(is_plain_name(good), "{good}");
        }
        let long = "a".repeat(121);
        for bad in [
            long.as_str(),
            "",
            ".",
            "..",
            ".gitkeep",
            "../a",
            "a/b",
            "a\\b",
            "a%2e",
            "ä.js",
            "a\0",
        ] {
            assert!(!is_plain_name(bad), "{bad}");
        }
    }

    #[test]
    fn kinds_follow_the_ending() {
        assert_eq!(media_type("index.html"), "text/html; charset=utf-8");
        assert_eq!(media_type("a-1.js"), "text/javascript; charset=utf-8");
        assert_eq!(media_type("unknown"), "application/octet-stream");
    }
}
