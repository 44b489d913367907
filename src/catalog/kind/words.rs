//! Attributes that are one of a few words, as the catalog's `char` codes are.

/// Declares an enum with, for each variant, the code in the catalog and the word for people.
macro_rules! words {
    ($(#[doc = $about:literal])+ $Name:ident { $($Variant:ident = $code:literal, $word:literal;)+ }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $Name { $($Variant),+ }

        impl $Name {
            pub const ALL: &'static [Self] = &[$(Self::$Variant),+];

            pub fn word(self) -> &'static str {
                match self { $(Self::$Variant => $word),+ }
            }

            /// As the catalog has it.
            pub fn code(self) -> char {
                match self { $(Self::$Variant => $code),+ }
            }
        }

        impl TryFrom<char> for $Name {
            type Error = String;

            fn try_from(code: char) -> Result<Self, String> {
                match code {
                    $($code => Ok(Self::$Variant),)+
                    other => Err(format!("{} cannot be {other:?}", stringify!($Name))),
                }
            }
        }

        impl $crate::catalog::AttrValue for $Name {
            const SHAPE: $crate::catalog::Shape = $crate::catalog::Shape::Word(&[$($word),+]);

            fn to_value(&self) -> $crate::catalog::Value {
                $crate::catalog::Value::Text(self.word().to_owned())
            }

            fn from_value(value: $crate::catalog::Value) -> Result<Self, String> {
                let expected = || {
                    let words: Vec<&str> = Self::ALL.iter().map(|one| one.word()).collect();
                    format!("one of: {}", words.join(", "))
                };
                let $crate::catalog::Value::Text(text) = value else { return Err(expected()) };
                Self::ALL.iter().copied().find(|one| one.word().eq_ignore_ascii_case(text.trim())).ok_or_else(expected)
            }
        }
    };
}

pub(crate) use words;
