"""The sync protocol: pure rules, standard library only, no I/O, no clock, no randomness. See PROTOCOL.md."""
