"""When things leave: the dispatcher, its pacing and its engines."""
