//! Values, types, numbers, paths, addresses, diagnostics and graphs: the words every other floor speaks.
//! Knows nothing of HCL, AWS, the terminal or the network.
