//! The fields of a row, as values of the model.

use std::error::Error;

use serde_json::{Map, Value};
use tokio_postgres::types::{FromSql, WasNull};

use crate::catalog::{Class, Expr, ObjectId};
use crate::sql::{Ident, QualifiedName};

/// Why a row, or a whole answer, could not be read.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Something was gone before it could be printed: the functions that print look at the catalog
    /// as it is now, not at the snapshot of the transaction.
    Gone(String),
    /// The server says what no server that we know of can say.
    Surprise(String),
    Server(tokio_postgres::Error),
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Server(error)
    }
}

/// A row of a catalog, in either of the two forms in which they come.
#[derive(Debug)]
pub(super) enum Row {
    Plain(tokio_postgres::Row),
    /// As `row_to_json()` makes it, so that catalogs of different columns can answer in one statement.
    Json(Map<String, Value>),
}

/// What a column can hold.
pub(super) trait Field<'a>: FromSql<'a> {
    /// None where it is something else, or NULL without leave.
    fn from_json(value: &'a Value) -> Option<Self>;
}

impl<'a> Field<'a> for bool {
    fn from_json(value: &'a Value) -> Option<Self> {
        value.as_bool()
    }
}

impl<'a> Field<'a> for &'a str {
    fn from_json(value: &'a Value) -> Option<Self> {
        value.as_str()
    }
}

impl<'a> Field<'a> for String {
    fn from_json(value: &'a Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl<'a> Field<'a> for &'a [u8] {
    /// Nothing that is rare has any.
    fn from_json(_: &'a Value) -> Option<Self> {
        None
    }
}

/// The numbers; an OID is none to the server, and stands in quotes.
macro_rules! number {
    ($($Number:ty),+) => {$(
        impl<'a> Field<'a> for $Number {
            fn from_json(value: &'a Value) -> Option<Self> {
                match value {
                    Value::String(digits) => digits.parse().ok(),
                    value => value.to_string().parse().ok(),
                }
            }
        }
    )+};
}

number!(u32, i16, i32, i64, f32);

impl<'a, T: Field<'a>> Field<'a> for Option<T> {
    fn from_json(value: &'a Value) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::from_json(value).map(Some) }
    }
}

impl<'a, T: Field<'a>> Field<'a> for Vec<T> {
    fn from_json(value: &'a Value) -> Option<Self> {
        value.as_array()?.iter().map(T::from_json).collect()
    }
}

pub(super) trait Fields {
    /// The value in a column that is NULL only where something has gone; where NULL has a meaning,
    /// ask for an `Option`.
    fn field<'a, T: Field<'a>>(&'a self, column: &str) -> Result<T, Trouble>;

    fn ident(&self, column: &str) -> Result<Ident, Trouble> {
        Ok(Ident::new(self.field::<&str>(column)?))
    }

    fn optional_ident(&self, column: &str) -> Result<Option<Ident>, Trouble> {
        Ok(self.field::<Option<&str>>(column)?.map(Ident::new))
    }

    fn idents(&self, column: &str) -> Result<Vec<Ident>, Trouble> {
        Ok(self.field::<Vec<&str>>(column)?.into_iter().map(Ident::from).collect())
    }

    /// A `"char"`, as text: the code of one of the model's words.
    fn code<T: TryFrom<char, Error = String>>(&self, column: &str) -> Result<T, Trouble> {
        let text: &str = self.field(column)?;
        let code = text.chars().next().ok_or_else(|| Trouble::Surprise(format!("{column} is empty")))?;
        T::try_from(code).map_err(Trouble::Surprise)
    }

    /// The same, empty where there is none.
    fn optional_code<T: TryFrom<char, Error = String>>(&self, column: &str) -> Result<Option<T>, Trouble> {
        if self.field::<&str>(column)?.is_empty() { Ok(None) } else { self.code(column).map(Some) }
    }

    /// An expression as it was printed, if there `is` one.
    fn expr(&self, column: &str, is: bool) -> Result<Option<Expr>, Trouble> {
        if is { Ok(Some(Expr::new(self.field::<&str>(column)?))) } else { Ok(None) }
    }

    /// `reloptions` and their like, sorted.
    fn options(&self, column: &str) -> Result<Vec<String>, Trouble> {
        let mut options: Vec<String> = self.field::<Option<Vec<String>>>(column)?.unwrap_or_default();
        options.sort();
        Ok(options)
    }

    /// The relation that the row is about, or that its object is a part of.
    fn relation(&self) -> Result<ObjectId, Trouble> {
        Ok(ObjectId::in_schema(Class::Relation, &self.ident("nspname")?, &self.ident("relname")?))
    }

    /// A name that is printed without `pg_catalog`; none where it is NULL.
    fn qualified_name(&self, schema: &str, name: &str) -> Result<Option<QualifiedName>, Trouble> {
        match (self.field::<Option<String>>(schema)?, self.field::<Option<String>>(name)?) {
            (Some(schema), Some(name)) => Ok(Some(QualifiedName::from_parts(&[schema, name]))),
            (None, Some(_)) => Err(Trouble::Gone(format!("{schema} is NULL"))),
            (_, None) => Ok(None),
        }
    }
}

impl Fields for Row {
    fn field<'a, T: Field<'a>>(&'a self, column: &str) -> Result<T, Trouble> {
        let gone = || Trouble::Gone(format!("{column} is NULL"));
        let unreadable = |problem: String| Trouble::Surprise(format!("{column} cannot be read: {problem}"));
        match self {
            Self::Plain(row) => row.try_get(column).map_err(|error| match error.source() {
                Some(cause) if cause.is::<WasNull>() => gone(),
                cause => unreadable(cause.map_or_else(|| error.to_string(), ToString::to_string)),
            }),
            Self::Json(fields) => {
                let value = fields.get(column).ok_or_else(|| unreadable("there is none".to_owned()))?;
                T::from_json(value).ok_or_else(|| if value.is_null() { gone() } else { unreadable(value.to_string()) })
            }
        }
    }
}
