//! What is read of a message to know where it goes.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Value, json};

/// A message's own words about itself.
#[derive(Debug, Deserialize)]
struct Envelope<'body> {
    #[serde(borrow, default)]
    method: Option<Cow<'body, str>>,
    #[serde(default)]
    id: Option<Value>,
}

#[derive(Debug)]
pub(super) enum Kind {
    Request {
        id: Value,
        method: String,
    },
    Notification {
        method: String,
    },
    Answer {
        id: Value,
    },
    /// No message of the protocol; it is passed on as it is.
    Other,
}

pub(super) fn kind(body: &[u8]) -> Kind {
    let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(body) else { return Kind::Other };
    match (envelope.method.map(Cow::into_owned), envelope.id) {
        (Some(method), Some(id)) => Kind::Request { id, method },
        (Some(method), None) => Kind::Notification { method },
        (None, Some(id)) => Kind::Answer { id },
        (None, None) => Kind::Other,
    }
}

/// The whole message.
pub(super) fn value(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

/// The parameters of a message.
pub(super) fn params(body: &[u8]) -> Value {
    value(body).get_mut("params").map(Value::take).unwrap_or_default()
}

pub(super) fn request(id: &Value, method: &str, params: &Value) -> Vec<u8> {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string().into_bytes()
}

pub(super) fn notification(method: &str, params: &Value) -> Vec<u8> {
    json!({"jsonrpc": "2.0", "method": method, "params": params}).to_string().into_bytes()
}

pub(super) fn result(id: &Value, result: &Value) -> Vec<u8> {
    json!({"jsonrpc": "2.0", "id": id, "result": result}).to_string().into_bytes()
}

pub(super) fn error(id: &Value, code: i64, words: &str) -> Vec<u8> {
    let error = json!({"code": code, "message": words});
    json!({"jsonrpc": "2.0", "id": id, "error": error}).to_string().into_bytes()
}

/// A request without parameters, as refreshes are.
pub(super) fn bare(id: &Value, method: &str) -> Vec<u8> {
    json!({"jsonrpc": "2.0", "id": id, "method": method}).to_string().into_bytes()
}
