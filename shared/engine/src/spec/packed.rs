//! Candle files as they are downloaded: plain, gzipped, or the only file of a zip archive.

use std::{
    fs::File,
    io::{self, Read, Seek as _, SeekFrom},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use flate2::{
    CrcReader,
    read::{DeflateDecoder, MultiGzDecoder},
};
use zip::{CompressionMethod, ZipArchive};

/// Bytes that are unpacked: twenty years of minutes in an archive's twelve columns take half of it.
const MOST_BYTES: u64 = 2 << 30;
/// How gzipped files begin.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// How zip archives begin; the second is an empty one.
const ZIP: [[u8; 4]; 2] = [*b"PK\x03\x04", *b"PK\x05\x06"];

/// The rows of a file, by what it begins with and not by its name. `done` counts its own bytes as they are read.
///
/// # Errors
/// Where it cannot be read, or is an archive of anything but one file; damage shows when it is come to.
pub(super) fn rows(mut file: File, done: &Arc<AtomicU64>) -> io::Result<Box<dyn Read + Send>> {
    let mut head = Vec::new();
    file.by_ref().take(4).read_to_end(&mut head)?;
    if ZIP.iter().any(|zip| *zip == *head) {
        return zipped(file, done);
    }
    file.rewind()?;
    let counted = Counted {
        input: file,
        done: Arc::clone(done),
    };
    if head.starts_with(&GZIP) {
        return Ok(Box::new(Bounded::new(MultiGzDecoder::new(counted))));
    }
    Ok(Box::new(counted))
}

fn zipped(file: File, done: &Arc<AtomicU64>) -> io::Result<Box<dyn Read + Send>> {
    let mut archive = ZipArchive::new(file)?;
    let mut found = None;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index)?;
        // What macOS adds to every archive.
        if entry.is_dir() || entry.name()?.starts_with("__MACOSX/") {
            continue;
        }
        if found.is_some() {
            return Err(refused("the archive holds more than one file"));
        }
        if entry.encrypted() {
            return Err(refused("the archive is encrypted"));
        }
        let start = entry
            .data_start()
            .ok_or_else(|| refused("the archive is damaged"))?;
        let method = entry.compression();
        found = Some((start, entry.compressed_size(), method, entry.crc32()));
    }
    let (start, length, method, sum) = found.ok_or_else(|| refused("the archive holds no file"))?;
    let mut file = archive.into_inner();
    file.seek(SeekFrom::Start(start))?;
    let packed = Counted {
        input: file.take(length),
        done: Arc::clone(done),
    };
    match method {
        CompressionMethod::Stored => Ok(Box::new(Checked::new(Bounded::new(packed), sum))),
        CompressionMethod::Deflated => {
            let rows = Bounded::new(DeflateDecoder::new(packed));
            Ok(Box::new(Checked::new(rows, sum)))
        }
        _ => Err(refused("the archive is packed in a way other than deflate")),
    }
}

fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// Counts the bytes that pass.
struct Counted<R> {
    input: R,
    done: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.done
            .fetch_add(u64::try_from(read).unwrap_or_default(), Relaxed);
        Ok(read)
    }
}

/// Ends a file that unpacks without end.
struct Bounded<R> {
    input: R,
    left: u64,
}

impl<R> Bounded<R> {
    const fn new(input: R) -> Self {
        Self {
            input,
            left: MOST_BYTES,
        }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.left = u64::try_from(read)
            .ok()
            .and_then(|read| self.left.checked_sub(read))
            .ok_or_else(|| refused("the file unpacks to more than 2 GiB"))?;
        Ok(read)
    }
}

/// Compares the sum of an archive's file at its end.
struct Checked<R> {
    input: CrcReader<R>,
    sum: u32,
}

impl<R: Read> Checked<R> {
    fn new(input: R, sum: u32) -> Self {
        let input = CrcReader::new(input);
        Self { input, sum }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        if read == 0 && !buffer.is_empty() && self.input.crc().sum() != self.sum {
            return Err(refused("the archive is damaged: its checksum differs"));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read as _};

    use super::{Bounded, MOST_BYTES};

    #[test]
    fn what_unpacks_without_end_is_ended() {
        let mut endless = Bounded::new(io::repeat(b'1'));
        endless.left = 100;
        let mut read = Vec::new();
        let error = endless.read_to_end(&mut read).unwrap_err();
        assert_eq!(error.to_string(), "the file unpacks to more than 2 GiB");
        assert!(read.len() <= 100);
        let whole = Bounded::new(io::repeat(b'1').take(100));
        assert_eq!(whole.left, MOST_BYTES);
        assert_eq!(io::read_to_string(whole).unwrap().len(), 100);
    }
}
