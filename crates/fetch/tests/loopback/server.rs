//! A server on the loopback interface that answers as a test tells it to, well or badly.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What a client asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    /// The names in small letters.
    pub(crate) headers: BTreeMap<String, String>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The address of `path` on this server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.headers["host"])
    }
}

/// Bytes for the wire, and whether the connection stays open behind them.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) bytes: Vec<u8>,
    stalls: bool,
    /// How many bytes at the end come one by one, one each 20 ms.
    drips: usize,
}

impl Reply {
    /// A whole answer.
    pub(crate) fn new(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let length = body.len().to_string();
        let mut headers = headers.to_vec();
        if headers.iter().all(|(name, _)| *name != "Content-Length") {
            headers.push(("Content-Length", &length));
        }
        Self::unmeasured(status, &headers, body)
    }

    /// An answer that ends where the connection does.
    pub(crate) fn unmeasured(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let mut head = format!("HTTP/1.1 {status} Some Reason\r\nConnection: close\r\n");
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        Self { bytes: [head.as_bytes(), b"\r\n", body].concat(), stalls: false, drips: 0 }
    }

    /// The bytes of `body` from `from` on, as the answer to a range.
    pub(crate) fn rest(from: usize, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let range = format!("bytes {from}-{}/{}", body.len() - 1, body.len());
        let headers = [headers, &[("Content-Range", range.as_str())]].concat();
        Self::new(206, &headers, &body[from..])
    }

    /// The connection is closed `missing` bytes before the end.
    pub(crate) fn cut(mut self, missing: usize) -> Self {
        self.bytes.truncate(self.bytes.len() - missing);
        self
    }

    /// The last `n` bytes come one by one.
    pub(crate) fn dripping(mut self, n: usize) -> Self {
        self.drips = n;
        self
    }

    /// Nothing more comes, and the connection is not closed.
    pub(crate) fn stalling(mut self) -> Self {
        self.stalls = true;
        self
    }
}

/// Answers until it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    stopped: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

impl Server {
    /// `answer` is told what is asked for, and how often the same path was asked for before.
    pub(crate) fn start(answer: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let stopped = Arc::new(AtomicBool::new(false));
        let (all, stop, answer) = (Arc::clone(&asked), Arc::clone(&stopped), Arc::new(answer));
        let listening = thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (all, answer) = (Arc::clone(&all), Arc::clone(&answer));
                thread::spawn(move || converse(stream.unwrap(), &all, &*answer));
            }
        });
        Self { address, asked, stopped, listening: Some(listening) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was asked of one path.
    pub(crate) fn asked(&self, path: &str) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|asked| asked.path == path).cloned().collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        let _ = self.listening.take().unwrap().join();
    }
}

fn converse(
    mut stream: TcpStream,
    all: &Mutex<Vec<Asked>>,
    answer: &dyn Fn(&Asked, usize) -> Reply,
) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(first)) = lines.next() else { return };
    let path = first.split(' ').nth(1).unwrap().to_owned();
    let head = lines.map_while(Result::ok).take_while(|line| !line.is_empty());
    let headers = head.map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_ascii_lowercase(), value.to_owned())
    });
    let asked = Asked { path, headers: headers.collect() };
    let before = {
        let mut all = all.lock().unwrap();
        let before = all.iter().filter(|earlier| earlier.path == asked.path).count();
        all.push(asked.clone());
        before
    };
    let reply = answer(&asked, before);
    // A client may leave before the end.
    let (at_once, one_by_one) = reply.bytes.split_at(reply.bytes.len() - reply.drips);
    let _ = stream.write_all(at_once);
    for byte in one_by_one {
        if stream.write_all(&[*byte]).is_err() {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
    if reply.stalls {
        let _ = stream.read(&mut [0]);
    }
}
