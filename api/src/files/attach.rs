//! The files that a body names by their ids.

use std::collections::HashMap;

use domain::{id::UploadId, petition::Attachment};
use uuid::Uuid;

use crate::{
    app::App,
    auth::Caller,
    field::{Faults, Field},
    problem::{FaultCode, Problem},
};

/// What a body names, and what of it the caller may attach.
pub struct GivenUploads {
    named: Field<Vec<Option<UploadId>>>,
    attachable: HashMap<UploadId, Attachment>,
    most: usize,
}

impl GivenUploads {
    /// None, for what names no files.
    pub fn none() -> Self {
        Self { named: Field::Absent, attachable: HashMap::new(), most: 0 }
    }

    /// Looks them up, in one query. A file of somebody else is looked for and not found like one that does not exist.
    ///
    /// # Errors
    /// As the store says.
    pub async fn find(app: &App, caller: &Caller, given: Field<Vec<String>>) -> Result<Self, Problem> {
        let most = app.files.settings.attachments_max;
        let named = match given {
            Field::Absent => Field::Absent,
            Field::WrongType => Field::WrongType,
            Field::Given(ids) => {
                Field::Given(ids.iter().map(|id| Uuid::try_parse(id).ok().map(UploadId)).collect::<Vec<_>>())
            }
        };
        let ids: Vec<UploadId> = match &named {
            // Ten thousand are refused without being looked for.
            Field::Given(ids) if ids.len() <= most => ids.iter().copied().flatten().collect(),
            Field::Given(_) | Field::Absent | Field::WrongType => Vec::new(),
        };
        let found = app.store.attachable_uploads(caller.account, &ids).await?;
        let attachable = found.iter().map(|upload| (upload.id, upload.as_attachment())).collect();
        Ok(Self { named, attachable, most })
    }

    /// The files, or what is wrong with each.
    pub fn take(self, faults: &mut Faults) -> Vec<Attachment> {
        let Self { named, attachable, most } = self;
        let named = faults.optional("/attachments", named).unwrap_or_default();
        if named.len() > most {
            faults.add_with("/attachments", FaultCode::TooManyItems, format!("max {most}"));
            return Vec::new();
        }
        let mut taken: Vec<Attachment> = Vec::new();
        for (index, id) in named.iter().enumerate() {
            match id.and_then(|id| attachable.get(&id)) {
                None => faults.add(format!("/attachments/{index}"), FaultCode::UnknownUpload),
                Some(attachment) if taken.contains(attachment) => {
                    faults.add(format!("/attachments/{index}"), FaultCode::Repeated);
                }
                Some(attachment) => taken.push(*attachment),
            }
        }
        taken
    }
}
