//! What ought to be: which card opens which account, and who knows which account by what.

use std::collections::{BTreeMap, BTreeSet};

use idp::ids::{AccountId, MergeId};

use super::{Card, Chance};

type Before = (Vec<(MergeId, AccountId)>, [BTreeMap<usize, String>; 2]);

/// What happens to somebody.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// Logs in, and goes on to a service of this organisation.
    LogIn(Card, usize),
    /// Logged in by one card, proves another of their own and says yes.
    Prove(Card, Card),
    /// Logged in by one card, another person's is proved in the same browser. It is noticed at once, or not before
    /// [`Event::Notice`].
    Mistake(Card, Card, bool),
    /// The provider has given this card's subject to somebody else, who logs in by it.
    Recycled(Card),
    /// The owner of an account notices that this card of another person opens it, and removes it.
    Notice(Card),
    /// Logged in by one card, removes the other.
    Unlink(Card, Card),
    /// Logged in by this card, undoes a merge.
    Undo(Card),
    /// Logged in by this card, ends the account.
    Delete(Card),
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
            19 => Self::Delete(card),
            20..22 => Self::Confirm(card),
            22..24 => Self::Recycled(card),
            _ => Self::Forget(card, chance.below(3) == 0),
        }
    }
}

impl Event {
    /// The cards it is about, where it takes people to be at their own account.
    pub(super) fn own_cards(self) -> Vec<Card> {
        match self {
            Self::LogIn(..) | Self::Notice(_) | Self::Recycled(_) => Vec::new(),
            Self::Prove(by, other) | Self::Mistake(by, other, _) | Self::Unlink(by, other) => {
                vec![by, other]
            }
            Self::Undo(card) | Self::Delete(card) | Self::Confirm(card) | Self::Forget(card, _) => {
                vec![card]
            }
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
    /// Cards that open another person's account, because neither of the two has noticed.
    pub(super) guests: BTreeSet<Card>,
    /// Whose accounts they are, those that are closed included: an account never changes hands.
    pub(super) owners: BTreeMap<AccountId, usize>,
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
        for brought in self.brought.values_mut() {
            brought.retain(|known| *known != card);
        }
    }

    /// One account becomes part of another.
    pub(super) fn merge(&mut self, merge: MergeId, survivor: AccountId, merged: AccountId) {
        let answers = [self.subs(survivor), self.subs(merged)];
        let cards = self.cards_of(merged);
        for card in &cards {
            self.opens.insert(*card, survivor);
        }
        self.brought.insert(merge, cards);
        let account = self.accounts.get_mut(&survivor).unwrap();
        account
            .before
            .insert(merge, (account.parts.clone(), answers));
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
            }
        }
    }
}
