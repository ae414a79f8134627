"""A city to try the app on: real areas, invented places below them, invented accounts and activity.

Nothing here is the figure of any authority. Chance is seeded, so that two demos of one day are alike."""
