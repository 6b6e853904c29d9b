//! A cluster under a network, disks, clocks and faults; actions; runs; the tree of timelines.
