//! An SMTP server for tests (RFC 5321, with AUTH PLAIN): it takes what it is sent, or refuses as it is told to.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// A message that was taken.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The credentials of the session, as they were sent.
    pub auth: Option<String>,
    /// Its header, as lines.
    pub head: String,
    /// Its text, decoded.
    pub text: String,
}

#[derive(Debug, Default)]
struct Kept {
    mails: Vec<Mail>,
    /// What the next messages are answered instead of being taken.
    refusals: VecDeque<String>,
}

/// The server.
#[derive(Debug, Clone)]
pub struct SmtpServer {
    /// Where it listens.
    pub address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
}

impl SmtpServer {
    /// Starts one; it ends with the test's runtime.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { address: listener.local_addr().unwrap(), kept: Arc::default() };
        let kept = Arc::clone(&server.kept);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(speak(stream, Arc::clone(&kept)));
            }
        });
        server
    }

    /// Refuses the next message with that answer.
    pub fn refuses(&self, answer: &str) {
        self.kept.lock().unwrap().refusals.push_back(answer.to_owned());
    }

    /// How many messages were taken.
    pub fn count(&self) -> usize {
        self.kept.lock().unwrap().mails.len()
    }

    /// The message of that number, counted from 0, once it has come.
    pub async fn mail(&self, number: usize) -> Mail {
        for _ in 0..600 {
            if let Some(mail) = self.kept.lock().unwrap().mails.get(number) {
                return mail.clone();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no message came");
    }
}

async fn speak(stream: TcpStream, kept: Arc<Mutex<Kept>>) -> Option<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 test ESMTP\r\n").await.ok()?;
    let (mut from, mut to, mut auth) = (None, Vec::new(), None);
    while let Some(line) = lines.next_line().await.ok()? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN".to_owned(),
            "HELO" | "NOOP" => "250 ok".to_owned(),
            "AUTH" => {
                auth = line.split(' ').nth(2).map(str::to_owned);
                "235 ok".to_owned()
            }
            "MAIL" => {
                from = address(&line);
                "250 ok".to_owned()
            }
            "RCPT" if from.is_some() => {
                to.extend(address(&line));
                "250 ok".to_owned()
            }
            "DATA" if !to.is_empty() => {
                writer.write_all(b"354 go on\r\n").await.ok()?;
                let mut data = String::new();
                while let Some(line) = lines.next_line().await.ok()?.filter(|line| line != ".") {
                    data.push_str(line.strip_prefix('.').unwrap_or(&line));
                    data.push_str("\r\n");
                }
                let mail = mail(from.take().unwrap_or_default(), std::mem::take(&mut to), auth.clone(), &data);
                let mut kept = kept.lock().unwrap();
                match kept.refusals.pop_front() {
                    Some(refusal) => refusal,
                    None => {
                        kept.mails.push(mail);
                        "250 taken".to_owned()
                    }
                }
            }
            "RSET" => {
                (from, to) = (None, Vec::new());
                "250 ok".to_owned()
            }
            "QUIT" => {
                writer.write_all(b"221 bye\r\n").await.ok()?;
                return Some(());
            }
            _ => "503 not now".to_owned(),
        };
        writer.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
    Some(())
}

fn address(line: &str) -> Option<String> {
    let (_, rest) = line.split_once('<')?;
    Some(rest.split_once('>')?.0.to_owned())
}

fn mail(from: String, to: Vec<String>, auth: Option<String>, data: &str) -> Mail {
    let (head, body) = data.split_once("\r\n\r\n").unwrap_or((data, ""));
    let encoding = head.lines().find_map(|line| line.strip_prefix("Content-Transfer-Encoding: "));
    let text = match encoding.unwrap_or("7bit") {
        "base64" => decoded(body),
        "quoted-printable" => unquoted(body),
        _ => body.as_bytes().to_vec(),
    };
    Mail { from, to, auth, head: head.to_owned(), text: String::from_utf8(text).unwrap() }
}

/// Base 64 (RFC 4648).
pub fn decoded(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for six in text.bytes().filter_map(value) {
        bits = (bits << 6) | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(((bits >> held) & 0xff) as u8);
        }
    }
    bytes
}

fn unquoted(text: &str) -> Vec<u8> {
    let text = text.replace("=\r\n", "");
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((byte, after)) = rest.split_first() {
        match (byte, after) {
            (b'=', [one, two, after @ ..]) => {
                let digits = [*one, *two];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
                rest = after;
            }
            _ => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    bytes
}
