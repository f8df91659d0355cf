"""The people of the demonstration: made up, with numbers and addresses that are nobody's."""
