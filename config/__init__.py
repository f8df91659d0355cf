"""Settings from the environment and from ringround.toml, made once and handed over."""
