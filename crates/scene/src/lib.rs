//! Trace, play head, layout and theme to shapes; hit testing; SVG text.
