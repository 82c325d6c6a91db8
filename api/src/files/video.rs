//! MP4: a video is not coded anew, but everything in its file that is not picture or sound is made void, in place.
//!
//! The file is a tree of boxes (ISO/IEC 14496-12). Those that are needed to play it are known; every other one (`udta` and `meta` with the place and
//! the camera, `uuid`, tracks of GPS samples as dash cameras write them) becomes a `free` box of noughts of the same length, so that no
//! other offset in the file has to move.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom, Write},
    ops::Range,
};

use chrono::{DateTime, TimeDelta};
use domain::place::Point;
use persistence::Taken;

use super::{evidence::plausible, unusable::Unusable};

/// The most bytes of the description of a video. Of two minutes it is some ten kilobytes.
const MOST_DESCRIPTION: u64 = 8 * 1024 * 1024;
/// The most boxes of one description.
const MOST_BOXES: usize = 10_000;
/// What the video of a phone is coded in.
const CODECS: [&[u8; 4]; 7] = [b"avc1", b"avc3", b"hvc1", b"hev1", b"av01", b"vp09", b"mp4v"];
/// Boxes that hold other boxes.
const PARENTS: [&[u8; 4]; 7] = [b"moov", b"trak", b"edts", b"mdia", b"minf", b"dinf", b"stbl"];
/// Other boxes that it takes to play a video.
const NEEDED: [&[u8; 4]; 21] = [
    b"mvhd", b"tkhd", b"elst", b"mdhd", b"hdlr", b"vmhd", b"smhd", b"dref", b"stsd", b"stts", b"ctts", b"cslg",
    b"stsc", b"stsz", b"stz2", b"stco", b"co64", b"stss", b"sdtp", b"sgpd", b"sbgp",
];

/// A box, by its place in what it lies in.
#[derive(Debug, Clone)]
struct Part {
    kind: [u8; 4],
    /// With its head.
    whole: Range<usize>,
    /// Without.
    inner: Range<usize>,
}

/// Makes void what is not video in a file that begins as one; what it said of when and where it was taken.
///
/// # Errors
/// [`Unusable`]: damaged, in pieces (`moof`), without a video track, or longer than so many seconds.
pub fn clean(file: &mut File, size: u64, most_seconds: u32) -> Result<Taken, Unusable> {
    let mut media: Vec<Range<u64>> = Vec::new();
    let mut description = None;
    let mut at = 0;
    while at < size {
        let (kind, head, length) = top(file, at, size)?;
        let end = at + length;
        match &kind {
            b"ftyp" if at == 0 => {}
            b"mdat" => media.push(at + head..end),
            b"moov" if description.is_none() && length <= MOST_DESCRIPTION => description = Some(at..end),
            b"moof" | b"moov" => return Err(Unusable::damaged("in pieces, or with an overlong description")),
            _ => void(file, at, at + head, end)?,
        }
        at = end;
    }
    let place = description.ok_or_else(|| Unusable::damaged("no moov"))?;
    let length = usize::try_from(place.end - place.start).map_err(Unusable::damaged)?;
    let mut bytes = vec![0; length];
    file.seek(SeekFrom::Start(place.start))?;
    file.read_exact(&mut bytes)?;
    let (taken, strange) = describe(&mut bytes, &media, most_seconds)?;
    file.seek(SeekFrom::Start(place.start))?;
    file.write_all(&bytes)?;
    for range in strange {
        noughts(file, range)?;
    }
    Ok(taken)
}

/// The box at that place of the file: its kind, the length of its head, and its length.
fn top(file: &mut File, at: u64, size: u64) -> Result<([u8; 4], u64, u64), Unusable> {
    let mut head = [0; 16];
    file.seek(SeekFrom::Start(at))?;
    let most = usize::try_from((size - at).min(16)).map_err(Unusable::damaged)?;
    file.read_exact(head.get_mut(..most).unwrap_or_default())?;
    let (length, kind) = (number(&head, 0)?, kind(&head, 4)?);
    let (head, length) = match length {
        0 => (8, size - at),
        1 => (16, wide(&head, 8)?),
        length => (8, length),
    };
    if most < 8 || length < head || length > size - at {
        return Err(Unusable::damaged("a box that ends outside of the file"));
    }
    Ok((kind, head, length))
}

/// What the description says; in it everything that is not needed is made void. Beside it the samples of tracks that are neither picture
/// nor sound.
fn describe(bytes: &mut [u8], media: &[Range<u64>], most_seconds: u32) -> Result<(Taken, Vec<Range<u64>>), Unusable> {
    let (_, boxes) = parts(bytes, 0..bytes.len())?.into_iter().try_fold((0, Vec::new()), |_, moov| {
        let inner = parts(bytes, moov.inner)?;
        Ok::<_, Unusable>((inner.len(), inner))
    })?;
    let header = boxes.iter().find(|part| &part.kind == b"mvhd").ok_or_else(|| Unusable::damaged("no mvhd"))?;
    let (created, seconds) = duration(bytes.get(header.inner.clone()).unwrap_or_default())?;
    if seconds > u64::from(most_seconds) {
        return Err(Unusable::TooLong(most_seconds));
    }
    let place = boxes.iter().filter(|part| &part.kind == b"udta").find_map(|part| location(bytes, part));
    let (mut strange, mut videos) = (Vec::new(), 0);
    for part in boxes {
        match &part.kind {
            b"trak" => {
                let track = Track::read(bytes, &part)?;
                let samples = track.samples(bytes)?;
                if samples
                    .iter()
                    .any(|range| !media.iter().any(|media| media.start <= range.start && range.end <= media.end))
                {
                    return Err(Unusable::damaged("samples that are not in the file"));
                }
                if track.is_strange {
                    strange.extend(samples);
                    make_void(bytes, &part);
                } else {
                    videos += u32::from(track.is_video);
                    sift(bytes, part.inner)?;
                }
            }
            b"mvhd" => no_times(bytes, part.inner),
            _ => make_void(bytes, &part),
        }
    }
    if videos == 0 {
        return Err(Unusable::damaged("no video track"));
    }
    Ok((Taken { at: created, place }, strange))
}

/// Leaves of the boxes in that range what is needed.
fn sift(bytes: &mut [u8], range: Range<usize>) -> Result<(), Unusable> {
    for part in parts(bytes, range)? {
        if PARENTS.contains(&&part.kind) {
            sift(bytes, part.inner)?;
        } else if !NEEDED.contains(&&part.kind) {
            make_void(bytes, &part);
        } else if [b"tkhd", b"mdhd"].contains(&&part.kind) {
            no_times(bytes, part.inner);
        } else if &part.kind == b"hdlr" {
            // The name of a handler is the camera's.
            let name = part.inner.start + 24..part.inner.end;
            bytes.get_mut(name).unwrap_or_default().fill(0);
        }
    }
    Ok(())
}

/// The boxes in that range, one after the other.
fn parts(bytes: &[u8], range: Range<usize>) -> Result<Vec<Part>, Unusable> {
    let (mut parts, mut at) = (Vec::new(), range.start);
    while at < range.end {
        let (length, kind) = (number(bytes, at)?, kind(bytes, at + 4)?);
        let (head, length) = match length {
            0 => (8, u64::try_from(range.end - at).map_err(Unusable::damaged)?),
            1 => (16, wide(bytes, at + 8)?),
            length => (8, length),
        };
        let end = usize::try_from(length).ok().and_then(|length| at.checked_add(length));
        let end = end.filter(|end| *end <= range.end && *end >= at + head);
        let end = end.ok_or_else(|| Unusable::damaged("a box that ends outside of its parent"))?;
        parts.push(Part { kind, whole: at..end, inner: at + head..end });
        if parts.len() > MOST_BOXES {
            return Err(Unusable::damaged("too many boxes"));
        }
        at = end;
    }
    Ok(parts)
}

/// The box along that path of kinds.
fn along(bytes: &[u8], from: &Part, path: &[&[u8; 4]]) -> Result<Option<Part>, Unusable> {
    let mut here = from.clone();
    for kind in path {
        match parts(bytes, here.inner)?.into_iter().find(|part| &part.kind == *kind) {
            Some(part) => here = part,
            None => return Ok(None),
        }
    }
    Ok(Some(here))
}

/// A track: what it is and where its samples are listed.
struct Track {
    is_video: bool,
    is_strange: bool,
    table: Part,
}

impl Track {
    fn read(bytes: &mut [u8], track: &Part) -> Result<Self, Unusable> {
        let lacks = |what: &str| Unusable::damaged(format!("a track without {what}"));
        let handler = along(bytes, track, &[b"mdia", b"hdlr"])?.ok_or_else(|| lacks("hdlr"))?;
        let handler = kind(bytes, handler.inner.start + 8)?;
        let table = along(bytes, track, &[b"mdia", b"minf", b"stbl"])?.ok_or_else(|| lacks("stbl"))?;
        let is_video = &handler == b"vide";
        if is_video {
            let described = along(bytes, &table, &[b"stsd"])?.ok_or_else(|| lacks("stsd"))?;
            let entry = described.inner.start + 8;
            if number(bytes, described.inner.start + 4)? == 0 || !CODECS.contains(&&kind(bytes, entry + 4)?) {
                return Err(Unusable::damaged("a codec that is not known"));
            }
            // The name of the coder is the camera's.
            bytes.get_mut(entry + 50..(entry + 82).min(described.inner.end)).unwrap_or_default().fill(0);
        }
        Ok(Self { is_video, is_strange: !is_video && &handler != b"soun", table })
    }

    /// Where in the file its samples lie: from the chunks (`stco`, `co64`), how many samples each has (`stsc`), and their sizes (`stsz`).
    fn samples(&self, bytes: &[u8]) -> Result<Vec<Range<u64>>, Unusable> {
        let lacks = |what: &str| Unusable::damaged(format!("a table without {what}"));
        let find = |kind: &[u8; 4]| along(bytes, &self.table, &[kind]);
        let sizes = find(b"stsz")?.ok_or_else(|| lacks("stsz"))?.inner.start;
        let (same, samples) = (number(bytes, sizes + 4)?, number(bytes, sizes + 8)?);
        let groups = find(b"stsc")?.ok_or_else(|| lacks("stsc"))?;
        let in_chunk = entries(bytes, &groups, 12)?;
        let (chunks, width) = match find(b"stco")? {
            Some(chunks) => (chunks, 4),
            None => (find(b"co64")?.ok_or_else(|| lacks("stco"))?, 8),
        };
        let (mut ranges, mut sample, mut group) = (Vec::new(), 0_u64, 0_usize);
        for (chunk, at) in (1_u64..).zip(entries(bytes, &chunks, width)?) {
            let start = if width == 4 { number(bytes, at)? } else { wide(bytes, at)? };
            // The group that a chunk is of goes on until the next begins.
            while let Some(next) = in_chunk.get(group + 1) {
                if number(bytes, *next)? > chunk {
                    break;
                }
                group += 1;
            }
            let count = match in_chunk.get(group) {
                Some(group) => number(bytes, group + 4)?.min(samples.saturating_sub(sample)),
                None => 0,
            };
            let length = if same > 0 {
                same.saturating_mul(count)
            } else {
                let mut length = 0_u64;
                for index in sample..sample + count {
                    let place = usize::try_from(index).map_err(Unusable::damaged)?.saturating_mul(4);
                    length = length.saturating_add(number(bytes, (sizes + 12).saturating_add(place))?);
                }
                length
            };
            sample += count;
            ranges.push(start..start.saturating_add(length));
        }
        Ok(ranges)
    }
}

/// Where the entries of a table lie, each of so many bytes.
fn entries(bytes: &[u8], table: &Part, width: usize) -> Result<Vec<usize>, Unusable> {
    let count = usize::try_from(number(bytes, table.inner.start + 4)?).map_err(Unusable::damaged)?;
    let first = table.inner.start + 8;
    if count.saturating_mul(width) > table.inner.end.saturating_sub(first) {
        return Err(Unusable::damaged("a table longer than its box"));
    }
    Ok((0..count).map(|index| first + index * width).collect())
}

/// When a video was made, and how many seconds it takes (`mvhd`).
fn duration(header: &[u8]) -> Result<(Option<domain::time::Instant>, u64), Unusable> {
    let is_wide = header.first() == Some(&1);
    let (created, scale, length) = if is_wide {
        (wide(header, 4)?, number(header, 20)?, wide(header, 24)?)
    } else {
        (number(header, 4)?, number(header, 12)?, number(header, 16)?)
    };
    let seconds = length.checked_div(scale).ok_or_else(|| Unusable::damaged("no time scale"))?;
    // Seconds since 1904.
    let since = i64::try_from(created).ok().and_then(TimeDelta::try_seconds);
    let epoch = DateTime::from_timestamp(-2_082_844_800, 0);
    let at = epoch.zip(since).and_then(|(epoch, since)| epoch.checked_add_signed(since)).and_then(plausible);
    Ok((at, seconds))
}

/// The place that a phone writes: `©xyz`, ISO 6709 as in `+21.1875+106.0838/`.
fn location(bytes: &[u8], user_data: &Part) -> Option<Point> {
    let part = parts(bytes, user_data.inner.clone()).ok()?.into_iter().find(|part| &part.kind == b"\xA9xyz")?;
    let text = std::str::from_utf8(bytes.get(part.inner.start + 4..part.inner.end)?).ok()?;
    let text = text.trim_end_matches('\0').trim_end_matches('/');
    let signs: Vec<usize> = text.match_indices(['+', '-']).map(|(at, _)| at).collect();
    let [first, second, rest @ ..] = signs.as_slice() else { return None };
    let end = rest.first().copied().unwrap_or(text.len());
    let (lat, lon) = (text.get(*first..*second)?.parse().ok()?, text.get(*second..end)?.parse().ok()?);
    Point::from_degrees(lat, lon).ok()
}

/// The times of a header: when it was made and changed.
fn no_times(bytes: &mut [u8], header: Range<usize>) {
    let width = if bytes.get(header.start) == Some(&1) { 16 } else { 8 };
    bytes.get_mut(header.start + 4..header.start + 4 + width).unwrap_or_default().fill(0);
}

fn make_void(bytes: &mut [u8], part: &Part) {
    bytes.get_mut(part.whole.start + 4..part.whole.start + 8).unwrap_or_default().copy_from_slice(b"free");
    bytes.get_mut(part.inner.clone()).unwrap_or_default().fill(0);
}

/// The same to a box of the file.
fn void(file: &mut File, at: u64, inner: u64, end: u64) -> Result<(), Unusable> {
    file.seek(SeekFrom::Start(at + 4))?;
    file.write_all(b"free")?;
    noughts(file, inner..end)
}

fn noughts(file: &mut File, range: Range<u64>) -> Result<(), Unusable> {
    file.seek(SeekFrom::Start(range.start))?;
    std::io::copy(&mut std::io::repeat(0).take(range.end - range.start), file)?;
    Ok(())
}

fn number(bytes: &[u8], at: usize) -> Result<u64, Unusable> {
    let four = at.checked_add(4).and_then(|end| bytes.get(at..end)).and_then(|four| four.try_into().ok());
    four.map(|four| u64::from(u32::from_be_bytes(four))).ok_or_else(|| Unusable::damaged("a box that is cut off"))
}

fn wide(bytes: &[u8], at: usize) -> Result<u64, Unusable> {
    let eight = at.checked_add(8).and_then(|end| bytes.get(at..end)).and_then(|eight| eight.try_into().ok());
    eight.map(u64::from_be_bytes).ok_or_else(|| Unusable::damaged("a box that is cut off"))
}

fn kind(bytes: &[u8], at: usize) -> Result<[u8; 4], Unusable> {
    let four = at.checked_add(4).and_then(|end| bytes.get(at..end)).and_then(|four| four.try_into().ok());
    four.ok_or_else(|| Unusable::damaged("a box that is cut off"))
}

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
