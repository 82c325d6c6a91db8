//! The petitions behind a number as a file, written while they are read.

use actix_web::{
    HttpResponse,
    web::{self, Bytes, Data},
};
use domain::{
    id::PetitionId,
    rate::{Bucket, Question},
    time::Instant,
};
use futures_util::stream;
use persistence::{Behind, Counted, Page};

use super::files::{CsvWriter, FileError, Shape, XlsxWriter, bucket_fact, headers, named, row, table};
use crate::{app::App, language::Language, problem::Problem};

/// How many petitions are read at a time.
const PAGE: u64 = 1_000;
const NAME: &str = "pakn-petitions";

/// What is to be listed.
pub struct List {
    pub app: Data<App>,
    pub language: Language,
    pub question: Question,
    pub as_of: Instant,
    pub bucket: Bucket,
}

impl List {
    async fn page(&self, after: Option<(Instant, PetitionId)>) -> Result<Vec<Counted>, Problem> {
        let behind = Behind { question: &self.question, as_of: self.as_of, bucket: self.bucket };
        let catalogue = self.app.catalogue();
        let snapshot = self.app.store.snapshot().await?;
        Ok(snapshot.petitions_behind(behind, &catalogue.catalogue.directory, Page { after, limit: PAGE }).await?)
    }
}

/// Where a list that is being written stands.
enum Step {
    Head,
    After(Option<(Instant, PetitionId)>),
}

/// As CSV. What fails after the first lines were sent breaks the connection, so that no part passes for the whole.
pub fn csv(list: List) -> Result<HttpResponse, Problem> {
    let writer = named(&list.app.catalogue(), list.language, |names| {
        CsvWriter::new(&table(&names), &[bucket_fact(list.bucket, &names)])
    });
    let lines = stream::try_unfold(Some((list, writer, Step::Head)), |state| async move {
        let Some((list, writer, step)) = state else { return Ok::<_, Problem>(None) };
        let after = match step {
            Step::Head => {
                let head = writer.head().map_err(Problem::internal)?;
                return Ok(Some((Bytes::from(head), Some((list, writer, Step::After(None))))));
            }
            Step::After(after) => after,
        };
        let page = list.page(after).await?;
        let Some(last) = page.last().map(|counted| (counted.submitted_at, counted.petition)) else { return Ok(None) };
        let lines = named(&list.app.catalogue(), list.language, |names| {
            let rows: Vec<_> = page.iter().map(|counted| row(counted, &names)).collect();
            writer.rows(&rows).map_err(Problem::internal)
        })?;
        Ok(Some((Bytes::from(lines), Some((list, writer, Step::After(Some(last)))))))
    });
    Ok(headers(Shape::Csv, NAME).streaming(lines))
}

/// As XLSX, which is written to a file in the data folder before it is sent.
pub async fn xlsx(list: List) -> Result<HttpResponse, Problem> {
    let folder = list.app.data_dir.clone();
    let as_of = list.as_of;
    let (columns, fact) =
        named(&list.app.catalogue(), list.language, |names| (table(&names), bucket_fact(list.bucket, &names)));
    let begun = web::block(move || {
        let mut writer = XlsxWriter::new(&columns.name, &[fact], as_of, &folder)?;
        writer.begin(columns)?;
        Ok(writer)
    });
    let mut writer = begun.await.map_err(Problem::internal)?.map_err(|error: FileError| Problem::internal(error))?;
    let mut after = None;
    loop {
        let page = list.page(after).await?;
        let Some(last) = page.last().map(|counted| (counted.submitted_at, counted.petition)) else { break };
        after = Some(last);
        let rows: Vec<_> = named(&list.app.catalogue(), list.language, |names| {
            page.iter().map(|counted| row(counted, &names)).collect()
        });
        let written = web::block(move || {
            rows.iter().try_for_each(|row| writer.row(row))?;
            Ok(writer)
        });
        writer = written.await.map_err(Problem::internal)?.map_err(|error: FileError| Problem::internal(error))?;
    }
    let bytes = web::block(move || writer.finish()).await.map_err(Problem::internal)?.map_err(Problem::internal)?;
    Ok(headers(Shape::Xlsx, NAME).body(bytes))
}
