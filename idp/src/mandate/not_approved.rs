//! Why a mandate is not approved, and what the officer reads.

use store::StorageError;

/// Why a mandate is not proposed or approved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotApproved {
    /// Nobody acts for such bodies as a citizen.
    #[error("bodies of the kind are left out by `mandate.kinds` of the configuration")]
    Kind,
    /// There is nothing that the person might do.
    #[error("the mandate allows nothing")]
    NothingAllowed,
    /// A body of that kind has a number.
    #[error("a body of the kind has an identification number")]
    NumberMissing,
    /// The register does not know the number.
    #[error("the register knows no subject with the number")]
    NumberUnknown,
    /// The register says that it has ended.
    #[error("the register says that the subject has ended")]
    BodyEnded,
    /// The register says that it is something else.
    #[error("the register says that the subject is of another kind")]
    OtherKind,
    /// Nobody says what it is called.
    #[error("the register does not tell the name now")]
    NameMissing,
    /// A text is too long to be one, or cannot be printed; the name of its field.
    #[error("{0} is no text")]
    TextUnfit(&'static str),
    /// It would never count.
    #[error("the mandate ends before it begins, or has ended already")]
    Over,
    /// It would count for too long.
    #[error("a mandate counts for ten years at most")]
    TooLong,
    /// There is no such account, or no longer.
    #[error("no account that may be used has the key")]
    AccountUnknown,
    /// Nobody knows who the person is.
    #[error("the town does not know who this person is")]
    NotVerified,
    /// It may be the officer's own.
    #[error("an officer has the name of the person who would act")]
    OwnName,
    /// They may act for it already.
    #[error("the person acts for this body already")]
    Held,
    /// The same is proposed already.
    #[error("the same mandate waits for the second officer already")]
    Proposed,
    /// One officer alone cannot.
    #[error("the officer who verified it cannot agree with themself")]
    OwnProposal,
    /// Two profiles of one person would be one officer.
    #[error("the officer has the name of the one who verified it")]
    SameName,
    /// Whoever verified it may not do so any more.
    #[error("the officer who verified it is switched off or has lost the role")]
    ProposerGone,
    /// It was decided meanwhile, or ran out of time.
    #[error("the proposal was decided before")]
    Decided,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl NotApproved {
    /// The field of the form that has to be mended, and the Fluent id of what to do. `Err` when the database failed.
    pub(crate) fn said(self) -> Result<(&'static str, &'static str), StorageError> {
        Ok(match self {
            Self::Kind => ("kind", "proposal-no-kind"),
            Self::NothingAllowed => ("may", "proposal-no-nothing"),
            Self::NumberMissing => ("ico", "proposal-no-number"),
            Self::NumberUnknown => ("ico", "proposal-no-such-number"),
            Self::BodyEnded => ("ico", "proposal-no-body-ended"),
            Self::OtherKind => ("kind", "proposal-no-other-kind"),
            Self::NameMissing => ("name", "proposal-no-name"),
            Self::TextUnfit(field) => (field, "proposal-no-text"),
            Self::Over => ("until", "proposal-no-over"),
            Self::TooLong => ("until", "proposal-no-too-long"),
            Self::AccountUnknown => ("family_name", "proposal-no-account"),
            Self::NotVerified => ("family_name", "proposal-no-verified"),
            Self::OwnName => ("family_name", "proposal-no-own-name"),
            Self::Held => ("ico", "proposal-no-held"),
            Self::Proposed => ("ico", "proposal-no-proposed"),
            Self::OwnProposal => ("family_name", "proposal-no-own-proposal"),
            Self::SameName => ("family_name", "proposal-no-same-name"),
            Self::ProposerGone => ("family_name", "proposal-no-proposer"),
            Self::Decided => ("family_name", "proposal-no-decided"),
            Self::Storage(error) => return Err(error),
        })
    }
}
