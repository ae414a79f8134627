"""Mutation testing of `sync/`: each small change of its code must make a test fail (docs/mutants.md)."""
