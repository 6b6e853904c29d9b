//! Who shares what, as in tlaplus/Examples: smokers, a barrier, an allocator of resources, a vote by majority, a cat in boxes and
//! a game of life.

use search::model::Model;

/// `CigaretteSmokers.tla`, after Patil 1971: each of three has one ingredient, and the dealer offers the two others.
pub(crate) struct Smokers;

impl Model for Smokers {
    /// Who lacks nothing that is offered, and who smokes.
    type State = (Option<u8>, Option<u8>);
    /// What is offered next; `None`: somebody starts to smoke.
    type Action = Option<u8>;

    fn initial(&self) -> Vec<Self::State> {
        (0..3).map(|one| (Some(one), None)).collect()
    }

    fn actions(&self, (offered, _): &Self::State, actions: &mut Vec<Option<u8>>) {
        if offered.is_some() {
            actions.push(None);
        } else {
            actions.extend((0..3).map(Some));
        }
    }

    fn next(&self, (offered, _): &Self::State, next: Option<u8>) -> Option<Self::State> {
        Some(match next {
            None => (None, *offered),
            Some(_) => (next, None),
        })
    }
}

/// `Barrier.tla`: processes arrive one by one, and leave all at once.
pub(crate) struct Barrier {
    pub(crate) processes: u8,
}

impl Model for Barrier {
    /// Who has arrived, as bits.
    type State = u32;
    /// Who arrives; `None`: all leave.
    type Action = Option<u8>;

    fn initial(&self) -> Vec<u32> {
        vec![0]
    }

    fn actions(&self, arrived: &u32, actions: &mut Vec<Option<u8>>) {
        actions.extend(
            (0..self.processes)
                .filter(|at| arrived >> at & 1 == 0)
                .map(Some),
        );
        if actions.is_empty() {
            actions.push(None);
        }
    }

    fn next(&self, arrived: &u32, who: Option<u8>) -> Option<u32> {
        Some(who.map_or(0, |who| arrived | 1 << who))
    }
}

/// `SimpleAllocator.tla`, after Merz: clients ask for resources, are given some of them, and return some.
pub(crate) struct Allocator {
    pub(crate) clients: u8,
    pub(crate) resources: u8,
}

#[derive(Clone, Debug)]
pub(crate) enum Ask {
    Request(u8, u8),
    Allocate(u8, u8),
    Return(u8, u8),
}

impl Model for Allocator {
    /// What each client wants and has, as bits.
    type State = Vec<(u8, u8)>;
    type Action = Ask;

    fn initial(&self) -> Vec<Self::State> {
        vec![vec![(0, 0); usize::from(self.clients)]]
    }

    fn actions(&self, clients: &Self::State, actions: &mut Vec<Ask>) {
        let taken = clients.iter().fold(0, |all, (_, has)| all | has);
        for (client, (wants, has)) in (0..).zip(clients) {
            for some in 1..1u8 << self.resources {
                if *wants == 0 && *has == 0 {
                    actions.push(Ask::Request(client, some));
                }
                if some & !(wants & !taken) == 0 {
                    actions.push(Ask::Allocate(client, some));
                }
                if some & !has == 0 {
                    actions.push(Ask::Return(client, some));
                }
            }
        }
    }

    fn next(&self, clients: &Self::State, ask: Ask) -> Option<Self::State> {
        let mut next = clients.clone();
        match ask {
            Ask::Request(client, some) => next[usize::from(client)].0 = some,
            Ask::Allocate(client, some) => {
                let (wants, has) = &mut next[usize::from(client)];
                (*wants, *has) = (*wants & !some, *has | some);
            }
            Ask::Return(client, some) => next[usize::from(client)].1 &= !some,
        }
        Some(next)
    }
}

/// `Majority.tla`, after Boyer and Moore 1991: the only value that can have a majority in a row of up to `length_max`.
pub(crate) struct Majority {
    pub(crate) values: u8,
    pub(crate) length_max: usize,
}

#[derive(Clone, Hash)]
pub(crate) struct Vote {
    row: Vec<u8>,
    at: u8,
    candidate: u8,
    count: u8,
}

impl Model for Majority {
    type State = Vote;
    type Action = u8;

    fn initial(&self) -> Vec<Vote> {
        let mut rows = vec![Vec::new()];
        let mut longest = rows.clone();
        for _ in 0..self.length_max {
            let longer = |row: &Vec<u8>| {
                let row = row.clone();
                (0..self.values).map(move |value| [&row[..], &[value]].concat())
            };
            longest = longest.iter().flat_map(longer).collect();
            rows.extend(longest.iter().cloned());
        }
        let first = |row: Vec<u8>| {
            (0..self.values).map(move |candidate| Vote {
                row: row.clone(),
                at: 0,
                candidate,
                count: 0,
            })
        };
        rows.into_iter().flat_map(first).collect()
    }

    fn actions(&self, vote: &Vote, actions: &mut Vec<u8>) {
        actions.extend(vote.row.get(usize::from(vote.at)));
    }

    fn next(&self, vote: &Vote, value: u8) -> Option<Vote> {
        let (candidate, count) = match vote.count {
            0 => (value, 1),
            count if value == vote.candidate => (value, count + 1),
            count => (vote.candidate, count - 1),
        };
        Some(Vote {
            row: vote.row.clone(),
            at: vote.at + 1,
            candidate,
            count,
        })
    }
}

/// `Cat.tla`: a cat moves to a neighbouring box each night; whoever looks into a box a day goes to and fro between the last but
/// one at either end.
pub(crate) struct Cat {
    pub(crate) boxes: u8,
}

impl Model for Cat {
    /// Where the cat is, which box is looked into, and whether the next one is to the right.
    type State = (u8, u8, bool);
    /// Where the cat goes.
    type Action = u8;

    fn initial(&self) -> Vec<Self::State> {
        let mut all = Vec::new();
        for cat in 1..=self.boxes {
            for looked in 2..self.boxes {
                all.extend([false, true].map(|right| (cat, looked, right)));
            }
        }
        all
    }

    fn actions(&self, (cat, ..): &Self::State, actions: &mut Vec<u8>) {
        let near = [cat - 1, cat + 1];
        actions.extend(near.into_iter().filter(|at| (1..=self.boxes).contains(at)));
    }

    fn next(&self, (_, looked, right): &Self::State, cat: u8) -> Option<Self::State> {
        let end = if *right { self.boxes - 1 } else { 2 };
        Some(match (*looked == end, right) {
            (true, _) => (cat, *looked, !right),
            (false, true) => (cat, looked + 1, true),
            (false, false) => (cat, looked - 1, false),
        })
    }
}

/// `GameOfLife.tla`, after Conway: every beginning on a square of `side` cells, beyond which nothing lives.
pub(crate) struct Life {
    pub(crate) side: i8,
}

impl Life {
    fn lives(&self, cells: u32, x: i8, y: i8) -> bool {
        let inside = (0..self.side).contains(&x) && (0..self.side).contains(&y);
        inside && cells >> (y * self.side + x) & 1 == 1
    }
}

impl Model for Life {
    type State = u32;
    type Action = ();

    fn initial(&self) -> Vec<u32> {
        (0..1 << (self.side * self.side)).collect()
    }

    fn actions(&self, _: &u32, actions: &mut Vec<()>) {
        actions.push(());
    }

    fn next(&self, cells: &u32, (): ()) -> Option<u32> {
        let mut next = 0;
        for y in 0..self.side {
            for x in 0..self.side {
                let round = (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dx, dy)));
                let near = round
                    .filter(|(dx, dy)| (*dx, *dy) != (0, 0) && self.lives(*cells, x + dx, y + dy));
                let lives = match near.count() {
                    2 => self.lives(*cells, x, y),
                    3 => true,
                    _ => false,
                };
                next |= u32::from(lives) << (y * self.side + x);
            }
        }
        Some(next)
    }
}
