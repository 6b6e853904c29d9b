//! The page's state and its update, without a browser.
