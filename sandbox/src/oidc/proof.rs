//! What a person has typed to prove who they are: how often it was wrong, and the code that their phone shows.

/// So many wrong passwords, or so many wrong codes, end a login.
pub const TRIES: u8 = 3;

/// How far somebody is with proving who they are, within one login.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    code: Option<String>,
    wrong_passwords: u8,
    wrong_codes: u8,
}

/// What came of something that was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is right.
    Right,
    /// It is wrong; so many tries are left.
    Wrong(u8),
    /// The last try was wrong. Nothing is right any more.
    Over,
}

impl Proof {
    /// Whether tries with a password are left.
    pub fn judge_password(&mut self, is_right: bool) -> Verdict {
        judge(&mut self.wrong_passwords, is_right)
    }

    /// A new code is on the phone; the one before is good no more. Wrong ones stay counted.
    pub fn send(&mut self, code: String) {
        self.code = Some(code);
    }

    /// No phone shows anything any more.
    pub fn take_back(&mut self) {
        self.code = None;
    }

    /// What the phone shows.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Compares exactly. A right code is used up; a wrong one leaves it good.
    pub fn judge_code(&mut self, typed: &str) -> Verdict {
        let is_right = self.code.as_deref() == Some(typed);
        let verdict = judge(&mut self.wrong_codes, is_right);
        if verdict == Verdict::Right {
            self.code = None;
        }
        verdict
    }
}

fn judge(wrong: &mut u8, is_right: bool) -> Verdict {
    if *wrong >= TRIES {
        return Verdict::Over;
    }
    if is_right {
        return Verdict::Right;
    }
    *wrong += 1;
    match TRIES - *wrong {
        0 => Verdict::Over,
        left => Verdict::Wrong(left),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(code: &str) -> Proof {
        let mut proof = Proof::default();
        proof.send(code.to_owned());
        proof
    }

    #[test]
    fn a_code_is_compared_exactly_and_good_once() {
        let mut proof = with("012345");

        assert_eq!(proof.judge_code("12345"), Verdict::Wrong(2));
        assert_eq!(proof.judge_code(" 012345"), Verdict::Wrong(1));
        assert_eq!(proof.code(), Some("012345"));
        assert_eq!(proof.judge_code("012345"), Verdict::Right);
        assert_eq!(proof.judge_code("012345"), Verdict::Over);
    }

    #[test]
    fn nothing_is_right_without_a_code() {
        assert_eq!(Proof::default().judge_code(""), Verdict::Wrong(2));
    }

    #[test]
    fn after_the_third_wrong_one_the_right_one_is_too_late() {
        let mut proof = with("012345");
        for expected in [Verdict::Wrong(2), Verdict::Wrong(1), Verdict::Over] {
            assert_eq!(proof.judge_code("543210"), expected);
        }

        proof.send("111111".to_owned());

        assert_eq!(proof.judge_code("111111"), Verdict::Over);
        assert_eq!(proof.judge_password(true), Verdict::Right);
    }

    #[test]
    fn wrong_passwords_are_counted_apart() {
        let mut proof = with("012345");
        assert_eq!(proof.judge_password(false), Verdict::Wrong(2));
        assert_eq!(proof.judge_code("543210"), Verdict::Wrong(2));
        assert_eq!(proof.judge_password(false), Verdict::Wrong(1));
        assert_eq!(proof.judge_password(true), Verdict::Right);
        assert_eq!(proof.judge_password(false), Verdict::Over);
        assert_eq!(proof.judge_password(true), Verdict::Over);
    }
}
