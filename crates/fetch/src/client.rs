//! HTTP: one request, its failures, and patience with those that pass.

use std::io::{self, Read};
use std::thread;
use std::time::Duration;

use ureq::http::Response;
use ureq::{Agent, Body};

use crate::description::{Description, complaint, one_line};
use crate::error::FetchError;
use crate::pace::{LONGEST_DESCRIPTION, Pace};
use crate::request::Source;

const LONGEST_COMPLAINT: u64 = 64 << 10;

/// Asks servers.
pub(crate) struct Client {
    agent: Agent,
    read_timeout: Duration,
    pub(crate) window: Duration,
    pauses: Vec<Duration>,
}

/// The bytes that are wanted of a file that is still what it was.
pub(crate) struct Rest<'a> {
    pub(crate) from: u64,
    /// The `ETag` or the `Last-Modified` of the file.
    pub(crate) validator: &'a str,
}

/// A server's no.
struct Refusal {
    status: u16,
    /// OpenML's own, if it gives one.
    code: String,
    message: String,
}

impl Refusal {
    fn error(&self, url: &str) -> FetchError {
        let Refusal { status, message, .. } = self;
        let message = if message.is_empty() { String::new() } else { format!(": {message}") };
        FetchError::Status { url: url.to_owned(), status: *status, message }
    }
}

impl Client {
    pub(crate) fn new(source: &Source) -> Self {
        let patience = Some(source.read_timeout);
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .user_agent(concat!("longtail/", env!("CARGO_PKG_VERSION")))
            // A range of a compressed answer is no range of the file.
            .accept_encoding("identity")
            .timeout_resolve(patience)
            .timeout_connect(patience)
            .timeout_per_read(patience)
            .timeout_per_write(patience)
            // A line of the header now and then is no silence.
            .timeout_recv_response(Some(source.window))
            // Requests are few, and a server may have closed what a pool still holds.
            .max_idle_connections(0)
            .build();
        Self {
            agent: Agent::new_with_config(config),
            read_timeout: source.read_timeout,
            window: source.window,
            pauses: source.pauses.clone(),
        }
    }

    /// Does `attempt` again after each pause, as long as its failure may pass.
    pub(crate) fn patiently<T>(
        &self,
        mut attempt: impl FnMut() -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        for pause in &self.pauses {
            match attempt() {
                Err(error) if error.may_pass() => thread::sleep(*pause),
                done => return done,
            }
        }
        attempt()
    }

    /// OpenML's description of a data set, as it was answered and as it is understood.
    pub(crate) fn describe(
        &self,
        base: &str,
        id: u32,
    ) -> Result<(Vec<u8>, Description), FetchError> {
        let url = format!("{}/json/data/{id}", base.trim_end_matches('/'));
        let answer = self.patiently(|| self.ask_description(&url, id))?;
        let wrong = |message| FetchError::Description { url: url.clone(), message };
        let description = Description::parse(&answer).map_err(wrong)?;
        if description.id != id {
            return Err(wrong(format!("it is of data set {}, not {id}", description.id)));
        }
        Ok((answer, description))
    }

    /// The server's list at `url` of the data sets called `name`.
    pub(crate) fn list(&self, url: &str, name: &str) -> Result<Vec<u8>, FetchError> {
        let answer = self.patiently(|| self.ask(url))?;
        answer.map_err(|refusal| match refusal {
            Refusal { code, .. } if code == "372" => {
                FetchError::UnknownName { name: name.to_owned(), url: url.to_owned() }
            }
            refusal => refusal.error(url),
        })
    }

    fn ask_description(&self, url: &str, id: u32) -> Result<Vec<u8>, FetchError> {
        self.ask(url)?.map_err(|refusal| match refusal {
            Refusal { code, status, message } if code == "111" || status == 404 => {
                let message = if message.is_empty() { "404".to_owned() } else { message };
                FetchError::Unknown { id, url: url.to_owned(), message }
            }
            refusal => refusal.error(url),
        })
    }

    /// The server's document at `url`; a failure that may pass is an error, any other a refusal.
    fn ask(&self, url: &str) -> Result<Result<Vec<u8>, Refusal>, FetchError> {
        let response = self.get(url, None)?;
        let status = response.status().as_u16();
        if status == 200 {
            return self.read(url, response).map(Ok);
        }
        let body = response.into_body().into_with_config().limit(LONGEST_COMPLAINT);
        let said = body.read_to_vec().ok().and_then(|bytes| complaint(&bytes));
        let (code, message) = said.unwrap_or_default();
        let refusal = Refusal { status, code, message };
        let error = refusal.error(url);
        if error.may_pass() { Err(error) } else { Ok(Err(refusal)) }
    }

    /// A whole document.
    fn read(&self, url: &str, response: Response<Body>) -> Result<Vec<u8>, FetchError> {
        let mut pace = Pace::new(url, 0, LONGEST_DESCRIPTION, self.window);
        let mut body = response.into_body().into_reader();
        let (mut document, mut buffer) = (Vec::new(), [0; 8 << 10]);
        loop {
            let n = body.read(&mut buffer).map_err(|error| self.failure(url, error.into()))?;
            if n == 0 {
                return Ok(document);
            }
            pace.came(n)?;
            document.extend_from_slice(&buffer[..n]);
        }
    }

    /// The answer to a request for a whole file, or for the rest of one; of any status.
    pub(crate) fn get(&self, url: &str, rest: Option<&Rest>) -> Result<Response<Body>, FetchError> {
        let mut request = self.agent.get(url);
        if let Some(rest) = rest {
            request = request.header("Range", format!("bytes={}-", rest.from));
            request = request.header("If-Range", rest.validator);
        }
        let mut config = request.config().https_only(url.starts_with("https:"));
        if is_loopback(url) {
            config = config.proxy(None);
        }
        config.build().call().map_err(|error| self.failure(url, error))
    }

    /// Why a request, or the reading of its answer, failed.
    pub(crate) fn failure(&self, url: &str, error: ureq::Error) -> FetchError {
        let url = url.to_owned();
        match error {
            ureq::Error::Timeout(ureq::Timeout::RecvResponse) => {
                FetchError::Slow { url, received: 0, seconds: self.window.as_secs_f64() }
            }
            ureq::Error::Timeout(_) => {
                FetchError::Stalled { url, seconds: self.read_timeout.as_secs_f64() }
            }
            ureq::Error::Io(error) if is_cut(&error) => {
                FetchError::Cut { url, reason: one_line(&error.to_string()) }
            }
            ureq::Error::Protocol(error) => {
                FetchError::Cut { url, reason: one_line(&error.to_string()) }
            }
            error => FetchError::Unreachable { url, reason: one_line(&error.to_string()) },
        }
    }
}

fn is_cut(error: &io::Error) -> bool {
    use io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionReset, Interrupted, TimedOut, UnexpectedEof,
    };
    matches!(
        error.kind(),
        BrokenPipe | ConnectionAborted | ConnectionReset | Interrupted | TimedOut | UnexpectedEof
    )
}

fn is_loopback(url: &str) -> bool {
    let host = url.split_once("://").map_or("", |(_, rest)| rest);
    ["127.", "localhost:", "localhost/", "[::1]"].iter().any(|start| host.starts_with(start))
}
