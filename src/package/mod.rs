//! Deployment packages: deterministic zips, their manifests and what changed between two of them.
//! Knows nothing of Lambda or of plans.
