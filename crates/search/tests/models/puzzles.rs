//! Small programs and puzzles of tlaplus/Examples.

use search::model::Model;

/// `CoffeeCan.tla`, after Gries 1981: a can of up to `beans` black and white beans; two are taken out, one is put back.
pub(crate) struct CoffeeCan {
    pub(crate) beans: u32,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Pick {
    Blacks,
    Whites,
    OneOfEach,
    /// One bean is left, and nothing changes any more.
    Done,
}

impl Model for CoffeeCan {
    /// Black and white beans.
    type State = (u32, u32);
    type Action = Pick;

    fn initial(&self) -> Vec<(u32, u32)> {
        let cans = (0..=self.beans)
            .flat_map(|black| (0..=self.beans - black).map(move |white| (black, white)));
        cans.filter(|(black, white)| black + white > 0).collect()
    }

    fn actions(&self, (black, white): &(u32, u32), actions: &mut Vec<Pick>) {
        if *black >= 2 {
            actions.push(Pick::Blacks);
        }
        if *white >= 2 {
            actions.push(Pick::Whites);
        }
        if *black >= 1 && *white >= 1 {
            actions.push(Pick::OneOfEach);
        }
        if black + white == 1 {
            actions.push(Pick::Done);
        }
    }

    fn next(&self, (black, white): &(u32, u32), pick: Pick) -> Option<(u32, u32)> {
        Some(match pick {
            // A black bean is put back for two alike, and the white one for two that differ.
            Pick::Blacks | Pick::OneOfEach => (black - 1, *white),
            Pick::Whites => (black + 1, white - 2),
            Pick::Done => (*black, *white),
        })
    }
}

/// `Simple.tla`, after Lamport 2009, *Teaching concurrency*: each process sets its own `x` to 1, then takes its neighbour's.
pub(crate) struct Simple {
    pub(crate) processes: u8,
}

#[derive(Clone, Hash)]
pub(crate) struct Program {
    /// Which of its two steps each has taken.
    taken: Vec<u8>,
    x: Vec<bool>,
    y: Vec<bool>,
}

impl Model for Simple {
    type State = Program;
    /// Which process steps; `None`: all are done, and stay so.
    type Action = Option<u8>;

    fn initial(&self) -> Vec<Program> {
        let count = usize::from(self.processes);
        vec![Program {
            taken: vec![0; count],
            x: vec![false; count],
            y: vec![false; count],
        }]
    }

    fn actions(&self, program: &Program, actions: &mut Vec<Option<u8>>) {
        let open = (0..self.processes).filter(|at| program.taken[usize::from(*at)] < 2);
        actions.extend(open.map(Some));
        if actions.is_empty() {
            actions.push(None);
        }
    }

    fn next(&self, program: &Program, process: Option<u8>) -> Option<Program> {
        let mut next = program.clone();
        if let Some(process) = process {
            let at = usize::from(process);
            if next.taken[at] == 0 {
                next.x[at] = true;
            } else {
                let count = usize::from(self.processes);
                next.y[at] = next.x[(at + count - 1) % count];
            }
            next.taken[at] += 1;
        }
        Some(next)
    }
}

/// `SimpleRegular.tla`: the same over registers that are read at leisure, so that a read beside a write may see either value.
pub(crate) struct SimpleRegular {
    pub(crate) processes: u8,
}

#[derive(Clone, Hash)]
pub(crate) struct Regular {
    /// Which of its three steps each has taken: the write begins, it ends, the neighbour is read. What a register holds
    /// follows: 0, either, 1, 1.
    taken: Vec<u8>,
    y: Vec<bool>,
}

impl Model for SimpleRegular {
    type State = Regular;
    /// Which process steps, and what it reads if it does; `None`: all are done, and stay so.
    type Action = Option<(u8, bool)>;

    fn initial(&self) -> Vec<Regular> {
        let count = usize::from(self.processes);
        vec![Regular {
            taken: vec![0; count],
            y: vec![false; count],
        }]
    }

    fn actions(&self, state: &Regular, actions: &mut Vec<Self::Action>) {
        let count = usize::from(self.processes);
        for process in 0..self.processes {
            let at = usize::from(process);
            match (state.taken[at], state.taken[(at + count - 1) % count]) {
                (0 | 1, _) => actions.push(Some((process, false))),
                (2, 0) => actions.push(Some((process, false))),
                (2, 1) => actions.extend([false, true].map(|value| Some((process, value)))),
                (2, _) => actions.push(Some((process, true))),
                _ => {}
            }
        }
        if actions.is_empty() {
            actions.push(None);
        }
    }

    fn next(&self, state: &Regular, action: Self::Action) -> Option<Regular> {
        let mut next = state.clone();
        if let Some((process, value)) = action {
            let at = usize::from(process);
            next.y[at] |= state.taken[at] == 2 && value;
            next.taken[at] += 1;
        }
        Some(next)
    }
}
