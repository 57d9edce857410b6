//! Bytes of an SMTP connection: lines, letters, and the change to TLS.

use std::io;
use std::pin::Pin;

use openssl::ssl::{Ssl, SslAcceptor};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_openssl::SslStream;

/// Longer command lines are refused; RFC 5321 asks for 512 and extensions for a little more.
const MAX_LINE: usize = 2048;
const CHUNK: usize = 16 * 1024;

/// A connection, with or without TLS.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A line of a client.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// Without its CRLF.
    Text(String),
    /// Too long, not UTF-8, or ended by a bare LF.
    Bad,
    /// The connection is at its end.
    End,
}

/// A letter of a client.
#[derive(Debug, PartialEq, Eq)]
pub enum Letter {
    /// With dots unstuffed.
    Whole(Vec<u8>),
    /// It was read to its end and thrown away.
    TooLarge,
    /// The connection ended inside.
    End,
}

/// A connection and what was read ahead.
#[expect(missing_debug_implementations, reason = "the stream is a trait object")]
pub struct Wire {
    stream: Box<dyn Stream>,
    ahead: Vec<u8>,
}

impl Wire {
    /// Over a connection.
    pub fn new(stream: Box<dyn Stream>) -> Self {
        Self {
            stream,
            ahead: Vec::new(),
        }
    }

    /// Writes one line, or several separated by CRLF.
    pub async fn say(&mut self, text: &str) -> io::Result<()> {
        self.stream
            .write_all(format!("{text}\r\n").as_bytes())
            .await?;
        self.stream.flush().await
    }

    /// Reads a line.
    pub async fn line(&mut self) -> io::Result<Line> {
        let mut is_too_long = false;
        loop {
            if let Some(end) = self.ahead.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.ahead.drain(..=end).collect();
                line.pop();
                let is_bare = line.pop() != Some(b'\r');
                let is_fine = !is_too_long && !is_bare && line.len() <= MAX_LINE;
                return Ok(match String::from_utf8(line) {
                    Ok(text) if is_fine && !text.contains(['\r', '\0']) => Line::Text(text),
                    _ => Line::Bad,
                });
            }
            if self.ahead.len() > MAX_LINE {
                // What is too long is thrown away as it comes.
                is_too_long = true;
                self.ahead.clear();
            }
            if !self.fill().await? {
                return Ok(Line::End);
            }
        }
    }

    /// Reads a letter to the dot alone on a line. Only CRLF ends lines: a bare LF before a dot is part of the letter.
    pub async fn letter(&mut self, max_size: usize) -> io::Result<Letter> {
        let mut letter = Vec::new();
        let mut is_too_large = false;
        loop {
            while let Some(end) = find(&self.ahead, b"\r\n") {
                let line: Vec<u8> = self.ahead.drain(..end + 2).collect();
                if line == b".\r\n" {
                    return Ok(if is_too_large {
                        Letter::TooLarge
                    } else {
                        Letter::Whole(letter)
                    });
                }
                letter.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
                if letter.len() > max_size {
                    is_too_large = true;
                    letter.clear();
                }
            }
            if self.ahead.len() > max_size {
                // A line without an end; its beginning cannot be the final dot any more.
                is_too_large = true;
                let keep = self.ahead.len().saturating_sub(1);
                self.ahead.drain(..keep);
                self.ahead.insert(0, b'x');
            }
            if !self.fill().await? {
                return Ok(Letter::End);
            }
        }
    }

    /// Goes on with TLS. What was sent in the clear before the handshake is forgotten: it may be somebody else's.
    pub async fn start_tls(self, acceptor: &SslAcceptor) -> Result<Self, openssl::ssl::Error> {
        let mut stream = SslStream::new(Ssl::new(acceptor.context())?, self.stream)?;
        Pin::new(&mut stream).accept().await?;
        Ok(Self::new(Box::new(stream)))
    }

    async fn fill(&mut self) -> io::Result<bool> {
        self.ahead.reserve(CHUNK);
        let read = self.stream.read_buf(&mut self.ahead).await?;
        Ok(read > 0)
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wire on which these bytes come, a few at a time.
    fn wire(bytes: &'static [u8]) -> Wire {
        let (mut ours, theirs) = tokio::io::duplex(7);
        tokio::spawn(async move { drop(ours.write_all(bytes).await) });
        Wire::new(Box::new(theirs))
    }

    #[tokio::test]
    async fn lines_end_with_crlf() {
        let mut wire = wire(b"EHLO a\r\nNOOP\nQUIT\r\n");

        assert_eq!(wire.line().await.unwrap(), Line::Text("EHLO a".to_owned()));
        assert_eq!(wire.line().await.unwrap(), Line::Bad);
        assert_eq!(wire.line().await.unwrap(), Line::Text("QUIT".to_owned()));
        assert_eq!(wire.line().await.unwrap(), Line::End);
    }

    #[tokio::test]
    async fn a_line_without_measure_is_refused_and_the_next_is_read() {
        let long: &'static [u8] = Box::leak(
            [b"x".repeat(9000), b"\r\nQUIT\r\n".to_vec()]
                .concat()
                .into(),
        );
        let mut wire = wire(long);

        assert_eq!(wire.line().await.unwrap(), Line::Bad);
        assert_eq!(wire.line().await.unwrap(), Line::Text("QUIT".to_owned()));
    }

    #[tokio::test]
    async fn dots_are_unstuffed_and_only_a_whole_line_with_a_dot_ends_a_letter() {
        let mut wire = wire(b"a\r\n..b\r\n...\r\nc\n.\nd\n.\r\ne\r\n.\r\nQUIT\r\n");

        let letter = b"a\r\n.b\r\n..\r\nc\n.\nd\n.\r\ne\r\n".to_vec();
        assert_eq!(wire.letter(1000).await.unwrap(), Letter::Whole(letter));
        assert_eq!(wire.line().await.unwrap(), Line::Text("QUIT".to_owned()));
    }

    #[tokio::test]
    async fn too_large_a_letter_is_read_to_its_end_and_not_kept() {
        let mut with_lines = wire(b"0123456789\r\n0123456789\r\n.\r\nQUIT\r\n");
        assert_eq!(with_lines.letter(12).await.unwrap(), Letter::TooLarge);
        assert_eq!(
            with_lines.line().await.unwrap(),
            Line::Text("QUIT".to_owned())
        );

        let mut in_one_line = wire(b"0123456789012345678901234567890123456789\r\n.\r\nQUIT\r\n");
        assert_eq!(in_one_line.letter(12).await.unwrap(), Letter::TooLarge);
        assert_eq!(
            in_one_line.line().await.unwrap(),
            Line::Text("QUIT".to_owned())
        );
    }

    #[tokio::test]
    async fn half_a_letter_is_none() {
        assert_eq!(wire(b"a\r\n.").letter(100).await.unwrap(), Letter::End);
    }
}
