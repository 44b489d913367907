//! The fields of a row, as values of the model.

use std::error::Error;

use postgres::Row;
use postgres::types::{FromSql, WasNull};

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
    Server(postgres::Error),
}

impl From<postgres::Error> for Trouble {
    fn from(error: postgres::Error) -> Self {
        Self::Server(error)
    }
}

pub(super) trait Fields {
    /// The value in a column that is NULL only where something has gone; where NULL has a meaning,
    /// ask for an `Option`.
    fn field<'a, T: FromSql<'a>>(&'a self, column: &str) -> Result<T, Trouble>;

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
    fn field<'a, T: FromSql<'a>>(&'a self, column: &str) -> Result<T, Trouble> {
        self.try_get(column).map_err(|error| {
            if error.source().is_some_and(|cause| cause.is::<WasNull>()) {
                Trouble::Gone(format!("{column} is NULL"))
            } else {
                let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
                Trouble::Surprise(format!("{column} cannot be read: {cause}"))
            }
        })
    }
}
