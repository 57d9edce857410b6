//! Prometheus metrics on a listener of their own: they are nobody's business outside.

use std::net::TcpListener;
use std::sync::OnceLock;
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

const SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];
const UPKEEP: Duration = Duration::from_secs(5);

/// The recorder of this process, installed by the first who asks. Metrics whose names end in
/// `_seconds` are histograms.
pub fn metrics_handle() -> &'static PrometheusHandle {
    HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new();
        let builder = builder
            .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), SECONDS)
            .unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another metrics recorder is installed; ours stays empty");
        }
        handle
    })
}

/// `GET /metrics`.
pub fn metrics_routes() -> Router {
    let handle = metrics_handle();
    let render = move || async move {
        (
            [(CONTENT_TYPE, "text/plain; version=0.0.4")],
            handle.render(),
        )
    };
    Router::new().route("/metrics", get(render))
}

pub(super) async fn serve(listener: TcpListener) {
    let handle = metrics_handle();
    let upkeep = async {
        let mut ticks = tokio::time::interval(UPKEEP);
        loop {
            ticks.tick().await;
            handle.run_upkeep();
        }
    };
    let listening = async {
        let server = axum_server::from_tcp(listener)?;
        super::Limits::default()
            .apply(server)
            .serve(metrics_routes().into_make_service())
            .await
    };
    tokio::select! {
        () = upkeep => {}
        ended = listening => if let Err(error) = ended {
            tracing::error!(error = %error, "the metrics listener stopped");
        },
    }
}
