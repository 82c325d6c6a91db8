//! The tree of a seal, kept short: the roots of its subtrees of 1,024 leaves, so that a proof reads the events of so many
//! petitions and not of all.

use uuid::Uuid;

use super::{Inclusion, Leaf, Tree};
use crate::{chain::Digest, id::PetitionId};

/// The height of a block: it has 2^10 leaves, and the last as many as are left.
pub(super) const HEIGHT: usize = 10;
/// How many leaves a block has.
const LEAVES: usize = 1 << HEIGHT;

/// A subtree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// The petition of its last leaf: its first is the next after the last of the block before.
    pub last: PetitionId,
    /// Its root.
    pub root: Digest,
}

/// All subtrees of a tree, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Blocks(Vec<Block>);

/// Why the leaves of a block give no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the log no longer gives the root of block {0}")]
pub struct BlockFault(usize);

/// What is to be sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// How many petitions.
    pub petitions: u64,
    /// The tree over them.
    pub blocks: Blocks,
}

impl Blocks {
    /// The root of the whole tree.
    pub fn root(&self) -> Digest {
        self.tree().root()
    }

    fn tree(&self) -> Tree {
        Tree::over(self.0.iter().map(|block| block.root).collect())
    }

    /// Which block a petition would be in, and after which petition and up to which one the block's leaves lie; `None` after the
    /// last.
    pub fn around(&self, petition: PetitionId) -> Option<(usize, PetitionId, PetitionId)> {
        let index = self.0.partition_point(|block| block.last < petition);
        let before = index.checked_sub(1).and_then(|before| self.0.get(before));
        let after = before.map_or(PetitionId(Uuid::nil()), |before| before.last);
        Some((index, after, self.0.get(index)?.last))
    }

    /// The leaf of a petition and the proof that it is in the tree, from the leaves of its block; `None` where it has none.
    ///
    /// # Errors
    /// [`BlockFault`] when these are not the leaves that were sealed.
    pub fn prove(
        &self,
        petitions: u64,
        index: usize,
        leaves: &[Leaf],
        petition: PetitionId,
    ) -> Result<Option<(Leaf, Inclusion)>, BlockFault> {
        let block = Tree::over(leaves.iter().map(Leaf::hash).collect());
        if self.0.get(index).is_none_or(|held| held.root != block.root()) {
            return Err(BlockFault(index));
        }
        let Ok(place) = leaves.binary_search_by_key(&petition, |leaf| leaf.petition) else { return Ok(None) };
        let (Some(leaf), Some(mut path)) = (leaves.get(place), block.path(place)) else { return Ok(None) };
        path.extend(self.tree().path(index).ok_or(BlockFault(index))?);
        let index = u64::try_from(index * LEAVES + place).map_err(|_| BlockFault(index))?;
        Ok(Some((*leaf, Inclusion { index, size: petitions, path })))
    }

    /// The petitions of the first block that another tree has otherwise: after which one, and up to which.
    pub fn differs_from(&self, other: &[Digest]) -> Option<(PetitionId, PetitionId)> {
        let mut after = PetitionId(Uuid::nil());
        for (number, block) in self.0.iter().enumerate() {
            if other.get(number) != Some(&block.root) {
                return Some((after, block.last));
            }
            after = block.last;
        }
        None
    }

    /// As it is stored: 16 bytes of the petition and 32 of the root, for each block.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|block| block.last.0.as_bytes().iter().chain(block.root.as_bytes())).copied().collect()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (blocks, rest) = bytes.as_chunks::<48>();
        let block = |bytes: &[u8; 48]| {
            let (last, root) = bytes.split_first_chunk::<16>()?;
            Some(Block { last: PetitionId(Uuid::from_bytes(*last)), root: Digest::from_bytes(root)? })
        };
        rest.is_empty().then_some(())?;
        blocks.iter().map(block).collect::<Option<_>>().map(Self)
    }
}

/// Makes the tree from leaves that come one after the other, and keeps only one block of them at a time.
#[derive(Debug, Default)]
pub struct Gathering {
    contents: Contents,
    open: Vec<Digest>,
    newest: Option<Leaf>,
}

impl Gathering {
    /// Takes what is known of a petition. These come in the order of petitions; of one petition the last counts.
    pub fn add(&mut self, leaf: Leaf) {
        match self.newest.replace(leaf) {
            Some(before) if before.petition != leaf.petition => self.close(&before),
            Some(_) | None => {}
        }
    }

    fn close(&mut self, leaf: &Leaf) {
        self.contents.petitions += 1;
        self.open.push(leaf.hash());
        if self.open.len() == LEAVES {
            self.end_block(leaf.petition);
        }
    }

    fn end_block(&mut self, last: PetitionId) {
        let root = Tree::over(std::mem::take(&mut self.open)).root();
        self.contents.blocks.0.push(Block { last, root });
    }

    /// What came of it.
    pub fn finish(mut self) -> Contents {
        if let Some(last) = self.newest.take() {
            self.close(&last);
            if !self.open.is_empty() {
                self.end_block(last.petition);
            }
        }
        self.contents
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::leaf, *};

    fn gathered(leaves: &[Leaf]) -> Contents {
        let mut gathering = Gathering::default();
        leaves.iter().for_each(|leaf| gathering.add(*leaf));
        gathering.finish()
    }

    #[test]
    fn blocks_have_the_root_of_the_tree_over_all_and_prove_each_leaf() {
        for petitions in [0, 1, 5, 1_023, 1_024, 1_025, 2_500] {
            // Every other number, so that there are petitions between them.
            let leaves: Vec<Leaf> = (1..=petitions).map(|number| leaf(number * 2, 3)).collect();
            let contents = gathered(&leaves);
            let (blocks, root) = (&contents.blocks, contents.blocks.root());
            let tree = Tree::over(leaves.iter().map(Leaf::hash).collect());
            assert_eq!((contents.petitions, root), (u64::try_from(petitions).unwrap(), tree.root()), "{petitions}");
            assert_eq!(Blocks::from_bytes(&blocks.to_bytes()).as_ref(), Some(blocks));
            assert_eq!(blocks.differs_from(tree.at_height(HEIGHT)), None);
            for number in (1..=petitions).step_by(211) {
                let sought = leaf(number * 2, 3);
                let (block, after, last) = blocks.around(sought.petition).unwrap();
                let within: Vec<Leaf> =
                    leaves.iter().filter(|leaf| after < leaf.petition && leaf.petition <= last).copied().collect();
                let proof = blocks.prove(contents.petitions, block, &within, sought.petition).unwrap();
                let (found, inclusion) = proof.unwrap();
                assert!(found == sought && inclusion.proves(&sought.hash(), &root), "{number} of {petitions}");
                let missing = PetitionId(Uuid::from_u128(number * 2 - 1));
                assert_eq!(blocks.prove(contents.petitions, block, &within, missing), Ok(None));
                let fewer = within.get(1..).unwrap();
                assert_eq!(blocks.prove(contents.petitions, block, fewer, sought.petition), Err(BlockFault(block)));
            }
            assert_eq!(blocks.around(PetitionId(Uuid::from_u128(petitions * 2 + 1))), None);
        }
    }

    #[test]
    fn of_one_petition_the_last_counts() {
        let histories = [leaf(1, 1), leaf(1, 2), leaf(2, 1), leaf(3, 1), leaf(3, 2), leaf(3, 3)];
        assert_eq!(gathered(&histories), gathered(&[leaf(1, 2), leaf(2, 1), leaf(3, 3)]));
    }

    #[test]
    fn the_first_block_that_differs_is_named() {
        let mut leaves: Vec<Leaf> = (1..=3_000).map(|number| leaf(number, 1)).collect();
        let sealed = gathered(&leaves).blocks;
        leaves.remove(1_500);
        let tree = Tree::over(leaves.iter().map(Leaf::hash).collect());
        let id = |number| PetitionId(Uuid::from_u128(number));
        assert_eq!(sealed.differs_from(tree.at_height(HEIGHT)), Some((id(1_024), id(2_048))));
        assert_eq!(Blocks::from_bytes(&[0; 47]), None);
    }
}
