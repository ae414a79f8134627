"""Use cases: one transaction each. Views call these and nothing below them."""
