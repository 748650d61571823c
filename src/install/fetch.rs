//! Fetches a package into a directory: by git, over HTTP, or from this machine.
//! Knows nothing of the modules in it.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use sha2::Digest;

use super::archive::{ArchiveError, Format};
use super::error::FetchError;
use super::git;
use super::http::Client;
use super::location::{Location, shown};
use crate::config::module_source::{Remote, split_getter};

/// How many addresses may lead to another one.
const MOST_HOPS: usize = 8;

/// What the sources that are not fetched here need.
const UNSUPPORTED: [(&str, &str); 3] = [
    (
        "s3",
        "Fetch the archive before (aws s3 cp), unpack it into a directory beside this one, and call that with \"./\".",
    ),
    (
        "gcs",
        "Fetch the archive before (gcloud storage cp), unpack it into a directory beside this one, and call that with \"./\".",
    ),
    ("hg", "Clone the repository into a directory beside this one, and call that with \"./\"."),
];

/// Fetches a package into a place that is empty yet. Gives the directory in it that the package stands for, which is
/// empty for the whole.
pub(super) fn fetch(client: &Client, package: &str, into: &Path) -> Result<String, FetchError> {
    hop(client, package, into, 0)
}

fn hop(client: &Client, package: &str, into: &Path, hops: usize) -> Result<String, FetchError> {
    if hops > MOST_HOPS {
        return Err(FetchError::Endless(shown(package)));
    }
    let (getter, address) = split_getter(package);
    let location = Location::parse(address);
    let scheme = location.as_ref().map(|location| location.scheme.clone()).unwrap_or_default();
    match (getter.unwrap_or(&scheme), location) {
        ("git", _) => git::fetch(address, into).map(|()| String::new()),
        ("file", Some(location)) => file(location, package, into).map(|()| String::new()),
        ("http" | "https", Some(location)) if scheme.starts_with("http") => {
            web(client, location, package, into, hops)
        }
        (other, _) => match UNSUPPORTED.iter().find(|(name, _)| *name == other) {
            Some((_, advice)) => Err(FetchError::Getter { getter: other.to_owned(), advice }),
            None if getter.is_none() && other == "ssh" => Err(FetchError::Getter {
                getter: "ssh alone".to_owned(),
                advice: "For a Git repository write git:: before the URL.",
            }),
            None => Err(FetchError::Address(shown(package))),
        },
    }
}

/// A directory becomes a link, as with Terraform; an archive is unpacked.
fn file(mut location: Location, package: &str, into: &Path) -> Result<(), FetchError> {
    let wanted = Wanted::take(&mut location, package)?;
    let path = location.file_path();
    let path = Path::new(&path);
    if path.is_dir() {
        return std::os::unix::fs::symlink(path, into).map_err(FetchError::io("Linking", into));
    }
    let archive = crate::base::file::open(path).map_err(FetchError::io("Opening", path))?;
    match wanted.format {
        Some(format) => unpack(archive, format, wanted.checksum.as_deref(), package, into),
        None => Err(broken(package, "it is neither a directory nor an archive by its name")),
    }
}

/// An archive is fetched and unpacked; anything else is asked where the module is.
fn web(
    client: &Client,
    mut location: Location,
    package: &str,
    into: &Path,
    hops: usize,
) -> Result<String, FetchError> {
    let wanted = Wanted::take(&mut location, package)?;
    if let Some(format) = wanted.format {
        let mut archive = tempfile::tempfile().map_err(FetchError::io("Creating a file for", into))?;
        client.get(&location, None)?.successful()?.save(&mut archive)?;
        archive.rewind().map_err(FetchError::io("Reading the archive for", into))?;
        unpack(archive, format, wanted.checksum.as_deref(), package, into)?;
        return Ok(String::new());
    }
    let answer = client.get(&location.with("terraform-get", "1"), None)?.successful()?;
    let found = match answer.header("X-Terraform-Get") {
        Some(found) => Some(found),
        None => meta(&answer.text()?),
    };
    let found =
        found.filter(|found| !found.is_empty()).ok_or_else(|| FetchError::NoModule(location.shown()))?;
    let found = location.without_credentials().join(&found);
    let remote = Remote::parse(&found).map_err(|_| FetchError::Address(shown(&found)))?;
    let (getter, address) = split_getter(&remote.package);
    let local = Location::parse(address).is_some_and(|location| location.scheme == "file");
    // A server has no business on this machine's disk; a Git repository at a file URL is what tests of Terraform's use.
    if local && getter != Some("git") {
        return Err(FetchError::Address(shown(&found)));
    }
    let inner = hop(client, &remote.package, into, hops + 1)?;
    Ok([inner, remote.subdir].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/"))
}

/// What the parameters of an address ask for.
struct Wanted {
    format: Option<Format>,
    checksum: Option<String>,
}

impl Wanted {
    fn take(location: &mut Location, package: &str) -> Result<Self, FetchError> {
        let checksum = location.take("checksum").filter(|text| !text.is_empty());
        let format = match location.take("archive").as_deref() {
            Some("false" | "0" | "f" | "F" | "FALSE" | "False") => None,
            Some("true" | "1" | "t" | "T" | "TRUE" | "True" | "") | None => Format::of_path(&location.path),
            Some(name) => Some(Format::named(name)),
        };
        let format = format.transpose().map_err(|error| broken(package, &error.to_string()))?;
        Ok(Wanted { format, checksum })
    }
}

fn unpack(
    mut archive: File,
    format: Format,
    checksum: Option<&str>,
    package: &str,
    into: &Path,
) -> Result<(), FetchError> {
    if let Some(checksum) = checksum {
        verify(&mut archive, checksum, package)?;
    }
    format.unpack(archive, into).map_err(|error| {
        // What is half there must not be taken for the whole.
        let _ = fs::remove_dir_all(into);
        match error {
            ArchiveError::Read(error) => broken(package, &error.to_string()),
            error => broken(package, &error.to_string()),
        }
    })
}

/// Holds an archive against `sha256:…`, or against a sum whose kind its length says.
fn verify(archive: &mut File, checksum: &str, package: &str) -> Result<(), FetchError> {
    let parameter =
        |problem: String| FetchError::Parameter { address: shown(package), parameter: "checksum", problem };
    let (kind, wanted) = match checksum.split_once(':') {
        Some((kind, wanted)) => (kind.to_owned(), wanted),
        None => {
            let kind = match checksum.len() {
                32 => "md5",
                40 => "sha1",
                64 => "sha256",
                128 => "sha512",
                _ => "",
            };
            (kind.to_owned(), checksum)
        }
    };
    let wanted = wanted.to_ascii_lowercase();
    if hex::decode(&wanted).is_err() {
        return Err(parameter("is no sum in hexadecimal digits, after its kind and a colon".to_owned()));
    }
    let failed =
        |error| FetchError::Archive { address: shown(package), problem: std::io::Error::to_string(&error) };
    let found = match kind.as_str() {
        "md5" => sum::<md5::Md5>(archive),
        "sha1" => sum::<sha1::Sha1>(archive),
        "sha256" => sum::<sha2::Sha256>(archive),
        "sha512" => sum::<sha2::Sha512>(archive),
        other => {
            return Err(parameter(format!(
                "is of the kind {other:?}; md5, sha1, sha256 and sha512 are known"
            )));
        }
    };
    let found = found.map_err(failed)?;
    if found != wanted {
        return Err(FetchError::Checksum { address: shown(package), wanted, found });
    }
    archive.seek(SeekFrom::Start(0)).map(|_| ()).map_err(failed)
}

/// A sum over a file, block by block, in hexadecimal digits.
fn sum<D: Digest>(file: &mut File) -> std::io::Result<String> {
    let mut sum = D::new();
    let mut block = vec![0; 1 << 16];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(hex::encode(sum.finalize())),
            read => sum.update(block.get(..read).unwrap_or_default()),
        }
    }
}

fn broken(package: &str, problem: &str) -> FetchError {
    FetchError::Archive { address: shown(package), problem: problem.trim_end_matches('.').to_owned() }
}

/// The content of `<meta name="terraform-get" content="…">`.
fn meta(page: &str) -> Option<String> {
    page.split('<').find_map(|tag| {
        let tag = tag.split('>').next()?.trim_end_matches('/');
        let rest = tag.get(..4).filter(|name| name.eq_ignore_ascii_case("meta")).and(tag.get(4..))?;
        (attribute(rest, "name")? == "terraform-get").then(|| attribute(rest, "content")).flatten()
    })
}

/// The value of an attribute of an HTML element, given what comes after the element's name.
fn attribute(text: &str, name: &str) -> Option<String> {
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, left) = match quote {
            Some(quote) => after.get(1..)?.split_once(quote)?,
            None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
        };
        if before.split_whitespace().next_back()?.eq_ignore_ascii_case(name) {
            let plain = value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">");
            return Some(plain.replace("&amp;", "&"));
        }
        rest = left;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meta_elements_are_found() {
        for (page, expected) in [
            ("<html><head><meta name=\"terraform-get\" content=\"a?b&amp;c\"></head>", Some("a?b&c")),
            ("<META content='x' name='terraform-get' />", Some("x")),
            ("<meta charset=utf-8><meta name=terraform-get content=x>", Some("x")),
            ("<meta name=\"go-import\" content=\"x\">", None),
            ("<metal name=\"terraform-get\"", None),
            ("meta name=\"terraform-get\" content=\"\u{1f}", None),
            ("", None),
        ] {
            assert_eq!(meta(page).as_deref(), expected, "{page}");
        }
    }

    #[test]
    fn sums_are_compared() {
        let sum = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        for (checksum, expected) in [
            (format!("sha256:{sum}"), "ok"),
            (sum.to_uppercase(), "ok"),
            ("md5:5d41402abc4b2a76b9719d911017c592".to_owned(), "ok"),
            ("aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d".to_owned(), "ok"),
            (format!("sha256:{}", sum.replace('2', "3")), "is not what was meant"),
            ("md5:abc".to_owned(), "no sum"),
            ("crc32:00000000".to_owned(), "known"),
            ("file:http://x".to_owned(), "no sum"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("f");
            fs::write(&path, "hello").unwrap();
            let result = verify(&mut File::open(path).unwrap(), &checksum, "p");
            let said = result.map_or_else(|error| error.to_string(), |()| "ok".to_owned());
            assert!(said.contains(expected), "{checksum}: {said}");
        }
    }
}
