"""The words and rules: people, notices, deliveries and time, with no input or output."""
