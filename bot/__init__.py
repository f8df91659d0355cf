"""The door for people who work from Telegram chat."""
