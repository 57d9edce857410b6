//! A small picture that somebody else made and we show, such as a bank's logo.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Beginnings of the raster formats that every browser shows.
const RASTER: [(&[u8], &str); 4] = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
];
/// What a drawing has no use for: it could run, load or nest something. In lower case.
const ACTIVE: [&str; 5] = [
    "<!doctype",
    "<!entity",
    "<script",
    "<foreignobject",
    "javascript:",
];

/// A picture with the type that its octets show, whatever its source said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// For `Content-Type`.
    pub content_type: &'static str,
    /// The file.
    pub body: Vec<u8>,
    /// A name that changes with the octets, for addresses that are cached: letters, digits, `-` and `_`.
    pub tag: String,
}

/// Why octets are no picture that we show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPicture {
    /// Of another format, or none.
    #[error("it is neither PNG, JPEG, GIF, WebP nor SVG")]
    Format,
    /// A drawing with a script, a foreign document or a document type.
    #[error("the drawing holds something active")]
    Active,
}

impl Picture {
    /// Reads a picture. Whoever serves an SVG still has to keep it from running anything: see `web::Allow::picture`.
    pub fn read(body: &[u8]) -> Result<Self, NoPicture> {
        let raster = RASTER.iter().find(|(start, _)| body.starts_with(start));
        let content_type = match raster {
            Some((_, content_type)) => content_type,
            None if body.starts_with(b"RIFF") && body.get(8..12) == Some(b"WEBP") => "image/webp",
            None => drawing(body)?,
        };
        let hash = digest(&SHA256, body);
        let short = hash.as_ref().get(..9).unwrap_or_default();
        Ok(Self {
            content_type,
            body: body.to_vec(),
            tag: URL_SAFE_NO_PAD.encode(short),
        })
    }
}

fn drawing(body: &[u8]) -> Result<&'static str, NoPicture> {
    let text = std::str::from_utf8(body).map_err(|_| NoPicture::Format)?;
    let text = text.trim_start_matches('\u{feff}').to_lowercase();
    let mut rest = text.trim_start();
    for (start, end) in [("<?xml", "?>"), ("<!--", "-->")] {
        while rest.starts_with(start) {
            rest = rest
                .split_once(end)
                .map_or("", |(_, rest)| rest)
                .trim_start();
        }
    }
    if ACTIVE.iter().any(|word| text.contains(word)) {
        return Err(NoPicture::Active);
    }
    let is_svg = rest
        .strip_prefix("<svg")
        .is_some_and(|rest| rest.starts_with([' ', '\t', '\r', '\n', '>']));
    is_svg.then_some("image/svg+xml").ok_or(NoPicture::Format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_what_the_octets_show() {
        for (body, content_type) in [
            (&b"\x89PNG\r\n\x1a\nrest"[..], "image/png"),
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (b"GIF89a..", "image/gif"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
            (b"<svg xmlns='x'/>", "image/svg+xml"),
            (
                b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- by hand -->\n<svg>",
                "image/svg+xml",
            ),
        ] {
            assert_eq!(Picture::read(body).unwrap().content_type, content_type);
        }
    }

    #[test]
    fn pages_and_what_could_run_are_no_pictures() {
        for (body, problem) in [
            (&b""[..], NoPicture::Format),
            (b"\x89PN", NoPicture::Format),
            (b"RIFF\x10\0\0\0WAVE", NoPicture::Format),
            (b"<svgx>", NoPicture::Format),
            (b"\xff\xfe<\0s\0v\0g\0", NoPicture::Format),
            (b"<html><svg></svg></html>", NoPicture::Format),
            (b"<!-- without an end <svg>", NoPicture::Format),
            (b"<!DOCTYPE html><h1>x</h1>", NoPicture::Active),
            (b"<svg><SCRIPT>alert(1)</SCRIPT></svg>", NoPicture::Active),
            (b"<svg><foreignObject/></svg>", NoPicture::Active),
            (
                b"<svg><a href='JavaScript:alert(1)'/></svg>",
                NoPicture::Active,
            ),
        ] {
            assert_eq!(Picture::read(body), Err(problem), "{body:?}");
        }
    }

    #[test]
    fn another_picture_has_another_tag() {
        let tag = |body: &[u8]| Picture::read(body).unwrap().tag;

        assert_eq!(tag(b"<svg>").len(), 12);
        assert_ne!(tag(b"<svg>"), tag(b"<svg >"));
    }
}
