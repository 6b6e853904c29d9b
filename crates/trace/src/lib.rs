//! What happened, as plain data: events, messages, causes, node views, words.
