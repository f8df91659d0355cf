"""What anyone may ask for, whichever door they came through: one function each."""
