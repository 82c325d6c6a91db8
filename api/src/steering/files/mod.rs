//! Answers as files: CSV and XLSX.
//!
//! A [`Book`] is what both are written from. Small answers are built whole ([`xlsx()`], [`csv()`]); long lists are written row by
//! row ([`XlsxWriter`], [`CsvWriter`]), so that their rows need never lie in memory together.

mod book;
mod csv;
mod figures;
mod given;
mod petitions;
mod report;
mod signs;
mod words;
mod xlsx;

use self::{book::Book, csv::csv, xlsx::xlsx};
pub use self::{
    book::{Cell, FileError, Kind},
    csv::CsvWriter,
    figures::RatesFile,
    given::{Shape, file, headers, named},
    petitions::{bucket_fact, row, table},
    report::ReportFile,
    signs::{SignsFile, sign_text},
    words::{Names, bucket_name, channel_name, definition_text, level_name},
    xlsx::XlsxWriter,
};

/// The media type of CSV.
const CSV: &str = "text/csv; charset=utf-8";
/// The media type of XLSX.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// What stands on a file as its maker.
pub const GENERATOR: &str = concat!("pakn ", env!("CARGO_PKG_VERSION"));
