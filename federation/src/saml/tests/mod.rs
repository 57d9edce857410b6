//! What providers share, held against committed metadata, a source on a real socket, and foreign judges.

mod host;
mod keys;
mod messages;
mod metadata;
mod official;
mod source;
