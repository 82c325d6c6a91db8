//! The Merkle tree of RFC 9162, section 2.1, and proofs that something is in it.
//!
//! The RFC splits a tree at the largest power of two below its size. The same tree comes of joining neighbours level by level
//! and taking the last one up as it is where it has no neighbour, which is how it is kept here: so a leaf can be replaced or
//! added, and the levels halfway up are at hand.

use crate::chain::Digest;

/// The hash of a leaf: a byte that no inner node begins with, and what the leaf says.
pub fn leaf_hash(content: &[u8]) -> Digest {
    Digest::of(&[&[0], content])
}

fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Digest::of(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// What stands above two neighbours, or above the last one that has none.
fn above(left: &Digest, right: Option<&Digest>) -> Digest {
    right.map_or(*left, |right| node_hash(left, right))
}

/// A tree over hashes of leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// The leaves, what stands above them, and so on up to the root alone; no level where there is no leaf.
    levels: Vec<Vec<Digest>>,
}

impl Tree {
    /// The tree over these, in their order.
    pub fn over(leaves: Vec<Digest>) -> Self {
        let mut levels = Vec::new();
        let mut level = leaves;
        while level.len() > 1 {
            let pairs = level.chunks(2).filter_map(|pair| Some(above(pair.first()?, pair.get(1))));
            let next = pairs.collect();
            levels.push(std::mem::replace(&mut level, next));
        }
        if !level.is_empty() {
            levels.push(level);
        }
        Self { levels }
    }

    /// The hash of the whole; of no leaves SHA-256 of nothing.
    pub fn root(&self) -> Digest {
        self.levels.last().and_then(|level| level.first()).copied().unwrap_or_else(|| Digest::of(&[]))
    }

    /// The roots of the subtrees of 2^`height` leaves each, in order; the last may have fewer.
    pub fn at_height(&self, height: usize) -> &[Digest] {
        self.levels.get(height).or(self.levels.last()).map_or(&[], Vec::as_slice)
    }

    /// Replaces a leaf, or adds one after the last.
    pub fn put(&mut self, index: usize, leaf: Digest) {
        let (mut index, mut hash, mut height) = (index, leaf, 0);
        loop {
            if self.levels.len() == height {
                self.levels.push(Vec::new());
            }
            let Some(level) = self.levels.get_mut(height) else { return };
            match level.get_mut(index) {
                Some(held) => *held = hash,
                None => level.push(hash),
            }
            if level.len() == 1 {
                return;
            }
            let left = index & !1;
            let Some(first) = level.get(left) else { return };
            hash = above(first, level.get(left + 1));
            (index, height) = (index / 2, height + 1);
        }
    }

    /// Takes away the leaves from there on, and gives them. What is left has its root again once a leaf was put after it.
    pub(super) fn split_off(&mut self, index: usize) -> Vec<Digest> {
        let gone = self.levels.first_mut().map(|leaves| leaves.split_off(index.min(leaves.len()))).unwrap_or_default();
        for (height, level) in self.levels.iter_mut().enumerate() {
            // What stands above leaves on both sides of the cut goes too.
            level.truncate(index >> height);
        }
        self.levels.retain(|level| !level.is_empty());
        gone
    }

    /// What a leaf must be joined with, from below, to come to the root; `None` where there is no such leaf.
    pub fn path(&self, index: usize) -> Option<Vec<Digest>> {
        self.levels.first()?.get(index)?;
        let beside = self.levels.iter().enumerate().filter_map(|(height, level)| level.get((index >> height) ^ 1));
        Some(beside.copied().collect())
    }
}

/// That a leaf is in a tree: RFC 9162, section 2.1.3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// Which leaf, from 0.
    pub index: u64,
    /// How many leaves the tree has.
    pub size: u64,
    /// What the leaf is to be joined with, from below.
    pub path: Vec<Digest>,
}

impl Inclusion {
    /// Whether it leads from the hash of a leaf to that root: the algorithm of RFC 9162, section 2.1.3.2.
    pub fn proves(&self, leaf: &Digest, root: &Digest) -> bool {
        let Some(mut last) = self.size.checked_sub(1).filter(|last| self.index <= *last) else { return false };
        let (mut at, mut hash) = (self.index, *leaf);
        for beside in &self.path {
            if last == 0 {
                return false;
            }
            if at % 2 == 1 || at == last {
                hash = node_hash(beside, &hash);
                while at % 2 == 0 && at != 0 {
                    (at, last) = (at / 2, last / 2);
                }
            } else {
                hash = node_hash(&hash, beside);
            }
            (at, last) = (at / 2, last / 2);
        }
        last == 0 && hash == *root
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As the RFC defines it, word for word.
    fn defined(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => Digest::of(&[]),
            [leaf] => *leaf,
            more => {
                let half = more.len().next_power_of_two() / 2;
                node_hash(&defined(&more[..half]), &defined(&more[half..]))
            }
        }
    }

    fn leaves(count: u64) -> Vec<Digest> {
        (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
    }

    fn inclusion(tree: &Tree, index: u64, size: u64) -> Inclusion {
        Inclusion { index, size, path: tree.path(usize::try_from(index).unwrap()).unwrap() }
    }

    #[test]
    fn nothing_has_the_hash_of_nothing() {
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Tree::default().root().to_string(), nothing);
        assert_eq!(Tree::over(Vec::new()), Tree::default());
        assert_eq!(Tree::default().path(0), None);
    }

    #[test]
    fn the_root_is_the_one_defined_and_every_leaf_is_proved() {
        for size in 0..=70 {
            let leaves = leaves(size);
            let tree = Tree::over(leaves.clone());
            assert_eq!(tree.root(), defined(&leaves), "{size}");
            for (index, leaf) in (0..).zip(&leaves) {
                let proof = inclusion(&tree, index, size);
                assert!(proof.proves(leaf, &tree.root()), "{index} of {size}");
                for other in (0..size + 2).filter(|other| *other != index) {
                    assert!(
                        !Inclusion { index: other, ..proof.clone() }.proves(leaf, &tree.root()),
                        "{other} of {size}"
                    );
                }
            }
            assert_eq!(tree.path(usize::try_from(size).unwrap()), None);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_changed_proves_nothing(size in 1..70_u64, which in any::<prop::sample::Index>(), bit in 0..256_usize) {
            let leaves = leaves(size);
            let tree = Tree::over(leaves.clone());
            let index = which.index(leaves.len());
            let flipped = |digest: &Digest| {
                let mut bytes = *digest.as_bytes();
                bytes[bit / 8] ^= 1 << (bit % 8);
                Digest::from_bytes(&bytes).unwrap()
            };
            let (leaf, root) = (leaves[index], tree.root());
            let proof = inclusion(&tree, u64::try_from(index).unwrap(), size);
            prop_assert!(!proof.proves(&flipped(&leaf), &root));
            prop_assert!(!proof.proves(&leaf, &flipped(&root)));
            for step in 0..proof.path.len() {
                let mut changed = proof.clone();
                changed.path[step] = flipped(&changed.path[step]);
                prop_assert!(!changed.proves(&leaf, &root));
                changed.path.remove(step);
                prop_assert!(!changed.proves(&leaf, &root));
            }
            let mut longer = proof;
            longer.path.push(root);
            prop_assert!(!longer.proves(&leaf, &root));
        }

        #[test]
        fn what_is_put_in_comes_to_the_same_tree(first in 0..70_u64, puts in prop::collection::vec((any::<prop::sample::Index>(), any::<u64>()), 0..40), cut in 0..70_usize) {
            let mut leaves = leaves(first);
            let mut tree = Tree::over(leaves.clone());
            for (which, content) in puts {
                let (index, leaf) = (which.index(leaves.len() + 1), leaf_hash(&content.to_be_bytes()));
                if index == leaves.len() { leaves.push(leaf) } else { leaves[index] = leaf }
                tree.put(index, leaf);
                prop_assert_eq!(&tree, &Tree::over(leaves.clone()));
            }
            let cut = cut.min(leaves.len());
            let gone = tree.split_off(cut);
            prop_assert_eq!(&gone, &leaves.split_off(cut));
            for leaf in gone.into_iter().rev() {
                leaves.push(leaf);
                tree.put(leaves.len() - 1, leaf);
                prop_assert_eq!(&tree, &Tree::over(leaves.clone()));
            }
        }

        #[test]
        fn a_tree_of_subtrees_has_the_same_root(size in 0..70_u64, height in 0..5_usize) {
            let tree = Tree::over(leaves(size));
            prop_assert_eq!(Tree::over(tree.at_height(height).to_vec()).root(), tree.root());
        }
    }
}
