"""Seeded simulation: random schedules of phones, network and server against the real application, and an oracle."""
