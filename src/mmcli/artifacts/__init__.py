"""The contract on disk: manifests, the commit protocol, arrays, weights and record tables."""
