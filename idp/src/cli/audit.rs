//! `city-idp audit verify`.

use clap::Subcommand;
use store::audit::{self, Anchor};

use super::{ConfigFile, Outcome, say};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Recomputes the chain of the audit log and compares it with our checkpoints.
    Verify {
        #[command(flatten)]
        file: ConfigFile,
        /// A head of the chain noted elsewhere (the log tells one every hour), as POSITION:HASH.
        #[arg(long, value_name = "POSITION:HASH", value_parser = anchor)]
        anchor: Option<Anchor>,
    },
}

pub(super) async fn run(command: Command) -> Outcome {
    let Command::Verify { file, anchor } = command;
    let (_, stores) = file.open().await?;
    let report = audit::verify(&stores.db, &stores.master_key, anchor.as_ref()).await?;
    say(format!(
        "{} events verified ({} with erased details), {} wait to be chained, {} checkpoints, signed up to {}",
        report.chained, report.erased, report.waiting, report.checkpoints, report.signed_to
    ))?;
    match report.broken {
        None => Ok(say("the chain is whole")?),
        Some(broken) => {
            let event = broken
                .event
                .map_or_else(|| "no event".to_owned(), |id| format!("event {id}"));
            Err(format!(
                "the chain is broken at {} ({event}): {:?}",
                broken.position, broken.how
            )
            .into())
        }
    }
}

fn anchor(text: &str) -> Result<Anchor, &'static str> {
    const SHAPE: &str = "write it as POSITION:HASH, 64 hexadecimal digits";
    let (position, hash) = text.split_once(':').ok_or(SHAPE)?;
    let position = position.parse().map_err(|_| SHAPE)?;
    let mut octets = [0; 32];
    if hash.len() != 64 || !hash.is_ascii() {
        return Err(SHAPE);
    }
    for (octet, at) in octets.iter_mut().zip((0..64).step_by(2)) {
        let digits = hash.get(at..at + 2).ok_or(SHAPE)?;
        *octet = u8::from_str_radix(digits, 16).map_err(|_| SHAPE)?;
    }
    Ok(Anchor {
        position,
        hash: octets,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_a_position_and_a_hash() {
        assert_eq!(
            anchor(&format!("7:{}", "0f".repeat(32))).unwrap(),
            Anchor {
                position: 7,
                hash: [15; 32]
            }
        );
        for bad in ["", "7", "7:ab", "x:00", &format!("7:{}", "zz".repeat(32))] {
            assert!(anchor(bad).is_err(), "{bad}");
        }
    }
}
