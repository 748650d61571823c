//! Which paths a package leaves out: globs with the meaning Terraform's `archive_file` gives them.
//! Knows paths as text only; it never looks at the disk.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::PackageError;

/// Compiled exclude patterns, matched against `/`-separated paths relative to the source directory.
///
/// `*` and `?` stop at `/`; `**` between slashes spans any number of directories, none included; `[a-z]`, `[^a]`,
/// `{a,b}` and `\` work as in shells; a leading dot is nothing special. A pattern that matches a directory leaves out all
/// that is in it. A trailing `/` is ignored. An empty pattern matches nothing.
#[derive(Debug)]
pub(crate) struct Excludes(GlobSet);

impl Excludes {
    /// Compiles the patterns.
    pub(crate) fn new(patterns: &[String]) -> Result<Self, PackageError> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            let bad = |error: globset::Error| PackageError::Pattern {
                pattern: pattern.clone(),
                reason: error.kind().to_string(),
            };
            let glob = pattern.trim_end_matches('/');
            // `build/**` also matches `build` itself: zero directories below it.
            for form in
                [Some(glob), glob.strip_suffix("/**")].into_iter().flatten().filter(|form| !form.is_empty())
            {
                let mut builder = GlobBuilder::new(form);
                builder.literal_separator(true).backslash_escape(true).empty_alternates(true);
                set.add(builder.build().map_err(bad)?);
            }
        }
        let set = set.build().map_err(|error| PackageError::Pattern {
            pattern: error.glob().unwrap_or("excludes").to_owned(),
            reason: error.kind().to_string(),
        })?;
        Ok(Self(set))
    }

    /// Whether `path` itself matches. A walk that does not enter matching directories makes it hold for what is in them.
    pub(crate) fn matches(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether `path` or a directory it lies in matches: what a walk makes of it.
    fn left_out(excludes: &Excludes, path: &str) -> bool {
        excludes.matches(path) || path.match_indices('/').any(|(at, _)| excludes.matches(&path[..at]))
    }

    #[test]
    fn globs_mean_what_archive_file_says() {
        // pattern, path, left out
        for (pattern, path, out) in [
            ("node_modules", "node_modules/left/pad.js", true),
            ("node_modules/", "node_modules/left/pad.js", true),
            ("node_modules", "src/node_modules/pad.js", false),
            ("**/node_modules", "src/node_modules/pad.js", true),
            ("**/node_modules", "node_modules/pad.js", true),
            ("*.md", "README.md", true),
            ("*.md", "docs/README.md", false),
            ("**/*.md", "README.md", true),
            ("**/*.md", "a/b/c/README.md", true),
            ("a/**/z", "a/z", true),
            ("a/**/z", "a/b/c/z", true),
            ("a/**", "a", true),
            ("a/**", "ab", false),
            ("**", "anything/at/all", true),
            ("*", ".env", true),
            ("?.py", "a.py", true),
            ("?.py", "ab.py", false),
            ("[a-c].py", "b.py", true),
            ("[^a-c].py", "b.py", false),
            ("*.{js,ts}", "x.ts", true),
            ("x{,.bak}", "x", true),
            (r"\*.py", "*.py", true),
            (r"\*.py", "a.py", false),
            ("src/index.js", "src/index.js", true),
            ("Src", "src", false),
            ("", "src", false),
            ("/", "src", false),
            ("./src", "src", false),
        ] {
            let excludes = Excludes::new(&[pattern.to_owned()]).unwrap();
            assert_eq!(left_out(&excludes, path), out, "{pattern:?} on {path:?}");
        }
    }

    #[test]
    fn a_bad_pattern_is_named() {
        let error = Excludes::new(&["ok".into(), "a[".into()]).unwrap_err();
        assert_eq!(error.summary(), "Invalid exclude pattern");
        assert!(error.to_string().contains("\"a[\""), "{error}");
    }
}
