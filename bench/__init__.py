"""Measures of the sync server: beside the raw driver and beside other servers, with what was lost in a column."""
