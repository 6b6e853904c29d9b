//! Calls and returns by time, in a list from which operations are taken out and put back. Knows nothing of what they do.

/// The list's end, before the first and behind the last entry.
pub(crate) const END: u32 = 0;

/// An entry: a call or a return.
#[derive(Clone, Copy, Debug)]
struct Entry {
    next: u32,
    before: u32,
    /// The operation, by its number in this part.
    number: u32,
    /// For a call, the entry of its return, if it has one.
    ret: Option<u32>,
    is_return: bool,
}

/// Calls and returns that no choice has taken out, linked both ways.
#[derive(Debug)]
pub(crate) struct List {
    entries: Vec<Entry>,
    /// How many operations returned.
    pub(crate) returns: u32,
    /// How many of them are still in the list.
    pub(crate) returns_left: u32,
}

impl List {
    /// A list of operations, each with its number, the time of its call and that of its return, if it has one.
    pub(crate) fn new(times: impl Iterator<Item = (u32, u32, Option<u32>)>) -> Self {
        let mut events: Vec<(u32, bool, u32)> = Vec::new();
        let mut operations = 0;
        for (number, invoked, returned) in times {
            events.push((invoked, false, number));
            events.extend(returned.map(|returned| (returned, true, number)));
            operations = operations.max(number as usize + 1);
        }
        events.sort_unstable();
        let end = Entry {
            next: END,
            before: END,
            number: 0,
            ret: None,
            is_return: false,
        };
        let mut entries = vec![end];
        let mut call_of = vec![END; operations];
        let mut returns = 0;
        for (place, (_, is_return, number)) in (1..).zip(events) {
            entries.push(Entry {
                next: END,
                before: place - 1,
                number,
                ret: None,
                is_return,
            });
            entries[place as usize - 1].next = place;
            if is_return {
                entries[call_of[number as usize] as usize].ret = Some(place);
                returns += 1;
            } else {
                call_of[number as usize] = place;
            }
        }
        entries[END as usize].before = entries.len() as u32 - 1;
        Self {
            entries,
            returns,
            returns_left: returns,
        }
    }

    /// What comes behind this entry; behind [`END`], the first.
    pub(crate) fn next(&self, entry: u32) -> u32 {
        self.entries[entry as usize].next
    }

    /// What comes before this entry.
    pub(crate) fn before(&self, entry: u32) -> u32 {
        self.entries[entry as usize].before
    }

    /// The operation of this entry.
    pub(crate) fn number(&self, entry: u32) -> u32 {
        self.entries[entry as usize].number
    }

    /// Whether this entry is a return.
    pub(crate) fn is_return(&self, entry: u32) -> bool {
        self.entries[entry as usize].is_return
    }

    /// Whether the operation of this call returns.
    pub(crate) fn returns_ever(&self, call: u32) -> bool {
        self.entries[call as usize].ret.is_some()
    }

    /// Takes a call out, and its return.
    pub(crate) fn take_out(&mut self, call: u32) {
        self.unlink(call);
        if let Some(ret) = self.entries[call as usize].ret {
            self.unlink(ret);
            self.returns_left -= 1;
        }
    }

    /// Puts back the call that was taken out last, and its return.
    pub(crate) fn put_back(&mut self, call: u32) {
        if let Some(ret) = self.entries[call as usize].ret {
            self.link(ret);
            self.returns_left += 1;
        }
        self.link(call);
    }

    fn unlink(&mut self, entry: u32) {
        let Entry { next, before, .. } = self.entries[entry as usize];
        self.entries[before as usize].next = next;
        self.entries[next as usize].before = before;
    }

    fn link(&mut self, entry: u32) {
        let Entry { next, before, .. } = self.entries[entry as usize];
        self.entries[before as usize].next = entry;
        self.entries[next as usize].before = entry;
    }
}
