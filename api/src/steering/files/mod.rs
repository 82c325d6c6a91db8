//! Answers as files: CSV and XLSX.
//!
//! A [`Book`] is what both are written from. Small answers are built whole ([`xlsx()`], [`csv()`]); long lists are written row by
//! row ([`XlsxWriter`], [`CsvWriter`]), so that their rows need never lie in memory together.

mod book;
mod csv;
mod figures;
mod report;
mod words;
mod xlsx;

pub use self::{
    book::{Book, Cell, Column, Fact, FileError, Kind, Row, Sheet, Table},
    csv::{CsvWriter, csv},
    figures::RatesFile,
    report::ReportFile,
    words::{Names, channel_name, level_name},
    xlsx::{XlsxWriter, xlsx},
};

/// The media type of CSV.
pub const CSV: &str = "text/csv; charset=utf-8";
/// The media type of XLSX.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
