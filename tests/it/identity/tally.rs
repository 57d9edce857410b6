//! How much of everything happened: a property that nothing put to the test holds too easily.

use std::ops::AddAssign;

/// Of one sequence, or of all.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    /// Accounts of one person became one.
    pub(super) merges: u32,
    /// And two again.
    pub(super) undos: u32,
    /// A way in was removed.
    pub(super) unlinks: u32,
    /// Or that was tried while a provider let nobody in.
    pub(super) switched: u32,
    /// And accounts could not be parted so long.
    pub(super) unparted: u32,
    /// The last one stayed.
    pub(super) kept: u32,
    /// Honest people were sent to an officer.
    pub(super) disputes: u32,
    /// Namesakes with accounts were told apart by a register or bank that knows both.
    pub(super) told_apart: u32,
    /// Namesakes whom nobody tells apart linked a card, and removed it.
    pub(super) mistaken_links: u32,
    /// And merged accounts, and parted them.
    pub(super) mistaken_merges: u32,
    /// Or such a merge stood until later.
    pub(super) standing_merges: u32,
    /// And it was noticed, and the accounts were parted.
    pub(super) noticed_merges: u32,
    /// Or one of the two closed their account, and parted it before.
    pub(super) parted_to_close: u32,
    /// Or closed it with everything that had become part of it.
    pub(super) closed_whole: u32,
    /// Officers said that a subject is somebody else's.
    pub(super) judged: u32,
    /// The last way in of somebody who can be parted stayed.
    pub(super) kept_apart: u32,
    /// Such a link stood until later.
    pub(super) standing: u32,
    /// The other person logged in by it.
    pub(super) guests: u32,
    /// And it was noticed.
    pub(super) noticed: u32,
    /// A subject that its provider gave to somebody else opened nothing.
    pub(super) recycled: u32,
    /// The address everybody has was proved by its code.
    pub(super) confirmed: u32,
    /// Its code came to nothing, because it was proved for another account.
    pub(super) elsewhere: u32,
    /// Who had proved it removed it.
    pub(super) given_up: u32,
}

impl Tally {
    /// That all sequences together put everything to the test: about half of what the seeds bring.
    pub(super) fn assert_enough(self) {
        for (what, times, least) in [
            ("merges", self.merges, 200),
            ("undos", self.undos, 20),
            ("unlinks", self.unlinks, 40),
            ("providers switched off", self.switched, 40),
            ("accounts not parted so long", self.unparted, 1),
            ("last ways in kept", self.kept, 100),
            ("disputes", self.disputes, 100),
            ("namesakes told apart", self.told_apart, 10),
            ("mistaken links", self.mistaken_links, 100),
            ("mistaken merges", self.mistaken_merges, 8),
            ("standing mistaken merges", self.standing_merges, 4),
            ("noticed mistaken merges", self.noticed_merges, 2),
            ("accounts closed whole", self.closed_whole, 4),
            ("judged subjects", self.judged, 10),
            ("accounts kept apart", self.kept_apart, 2),
            ("standing mistakes", self.standing, 50),
            ("guests let in", self.guests, 20),
            ("noticed mistakes", self.noticed, 20),
            ("recycled subjects", self.recycled, 100),
            ("confirmed addresses", self.confirmed, 10),
            ("addresses of somebody else", self.elsewhere, 100),
            ("addresses given up", self.given_up, 50),
        ] {
            assert!(times >= least, "too few {what}: {self:?}");
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.merges += other.merges;
        self.undos += other.undos;
        self.unlinks += other.unlinks;
        self.switched += other.switched;
        self.unparted += other.unparted;
        self.kept += other.kept;
        self.disputes += other.disputes;
        self.told_apart += other.told_apart;
        self.mistaken_links += other.mistaken_links;
        self.mistaken_merges += other.mistaken_merges;
        self.standing_merges += other.standing_merges;
        self.noticed_merges += other.noticed_merges;
        self.parted_to_close += other.parted_to_close;
        self.closed_whole += other.closed_whole;
        self.judged += other.judged;
        self.kept_apart += other.kept_apart;
        self.standing += other.standing;
        self.guests += other.guests;
        self.noticed += other.noticed;
        self.recycled += other.recycled;
        self.confirmed += other.confirmed;
        self.elsewhere += other.elsewhere;
        self.given_up += other.given_up;
    }
}
