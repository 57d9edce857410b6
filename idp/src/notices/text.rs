//! What a notice says.

use web::Texts;

use super::Notice;
use crate::broker::Broker;
use crate::words;

/// What happened, in one sentence, on the page and in the mail.
pub(crate) fn sentence(broker: &Broker, t: Texts, notice: &Notice) -> String {
    let text = t.text(&format!("told-{}", notice.kind().replace('_', "-")));
    let text = match notice {
        Notice::LinkAdded { provider }
        | Notice::LinkRemoved { provider }
        | Notice::PartingEnded { provider }
        | Notice::LinkReplaced { provider }
        | Notice::CaseSame { provider }
        | Notice::CaseAnother { provider }
        | Notice::CaseClosed { provider }
        | Notice::ContactReplaced { provider } => {
            text.arg("provider", words::provider(broker, t, provider))
        }
        Notice::MandateAdded { body }
        | Notice::MandateEnded { body }
        | Notice::MandateNotAMember { body } => text.arg("body", body.as_str()),
        _ => text,
    };
    text.to_string()
}
