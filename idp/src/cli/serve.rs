//! `city-idp serve`.

use web::{
    Clock, Random,
    serve::{Server, stop_signal},
};

use super::{ConfigFile, Outcome};
use crate::{serve, start};

pub(super) async fn run(file: &ConfigFile) -> Outcome {
    let config = file.load()?;
    web::log::init(&config.log).map_err(|error| error.in_file(&file.config))?;
    // The sockets first: a clash of ports is told before the database is touched.
    let server = Server::bind(&config.server).map_err(|error| error.in_file(&file.config))?;
    let address = config.server.public_url.clone();
    let broker = start::assemble(config, Clock::system(), Random::system())
        .await
        .map_err(|error| file.named(error))?;
    tracing::info!(server.public_url = %address, "the broker serves");
    serve::serve(broker, server, stop_signal()).await?;
    tracing::info!("the broker has stopped");
    Ok(())
}
