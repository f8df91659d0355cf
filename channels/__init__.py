"""One file for each way to reach a person, and the port that they share."""
