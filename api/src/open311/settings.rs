//! What an operator says of the authority that Open311 clients speak to.

use clap::Args;

/// What the authority is called unless set.
const JURISDICTION: &str = "bacninh.gov.vn";

/// What Open311 clients are told of the authority.
#[derive(Debug, Clone, Default, Args)]
pub struct Open311Settings {
    /// The `jurisdiction_id` that Open311 clients may name, bacninh.gov.vn unless set; whoever names another one is told that it is not here.
    #[arg(long, env = "PAKN_OPEN311_JURISDICTION", global = true)]
    pub open311_jurisdiction: Option<String>,
    /// Whom developers of Open311 clients may ask, as the discovery tells it: a line of text. The coordinator's name unless set.
    #[arg(long, env = "PAKN_OPEN311_CONTACT", global = true)]
    pub open311_contact: Option<String>,
}

impl Open311Settings {
    /// The `jurisdiction_id` that is ours. An empty text is none.
    pub fn jurisdiction(&self) -> &str {
        self.open311_jurisdiction.as_deref().filter(|text| !text.is_empty()).unwrap_or(JURISDICTION)
    }

    /// Whom developers may ask, if that is set.
    pub fn contact(&self) -> Option<&str> {
        self.open311_contact.as_deref().filter(|text| !text.is_empty())
    }
}
