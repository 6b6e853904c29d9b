//! What a protocol is: the trait, its context, effects, names, virtual time, properties.
