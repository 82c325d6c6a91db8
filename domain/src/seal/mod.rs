//! The seal: the heads of all chains in one Merkle tree, whose root is signed and chained to the seal before.
//!
//! A chain shows that nothing in it was changed. It does not show that a petition was taken away with all its events, or the
//! last event of one: for that somebody outside must know what there was. Who keeps a [`Seal`] knows it, in 32 bytes for all
//! petitions together, and whoever keeps an [`Inclusion`] of one petition can show that it was there.
//!
//! A [`Leaf`] is what is said of one petition, [`Blocks`] the tree over all leaves in a form that is short enough to be kept, a
//! [`Statement`] what is signed, [`Replay`] how a whole history of seals is made again. `openapi/SEALS.md` has the exact bytes.

mod blocks;
mod replay;
mod statement;
mod tree;

use serde::Serialize;

pub use blocks::{Block, BlockFault, Blocks, Contents, Gathering};
pub use replay::Replay;
pub use statement::{Flaw, PublicKey, Seal, Signature, Statement, is_due};
pub use tree::{Inclusion, Tree, leaf_hash};

use crate::{chain::Digest, id::PetitionId};

/// How far a petition's chain has come: what a seal says of one petition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Leaf {
    /// The petition.
    pub petition: PetitionId,
    /// How many events its chain has.
    pub version: u32,
    /// The hash of the last.
    pub head: Digest,
}

impl Leaf {
    /// Its hash in the tree, over its RFC 8785 form.
    pub fn hash(&self) -> Digest {
        let Self { petition, version, head } = self;
        // Written out, since a million of these are made at a time; a test holds it against the standard's own form.
        leaf_hash(format!(r#"{{"head":"{head}","petition":"{petition}","version":{version}}}"#).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::chain::canonical;

    /// The leaf of a petition, told apart by number.
    pub(super) fn leaf(petition: u128, version: u32) -> Leaf {
        let head = Digest::of(&[&petition.to_be_bytes(), &version.to_be_bytes()]);
        Leaf { petition: PetitionId(Uuid::from_u128(petition)), version, head }
    }

    #[test]
    fn a_leaf_is_hashed_in_its_canonical_form() {
        let leaf = leaf(0x0193_6400_0000_7abc_8def_0123_4567_89ab, 4_000_000_000);
        assert_eq!(leaf.hash(), leaf_hash(canonical(&leaf).unwrap().as_bytes()));
        assert_eq!(
            canonical(&leaf).unwrap(),
            format!(
                r#"{{"head":"{}","petition":"01936400-0000-7abc-8def-0123456789ab","version":4000000000}}"#,
                leaf.head
            )
        );
    }
}
