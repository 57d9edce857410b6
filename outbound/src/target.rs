//! One system we talk to, with its breaker and its row in the metrics.

use std::{fmt, sync::Arc, time::Instant};

use bytes::BytesMut;
use reqwest::{
    Response, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use url::Url;

use crate::{
    breaker::{Breaker, Permit},
    client::{Guarded, Outbound},
    error::{OutboundError, Unacceptable, Unavailable},
    fetched::{Fetched, is_media_type},
    guard::Guard,
    meter,
    mutual::{Identity, Validity},
    request::{Auth, Request},
};

/// One system we talk to, with its breaker and its row in the metrics.
#[derive(Clone)]
pub struct Target {
    pub(crate) outbound: Outbound,
    pub(crate) name: Arc<str>,
    pub(crate) breaker: Arc<Breaker>,
    pub(crate) identity: Option<Arc<Identity>>,
}

impl Target {
    /// The name it was asked for by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is left alone at the moment.
    pub fn is_paused(&self) -> bool {
        self.breaker.is_open()
    }

    /// From when until when the certificate that we show there holds, with the one that follows it. `None` for a target that is shown
    /// none.
    pub fn certificate_validity(&self) -> Option<Validity> {
        let identity = self.identity.as_ref();
        identity.map(|identity| identity.shown_within())
    }

    /// The certificate that we show there now, in DER.
    pub fn certificate(&self) -> Option<&[u8]> {
        let identity = self.identity.as_ref();
        identity.map(|identity| identity.shown(self.outbound.now()).certificate.as_ref())
    }

    /// Whether the certificate that we show there is meant for that address's host. Always so for a target that is shown none.
    pub fn may_ask(&self, url: &Url) -> bool {
        let identity = self.identity.as_ref();
        identity.is_none_or(|identity| identity.is_meant_for(url))
    }

    /// A `GET` that takes any content type.
    pub async fn get(&self, url: &Url, guard: Guard) -> Result<Fetched, OutboundError> {
        self.send(Request::get(url, guard)).await
    }

    /// A `POST` of a form.
    pub async fn post_form<K: AsRef<str>, V: AsRef<str>>(
        &self,
        url: &Url,
        fields: &[(K, V)],
        auth: Auth,
        guard: Guard,
    ) -> Result<Fetched, OutboundError> {
        self.send(Request::post(url, guard).form(fields).auth(auth))
            .await
    }

    /// Sends a request and reads the answer within the limits.
    ///
    /// A status of 500 or above, a redirect, a body over the limit, another content type than expected and silence are errors
    /// and count against the target; a status of 4xx is an answer, and so is a 500 where the request expects faults. A refused address counts against nobody.
    pub async fn send(&self, request: Request<'_>) -> Result<Fetched, OutboundError> {
        let began = Instant::now();
        let result = self.send_guarded(&request).await;
        let outcome = match &result {
            Ok(fetched) if fetched.status.is_client_error() => "refused",
            Ok(_) => "ok",
            Err(error) => error.outcome(),
        };
        meter::exchange(&self.name, outcome, began);
        result
    }

    async fn send_guarded(&self, request: &Request<'_>) -> Result<Fetched, OutboundError> {
        let guarded = self.guarded(request.guard);
        let checked = guarded.guard.check_url(request.url).and_then(|()| {
            let identity = self.identity.as_ref();
            identity.map_or(Ok(()), |identity| {
                identity.check(request.url, self.outbound.now())
            })
        });
        checked.map_err(|why| OutboundError::forbidden(&self.name, why))?;
        let permit = self
            .breaker
            .admit(self.outbound.now())
            .map_err(|_| OutboundError::unavailable(&self.name, Unavailable::Paused))?;

        let exchange = self.exchange(request);
        let result =
            match tokio::time::timeout(self.outbound.config().total_timeout(), exchange).await {
                Ok(result) => result,
                Err(_) => Err(OutboundError::unavailable(
                    &self.name,
                    Unavailable::TimedOut,
                )),
            };
        self.settle(permit, &result);
        result
    }

    fn guarded(&self, guard: Guard) -> &Guarded {
        let clients = match &self.identity {
            Some(identity) => &identity.shown(self.outbound.now()).clients,
            None => self.outbound.clients(),
        };
        clients.guarded(guard)
    }

    async fn exchange(&self, request: &Request<'_>) -> Result<Fetched, OutboundError> {
        let client = &self.guarded(request.guard).client;
        let mut sending = client.request(request.method.clone(), request.url.clone());
        if let Some(value) = request
            .auth
            .header()
            .map_err(|cause| self.unsendable(cause))?
        {
            sending = sending.header(AUTHORIZATION, value);
        }
        if !request.accept.is_empty() {
            sending = sending.header(ACCEPT, accept_header(request.accept));
        }
        for (name, value) in &request.headers {
            sending = sending.header(
                *name,
                HeaderValue::from_str(value).map_err(|cause| self.unsendable(cause))?,
            );
        }
        if let Some((content_type, body)) = &request.body {
            sending = sending
                .header(CONTENT_TYPE, *content_type)
                .body(body.clone());
        }

        let response = sending
            .send()
            .await
            .map_err(|error| OutboundError::from_client(&self.name, error))?;
        self.read(response, request).await
    }

    async fn read(
        &self,
        mut response: Response,
        request: &Request<'_>,
    ) -> Result<Fetched, OutboundError> {
        let status = response.status();
        let content_type = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .map(ToOwned::to_owned);
        let is_readable = is_media_type(content_type.as_deref(), request.accept);
        let is_fault = status == StatusCode::INTERNAL_SERVER_ERROR && request.faults && is_readable;
        if status.is_server_error() && !is_fault {
            return Err(OutboundError::unavailable(
                &self.name,
                Unavailable::ServerError(status.as_u16()),
            ));
        }
        if status.is_redirection() {
            return Err(OutboundError::unacceptable(
                &self.name,
                Unacceptable::Redirect(status.as_u16()),
            ));
        }
        if status.is_success() && !request.accept.is_empty() && !is_readable {
            let shown = content_type
                .as_deref()
                .unwrap_or("none")
                .chars()
                .take(100)
                .collect();
            return Err(OutboundError::unacceptable(
                &self.name,
                Unacceptable::ContentType(shown),
            ));
        }

        let limit = request
            .max_bytes
            .unwrap_or(self.outbound.config().max_bytes);
        let too_large =
            || OutboundError::unacceptable(&self.name, Unacceptable::TooLarge { limit });
        let announced = response.content_length().unwrap_or(0);
        if usize::try_from(announced).map_or(true, |announced| announced > limit) {
            return Err(too_large());
        }
        let headers = response.headers().clone();
        let mut body = BytesMut::new();
        while let Some(piece) = response
            .chunk()
            .await
            .map_err(|error| OutboundError::from_client(&self.name, error))?
        {
            if body.len().saturating_add(piece.len()) > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&piece);
        }
        Ok(Fetched {
            status,
            content_type,
            body: body.freeze(),
            headers,
            target: Arc::clone(&self.name),
        })
    }

    /// Tells the breaker what came of it.
    fn settle(&self, permit: Permit<'_>, result: &Result<Fetched, OutboundError>) {
        match result {
            Ok(_) => permit.succeeded(),
            Err(OutboundError::Forbidden { .. }) => drop(permit),
            Err(error) => {
                if permit.failed(self.outbound.now()) {
                    tracing::warn!(target.name = %self.name, outcome = error.outcome(), "outbound target failed repeatedly and is left alone");
                }
            }
        }
        meter::breaker(&self.name, self.breaker.is_open());
    }

    fn unsendable(&self, cause: reqwest::header::InvalidHeaderValue) -> OutboundError {
        OutboundError::Unacceptable {
            target: Arc::clone(&self.name),
            why: Unacceptable::Unreadable,
            cause: Some(Arc::new(cause)),
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// What we can read, without the wildcards inside a subtype that only our own comparison knows.
fn accept_header(accept: &[&str]) -> String {
    accept
        .iter()
        .filter(|accept| !accept.contains('*'))
        .copied()
        .collect::<Vec<_>>()
        .join(", ")
}
