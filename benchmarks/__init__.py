"""Speed and memory, always as ratios against a yardstick in the same run: `make bench`."""
