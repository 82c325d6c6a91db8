//! PDF. What a document holds cannot be made harmless without breaking it: it is checked for being one, and only ever handed out as a
//! download, never to be shown beside our pages.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
};

use super::unusable::Unusable;

/// How far from its end a reader looks for the end's mark (ISO 32000-1, annex H, note 18).
const TAIL: u64 = 1024;

/// Checks that a file that begins as one is a PDF to its end, and that its table of objects is where it says.
///
/// # Errors
/// [`Unusable::Damaged`].
pub fn check(file: &mut File, size: u64) -> Result<(), Unusable> {
    let from = size.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let text = String::from_utf8_lossy(&tail);
    let (before, after) = text.rsplit_once("%%EOF").ok_or_else(|| Unusable::damaged("no %%EOF"))?;
    if !after.trim().is_empty() {
        return Err(Unusable::damaged("something follows %%EOF"));
    }
    let (_, at) = before.rsplit_once("startxref").ok_or_else(|| Unusable::damaged("no startxref"))?;
    let at: u64 = at.trim().parse().map_err(Unusable::damaged)?;
    if at >= size {
        return Err(Unusable::damaged("its table of objects lies beyond its end"));
    }
    file.seek(SeekFrom::Start(at))?;
    let mut table = Vec::new();
    file.take(32).read_to_end(&mut table)?;
    let table = table.trim_ascii_start();
    // Either a table, or an object that is a stream of one.
    let is_stream = table.first().is_some_and(u8::is_ascii_digit) && table.windows(3).any(|word| word == b"obj");
    if table.starts_with(b"xref") || is_stream {
        Ok(())
    } else {
        Err(Unusable::damaged("no table of objects where it says"))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn checked(content: &str) -> Result<(), Unusable> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content.as_bytes()).unwrap();
        check(&mut file, u64::try_from(content.len()).unwrap())
    }

    #[test]
    fn a_document_ends_as_one() {
        assert_eq!(checked("%PDF-1.4\nxref\n0 1\ntrailer <<>>\nstartxref\n9\n%%EOF\n"), Ok(()));
        assert_eq!(checked("%PDF-1.5\n7 0 obj <</Type /XRef>>\nendobj\nstartxref\n9\n%%EOF"), Ok(()));
        for damaged in [
            "%PDF-1.4\nxref\n0 1\ntrailer <<>>\nstartx",
            "%PDF-1.4\nxref\n0 1\ntrailer <<>>\n%%EOF",
            "%PDF-1.4\nxref\nstartxref\n9000\n%%EOF",
            "%PDF-1.4\nxref\nstartxref\n0\n%%EOF",
            "%PDF-1.4\nxref\nstartxref\n-1\n%%EOF",
            "%PDF-1.4\nxref\nstartxref\n9\n%%EOF<script>alert(1)</script>",
        ] {
            assert!(matches!(checked(damaged), Err(Unusable::Damaged(_))), "{damaged}");
        }
    }
}
