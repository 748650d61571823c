//! The port between the engine and whatever manages real objects: trait, requests, responses, errors.
//! Knows no provider.
