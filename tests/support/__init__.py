"""What the tests lean on: a database cluster, a browser, real servers."""
