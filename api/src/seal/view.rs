//! Seals and proofs as the contract shows them: what is signed exactly as it is signed.

use domain::{
    chain::Digest,
    seal::{Inclusion, Leaf, Seal, Signature, Statement},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::Problem;

/// What is signed: the RFC 8785 form of this object. It is never made: the domain's own is shown.
#[derive(ToSchema)]
#[expect(dead_code, reason = "nothing is ever made of it: it is documentation")]
pub(super) struct StatementView {
    /// From 1, without gaps.
    number: u64,
    /// When it was made; UTC, with six decimals.
    #[schema(example = "2026-11-25T17:00:42.123456Z")]
    sealed_at: String,
    /// The place in the log up to which everything is sealed: transaction and position, as `pakn export events` has them.
    #[schema(example = "0-48211")]
    upto: String,
    /// How many petitions have an event up to there.
    petitions: u64,
    /// The root of the Merkle tree over them (RFC 9162), SHA-256 in hexadecimal.
    root: String,
    /// SHA-256 of the RFC 8785 form of the statement before; zeros in the first.
    previous: String,
    /// The Ed25519 key that signs it, in hexadecimal.
    public_key: String,
}

/// A seal.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SealView {
    /// What is signed.
    #[schema(value_type = StatementView)]
    statement: Statement,
    /// The Ed25519 signature of the statement's RFC 8785 form, in hexadecimal.
    #[schema(value_type = String)]
    signature: Signature,
    /// SHA-256 of the statement's RFC 8785 form: what the next seal names it by, and what to write down to hold it to its word.
    #[schema(value_type = String)]
    digest: Digest,
}

impl TryFrom<Seal> for SealView {
    type Error = Problem;

    fn try_from(seal: Seal) -> Result<Self, Problem> {
        let Seal { statement, signature } = seal;
        let digest = statement.digest().map_err(Problem::internal)?;
        Ok(Self { statement, signature, digest })
    }
}

/// A page of seals.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SealPage {
    /// The seals, newest first.
    pub(super) items: Vec<SealView>,
    /// For the next page; `null` on the last.
    pub(super) next_cursor: Option<String>,
}

/// What a seal says of one petition: the leaf of the tree is the RFC 8785 form of this object. It is never made: the domain's own
/// is shown.
#[derive(ToSchema)]
#[expect(dead_code, reason = "nothing is ever made of it: it is documentation")]
pub(super) struct LeafView {
    /// The petition's id.
    petition: Uuid,
    /// How many events it had.
    version: u32,
    /// The hash of the last.
    head: String,
}

/// An event of the petition's chain.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LinkView {
    /// Its place in the history, from 1.
    seq: u32,
    /// Its hash, as the log has it and as its export shows it.
    #[schema(value_type = String)]
    hash: Digest,
}

/// The proof that a petition's history is in a seal.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProofView {
    /// The seal.
    seal: SealView,
    /// What it says of the petition.
    #[schema(value_type = LeafView)]
    leaf: Leaf,
    /// Which leaf of the tree it is, from 0.
    index: u64,
    /// What the leaf's hash is to be joined with to come to the root, from below: RFC 9162, section 2.1.3.2.
    #[schema(value_type = Vec<String>)]
    path: Vec<Digest>,
    /// The petition's events up to the leaf.
    chain: Vec<LinkView>,
}

impl ProofView {
    pub(super) fn new(
        seal: Seal,
        (leaf, inclusion): (Leaf, Inclusion),
        chain: Vec<(u32, Digest)>,
    ) -> Result<Self, Problem> {
        // How many leaves the tree has stands in the seal.
        let Inclusion { index, path, size: _ } = inclusion;
        let chain = chain.into_iter().map(|(seq, hash)| LinkView { seq, hash }).collect();
        Ok(Self { seal: seal.try_into()?, leaf, index, path, chain })
    }
}
