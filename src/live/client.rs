//! The driver's connection, driven from here: it can send all queries at once and read their answers one after
//! the other, which the driver's own blocking client cannot. So a read costs a few round trips, however many
//! catalogs there are: behind a pooler in another region each is some tens of milliseconds.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::future::{MaybeDone, maybe_done};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Config, Error, Row, RowStream, SimpleQueryMessage, Socket};

/// How long the end of a connection is waited for: it is a matter of politeness.
const FAREWELL: Duration = Duration::from_secs(1);

/// How much longer than the server may take for an answer it is waited for. A server that keeps to its timeouts never
/// needs that; a network that falls silent says nothing by itself.
const GRACE: Duration = Duration::from_secs(15);

/// The driver's words for an answer that has not come in time.
pub(super) const SILENT: &str = "timeout waiting for server";

/// A connection, and what makes it go on.
pub(super) struct Client {
    /// Goes first: then the connection knows that there is nothing more to be asked.
    client: tokio_postgres::Client,
    driver: Driver,
}

/// What moves bytes between the socket and the requests.
type Connection = dyn Future<Output = Result<(), Error>> + Send;

struct Driver {
    runtime: Runtime,
    /// None once it has ended.
    connection: Option<Pin<Box<Connection>>>,
    /// How long one answer is waited for.
    patience: Duration,
}

impl Client {
    /// Connects, without a deadline.
    ///
    /// # Errors
    /// Where the driver's own client has one, and where the system has no room for another event loop.
    pub(super) fn connect<T>(config: &Config, tls: T) -> Result<Self, Error>
    where
        T: MakeTlsConnect<Socket>,
        T::Stream: Send + 'static,
    {
        #[expect(clippy::expect_used, reason = "it opens two file descriptors, and the driver does the same")]
        let runtime = Builder::new_current_thread().enable_all().build().expect("an event loop");
        let (client, connection) = runtime.block_on(config.connect(tls))?;
        let connection: Pin<Box<Connection>> = Box::pin(connection);
        Ok(Self { client, driver: Driver { runtime, connection: Some(connection), patience: Duration::MAX } })
    }

    /// How long the server itself may take for an answer from now on.
    pub(super) fn allow(&mut self, limit: Duration) {
        self.driver.patience = limit.saturating_add(GRACE);
    }

    /// Statements without parameters, their values as text.
    pub(super) fn simple_query(&mut self, sql: &str) -> Result<Vec<SimpleQueryMessage>, Error> {
        self.driver.wait(self.client.simple_query(sql))
    }

    /// The same, where the answer does not matter.
    pub(super) fn batch_execute(&mut self, sql: &str) -> Result<(), Error> {
        self.driver.wait(self.client.batch_execute(sql))
    }

    /// Sends all of these queries. They have no names: a named statement is lost or doubled behind a pooler.
    pub(super) fn ask<'a>(&'a mut self, queries: &'a [&'a str]) -> Result<Answers<'a>, Error> {
        let Self { client, driver } = self;
        let client = &*client;
        let ask = |sql: &&'a str| -> Asked<'a> {
            let without_parameters = std::iter::empty::<(&(dyn ToSql + Sync), Type)>();
            Box::pin(client.query_typed_raw(sql, without_parameters))
        };
        let mut asked: Vec<_> = queries.iter().map(|sql| maybe_done(ask(sql))).collect();
        // A request goes out when it is looked at for the first time.
        driver.wait(poll_fn(|context| {
            for one in &mut asked {
                let _ = Pin::new(one).poll(context);
            }
            Poll::Ready(Ok(()))
        }))?;
        Ok(Answers { driver, asked: asked.into_iter() })
    }
}

type Asked<'a> = Pin<Box<dyn Future<Output = Result<RowStream, Error>> + 'a>>;

/// What is still to be read of several answers. Who drops it leaves the rest to be thrown away.
pub(super) struct Answers<'a> {
    driver: &'a mut Driver,
    asked: std::vec::IntoIter<MaybeDone<Asked<'a>>>,
}

impl Answers<'_> {
    /// The rows of the next answer; none once all have been read.
    pub(super) fn next(&mut self) -> Result<Vec<Row>, Error> {
        let Some(mut asked) = self.asked.next() else { return Ok(Vec::new()) };
        self.driver.wait(async {
            (&mut asked).await;
            match Pin::new(&mut asked).take_output() {
                Some(rows) => Box::pin(rows?).try_collect().await,
                None => Ok(Vec::new()),
            }
        })
    }
}

impl Driver {
    /// Waits for an answer. Where the connection breaks, its own error says more than that of the request.
    fn wait<T>(&mut self, request: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let Self { runtime, connection, patience } = self;
        let mut request = pin!(request);
        let answer = poll_fn(|context| {
            let mut broken = None;
            if let Some(going_on) = connection
                && let Poll::Ready(ended) = going_on.as_mut().poll(context)
            {
                *connection = None;
                broken = ended.err();
            }
            match (request.as_mut().poll(context), broken) {
                (Poll::Ready(Err(error)), Some(broken)) if error.is_closed() => Poll::Ready(Err(broken)),
                (Poll::Ready(answer), _) => Poll::Ready(answer),
                (Poll::Pending, Some(broken)) => Poll::Ready(Err(broken)),
                (Poll::Pending, None) => Poll::Pending,
            }
        });
        let in_time = async { tokio::time::timeout(*patience, answer).await };
        runtime.block_on(in_time).unwrap_or_else(|_| {
            // Nor would it say anything to a farewell.
            *connection = None;
            Err(Error::__private_api_timeout())
        })
    }
}

impl Drop for Driver {
    /// Takes leave, so that the server's log tells of no client that has vanished.
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            let _ = self.runtime.block_on(async { tokio::time::timeout(FAREWELL, connection).await });
        }
    }
}
