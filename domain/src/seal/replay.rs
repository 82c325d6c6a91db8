//! Making the trees of all seals again, in one pass over the log.

use std::collections::BTreeMap;

use super::{Leaf, Tree, blocks::HEIGHT};
use crate::{chain::Digest, id::PetitionId};

/// The log as far as it was gone through: from one seal to the next only what changed between them is hashed.
#[derive(Debug, Default)]
pub struct Replay {
    /// The petitions in order, with the version that is in the tree.
    held: Vec<(PetitionId, u32)>,
    tree: Tree,
    /// What came since the tree was last asked for.
    fresh: BTreeMap<PetitionId, Leaf>,
}

impl Replay {
    /// Takes an event, named by its petition, its number there and its hash. On PostgreSQL the log's order need not be that of
    /// one petition's events: the highest number counts.
    pub fn add(&mut self, leaf: Leaf) {
        let held = self.fresh.entry(leaf.petition).or_insert(leaf);
        if held.version < leaf.version {
            *held = leaf;
        }
    }

    /// How many petitions there are by now.
    pub fn petitions(&mut self) -> u64 {
        self.settle();
        u64::try_from(self.held.len()).unwrap_or(u64::MAX)
    }

    /// The root of the tree by now.
    pub fn root(&mut self) -> Digest {
        self.settle();
        self.tree.root()
    }

    /// The roots of its blocks by now.
    pub fn blocks(&mut self) -> &[Digest] {
        self.settle();
        self.tree.at_height(HEIGHT)
    }

    /// Takes into the tree what came.
    fn settle(&mut self) {
        let mut new = Vec::new();
        for (petition, leaf) in std::mem::take(&mut self.fresh) {
            match self.held.binary_search_by_key(&petition, |(petition, _)| *petition) {
                Ok(index) => {
                    if let Some((_, version)) = self.held.get_mut(index).filter(|(_, version)| *version < leaf.version)
                    {
                        *version = leaf.version;
                        self.tree.put(index, leaf.hash());
                    }
                }
                Err(_) => new.push(((petition, leaf.version), leaf.hash())),
            }
        }
        let Some(((first, _), _)) = new.first() else { return };
        // Ids begin with the time, so nearly always this is the end.
        let from = self.held.partition_point(|(petition, _)| petition < first);
        let moved = self.held.split_off(from).into_iter().zip(self.tree.split_off(from));
        new.extend(moved);
        new.sort_unstable_by_key(|((petition, _), _)| *petition);
        for (held, hash) in new {
            self.tree.put(self.held.len(), hash);
            self.held.push(held);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::tests::leaf, *};

    proptest! {
        /// A log in any order, sealed now and then: the tree is always that over the newest of each petition.
        #[test]
        fn it_comes_to_the_tree_that_is_made_at_once(log in prop::collection::vec((1..60_u128, 1..6_u32, any::<bool>()), 0..200)) {
            let (mut replay, mut newest) = (Replay::default(), BTreeMap::new());
            for (petition, version, sealed) in log {
                replay.add(leaf(petition, version));
                let held = newest.entry(petition).or_insert(version);
                *held = version.max(*held);
                if sealed {
                    let leaves = newest.iter().map(|(petition, version)| leaf(*petition, *version).hash());
                    let tree = Tree::over(leaves.collect());
                    prop_assert_eq!(replay.root(), tree.root());
                    prop_assert_eq!(replay.petitions(), u64::try_from(newest.len()).unwrap());
                    prop_assert_eq!(replay.blocks(), tree.at_height(HEIGHT));
                }
            }
        }
    }
}
