//! The macro behind the closed word lists of the contract.

/// A closed list of words: an enum with its one wire name each, exhaustive in both directions.
macro_rules! vocabulary {
    (
        $(#[$doc:meta])*
        $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal),+ $(,)? }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$word_doc])* #[serde(rename = $text)] $word,)+
        }

        impl $name {
            /// Every word of the list, in its order.
            pub const ALL: &[Self] = &[$(Self::$word),+];

            /// The word as the contract and the database write it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text),+ }
            }

            /// The word that is written so, if there is one.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$word),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use vocabulary;
