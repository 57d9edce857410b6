//! What ought to be: which card opens which account, and who knows which account by what.

use std::collections::{BTreeMap, BTreeSet};

use idp::ids::{AccountId, MergeId};

use super::{Card, Chance};

/// The parts of the one, all that is within the other, and what was told of the two.
type Before = (
    Vec<(MergeId, AccountId)>,
    Vec<AccountId>,
    [BTreeMap<usize, String>; 2],
);

/// What happens to somebody.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// Logs in, and goes on to a service of this organisation.
    LogIn(Card, usize),
    /// Logged in by one card, proves another of their own and says yes.
    Prove(Card, Card),
    /// Logged in by one card, another person's is proved in the same browser: a card is added, or two accounts become one. It is
    /// noticed at once, or not before
    /// [`Event::Notice`].
    Mistake(Card, Card, bool),
    /// The provider has given this card's subject to somebody else, who logs in by it; officers look at them, or not.
    Recycled(Card, bool),
    /// The owner of an account notices that this card of another person opens it, and removes it, or parts the accounts.
    Notice(Card),
    /// Logged in by one card, removes the other.
    Unlink(Card, Card),
    /// Logged in by this card, undoes a merge.
    Undo(Card),
    /// Logged in by this card, ends the account: parts it from another person's before, as the page offers, or ends all of it.
    Delete(Card, bool),
    /// Logged in by this card, brings the code that was mailed to the address everybody has.
    Confirm(Card),
    /// Logged in by this card, removes that address; or confirms it anew right away.
    Forget(Card, bool),
}

impl Event {
    /// What happens next: now and then something about a mistake that stands.
    pub(super) fn next(chance: &mut Chance, model: &Model) -> Self {
        match (model.guests.first(), chance.below(4)) {
            (Some(guest), 0) => Self::LogIn(*guest, chance.below(2)),
            (Some(guest), 1) => Self::Notice(*guest),
            _ => Self::random(chance),
        }
    }

    fn random(chance: &mut Chance) -> Self {
        let card = Card::random(chance);
        match chance.below(25) {
            0..4 => Self::LogIn(card, chance.below(2)),
            4..12 => Self::Prove(card, card.another(chance)),
            12..14 => Self::Mistake(card, Card::random(chance), chance.below(3) == 0),
            14..16 => Self::Unlink(card, card.another(chance)),
            16..19 => Self::Undo(card),
            19 => Self::Delete(card, chance.below(2) == 0),
            20..22 => Self::Confirm(card),
            22..24 => Self::Recycled(card, chance.below(2) == 0),
            _ => Self::Forget(card, chance.below(3) == 0),
        }
    }
}

impl Event {
    /// The cards it is about, where it takes people to be at their own account.
    pub(super) fn own_cards(self) -> Vec<Card> {
        match self {
            Self::LogIn(..) | Self::Notice(_) | Self::Recycled(..) => Vec::new(),
            Self::Prove(by, other) | Self::Mistake(by, other, _) | Self::Unlink(by, other) => {
                vec![by, other]
            }
            Self::Undo(card)
            | Self::Delete(card, _)
            | Self::Confirm(card)
            | Self::Forget(card, _) => vec![card],
        }
    }
}

/// An account as it ought to be.
#[derive(Clone, Debug, Default)]
pub(super) struct Account {
    /// What each organisation was told when it saw this account by itself.
    pub(super) own: BTreeMap<usize, String>,
    /// Accounts that are part of it, in the order of the merges.
    pub(super) parts: Vec<(MergeId, AccountId)>,
    /// Of before each merge: the parts there were, and what was told of the two accounts.
    pub(super) before: BTreeMap<MergeId, Before>,
}

/// Everybody.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    /// Which account a card opens.
    pub(super) opens: BTreeMap<Card, AccountId>,
    /// The accounts, with those that are part of others.
    pub(super) accounts: BTreeMap<AccountId, Account>,
    /// Which cards a merge brought along.
    pub(super) brought: BTreeMap<MergeId, Vec<Card>>,
    /// Which cards a merge had brought before they were removed.
    pub(super) lost: BTreeSet<(MergeId, Card)>,
    /// Accounts of two people that were one by mistake for a while.
    pub(super) met: BTreeSet<(AccountId, AccountId)>,
    /// Cards that open another person's account, because neither of the two has noticed.
    pub(super) guests: BTreeSet<Card>,
    /// Whose accounts they are, those that are closed included: an account never changes hands.
    pub(super) owners: BTreeMap<AccountId, usize>,
    /// The provider that lets nobody in at the moment.
    pub(super) off: Option<usize>,
}

impl Model {
    /// What an organisation is told of an account: its own identifier, else that of its parts in their order.
    pub(super) fn sub(&self, account: AccountId, organisation: usize) -> Option<&String> {
        let account = self.accounts.get(&account)?;
        account.own.get(&organisation).or_else(|| {
            account
                .parts
                .iter()
                .find_map(|(_, part)| self.sub(*part, organisation))
        })
    }

    /// What every organisation is told of an account.
    pub(super) fn subs(&self, account: AccountId) -> BTreeMap<usize, String> {
        (0..2)
            .filter_map(|organisation| {
                Some((organisation, self.sub(account, organisation)?.clone()))
            })
            .collect()
    }

    /// The accounts that are part of an account, and of those.
    pub(super) fn within(&self, account: AccountId) -> Vec<AccountId> {
        let parts = self.accounts.get(&account).into_iter();
        let parts = parts.flat_map(|account| account.parts.iter().map(|(_, part)| *part));
        parts
            .flat_map(|part| [vec![part], self.within(part)].concat())
            .collect()
    }

    pub(super) fn cards_of(&self, account: AccountId) -> Vec<Card> {
        self.opens
            .iter()
            .filter(|(_, opened)| **opened == account)
            .map(|(card, _)| *card)
            .collect()
    }

    /// The cards of its owner.
    pub(super) fn own_cards_of(&self, account: AccountId) -> Vec<Card> {
        let mut cards = self.cards_of(account);
        cards.retain(|card| !self.guests.contains(card));
        cards
    }

    /// Whether another person's card opens it.
    pub(super) fn has_guests(&self, account: AccountId) -> bool {
        self.guests
            .iter()
            .any(|guest| self.opens.get(guest) == Some(&account))
    }

    /// Whether nobody else's card opens either side of what is about to be joined: the model foresees no more.
    pub(super) fn is_at_home(&self, account: AccountId, card: Card) -> bool {
        let owner = self.opens.get(&card);
        !self.has_guests(account) && !owner.is_some_and(|owner| self.has_guests(*owner))
    }

    /// A card opens nothing any more, and no merge that is undone gives it back.
    pub(super) fn unlink(&mut self, card: Card) {
        self.opens.remove(&card);
        self.guests.remove(&card);
        for (merge, brought) in &mut self.brought {
            if brought.contains(&card) {
                self.lost.insert((*merge, card));
            }
            brought.retain(|known| *known != card);
        }
    }

    /// A card is added; what a merge that stands had brought counts as brought by it again.
    pub(super) fn link(&mut self, card: Card, account: AccountId) {
        self.opens.insert(card, account);
        for merge in self.merges_within(account) {
            if self.lost.contains(&(merge, card)) {
                self.brought.entry(merge).or_default().push(card);
            }
        }
    }

    /// The merges by which others became part of an account, and of those.
    fn merges_within(&self, account: AccountId) -> Vec<MergeId> {
        let parts = self.accounts.get(&account).into_iter();
        let parts = parts.flat_map(|account| account.parts.iter().copied());
        parts
            .flat_map(|(merge, part)| [vec![merge], self.merges_within(part)].concat())
            .collect()
    }

    /// Whose a card of an account is when every merge is undone.
    fn home(&self, account: AccountId, card: Card) -> AccountId {
        let parts = self.accounts.get(&account).into_iter();
        let mut parts = parts.flat_map(|account| account.parts.iter());
        let came = parts.find(|(merge, _)| self.brought[merge].contains(&card));
        came.map_or(account, |(_, part)| self.home(*part, card))
    }

    /// The cards that let somebody in.
    pub(super) fn working_cards_of(&self, account: AccountId) -> Vec<Card> {
        let mut cards = self.cards_of(account);
        cards.retain(|card| self.off != Some(card.provider));
        cards
    }

    /// Whether somebody would have no card left that works if it were removed and every merge undone.
    pub(super) fn is_last_at_home(&self, account: AccountId, card: Card) -> bool {
        let home = self.home(account, card);
        let others = self.working_cards_of(account).into_iter();
        !self.merges_within(account).is_empty()
            && others
                .filter(|other| *other != card)
                .all(|other| self.home(account, other) != home)
    }

    /// Whether either account would have a card that works if a merge were undone.
    pub(super) fn can_part(&self, account: AccountId, merge: MergeId) -> bool {
        let brought = |card: &Card| self.brought[&merge].contains(card);
        let cards = self.working_cards_of(account);
        cards.iter().any(brought) && !cards.iter().all(brought)
    }

    /// Whether another person's card was added to it, rather than coming with an account.
    pub(super) fn has_linked_guests(&self, account: AccountId) -> bool {
        self.guests.iter().any(|guest| {
            self.opens.get(guest) == Some(&account) && self.home(account, *guest) == account
        })
    }

    /// A merge by which another person's account became part of one.
    pub(super) fn stranger_within(&self, account: AccountId) -> Option<MergeId> {
        let owner = self.owners[&account];
        let parts = &self.accounts.get(&account)?.parts;
        parts.iter().find_map(|(merge, part)| {
            if self.owners[part] == owner {
                self.stranger_within(*part)
            } else {
                Some(*merge)
            }
        })
    }

    /// The people whose account it is, or that of a part of it.
    pub(super) fn people_of(&self, account: AccountId) -> BTreeSet<usize> {
        let all = [vec![account], self.within(account)].concat();
        all.iter().map(|account| self.owners[account]).collect()
    }

    /// Two people's accounts become one, and neither of the two has noticed.
    pub(super) fn merge_by_mistake(
        &mut self,
        merge: MergeId,
        survivor: AccountId,
        merged: AccountId,
    ) {
        let ours = [vec![survivor], self.within(survivor)].concat();
        let theirs = [vec![merged], self.within(merged)].concat();
        for one in &ours {
            for other in &theirs {
                self.met.insert((*one, *other));
                self.met.insert((*other, *one));
            }
        }
        self.guests.extend(self.cards_of(merged));
        self.merge(merge, survivor, merged);
    }

    /// Whether both are one person's, or of people who were one by mistake.
    pub(super) fn have_met(&self, one: AccountId, other: AccountId) -> bool {
        self.owners[&one] == self.owners[&other] || self.met.contains(&(one, other))
    }

    /// One account becomes part of another.
    pub(super) fn merge(&mut self, merge: MergeId, survivor: AccountId, merged: AccountId) {
        let answers = [self.subs(survivor), self.subs(merged)];
        let theirs = self.within(merged);
        let cards = self.cards_of(merged);
        for card in &cards {
            self.opens.insert(*card, survivor);
        }
        self.brought.insert(merge, cards);
        let account = self.accounts.get_mut(&survivor).unwrap();
        account
            .before
            .insert(merge, (account.parts.clone(), theirs, answers));
        account.parts.push((merge, merged));
    }

    /// And is by itself again. The other may have become part of `holder` meanwhile.
    pub(super) fn part(&mut self, merge: MergeId, survivor: AccountId, holder: AccountId) {
        let account = self.accounts.get_mut(&survivor).unwrap();
        let at = account
            .parts
            .iter()
            .position(|(known, _)| *known == merge)
            .unwrap();
        let (_, parted) = account.parts.remove(at);
        for card in self.brought.remove(&merge).unwrap() {
            if self.opens.get(&card) == Some(&holder) {
                self.opens.insert(card, parted);
                if self.owners[&parted] == card.person {
                    self.guests.remove(&card);
                }
            }
        }
    }
}
