//! Lines for machines: each is one flat JSON object with the fields of its event and of every span that is open.

use std::cell::Cell;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::io::Write as _;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::REQUEST;

/// Writes each event as one line.
///
/// A line reads alone: whatever is known about the request stands in it, whichever function it comes from. Where an
/// event and its spans name a field alike, the innermost counts. What a handler's span learnt (`client.id`) stays known
/// to the request after the handler has returned, so that the line that it was answered has it, too.
pub(super) struct JsonLines<W> {
    writer: W,
}

/// Fields of a span by name; the values are JSON already, for a span is described once and told in many lines.
#[derive(Default)]
struct Fields(Vec<(&'static str, String)>);

/// The fields of one event on their way into its line.
struct Line<'l> {
    text: &'l mut String,
    names: Vec<&'static str>,
    target: Option<String>,
}

/// A longer line leaves nothing behind.
const KEPT: usize = 16 * 1024;

thread_local! {
    /// The last line's memory.
    static MEMORY: Cell<String> = const { Cell::new(String::new()) };
}

impl<W> JsonLines<W> {
    pub(super) const fn to(writer: W) -> Self {
        Self { writer }
    }
}

impl<S, W> Layer<S> for JsonLines<W>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: for<'w> MakeWriter<'w> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut ToJson(&mut fields));
        tell_request(&span, &fields);
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut learnt = Fields::default();
        values.record(&mut ToJson(&mut learnt));
        tell_request(&span, &learnt);
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            fields.merge(learnt);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut text = MEMORY.try_with(Cell::take).unwrap_or_default();
        text.clear();
        line(&mut text, event, &context);
        let mut writer = self.writer.make_writer_for(event.metadata());
        // There is nobody left to tell that a line cannot be written.
        let _unwritten = writer.write_all(text.as_bytes());
        if text.capacity() <= KEPT {
            let _gone = MEMORY.try_with(|memory| memory.set(text));
        }
    }
}

/// What a handler's span learns the request knows at once: when the span closes is not certain, since others may hold it for longer.
fn tell_request<'s, S>(span: &SpanRef<'s, S>, learnt: &Fields)
where
    S: for<'l> LookupSpan<'l>,
{
    let request = span.parent().filter(|parent| parent.name() == REQUEST);
    let Some(request) = request else { return };
    if let Some(fields) = request.extensions_mut().get_mut::<Fields>() {
        fields.merge(Fields(learnt.0.clone()));
    }
}

fn line<S>(text: &mut String, event: &Event<'_>, context: &Context<'_, S>)
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    text.push_str(r#"{"timestamp":""#);
    let _never = SystemTime.format_time(&mut Writer::new(text));
    let _never = write!(text, r#"","level":"{}""#, event.metadata().level());
    let mut line = Line {
        text,
        names: Vec::with_capacity(16),
        target: None,
    };
    event.record(&mut ToJson(&mut line));
    let target = line.target.take();
    let target = target.as_deref().unwrap_or(event.metadata().target());
    line.tell("target", &quoted(target));
    let mut inner = context.event_span(event);
    if let Some(span) = &inner {
        line.tell("span", &quoted(span.name()));
    }
    while let Some(span) = inner {
        if let Some(fields) = span.extensions().get::<Fields>() {
            for (name, value) in &fields.0 {
                line.tell(name, value);
            }
        }
        inner = span.parent();
    }
    text.push_str("}\n");
}

impl Line<'_> {
    /// A name that was told is not told again: a reader of JSON would keep either.
    fn tell(&mut self, name: &'static str, json: &str) {
        if !self.names.contains(&name) {
            self.names.push(name);
            let _never = write!(self.text, r#","{name}":{json}"#);
        }
    }
}

impl Fields {
    fn merge(&mut self, others: Self) {
        for (name, json) in others.0 {
            self.set(name, json);
        }
    }

    fn set(&mut self, name: &'static str, json: String) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, value)) => *value = json,
            None => self.0.push((name, json)),
        }
    }
}

/// What takes fields as JSON.
trait Takes {
    fn take(&mut self, field: &Field, json: String);
}

/// Fields on their way into JSON.
struct ToJson<'t, T>(&'t mut T);

impl Takes for Fields {
    fn take(&mut self, field: &Field, json: String) {
        self.set(field.name(), json);
    }
}

impl Takes for Line<'_> {
    fn take(&mut self, field: &Field, json: String) {
        match field.name() {
            // Libraries that write by `log` say here where a line comes from.
            "log.target" => self.target = serde_json::from_str(&json).ok(),
            name if name.starts_with("log.") => {}
            name => self.tell(name, &json),
        }
    }
}

impl<T: Takes> Visit for ToJson<'_, T> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0
            .take(field, serde_json::Value::from(value).to_string());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.take(field, value.to_string());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.take(field, value.to_string());
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.0.take(field, value.to_string());
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.0.take(field, value.to_string());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.take(field, value.to_string());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.take(field, quoted(value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.0.take(field, quoted(&chain(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.take(field, quoted(&format!("{value:?}")));
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// An error and what caused it.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut told = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let _never = write!(told, ": {error}");
        next = error.source();
    }
    told
}
