//! Text that is put into a document must say there what was meant.
