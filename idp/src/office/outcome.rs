//! What officers can decide, and how a decision ends.

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The subject is the person of the account, and so is whoever else has it: two accounts become one, who was kept out is let in.
    SamePerson,
    /// The subject is somebody else: it opens this account no more, and gets one of its own.
    AnotherPerson,
    /// Nothing changes; the case is closed.
    NothingToDo,
    /// The way in is removed; its owner has lost it.
    Removed,
}

impl Outcome {
    /// The word in the database, on the command line and in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SamePerson => "same-person",
            Self::AnotherPerson => "another-person",
            Self::NothingToDo => "nothing-to-do",
            Self::Removed => "removed",
        }
    }

    /// The outcome of that word.
    pub fn named(word: &str) -> Option<Self> {
        [
            Self::SamePerson,
            Self::AnotherPerson,
            Self::NothingToDo,
            Self::Removed,
        ]
        .into_iter()
        .find(|outcome| outcome.as_str() == word)
    }

    /// Whether another officer has to agree.
    pub(super) const fn needs_two(self) -> bool {
        !matches!(self, Self::NothingToDo)
    }
}

/// How a decision ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was done.
    Agreed,
    /// It was taken back, or the second officer did not agree.
    Declined,
}

impl Ended {
    /// The word in the database and in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agreed => "agreed",
            Self::Declined => "declined",
        }
    }
}
