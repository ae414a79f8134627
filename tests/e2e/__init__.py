"""Whole journeys: a real server, a real browser."""
