//! Why a file is not taken, as its sender is told.

use image::ImageError;

use crate::problem::{Code, Problem};

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// There is nothing in it.
    Empty,
    /// It is none of the kinds there are, whatever it is called.
    UnknownKind,
    /// More bytes than a file of its kind may have, megabytes.
    TooLarge(u64),
    /// More pixels than a picture may have, megapixels.
    TooManyPixels(u32),
    /// A longer video than is taken, seconds.
    TooLong(u32),
    /// It is not what its first bytes say, or not all of it; for the log: where reading it ended.
    Damaged(String),
    /// It could not be looked at for a reason that lies with the server.
    Failed(String),
}

/// Bytes of a megabyte, as settings count them.
pub const MB: u64 = 1024 * 1024;

impl Unusable {
    pub(super) fn damaged(why: impl std::fmt::Display) -> Self {
        Self::Damaged(why.to_string())
    }
}

impl From<std::io::Error> for Unusable {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::UnexpectedEof {
            Self::damaged(error)
        } else {
            Self::Failed(error.to_string())
        }
    }
}

impl From<ImageError> for Unusable {
    /// The decoders' own words would quote the file, which is a citizen's, in the log.
    fn from(error: ImageError) -> Self {
        Self::damaged(match error {
            ImageError::IoError(_) => "it ends too early",
            ImageError::Limits(_) => "it unpacks to more than a picture",
            ImageError::Unsupported(_) => "a form of its kind that is not known",
            ImageError::Decoding(_) | ImageError::Encoding(_) | ImageError::Parameter(_) => "it cannot be decoded",
        })
    }
}

impl From<Unusable> for Problem {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::Empty => Self::new(Code::EmptyFile),
            Unusable::UnknownKind => Self::new(Code::UnsupportedFile),
            Unusable::TooLarge(max) => Self::with(Code::FileTooLarge, format!("max {max} MB")),
            Unusable::TooManyPixels(max) => Self::with(Code::TooManyPixels, format!("max {max} megapixels")),
            Unusable::TooLong(max) => Self::with(Code::VideoTooLong, format!("max {max} s")),
            Unusable::Damaged(why) => Self::new(Code::DamagedFile).caused_by(why),
            Unusable::Failed(why) => Self::internal(why),
        }
    }
}
