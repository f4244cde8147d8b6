//! Drives UmaDB through its own client, with the command line and the answers of the drivers in C++ (common/driver.hpp).
//!
//! A stream is a tag: UmaDB has tags and no streams.

mod load;

use load::{Fallible, Options, STREAM_EVENTS, Session, StreamWriter, data_of, stream_name};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use umadb_client::{AsyncUmaDbClient, UmaDbClient};
use umadb_dcb::{DcbAppendCondition, DcbEvent, DcbEventStoreAsync, DcbQuery, DcbQueryItem};
use uuid::Uuid;

const OPERATIONS: [&str; 7] = ["load", "append", "append-tags", "append-if", "read-stream", "read-all", "catch-up"];
const EVENT_TYPE: &str = "OrderPlaced";

static NUMBER: AtomicU64 = AtomicU64::new(0);

fn new_event(tags: &[String]) -> DcbEvent {
    DcbEvent::default()
        .event_type(EVENT_TYPE)
        .tags(tags.iter().cloned())
        .data(data_of(NUMBER.fetch_add(1, Ordering::Relaxed) + 1))
        .uuid(Uuid::new_v4())
}

struct Client {
    client: Arc<AsyncUmaDbClient>,
    options: Options,
    streams: StreamWriter,
    random: u64,
    /// Where this client last appended to the current boundary; nothing when it is new.
    last: Option<u64>,
}

impl Client {
    async fn append(&mut self) -> Fallible<u64> {
        self.streams.advance(self.options.batch);
        let tags = [self.streams.stream.clone()];
        let events = (0..self.options.batch).map(|_| new_event(&tags)).collect();
        self.client.append(events, None, None).await?;
        Ok(self.options.batch)
    }

    /// An event with two tags; `conditional`: unless another of its type and tags came after the last one that this client knows.
    async fn append_tagged(&mut self, conditional: bool) -> Fallible<u64> {
        self.streams.advance(1);
        if self.streams.version == 0 {
            self.last = None;
        }
        let tags = [
            format!("order={}", self.streams.stream),
            format!("customer={}", self.streams.stream),
        ];
        let condition = conditional.then(|| {
            let item = DcbQueryItem::new().types([EVENT_TYPE]).tags(tags.iter().cloned());
            DcbAppendCondition::new(DcbQuery::new().item(item)).after(self.last)
        });
        self.last = Some(self.client.append(vec![new_event(&tags)], condition, None).await?);
        Ok(1)
    }

    async fn read_stream(&mut self) -> Fallible<u64> {
        self.random = self.random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let number = (self.random >> 33) % (self.options.events / STREAM_EVENTS);
        let query = DcbQuery::new().item(DcbQueryItem::new().tags([stream_name("loaded", number)]));
        self.read(Some(query), STREAM_EVENTS).await
    }

    async fn read(&mut self, query: Option<DcbQuery>, expected: u64) -> Fallible<u64> {
        let mut response = self.client.read(query, None, false, None).await?;
        let mut events = 0;
        loop {
            let batch = response.next_batch().await?;
            if batch.is_empty() {
                break;
            }
            events += batch.len() as u64;
        }
        if events != expected {
            return Err(format!("read {events} events instead of {expected}").into());
        }
        Ok(events)
    }

    async fn catch_up(&mut self) -> Fallible<u64> {
        let head = self.client.head().await?.unwrap_or(0);
        let mut subscription = self.client.subscribe(None, None).await?;
        let mut events = 0;
        let mut position = 0;
        while position < head {
            for event in subscription.next_batch().await? {
                events += 1;
                position = event.position;
            }
        }
        if events != self.options.events {
            return Err(format!("caught up after {events} events instead of {}", self.options.events).into());
        }
        Ok(events)
    }
}

impl Session for Client {
    async fn request(&mut self) -> Fallible<u64> {
        match self.options.operation.as_str() {
            "load" | "append" => self.append().await,
            "append-tags" => self.append_tagged(false).await,
            "append-if" => self.append_tagged(true).await,
            "read-stream" => self.read_stream().await,
            "read-all" => self.read(None, self.options.events).await,
            "catch-up" => self.catch_up().await,
            other => Err(format!("unknown operation {other}").into()),
        }
    }
}

async fn drive(options: Options) -> Fallible<()> {
    let mut clients = Vec::new();
    for number in 0..options.clients {
        let url = format!("http://{}:{}", options.host, options.port);
        clients.push(Client {
            client: Arc::new(UmaDbClient::new(url).connect_async().await?),
            streams: StreamWriter::new(&options.run, number, options.clients),
            options: options.clone(),
            random: number,
            last: None,
        });
    }
    load::run(clients, &options).await
}

#[tokio::main]
async fn main() {
    if std::env::args().nth(1).as_deref() == Some("--operations") {
        println!("{}", OPERATIONS.join("\n"));
        return;
    }
    let done = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => drive(options).await,
        Err(error) => Err(error),
    };
    if let Err(error) = done {
        eprintln!("es-peer-umadb: {error}");
        std::process::exit(1);
    }
}
