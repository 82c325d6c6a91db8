//! Spans as they are stored.

use domain::{
    catalogue::Channel,
    code::{AgencyCode, CategoryCode, UnitCode},
    rate::{Heading, Month, Span, Standing},
    time::Instant,
};
use uuid::Uuid;

use super::{
    cells::Cell,
    names::{Names, stored},
};
use crate::{entity::rate_span::Model, error::StoreError};

/// Until something happens.
pub(super) const OPEN: i64 = i64::MAX;

/// The codes that a heading names.
pub(super) fn codes(heading: &Heading) -> impl Iterator<Item = &str> {
    let (unit, category) = (heading.unit.as_ref(), heading.category.as_ref());
    let unit = unit.map(UnitCode::as_str);
    [heading.agency.as_str()].into_iter().chain(category.map(CategoryCode::as_str)).chain(unit)
}

/// The row of a span.
pub(super) fn row(petition: Uuid, span: &Span, names: &Names) -> Result<Model, StoreError> {
    let number = |name: &str| names.number(name).and_then(stored);
    let heading = &span.heading;
    Ok(Model {
        petition_id: petition,
        since: span.since.micros(),
        until: span.until.map_or(OPEN, Instant::micros),
        agency: number(heading.agency.as_str())?,
        unit: heading.unit.as_ref().map_or(Ok(0), |unit| number(unit.as_str()))?,
        category: heading.category.as_ref().map_or(Ok(0), |category| number(category.as_str()))?,
        channel: i32::from(channel_number(heading.channel)),
        standing: span.standing.map(|standing| i32::from(standing.number())),
    })
}

/// Whether a span says how its petition counts at an instant.
pub(super) fn covers(row: &Model, instant: i64) -> bool {
    row.since < instant && instant <= row.until
}

/// The cell that a span counts in, with the day of submission; `None` where it counts nowhere.
pub(super) fn cell(row: &Model, day: u8) -> Result<Option<Cell>, StoreError> {
    let wrong = |column| move |error| StoreError::inconsistent("rate_span", column, row.petition_id, error);
    let Some(standing) = row.standing else { return Ok(None) };
    let number = |column, number: i32| u32::try_from(number).map_err(wrong(column));
    Ok(Some(Cell {
        day,
        agency: number("agency", row.agency)?,
        unit: number("unit", row.unit)?,
        category: number("category", row.category)?,
        channel: u8::try_from(row.channel).map_err(wrong("channel"))?,
        standing: u8::try_from(standing).map_err(wrong("standing"))?,
    }))
}

/// The heading that a cell stands for.
pub(super) fn heading(cell: Cell, month: Month, names: &Names) -> Result<Heading, StoreError> {
    let wrong =
        |problem: &dyn std::fmt::Display| StoreError::inconsistent("rate_sum", "cells", format!("{cell:?}"), problem);
    let name = |number: u32| if number == 0 { Ok(None) } else { names.name(number).map(Some) };
    Ok(Heading {
        agency: AgencyCode::parse(names.name(cell.agency)?).map_err(|error| wrong(&error))?,
        unit: name(cell.unit)?.map(UnitCode::parse).transpose().map_err(|error| wrong(&error))?,
        category: name(cell.category)?.map(CategoryCode::parse).transpose().map_err(|error| wrong(&error))?,
        channel: *Channel::ALL.get(usize::from(cell.channel)).ok_or_else(|| wrong(&"an unknown channel"))?,
        month,
    })
}

/// The standing of a number.
pub(super) fn standing(number: u8) -> Result<Standing, StoreError> {
    let known = Standing::from_number(number);
    known.ok_or_else(|| StoreError::inconsistent("rate_span", "standing", number, "an unknown standing"))
}

/// The number of a channel.
pub(super) fn channel_number(channel: Channel) -> u8 {
    Channel::ALL.iter().zip(0..).find(|(known, _)| **known == channel).map_or(u8::MAX, |(_, number)| number)
}
