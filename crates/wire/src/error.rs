//! The errors that a message of type `error` carries, by number (Maelstrom, `doc/protocol.md`, errors).

/// An error. A definite one says that the operation did not happen and never will; an indefinite one leaves it open.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ErrorCode {
    /// No answer came in time.
    Timeout,
    /// There is no such node.
    NodeNotFound,
    /// The node does not know this sort of request.
    NotSupported,
    /// The node cannot do it now.
    TemporarilyUnavailable,
    /// The request makes no sense.
    MalformedRequest,
    /// The node failed in an unexpected way.
    Crash,
    /// The node gave the operation up.
    Abort,
    /// There is no such key.
    KeyDoesNotExist,
    /// The key is there already.
    KeyAlreadyExists,
    /// A comparison failed.
    PreconditionFailed,
    /// The transaction conflicts with another one.
    TransactionConflict,
    /// A number that the table has not; from 1000 on they are the nodes' own.
    Other(u64),
}

/// The table.
const NUMBERS: &[(u64, ErrorCode)] = &[
    (0, ErrorCode::Timeout),
    (1, ErrorCode::NodeNotFound),
    (10, ErrorCode::NotSupported),
    (11, ErrorCode::TemporarilyUnavailable),
    (12, ErrorCode::MalformedRequest),
    (13, ErrorCode::Crash),
    (14, ErrorCode::Abort),
    (20, ErrorCode::KeyDoesNotExist),
    (21, ErrorCode::KeyAlreadyExists),
    (22, ErrorCode::PreconditionFailed),
    (30, ErrorCode::TransactionConflict),
];

impl ErrorCode {
    /// The error with this number.
    pub fn of(number: u64) -> Self {
        let found = NUMBERS.iter().find(|(own, _)| *own == number);
        found.map_or(Self::Other(number), |(_, code)| *code)
    }

    /// Its number.
    pub fn number(self) -> u64 {
        match self {
            Self::Other(number) => number,
            code => {
                let found = NUMBERS.iter().find(|(_, own)| *own == code);
                // Every error but `Other` stands in the table: a test goes through them.
                found.map_or(u64::MAX, |(number, _)| *number)
            }
        }
    }

    /// Whether the operation certainly did not happen and never will.
    pub const fn definite(self) -> bool {
        !matches!(self, Self::Timeout | Self::Crash | Self::Other(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_errors_are_one_to_one() {
        for number in (0..40).chain([1000, u64::MAX]) {
            assert_eq!(ErrorCode::of(number).number(), number);
        }
        assert_eq!(NUMBERS.len(), 11);
    }

    #[test]
    fn definite_are_those_that_the_protocol_lists() {
        let definite: Vec<u64> = (0..2000).filter(|n| ErrorCode::of(*n).definite()).collect();
        assert_eq!(definite, [1, 10, 11, 12, 14, 20, 21, 22, 30]);
    }
}
