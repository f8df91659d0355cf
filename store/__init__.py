"""Tables, migrations and queries: the only place where SQL lives."""
