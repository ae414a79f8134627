"""Bytes of photos (P23): uploaded in parts, checked and re-encoded in a process apart, kept, served."""
