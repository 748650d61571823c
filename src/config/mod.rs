//! From a directory of `.tf` files to an unevaluated module tree with spans.
//! Never evaluates anything.
