//! The embedded Lambda control plane: a real HTTP server on loopback.
//! It is a server; its only client is the AWS SDK, and it imports nothing of the planner.
