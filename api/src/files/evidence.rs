//! What a photo says of when and where it was taken (Exif). Read before the photo is written anew without it, and kept apart for staff.
//!
//! Whoever made the file may have written anything there: it is a hint for a person, and nothing is decided by it. What cannot be
//! read is as good as not there.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};
use domain::{
    place::Point,
    time::{Instant, vietnam},
};
use exif::{Exif, In, Tag, Value};
use persistence::Taken;

/// What the Exif block of a photo says.
pub fn taken(block: &[u8]) -> Taken {
    // Some containers keep the mark of the JPEG segment before it.
    let block = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
    match exif::Reader::new().read_raw(block.to_vec()) {
        Ok(read) => Taken { at: at(&read), place: place(&read) },
        Err(_) => Taken::default(),
    }
}

fn text(exif: &Exif, tag: Tag) -> Option<&str> {
    let Value::Ascii(lines) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
    std::str::from_utf8(lines.first()?).ok()
}

/// The time of the exposure; a camera that knows no offset is taken to be in Việt Nam.
fn at(exif: &Exif) -> Option<Instant> {
    let local = text(exif, Tag::DateTimeOriginal)?;
    let local = NaiveDateTime::parse_from_str(local.trim_end_matches('\0').trim(), "%Y:%m:%d %H:%M:%S").ok()?;
    let offset = text(exif, Tag::OffsetTimeOriginal).and_then(|offset| offset.trim().parse::<FixedOffset>().ok());
    let at = local.and_local_timezone(offset.unwrap_or_else(vietnam)).single()?;
    plausible(at.into())
}

/// No earlier than digital cameras, no later than the years that have four digits.
pub(super) fn plausible(at: DateTime<chrono::Utc>) -> Option<Instant> {
    let earliest = NaiveDate::from_ymd_opt(1990, 1, 1)?.and_time(NaiveTime::MIN).and_utc();
    let latest = NaiveDate::from_ymd_opt(9999, 1, 1)?.and_time(NaiveTime::MIN).and_utc();
    (earliest..latest).contains(&at).then(|| Instant::new(at))
}

fn place(exif: &Exif) -> Option<Point> {
    let lat = degrees(exif, Tag::GPSLatitude, Tag::GPSLatitudeRef, "S")?;
    let lon = degrees(exif, Tag::GPSLongitude, Tag::GPSLongitudeRef, "W")?;
    // Nought and nought is what a camera writes that has not found itself yet.
    if lat == 0.0 && lon == 0.0 { None } else { Point::from_degrees(lat, lon).ok() }
}

fn degrees(exif: &Exif, tag: Tag, reference: Tag, negative: &str) -> Option<f64> {
    let Value::Rational(parts) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
    let [degrees, minutes, seconds] = parts.as_slice() else { return None };
    let sum = degrees.to_f64() + minutes.to_f64() / 60.0 + seconds.to_f64() / 3600.0;
    let sign = if text(exif, reference)?.eq_ignore_ascii_case(negative) { -1.0 } else { 1.0 };
    sum.is_finite().then_some(sum * sign)
}
