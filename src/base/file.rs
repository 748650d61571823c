//! Reading whole files, without waiting for ever and without filling memory.
//! Knows nothing of what the files hold.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal as _, Read as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

/// The largest file that is taken into memory, in bytes: more than any state, source or package there is a use for.
const MOST: u64 = 512 << 20;

/// Opens a file that configuration names or a directory holds. Pipes, sockets and terminals, which may never say a word, are
/// refused; a device such as `/dev/null` is not.
///
/// # Errors
/// Those of the file system, and [`ErrorKind::InvalidInput`] for what is refused.
pub fn open(path: &Path) -> io::Result<File> {
    let waits = |found: &Metadata| found.file_type().is_fifo() || found.file_type().is_socket();
    if std::fs::metadata(path).is_ok_and(|found| waits(&found)) {
        return Err(unsuited("it is a pipe or a socket, not a regular file"));
    }
    // What would wait, such as a pipe that has come in between, or /proc/kmsg, answers that it would.
    let file =
        OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)?;
    if file.is_terminal() {
        return Err(unsuited("it is a terminal, not a regular file"));
    }
    Ok(file)
}

/// Reads a file that configuration names or a directory holds, up to 512 MiB.
///
/// # Errors
/// As [`open`], and [`ErrorKind::FileTooLarge`].
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    take(open(path)?)
}

/// Reads a text file that configuration names or a directory holds, up to 512 MiB.
///
/// # Errors
/// As [`read`], and [`ErrorKind::InvalidData`] for what is not UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|error| io::Error::new(ErrorKind::InvalidData, error.utf8_error()))
}

/// Reads a file that a person named, which may be a pipe that another program fills, up to 512 MiB.
///
/// # Errors
/// Those of the file system, and [`ErrorKind::FileTooLarge`].
pub fn read_named(path: &Path) -> io::Result<Vec<u8>> {
    take(File::open(path)?)
}

/// Reads a stream to its end, up to 512 MiB.
///
/// # Errors
/// Those of the stream, and [`ErrorKind::FileTooLarge`].
pub fn take(stream: impl io::Read) -> io::Result<Vec<u8>> {
    take_within(stream, MOST)
}

/// Reads a stream to its end, up to so many bytes.
///
/// # Errors
/// Those of the stream, and [`ErrorKind::FileTooLarge`].
pub fn take_within(stream: impl io::Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(
            ErrorKind::FileTooLarge,
            format!("it holds more than {most} bytes, which is as many as are read"),
        ));
    }
    Ok(bytes)
}

fn unsuited(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_never_end_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("file"), "x").unwrap();
        std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        let fifo = std::process::Command::new("mkfifo").arg(at("fifo")).status().unwrap();
        assert!(fifo.success());
        let said = |path: &Path| read(path).map_err(|error| (error.kind(), error.to_string()));
        for (path, expected) in [
            (at("file"), Ok(b"x".to_vec())),
            (at("link"), Ok(b"x".to_vec())),
            ("/dev/null".into(), Ok(Vec::new())),
            (at("fifo"), Err(ErrorKind::InvalidInput)),
            (at("socket"), Err(ErrorKind::InvalidInput)),
            (at("none"), Err(ErrorKind::NotFound)),
            (at(""), Err(ErrorKind::IsADirectory)),
        ] {
            assert_eq!(said(&path).map_err(|(kind, _)| kind), expected, "{}", path.display());
        }
        let endless = io::repeat(b'x');
        assert_eq!(take_within(endless, 9).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(take_within(&b"123456789"[..], 9).unwrap().len(), 9);
    }
}
