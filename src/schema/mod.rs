//! The shape of a block: attributes, nested blocks, modes, defaults and constraints, and `conform`.
//! Knows nothing of where values come from or where they go.
