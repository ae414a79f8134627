"""Real faults on real processes: browsers killed at any moment, phones without space, power that is cut."""
