"""What runs by itself: one leader among all processes runs the scheduled jobs."""
