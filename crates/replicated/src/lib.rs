//! A state machine, the key-value machine, client sessions and the client node: shared by everything that replicates.
