"""The door for pages and for the callbacks of providers."""
