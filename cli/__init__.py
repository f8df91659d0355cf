"""The door for the terminal, which also puts the parts together and starts them."""
